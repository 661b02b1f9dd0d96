"""How a daemon starts, with and without its web page: until its first pass has ended, and until the page says so.

Whole processes that take turns, so that a busy moment falls on both; each begins with an empty folder.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.parse import urlsplit

from tests.bench.memory import peak
from tests.bench.processes import EXAMPLE, PROGRAM

WITH, WITHOUT = "{listen: 127.0.0.1:0}", "off"


@dataclass(frozen=True, slots=True)
class Start:
    """After how many seconds the first pass had ended and the page said that all is ready; what was used by then."""

    first_pass: float
    processor: float
    """Seconds of a processor, which a busy machine changes least."""
    ready: float | None
    kilobytes: int


@dataclass(frozen=True, slots=True)
class Starts:
    """The shortest start with the web page, and without it."""

    with_page: Start
    without: Start


def starts(runs: int) -> Starts:
    """Return how a daemon of one team starts."""
    found: dict[str, list[Start]] = {WITH: [], WITHOUT: []}
    with TemporaryDirectory() as compiled:
        for number in range(runs + 1):
            for web, known in found.items():
                start = _start(web, compiled)
                known += [start] if number else []  # the first run compiles what is imported
    return Starts(*(min(found[web], key=lambda one: one.processor) for web in (WITH, WITHOUT)))


def _start(web: str, compiled: str) -> Start:
    with TemporaryDirectory() as folder, _running(Path(folder), web, compiled) as (daemon, begun):
        address = ""
        for line in daemon.stderr or ():
            address = next(iter(re.findall(r"the web page: (\S+)/\?", line)), address)
            if line.startswith("{") and json.loads(line)["event"] == "applied":
                break
        passed, used = perf_counter() - begun, _used(daemon.pid)
        ready = _until_ready(address, begun) if address else None
        return Start(passed, used, ready, peak(daemon.pid))


@contextmanager
def _running(folder: Path, web: str, compiled: str) -> Iterator[tuple["subprocess.Popen[str]", float]]:
    (folder / "peerloop.yaml").write_text(f"teams: {Path(EXAMPLE).absolute()}\nweb: {web}\n")
    command = [PROGRAM, "run", "--config", str(folder / "peerloop.yaml"), "--data", str(folder / "data")]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = compiled
    begun = perf_counter()
    daemon = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env, text=True)
    try:
        yield daemon, begun
    finally:
        daemon.kill()
        daemon.communicate()


def _until_ready(address: str, begun: float) -> float:
    there = urlsplit(address)
    while True:
        connection = HTTPConnection(str(there.hostname), there.port, timeout=30)
        connection.request("GET", "/readyz")
        if connection.getresponse().status == 200:
            return perf_counter() - begun
        connection.close()
        sleep(0.005)


def _used(pid: int) -> float:
    """Return how many seconds of a processor a process took; 0 where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    fields = stat.read_text().rpartition(")")[2].split() if stat.exists() else []
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
