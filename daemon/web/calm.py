"""What keeps the page calm under attack: limits for each request, and headers that let a browser do only what ours do.

Requests that are half sent are dropped (`connections.py`). The real guard against people who mean ill is a proxy in
front.
"""

import asyncio
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Container, MutableMapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote_to_bytes
from weakref import WeakValueDictionary

from anyio.to_thread import current_default_thread_limiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 64 * 1024
"""Bytes of what is sent to us in one request."""
AT_WORK = 2
"""So many requests are worked on at once; more wait, for passes over teams share the processor with them."""
SECONDS = 20.0
"""How long one request may take as a whole."""
MOST_SAID, WITHIN = 60, 60.0
"""So many things may be said by one person, or from one address, within so many seconds."""
MOST_ADDRESSES = 10_000
STILL_AT_WORK = (
    "What was asked for of this team before took too long, and is still being worked out. Try again in a while."
)
BY_ANOTHER_NAME = (
    "peerloop does not answer by this name. Open the address that it printed, or that peerloop.yaml has as url; "
    "a proxy in front has to pass on the Host that it was asked for.\n"
)
_TEAM = re.compile(r"/(?:t|calendar)/([^/]+?)(?:\.ics)?(?:/|$)")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


class Guarded:
    """An application whose every answer has these headers, and is kept by nobody on the way."""

    def __init__(self, app: ASGIApp, encrypted: bool) -> None:
        """Take the application, and whether people reach it over an encrypted connection alone."""
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if encrypted else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, answered if scope["type"] == "http" else send)


class Called:
    """An application that answers by its own names alone, but for how it is, which an overseer asks by any."""

    def __init__(self, app: ASGIApp, names: Container[str], to_anybody: Container[str]) -> None:
        """Take the application, its names in small letters, and the paths that are answered by any."""
        self._app, self._names, self._to_anybody = app, names, to_anybody

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say by which name it is answered."""
        if scope["type"] == "http" and scope["path"] not in self._to_anybody and self._name(scope) not in self._names:
            await PlainTextResponse(BY_ANOTHER_NAME, 400)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _name(self, scope: Scope) -> str:
        name, colon, port = Headers(scope=scope).get("host", "").lower().rpartition(":")
        return name if colon and port.isdigit() else f"{name}{colon}{port}"


class Bounded:
    """An application that reads no more of a request than a form of ours has, and spends no more time on one.

    Of one team it makes one answer at a time: however many people of a large one ask, others have a place to be asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Take the application."""
        self._app = app
        self._turns = WeakValueDictionary[str, asyncio.Lock]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        current_default_thread_limiter().total_tokens = AT_WORK
        begun = _Begun(send)
        try:
            async with asyncio.timeout(SECONDS), begun.turn:
                await begun.turn.enter_async_context(self._turn(scope["path"]))
                await self._app(scope, _at_most(LARGEST, receive), begun)
        except (TooMuch, TimeoutError) as error:
            if not begun.has_begun:
                status, text = (
                    (413, "That is too much.")
                    if isinstance(error, TooMuch)
                    else (503, "That took too long. See how things stand before you try again.")
                )
                await PlainTextResponse(text, status)(scope, receive, send)

    def _turn(self, path: str) -> AbstractAsyncContextManager[None]:
        if not (team := _TEAM.match(path)):
            return nullcontext()
        turn = self._turns.get(team[1])
        if turn is None:
            self._turns[team[1]] = turn = asyncio.Lock()
        return turn


class Alone:
    """Has the pages of a team made one after the other, though who asked for the first may have given up long ago.

    What a thread has begun cannot be ended, and each who asked again would add one.
    """

    def __init__(self) -> None:
        """Nothing is made yet."""
        self._at_work = set[str]()

    def __call__(self, make: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """Return what makes a page of a team, or else says that one is being made."""

        def alone(request: Request) -> Response:
            team = request.path_params["team"]
            if team in self._at_work:  # ``Bounded`` lets in one at a time
                raise HTTPException(503, STILL_AT_WORK)
            self._at_work.add(team)
            try:
                return make(request)
            finally:
                self._at_work.discard(team)

        return alone


class TooMuch(Exception):
    """More was sent than is read."""


class _Begun:
    """Sends an answer on, and knows whether it has begun: then it is made, and its turn is over, however it is read."""

    def __init__(self, send: Send) -> None:
        self._send, self.has_begun = send, False
        self.turn = AsyncExitStack()

    async def __call__(self, message: Message) -> None:
        self.has_begun = True
        await self.turn.aclose()
        await self._send(message)


def _at_most(most: int, receive: Receive) -> Receive:
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise TooMuch
        return message

    return bounded


class Unhurried:
    """An application to which nobody says more than a person would; who looks at pages is not counted."""

    def __init__(self, app: ASGIApp, whose: Callable[[Scope], str]) -> None:
        """Take the application, and what tells whose doing a request is."""
        self._app, self._whose = app, whose
        self._said: OrderedDict[bytes, deque[float]] = OrderedDict()
        """When they did, by digests: what tells them apart may be long, and is whatever anybody sends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say that it is one too many."""
        if scope["type"] == "http" and _says_something(scope) and not self._may(self._whose(scope)):
            await PlainTextResponse("That was too much at once. Wait a minute, and go on.", 429)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may(self, whose: str) -> bool:
        key = blake2b(whose.encode(errors="backslashreplace"), digest_size=16).digest()
        now, said = time.monotonic(), self._said.setdefault(key, deque())
        self._said.move_to_end(key)
        while len(self._said) > MOST_ADDRESSES:
            self._said.popitem(last=False)
        while said and now - said[0] > WITHIN:
            said.popleft()
        if len(said) < MOST_SAID:
            said.append(now)
            return True
        return False


def _says_something(scope: MutableMapping[str, Any]) -> bool:
    return scope["method"] not in ("GET", "HEAD") or b"token=" in unquote_to_bytes(scope.get("query_string", b""))
