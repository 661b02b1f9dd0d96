"""What the web page takes: pages a second and the slowest of a hundred, beside nothing and beside passes over teams.

The server runs in a process of its own, as in the daemon; the readers in another one. ``python -m tests.bench.web
FOLDER`` is the server: it prints its address and its first page, and passes over the teams once a line comes in.
"""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.parse import urlsplit

from config.operator import operator_model
from config.web import Listen, Web
from daemon.cli.setting import Setting, world_of
from daemon.plan.guards import Allowance
from daemon.serve.log import set_up_log
from daemon.serve.rounds import Rounds
from daemon.serve.teams import Teams
from daemon.web.app import application
from daemon.web.server import Server
from daemon.web.site import Site
from daemon.web.who import COOKIE, Browser, Signatures
from integrations import feed, kinds, page
from tests.bench.memory import peak
from tests.bench.passes import NOW
from tests.bench.team_files import person, team

TEAMS, SESSIONS = 50, 12
READERS = 8
SECONDS = 4.0
READER = person(0, 1)


@dataclass(frozen=True, slots=True)
class Load:
    """How many pages were shown in a second, and how many seconds the slowest of a hundred took."""

    a_second: float
    p99: float
    failed: int


@dataclass(frozen=True, slots=True)
class WebCost:
    """The load that was borne, alone and beside passes, and the server's peak memory in kilobytes."""

    alone: Load
    beside: Load
    kilobytes: int


def web_cost() -> WebCost:
    """Return what the page bears."""
    with TemporaryDirectory() as folder:
        for number in range(TEAMS):
            (Path(folder) / f"{number:04}.yaml").write_text(team(number, SESSIONS))
        with _served(folder) as server:
            assert server.stdin and server.stdout
            base, cookie = json.loads(server.stdout.readline())
            alone = _read(base, cookie)
            server.stdin.write(b"pass\n")
            server.stdin.flush()
            beside = _read(base, cookie)
            server.stdin.close()
            return WebCost(alone, beside, int(server.stdout.readline()))


@contextmanager
def _served(folder: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "tests.bench.web", folder]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def _read(base: str, cookie: str) -> Load:
    """Read one page again and again, with several connections, for some seconds."""
    taken, failed, end = list[float](), list[int](), perf_counter() + SECONDS

    def reader() -> None:
        address = urlsplit(base)
        connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
        while perf_counter() < end:
            start = perf_counter()
            connection.request("GET", "/t/team-0000/", headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            taken.append(perf_counter() - start)
            failed.extend([1] * (answer.status != 200))
        connection.close()

    threads = [threading.Thread(target=reader) for _ in range(READERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return Load(len(taken) / SECONDS, sorted(taken)[len(taken) * 99 // 100], sum(failed))


def serve(folder: Path) -> None:
    """Serve the page, and pass over the teams from the moment a line comes in until there is no more to come."""
    operator = operator_model(kinds()).default(folder / "data")
    told = Setting(operator, tuple(sorted(folder.glob("*.yaml"))), NOW)
    world, read = world_of(told), Teams(operator)
    rounds = Rounds(world, Allowance(), told.now)
    rounds.begin(read.read(told.paths(), told.now()).files)
    rounds.settle(600)
    signatures, web = Signatures(partial(world.ledger.keys.of, "web")), Web(listen=Listen("127.0.0.1", 0))
    site = Site(
        web,
        world,
        read,
        rounds.passed,
        clock=told.now,
        hurry=lambda: None,
        signatures=signatures,
        page=lambda *known: page(operator, told.now, *known),
        feed=feed,
        metrics=lambda: b"",
        token="",
    )
    server = Server(web.listen)
    server.start(application(site))
    cookie = f"{COOKIE}={signatures.cookie(Browser('bench', READER))}"
    print(json.dumps([server.address, cookie]), flush=True)
    over = threading.Event()
    if sys.stdin.readline():
        threading.Thread(target=_wait_for_the_end, args=(over,), daemon=True).start()
        while not over.is_set():
            rounds.begin(read.served)
            rounds.settle(600)
            sleep(0.01)
    print(peak(), flush=True)
    server.stop()


def _wait_for_the_end(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    set_up_log()
    logging.disable(logging.INFO)
    serve(Path(sys.argv[1]))
