"""Whether a daemon and its workers stay as they are: 72 hours of passes, edits and faults, with a ledger on PostgreSQL.

The clock is made up, and stands in a file that all of them read. Confluence fails now and then, a worker is killed, and
PostgreSQL is restarted. ``python -m tests.bench.together worker FOLDER`` is one of the workers.
"""

import gc
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client.parser import text_string_to_metric_families

from config.operator import load_operator
from daemon.cli.setting import Setting, world_of
from daemon.ledger import Ledger, LedgerError
from daemon.loop import World
from daemon.plan.guards import Allowance
from daemon.serve import queue, worker
from daemon.serve.files import Files
from daemon.serve.log import set_up_log
from daemon.serve.passed import PassedByWorkers
from daemon.serve.passes import Passes
from daemon.serve.rounds import Rounds
from daemon.serve.teams import Teams
from daemon.serve.watch import Watcher
from daemon.web.metrics import Metrics
from integrations import kinds, spend_together, traffic
from tests.postgresql import cluster, new_database
from tests.scenarios.confluence_programme import confluence

HOURS, WARM = 72, 24
"""How long it goes on, and after how many hours everything that is kept once has been."""
EVERY = timedelta(minutes=30)
WORKERS, TEAMS = 2, 3
MOST_MEGABYTES, MOST_FILES = 12.0, 8
"""How much more any of the processes may have in use in the end than after ``WARM`` hours."""
LONGEST = 300.0
PASSES = "peerloop_passes_total"
TEAM = """\
team: Team {number}
timezone: Europe/Berlin
lead: ada@t{number}.test
members:
  - {{name: Ada Lovelace, email: ada@t{number}.test}}
  - {{name: Bob Kahn, email: bob@t{number}.test}}
  - {{name: Chioma Okafor, email: chioma@t{number}.test}}
series:
  - {{name: Lunch & Learn, format: lunch-and-learn, cadence: {{every: week, on: thursday, at: "12:15"}}}}
topics:
  - {{title: What we learned in hour {hour}, votes: {hour}}}
"""
ON_CONFLUENCE = "wiki: {connection: confluence, space: PLAT, parent: Peer learning}\n"


@dataclass(frozen=True, slots=True)
class Together:
    """How many passes were asked for and how many of them were told of, and what each process has more in use."""

    asked: int
    told: int
    restarts: int
    megabytes: tuple[float, ...]
    files: tuple[int, ...]

    @property
    def is_flat(self) -> bool:
        """Whether no process uses more in the end than it did."""
        return max(self.megabytes) <= MOST_MEGABYTES and max(self.files) <= MOST_FILES


def setting_in(folder: Path) -> Setting:
    """Return what a process in a folder is told, whose clock is the file beside."""

    def clock() -> datetime:
        return datetime.fromisoformat((folder / "clock").read_text())

    return Setting(load_operator(folder / "peerloop.yaml", kinds()).checked(), (), clock=clock)


def work(folder: Path) -> None:
    """Be a worker until told to stop."""
    worker.LOOKS_EVERY, worker.BEATS_EVERY, worker.SILENT_FOR = 0.1, 1, 10
    setting, watcher = setting_in(folder), Watcher()
    world = world_of(setting)
    spend_together(world.ledger.quotas.spend)
    set_up_log()
    logging.getLogger("daemon").setLevel(logging.CRITICAL)
    watcher.heed_signals()
    files, passes = Files(setting.operator, world.ledger, setting.now), Passes(world, Allowance(), setting.now)
    with world.ledger.among_workers():
        at_work = worker.Worker(passes, files, setting.operator.ledger_url(), doubts_clock=False)
        at_work.run(lambda: watcher.stopped)


