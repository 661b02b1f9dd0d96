"""How long a command takes as a whole process, beside a bare Python that does nothing, in the same minute."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.team_files import team

PROGRAM = str(Path(sys.executable).with_name("peerloop"))
EXAMPLE = str(Path("config/example/platform.yaml").absolute())
NOTHING = "python -c pass"
SETTLED = "settled.yaml"
COMMANDS: Mapping[str, Sequence[str]] = {
    NOTHING: (sys.executable, "-c", "pass"),
    "peerloop --version": (PROGRAM, "--version"),
    "peerloop --help": (PROGRAM, "--help"),
    "peerloop check, one file": (PROGRAM, "check", EXAMPLE),
    "peerloop plan, one settled file": (PROGRAM, "plan", SETTLED, "--data", "data"),
    "peerloop schedule, one year": (
        PROGRAM,
        *f"schedule {EXAMPLE} --from 2027-01-01 --until 2027-12-31 --json".split(),
    ),
}
LIMITS = {
    "peerloop --version": 6,
    "peerloop --help": 10,
    "peerloop check, one file": 50,
    "peerloop plan, one settled file": 75,
}
"""How many times as long as nothing a command may take."""


@dataclass(frozen=True, slots=True)
class Process:
    """The shortest and the usual time of a process, in seconds, and how many times that of nothing the usual one is."""

    name: str
    shortest: float
    usual: float
    ratio: float


def processes(runs: int) -> list[Process]:
    """Return what each command takes; they take turns, so that a busy moment falls on all of them."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with TemporaryDirectory() as compiled, chdir(compiled):
        Path(SETTLED).write_text(team(0, 12), encoding="utf-8")
        for _ in range(3):  # what was just written is looked at once more
            _time((PROGRAM, "apply", SETTLED, "--data", "data"), compiled)
        for number in range(runs + 1):
            for name, command in COMMANDS.items():
                taken = _time(command, compiled)
                times[name] += [taken] if number else []  # the first run compiles what is imported
    nothing = median(times[NOTHING])
    return [Process(name, min(taken), median(taken), median(taken) / nothing) for name, taken in times.items()]


def _time(command: Sequence[str], compiled: str) -> float:
    """Return the seconds that a command takes where Python may keep what it compiles, as it may almost everywhere."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env | {"PYTHONPYCACHEPREFIX": compiled})
    return perf_counter() - start
