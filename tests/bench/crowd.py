"""Thousands of teams and several workers: that nothing is lost or done twice whatever happens, and what it costs.

    python -m tests.bench.crowd --teams 1000 --workers 4

Each team has three people and a weekly session, on local files; its calendar is behind a quota, which all workers spend
together. It is planned twice: once undisturbed, and once while a worker is killed and PostgreSQL restarted. Then it is
measured how fast 1, 2 and 4 workers pass over all of them with nothing to do. ``python -m tests.bench.crowd worker …``
is one of these workers.
"""

import argparse
import logging
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from config.operator import Operator, operator_model
from config.team import Team
from daemon.cli.setting import Setting, world_of
from daemon.ledger import LastRun, Ledger
from daemon.loop import World
from daemon.plan.guards import Allowance
from daemon.ports import Calendar
from daemon.serve import worker as workers
from daemon.serve.files import Files
from daemon.serve.log import set_up_log
from daemon.serve.passes import Passes
from daemon.serve.queue import crew_of
from daemon.serve.rounds import Rounds
from daemon.serve.teams import Teams
from daemon.serve.watch import Watcher
from integrations import kinds, spend_together
from integrations.quota import Quota
from tests.bench.passes import NOW
from tests.postgresql import Cluster, cluster, new_database

TEAM = """\
team: Team {number:05}
timezone: Europe/Berlin
lead: ada@t{number:05}.test
members:
  - {{name: Ada Lovelace, email: ada@t{number:05}.test}}
  - {{name: Bob Kahn, email: bob@t{number:05}.test}}
  - {{name: Chioma Okafor, email: chioma@t{number:05}.test}}
series:
  - {{name: Lunch & Learn, format: lunch-and-learn, cadence: {{every: week, on: thursday, at: "12:15"}}}}
"""
TICKS = os.sysconf("SC_CLK_TCK")
LONGEST = 7200.0
"""Seconds after which a run hangs."""


class Metered:
    """A calendar behind a quota; each request is written down with its moment."""

    def __init__(self, calendar: Calendar, quota: Quota, requests: Path) -> None:
        self._calendar, self._quota, self._requests = calendar, quota, requests

    def __getattr__(self, name: str) -> Any:
        """Return what the calendar offers; looking and writing are requests."""
        offered = getattr(self._calendar, name)
        return partial(self._ask, offered) if name in ("observe", "write") else offered

    def _ask(self, offered: Any, *arguments: Any) -> Any:
        self._quota.take()
        with self._requests.open("a") as file:
            file.write(f"{time.time()}\n")
        return offered(*arguments)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run has its files, its ledger and its quota, if there is one."""

    folder: Path
    files: Path
    url: str
    per_minute: int

    def operator(self) -> Operator:
        """Return what an operator would have written."""
        return operator_model(kinds()).default(self.folder / "data").model_copy(update={"ledger": self.url})

    def world(self, setting: Setting) -> World:
        """Return the world of one process."""
        world = world_of(setting)
        spend_together(world.ledger.quotas.spend)
        if not self.per_minute:
            return world
        quota = Quota("metered", self.per_minute)
        requests = self.folder / f"requests-{os.getpid()}"

        def calendar(team: Team, key: str) -> Calendar:
            return Metered(world.calendar(team, key), quota, requests)

        return replace(world, calendar=calendar)


def work(place: Place) -> None:
    """Be a worker until told to stop."""
    workers.SILENT_FOR, workers.BEATS_EVERY = 6, 1
    setting = Setting(place.operator(), (), NOW)
    world, watcher = place.world(setting), Watcher()
    set_up_log()
    logging.getLogger("daemon").setLevel(logging.ERROR)
    watcher.heed_signals()
    passes = Passes(world, Allowance(), setting.now)
    with world.ledger.among_workers():
        files = Files(setting.operator, world.ledger, setting.now)
        workers.Worker(passes, files, place.url, doubts_clock=False).run(lambda: watcher.stopped)


@contextmanager
def at_work(place: Place, number: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Have so many workers meanwhile."""
    told = [str(place.folder), str(place.files), place.url, str(place.per_minute)]
    command = [sys.executable, "-m", "tests.bench.crowd", "worker", *told]
    begun = [subprocess.Popen(command) for _ in range(number)]
    try:
        yield begun
    finally:
        for process in begun:
            process.terminate()
        for process in begun:
            process.wait(30)


class Shift:
    """What gives out the passes of a run, in this process."""

    def __init__(self, place: Place) -> None:
        paths = tuple(sorted(place.files.glob("*.yaml")))
        self.setting = Setting(place.operator(), paths, NOW)
        self.world = world_of(self.setting)
        self.teams = Teams(self.setting.operator, self.world.ledger)
        crew = crew_of(self.world.ledger, place.url, timedelta(0))
        self._hold = crew.hold(self.world.ledger)
        self._hold.__enter__()
        moves_on = time.monotonic  # the clock stands still
        self.rounds = Rounds(self.world, Allowance(), self.setting.now, lambda: 0 * moves_on(), crew=crew)

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        return self.world.ledger

    def begin(self) -> None:
        """Give out a pass over every team, once the database is there."""
        end = time.monotonic() + LONGEST
        while not self.rounds.begin(self.teams.read(self.setting.paths(), NOW).files):
            assert time.monotonic() < end
            time.sleep(1)

    def settle(self) -> None:
        """Wait until all is done."""
        assert self.rounds.settle(LONGEST)

    def close(self) -> None:
        """Be done."""
        self.rounds.close()
        self._hold.__exit__(None, None, None)
        self.ledger.close()