@contextmanager
def at_work(folder: Path) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Have workers meanwhile; whoever kills one puts another one in its place."""
    begun = [begin(folder) for _ in range(WORKERS)]
    try:
        yield begun
    finally:
        for process in begun:
            process.kill()
            process.wait(30)


def begin(folder: Path) -> "subprocess.Popen[bytes]":
    """Begin a worker."""
    return subprocess.Popen([sys.executable, "-m", "tests.bench.together", "worker", str(folder)])


class Days:
    """The days that go by in a folder, for the process that gives passes out and is asked for figures."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, datetime.now(UTC) + timedelta(minutes=1)
        self._tell_time()
        self.edit(0)
        self._setting = setting_in(folder)
        self.world: World = world_of(self._setting)
        spend_together(self.world.ledger.quotas.spend)
        self._teams = Teams(self._setting.operator, self.world.ledger)
        leases = self.world.ledger.leases
        self._passed = PassedByWorkers(look=leases.last_runs, look_for_broken=leases.broken_off)
        asked_of = partial(traffic, self._setting.operator)
        self._metrics = Metrics(self._teams, self.world.ledger, asked_of, self._passed)
        self.asked = self.told = 0

    @contextmanager
    def begun(self) -> Iterator[Rounds]:
        """Give out passes until the block ends."""
        url, ledger = self._setting.operator.ledger_url(), self.world.ledger
        crew = queue.crew_of(ledger, url, timedelta(0))
        with crew.hold(ledger):
            clock = self._setting.now
            rounds = Rounds(self.world, Allowance(), clock, lambda: clock().timestamp(), self._passed, crew)
            with closing(rounds):
                yield rounds

    def edit(self, hour: int) -> None:
        """Have the leads change a topic."""
        (self.folder / "teams").mkdir(exist_ok=True)
        for number in range(TEAMS):
            text = TEAM.format(number=number, hour=hour) + ("" if number else ON_CONFLUENCE)
            (self.folder / "teams" / f"{number}.yaml").write_text(text)

    def hour(self, rounds: Rounds) -> None:
        """Let an hour go by, and ask for the figures after each round."""
        for _ in range(timedelta(hours=1) // EVERY):
            end = time.monotonic() + LONGEST
            while not rounds.begin(self._teams.read(self._setting.paths(), self._setting.now()).files):
                assert time.monotonic() < end, "the ledger does not come back"
                time.sleep(0.2)
            assert rounds.settle(LONGEST), "passes hang"
            self.asked += TEAMS
            self._passed._looked = float("-inf")
            told = text_string_to_metric_families(self._metrics.text().decode())
            self.told = int(sum(one.value for each in told for one in each.samples if one.name == PASSES))
            self.now += EVERY
            self._tell_time()

    def _tell_time(self) -> None:
        (self.folder / "clock.part").write_text(self.now.isoformat())
        (self.folder / "clock.part").rename(self.folder / "clock")


def together(hours: int = HOURS, warm: int = WARM) -> Together:
    """Let so many hours go by, and return what is in use after some of them and in the end."""
    queue.LOOKS_EVERY = 0.1
    with confluence("cloud") as wiki, cluster() as server, TemporaryDirectory() as place:
        folder, url = Path(place), new_database(server.address)
        os.environ["TOGETHER_TOKEN"] = wiki.credentials.token
        told = f"kind: confluence-cloud, url: '{wiki.url}', user: {wiki.credentials.user}, token: env:TOGETHER_TOKEN"
        connections = f"connections:\n  confluence: {{{told}}}\n"
        settings = f"teams: {folder}/teams/*.yaml\ndata: {folder}/data\nledger: {url}\n"
        (folder / "peerloop.yaml").write_text(settings + connections)
        days, seen, restarts = Days(folder), list[list[tuple[float, int]]](), 0
        with days.begun() as rounds, at_work(folder) as begun:
            for hour in range(hours):
                if hour == 1:
                    replace_one(begun, folder, days.world.ledger)
                if hour == warm:
                    seen.append(in_use(begun))
                if hour % 6 == 5:
                    days.edit(hour)
                    wiki.requests.clear()
                    wiki.faults.throttle(times=2)
                if hour % 24 == 20:
                    server.restart()
                    restarts += 1
                days.hour(rounds)
            seen.append(in_use(begun))
        days.world.ledger.close()
    more = [(later[0] - first[0], later[1] - first[1]) for first, later in zip(*seen, strict=True)]
    megabytes, files = zip(*more, strict=True)
    return Together(days.asked, days.told, restarts, megabytes, files)


def replace_one(begun: list["subprocess.Popen[bytes]"], folder: Path, ledger: Ledger) -> None:
    """Kill a worker, and have another one in its place before time goes on, so that it is warm when the others are."""
    begun[0].kill()
    begun[0].wait(30)
    begun[0] = begin(folder)
    end = time.monotonic() + LONGEST
    while ledger.workers() < 1 + WORKERS:
        assert time.monotonic() < end, "a worker does not begin"
        time.sleep(0.2)


def in_use(begun: list["subprocess.Popen[bytes]"]) -> list[tuple[float, int]]:
    """Return megabytes of memory, and how many files are open, of this process and of its workers."""
    gc.collect()
    found = []
    for pid in (os.getpid(), *(process.pid for process in begun)):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        open_files = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208
        found.append((pages * os.sysconf("SC_PAGE_SIZE") / 2**20, open_files))
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        try:
            work(Path(sys.argv[2]))
        except LedgerError as error:
            sys.exit(str(error))
    else:
        set_up_log()
        logging.getLogger("daemon").setLevel(logging.CRITICAL)
        print(together(*map(int, sys.argv[1:3])))
