"""Whether a daemon stays as it is: 72 hours of passes, readers, edits and faults, with memory and open files counted.

The clock is made up, so that they take minutes. ``python -m tests.bench.endurance FOLDER`` is the process that is
measured; the wiki that fails now and then is a stand-in for Confluence in a process of its own.
"""

import gc
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from config.operator import Operator, load_operator
from daemon.plan.guards import Allowance
from daemon.serve.log import set_up_log
from daemon.serve.rounds import Rounds
from integrations import kinds
from tests.scenarios.confluence_programme import TEAM, confluence
from tests.scenarios.programme import Programme
from tests.scenarios.site import Served, Visitor, asked, served

HOURS, WARM = 72, 12
"""How long it goes on, and after how many hours everything that is kept once has been."""
EVERY = timedelta(minutes=10)
MOST_MEGABYTES, MOST_FILES = 8.0, 4
"""How much more there may be in use in the end than after ``WARM`` hours."""
TABS = ("", "turns", "items", "topics", "past", "outcomes", "activity", "trouble")


@dataclass(frozen=True, slots=True)
class Endurance:
    """What was in use once it was warm and in the end, and what was done meanwhile."""

    passes: int
    failed: int
    read: int
    megabytes: tuple[float, float]
    files: tuple[int, int]

    @property
    def is_flat(self) -> bool:
        """Whether it uses no more in the end than it did."""
        more = self.megabytes[1] - self.megabytes[0], self.files[1] - self.files[0]
        return more[0] <= MOST_MEGABYTES and more[1] <= MOST_FILES


def endurance(hours: int = HOURS, warm: int = WARM) -> Endurance:
    """Return what a daemon in a process of its own has in use."""
    with confluence("cloud") as wiki, TemporaryDirectory() as folder:
        told = f"kind: confluence-cloud, url: '{wiki.url}', user: {wiki.credentials.user}, token: env:ENDURANCE_TOKEN"
        Path(folder, "peerloop.yaml").write_text(f"data: data\nconnections:\n  confluence: {{{told}}}\n")
        command = [sys.executable, "-m", "tests.bench.endurance", folder, str(hours), str(warm)]
        env = {**os.environ, "ENDURANCE_TOKEN": wiki.credentials.token}
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env) as daemon:
            assert daemon.stdin and daemon.stdout
            for line in daemon.stdout:
                if line.startswith("{"):
                    found = json.loads(line)
                    return Endurance(
                        **{**found, "megabytes": tuple(found["megabytes"]), "files": tuple(found["files"])}
                    )
                wiki.requests.clear()
                wiki.faults.throttle(times=2)
                wiki.faults.recorded("firewall", nth=4, times=4)
                daemon.stdin.write("disturbed\n")
                daemon.stdin.flush()
        raise RuntimeError(f"the daemon that is measured ended with {daemon.returncode}")


class OnConfluence(Programme):
    """A programme whose pages are in Confluence."""

    def operators(self) -> Operator:
        """Return what the operator decided."""
        return load_operator(self.path.parent / "peerloop.yaml", kinds()).checked()


def measure(folder: Path, hours: int, warm: int) -> Endurance:
    """Go on for so many hours, and return what is in use after some of them and in the end."""
    programme, seen = OnConfluence(folder, TEAM), list[tuple[float, int]]()
    read = failed = passes = 0
    with served(programme) as web, rounds_of(web) as rounds:
        someone: Visitor | None = None
        for hour in range(hours):
            if hour == warm:
                seen.append(in_use())
            if hour % 6 == 5:
                edit(programme, hour)
                web.site.teams.read([programme.path], programme.now)
                print("disturb me", flush=True)
                sys.stdin.readline()
            for _ in range(timedelta(hours=1) // EVERY):
                rounds.begin(web.site.teams.served)
                assert rounds.settle(600)
                passes += 1
                last = web.site.passed.last("platform")
                failed += bool(last and last.errors)
                programme.later(minutes=EVERY.total_seconds() / 60)
            someone = someone or web.visitor("ada@example.com")
            read += sum(someone.get(f"/t/platform/{tab}").status == 200 for tab in TABS)
            read += asked(web.base, "GET", "/metrics").status == 200
        seen.append(in_use())
    (megabytes, files), (more, opened) = seen
    return Endurance(passes, failed, read, (megabytes, more), (files, opened))


@contextmanager
def rounds_of(web: Served) -> Iterator[Rounds]:
    """Give the rounds of a daemon that holds the ledger until the block ends."""
    site = web.site
    rounds = Rounds(site.world, Allowance(), lambda: web.programme.now, lambda: gone_by(web), site.passed)
    with site.world.ledger.alone():
        yield rounds
        rounds.close()


def gone_by(web: Served) -> float:
    """Return how much of the made-up time has gone by."""
    return web.programme.now.timestamp()


def edit(programme: Programme, hour: int) -> None:
    """Have the lead change a topic."""
    assert programme.edit({**programme.team, "topics": [{"title": f"What we learned in hour {hour}", "votes": hour}]})


def in_use() -> tuple[float, int]:
    """Return megabytes of memory, and how many files are open."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(os.listdir("/proc/self/fd"))  # noqa: PTH208


if __name__ == "__main__":
    set_up_log()
    logging.getLogger("daemon").setLevel(logging.CRITICAL)
    print(json.dumps(asdict(measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))), flush=True)
