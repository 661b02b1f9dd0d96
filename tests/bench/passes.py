"""What a pass costs: planning a team for the first time, and looking at all of them when there is nothing to do.

Each size is measured in processes of its own, so that the peak memory is that of the passes alone. ``python -m
tests.bench.passes FOLDER TEAMS SESSIONS`` is such a process: it plans the teams where nothing is planned yet, else it
passes; a fourth figure says how often, besides once to begin with.
"""

import json
import logging
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

from config.operator import operator_model
from daemon.cli.setting import Setting, world_of
from daemon.plan.guards import Allowance
from daemon.serve.log import set_up_log
from daemon.serve.rounds import Rounds
from daemon.serve.teams import Teams
from integrations import kinds
from tests.bench.memory import peak
from tests.bench.team_files import PEOPLE, team

NOW = datetime(2026, 11, 23, 13, tzinfo=ZoneInfo("Europe/Berlin"))


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, kilobytes at the most, and bytes written, of passes over ``teams`` with ``sessions`` each."""

    teams: int
    sessions: int
    first: float = 0.0
    shortest: float = 0.0
    usual: float = 0.0
    kilobytes: int = 0
    written: int = 0
    processor: float = 0.0
    """Seconds of a processor that a pass usually takes, in all threads."""

    @property
    def per_session(self) -> float:
        """Milliseconds that a pass with nothing to do takes for one session."""
        return self.usual * 1000 / (self.teams * self.sessions)


def cost(teams: int, sessions: int, people: int = PEOPLE) -> Cost:
    """Return what passes over so many teams of so many people cost."""
    with TemporaryDirectory() as folder:
        for number in range(teams):
            (Path(folder) / f"{number:04}.yaml").write_text(team(number, sessions, people))
        planned, passed = (_measured(folder, teams, sessions) for _ in range(2))
    return replace(passed, first=planned.first)


def _measured(folder: str, *figures: int) -> Cost:
    command = [sys.executable, "-m", "tests.bench.passes", folder, *map(str, figures)]
    return Cost(**json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def measure(folder: Path, teams: int, sessions: int, passes: int = 3) -> Cost:
    """Return the cost of the first pass where nothing is planned yet, else of further ones that have nothing to do."""
    planned = (folder / "data").exists()
    told = Setting(operator_model(kinds()).default(folder / "data"), tuple(sorted(folder.glob("*.yaml"))), NOW)
    world, read = world_of(told), Teams(told.operator)
    rounds = Rounds(world, Allowance(), told.now)

    used = list[float]()

    def once() -> float:
        start, before = perf_counter(), process_time()
        rounds.begin(read.read(told.paths(), told.now()).files)
        assert rounds.settle(600)
        used.append(process_time() - before)
        return perf_counter() - start

    first = once()
    if not planned:
        known = world.ledger.team_keys()
        assert len(known) == teams
        assert {len(world.ledger.recall(key, name).sessions) for name, key in known.items()} == {sessions}
        once()  # so that what was just written has been looked at
        return Cost(teams, sessions, first=first)
    before = _bytes_written()
    times = [once() for _ in range(passes)] or [first]
    written = _bytes_written() - before
    return Cost(teams, sessions, 0.0, min(times), median(times), peak(), written, median(used[1:] or used))


def _bytes_written() -> int:
    """Return how much this process has handed to the system for writing; 0 where the system does not tell."""
    try:
        told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    except OSError:
        return 0
    return int(told["wchar"])


if __name__ == "__main__":
    set_up_log()
    logging.getLogger("daemon").setLevel(logging.WARNING)
    print(json.dumps(asdict(measure(Path(sys.argv[1]), *map(int, sys.argv[2:])))))