def planned(place: Place, number: int, server: Cluster, disturbed: bool) -> tuple[float, Sequence[LastRun]]:
    """Plan every team with so many workers; return how long that took, and how each team's pass went."""
    shift, start = Shift(place), time.monotonic()
    teams = len(shift.setting.files)
    with at_work(place, number) as begun:
        shift.begin()
        runs: dict[str, LastRun] = {}
        for share, disturb in ((0.3, begun[0].kill), (0.6, server.restart)) if disturbed else ():
            _until(lambda share=share: len(shift.ledger.leases.last_runs()) >= share * teams)
            disturb()
        for _ in range(20):  # the next round asks for what was cut short
            shift.settle()
            runs = dict(shift.ledger.leases.last_runs())
            if len(runs) == teams and not any(run.errors for run in runs.values()):
                break
            shift.begin()
        shift.begin()  # and what was written has been looked at
        shift.settle()
    taken = time.monotonic() - start
    shift.close()
    return taken, list(runs.values())


def _until(look: Any) -> None:
    end = time.monotonic() + LONGEST
    while not look():
        assert time.monotonic() < end
        time.sleep(0.2)


def idle(place: Place, number: int, server: Cluster) -> tuple[float, float, float]:
    """Return how long so many workers take to pass over every team, and the CPU time of them and of the server."""
    shift = Shift(place)
    with at_work(place, number) as begun:
        shift.begin()
        shift.settle()  # they have understood the files
        before, start = _cpu(begun, server), time.monotonic()
        shift.begin()
        shift.settle()
        taken = time.monotonic() - start
        after = _cpu(begun, server)
    shift.close()
    return taken, after[0] - before[0], after[1] - before[1]


def _cpu(begun: Sequence["subprocess.Popen[bytes]"], server: Cluster) -> tuple[float, float]:
    head = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    of_server = [head, *(pid for pid in _pids() if _stat(pid)[1] == str(head))]
    return sum(_seconds(one.pid) for one in begun), sum(_seconds(pid) for pid in of_server) + _ended(head)


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["", "", *["0"] * 20]


def _seconds(pid: int) -> float:
    return sum(map(int, _stat(pid)[11:13])) / TICKS


def _ended(pid: int) -> float:
    return sum(map(int, _stat(pid)[13:15])) / TICKS


def differing(one: Path, other: Path) -> list[str]:
    """Return the names of files that are not the same in two folders."""
    trees = [{str(path.relative_to(data)): path.read_bytes() for path in _files(data)} for data in (one, other)]
    return sorted(name for name in trees[0].keys() | trees[1].keys() if trees[0].get(name) != trees[1].get(name))


def _files(data: Path) -> list[Path]:
    return [path for folder in ("calendar", "wiki", "outbox") for path in (data / folder).rglob("*") if path.is_file()]


def twice(outbox: Path) -> int:
    """Return how many people have more than one mail of that one day."""
    to = Counter(line for mail in outbox.glob("*.eml") for line in mail.read_text().splitlines() if line[:4] == "To: ")
    return sum(number > 1 for number in to.values())


def most_a_minute(folder: Path) -> tuple[int, int]:
    """Return how many requests were made, and the most within any sixty seconds."""
    moments = sorted(float(line) for file in folder.glob("requests-*") for line in file.read_text().splitlines())
    first = most = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 60:
            first += 1
        most = max(most, last - first + 1)
    return len(moments), most


def main(teams: int, number: int, per_minute: int) -> None:
    """Print what was found."""
    with TemporaryDirectory(dir="/dev/shm") as made, cluster() as server:
        folder = Path(made)
        files = folder / "teams"
        files.mkdir()
        for one in range(teams):
            (files / f"{one:05}.yaml").write_text(TEAM.format(number=one))
        places = {}
        for name in ("undisturbed", "disturbed"):
            place = Place(folder / name, files, new_database(server.address), per_minute)
            place.folder.mkdir()
            places[name] = place
            taken, runs = planned(place, number, server, name == "disturbed")
            waited = sorted(run.waited for run in runs)
            p50, p99 = median(waited), quantiles(waited, n=100)[98]
            requests, most = most_a_minute(place.folder)
            print(f"{name}: {teams:,} teams planned by {number} workers in {taken:.0f} s", flush=True)
            print(f"  lag from asked to begun: p50 {p50:.1f} s, p99 {p99:.1f} s")
            print(f"  requests {requests:,}, the most in a minute {most:,} of {per_minute:,}")
            mails = len([*(place.folder / "data" / "outbox").glob("*.eml")])
            print(
                f"  mails {mails:,}; people with more than one: {twice(place.folder / 'data' / 'outbox')}", flush=True
            )
        odd = differing(*(place.folder / "data" for place in places.values()))
        print(f"files that differ between the two: {len(odd)} {odd[:5]}", flush=True)
        calm = replace(places["undisturbed"], per_minute=0)
        print("nothing to do: workers, passes a second, CPU a team of workers, of the server")
        for some in (1, 2, 4):
            taken, ours, servers = idle(calm, some, server)
            each = f"{ours * 1000 / teams:.1f} ms, {servers * 1000 / teams:.1f} ms"
            print(f"  {some} workers: {teams / taken:6.0f} a second, {each}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        told = sys.argv[2:]
        work(Place(Path(told[0]), Path(told[1]), told[2], int(told[3])))
    else:
        parser = argparse.ArgumentParser(prog="python -m tests.bench.crowd", description=__doc__)
        parser.add_argument("--teams", type=int, default=300)
        parser.add_argument("--workers", type=int, default=4)
        parser.add_argument("--per-minute", type=int, default=6000)
        asked = parser.parse_args()
        set_up_log()
        logging.getLogger("daemon").setLevel(logging.ERROR)
        main(asked.teams, asked.workers, asked.per_minute)
