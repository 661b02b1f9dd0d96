"""What is asked of the web page is made by turns."""

import asyncio
import threading
import time
import tracemalloc
from itertools import cycle

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from daemon.web import calm
from daemon.web.calm import STILL_AT_WORK, Alone, Bounded, Unhurried

TEAMS = ["a"] * 5 + ["b"]
PATHS = ("/t/{}/session/x", "/calendar/{}.ics", "/t/{}")


def test_of_one_team_one_answer_is_made_at_a_time_and_others_wait_for_none_of_it() -> None:
    making, order, most = dict.fromkeys("ab", 0), list[str](), dict.fromkeys("ab", 0)
    goes_on = asyncio.Event()

    async def page(scope: Scope, _receive: Receive, send: Send) -> None:
        team = scope["path"].split("/")[2].removesuffix(".ics")
        making[team] += 1
        most[team] = max(most[team], making[team])
        if team == "a":
            await asyncio.wait_for(goes_on.wait(), 30)
        making[team] -= 1
        order.append(team)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def sent(message: Message) -> None:
        if order[-1] == "b" and message["type"] == "http.response.start":
            goes_on.set()

    async def asked() -> None:
        web = Bounded(page)
        paths = [path.format(team) for path, team in zip(cycle(PATHS), TEAMS, strict=False)]
        await asyncio.gather(*(web({"type": "http", "path": path}, _nothing, sent) for path in paths))

    asyncio.run(asked())
    assert order == ["b", *"aaaaa"]
    assert most == {"a": 1, "b": 1}


def test_who_reads_slowly_keeps_nobody_of_the_same_team() -> None:
    reads = asyncio.Event()

    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def slowly(_message: Message) -> None:
        await asyncio.wait_for(reads.wait(), 30)

    async def at_once(_message: Message) -> None:
        reads.set()

    async def asked() -> None:
        web = Bounded(page)
        await asyncio.gather(*(web({"type": "http", "path": "/t/a/"}, _nothing, send) for send in (slowly, at_once)))

    asyncio.run(asked())


def test_what_is_worked_out_though_nobody_waits_for_it_any_more_is_so_but_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "SECONDS", 6.0)
    goes_on, made = threading.Event(), list[str]()

    def page(request: Request) -> Response:
        made.append(request.path_params["team"])
        assert made[-1] == "b" or goes_on.wait(30)
        return PlainTextResponse("here it is")

    app = Starlette(routes=[Route("/t/{team}", Alone()(page))], middleware=[Middleware(Bounded)])

    async def asked(team: str) -> str:
        parts = list[bytes]()

        async def sent(message: Message) -> None:
            parts.append(message.get("body", b""))

        headers = [(b"host", b"127.0.0.1")]
        address = {"method": "GET", "path": f"/t/{team}", "query_string": b"", "headers": headers, "root_path": ""}
        await app({"type": "http", **address}, _nothing, sent)
        return b"".join(parts).decode()

    async def visit() -> None:
        assert (await asked("a")).startswith("That took too long.")
        assert await asked("a") == STILL_AT_WORK
        assert await asked("b") == "here it is"
        assert made == ["a", "b"]
        goes_on.set()
        end = time.monotonic() + 30
        while await asked("a") == STILL_AT_WORK and time.monotonic() < end:
            await asyncio.sleep(0.01)
        assert await asked("a") == "here it is"

    asyncio.run(visit())


async def _nothing() -> Message:
    return {"type": "http.request", "body": b""}


def test_what_anybody_sends_is_not_kept() -> None:
    async def page(_scope: Scope, _receive: Receive, _send: Send) -> None:
        pass

    async def sent(_message: Message) -> None:
        pass

    async def sends(most: int) -> None:
        web = Unhurried(page, lambda scope: str(scope["path"]))
        for number in range(most):
            scope = {"type": "http", "method": "POST", "path": f"/a/{number}{'x' * 60_000}"}
            await web(scope, _nothing, sent)
        assert tracemalloc.get_traced_memory()[0] < 10 * 60_000

    tracemalloc.start()
    try:
        asyncio.run(sends(500))
    finally:
        tracemalloc.stop()
