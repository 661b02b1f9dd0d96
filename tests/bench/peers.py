"""What peerloop costs beside octoDNS and vdirsyncer: ``make bench-peers``, or ``python -m tests.bench.peers VENV``.

Whole processes, which take turns, so that a busy moment falls on all of them; of each what it took of a processor, in
user and system mode, and its peak memory. Commands are compared turn by turn, and all else by medians. It takes some
minutes, and says meanwhile how far it is. Exits with 1 where a limit is broken.

- octoDNS's pass with nothing to do has 100 zones of 100 records in YAML, and a target in memory that has the same.
- peerloop's has 100 teams of 100 sessions, on local files. What one takes is told by a process that makes several: the
  first of each process takes nothing for granted, and is told of apart. The memory is that of all of them.

Imports nothing of peerloop's: what a process starts counts the memory of its parent, at that moment, as its own.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile

from tests.bench.team_files import team

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("peerloop"))
SIZE = 100
"""How many teams of how many sessions, and how many zones of how many records."""
FURTHER = 3
"""How many passes a process makes besides its first, and of how many turns it has a part in one."""

VERSION, NO_CHANGE = "vdirsyncer --version", "octodns-sync, nothing to do"
CHECK, PLAN, EXAMPLE = "peerloop check, a settled file", "peerloop plan, a settled file", "peerloop check, the example"
PASSES = f"peerloop, a first pass and {FURTHER} with nothing to do"

PASSES_OVER = (sys.executable, "-m", "tests.bench.passes", "teams", str(SIZE), str(SIZE), str(FURTHER))
TARGET = f"""\
import logging

from octodns.provider.base import BaseProvider
from octodns.record import Record


class Known(BaseProvider):
    SUPPORTS, SUPPORTS_GEO, SUPPORTS_DYNAMIC = {{"A"}}, False, False
    log = logging.getLogger("Known")

    def populate(self, zone, target=False, lenient=False):
        for number in range({SIZE}):
            data = {{"ttl": 300, "type": "A", "value": f"192.0.2.{{number}}"}}
            zone.add_record(Record.new(zone, f"host-{{number:03}}", data, source=self), lenient=lenient)
        return True
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of a processor that a process took, its peak memory in kilobytes, and what it said."""

    seconds: float
    kilobytes: float
    said: bytes


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much as a peer's peerloop takes of something, and how many times it may."""

    name: str
    found: float
    limit: float | None = None

    @property
    def broken(self) -> bool:
        """Whether it takes more than it may."""
        return self.limit is not None and self.found > self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"at most {self.limit:.2f}"
        return f"  {self.name:<86}{self.found:>6.2f} x{limit:>14}{'  BROKEN' if self.broken else ''}".rstrip()


def taken(command: Sequence[str], folder: Path) -> Taken:
    """Return what a command takes where Python may keep what it compiles, as it may almost everywhere."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONPATH": f"{ROOT}:{folder}"}
    with TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, cwd=folder, env=env)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        output.seek(0)
        return Taken(used.ru_utime + used.ru_stime, used.ru_maxrss, output.read())


def write_zones(folder: Path) -> None:
    """Write zones for octoDNS, and what it has to know besides."""
    records = "".join(f"host-{number:03}: {{ttl: 300, type: A, value: 192.0.2.{number}}}\n" for number in range(SIZE))
    zones = [f"zone-{number:03}.example." for number in range(SIZE)]
    (folder / "zones").mkdir()
    for zone in zones:
        (folder / "zones" / f"{zone}yaml").write_text(f"---\n{records}")
    source = "{class: octodns.provider.yaml.YamlProvider, directory: zones, default_ttl: 300}"
    told = "".join(f"  {zone}: {{sources: [config], targets: [target]}}\n" for zone in zones)
    config = f"providers:\n  config: {source}\n  target: {{class: known.Known}}\nzones:\n{told}"
    (folder / "octodns.yaml").write_text(config)
    (folder / "known.py").write_text(TARGET)


def settle_teams(folder: Path) -> None:
    """Write teams' files, and have everything made that they ask for, until there is nothing to do."""
    (folder / "teams").mkdir()
    for number in range(SIZE):
        (folder / "teams" / f"{number:04}.yaml").write_text(team(number, SIZE))
    taken(PASSES_OVER, folder)
    (folder / "settled.yaml").write_text(team(0, 12))
    for _ in range(3):  # what was just written is looked at once more
        taken((PROGRAM, "apply", "settled.yaml", "--data", "data"), folder)


def measured(peers: Path, folder: Path, turns: int) -> Mapping[str, Sequence[Taken]]:
    """Return what each process took, in so many turns; the one before them compiles what is imported."""
    commands = {
        VERSION: (str(peers / "bin" / "vdirsyncer"), "--version"),
        CHECK: (PROGRAM, "check", "settled.yaml"),
        PLAN: (PROGRAM, "plan", "settled.yaml", "--data", "data"),
        EXAMPLE: (PROGRAM, "check", str(ROOT / "config" / "example" / "platform.yaml")),
        NO_CHANGE: (str(peers / "bin" / "octodns-sync"), "--config-file", "octodns.yaml", "--doit", "--quiet"),
        PASSES: PASSES_OVER,
    }
    found: dict[str, list[Taken]] = {name: [] for name in commands}
    for turn in range(turns + 1):
        _say(f"turn {turn} of {turns}" if turn else "a turn that does not count")
        for name, command in commands.items():
            if name == PASSES and turn % FURTHER != 1:
                continue
            one = taken(command, folder)
            found[name] += [one] if turn else []
    return found


def _say(what: str) -> None:
    """Say how far it is, to whoever waits for it."""
    print(f"bench-peers: {what}", file=sys.stderr, flush=True)


def ratios(found: Mapping[str, Sequence[Taken]]) -> Iterator[Ratio]:
    """Yield what peerloop takes beside its peers."""

    def to_start(name: str) -> float:
        pairs = zip(found[name], found[VERSION], strict=True)
        return median(one.seconds / other.seconds for one, other in pairs)

    seconds = {name: median(one.seconds for one in each) for name, each in found.items()}
    memory = {name: median(one.kilobytes for one in each) for name, each in found.items()}
    a_pass = median(json.loads(one.said)["processor"] for one in found[PASSES])
    first = seconds[PASSES] - FURTHER * a_pass
    nothing = f"nothing to do: {SIZE} teams of {SIZE} sessions, beside octoDNS's {SIZE * SIZE:,} records"
    yield Ratio("check of a settled file, beside vdirsyncer --version: processor", to_start(CHECK), 1.2)
    yield Ratio("plan of it, beside the same: processor", to_start(PLAN), 3.0)
    yield Ratio("check of the example, which has a template, holidays and an export", to_start(EXAMPLE))
    yield Ratio(f"{nothing}: processor", a_pass / seconds[NO_CHANGE], 0.12)
    yield Ratio("the first pass of a process, with its start, beside the same", first / seconds[NO_CHANGE])
    yield Ratio("all of these passes, beside the same: peak memory", memory[PASSES] / memory[NO_CHANGE], 2.1)


def main() -> None:
    """Print the ratios with their limits, and what they were made of."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=str(__doc__).partition("\n")[0])
    parser.add_argument("peers", type=Path, help="the folder of a venv with octodns and vdirsyncer")
    parser.add_argument("--turns", type=int, default=9, help="how many processes of each kind, but for passes")
    told = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        _say(f"making what {SIZE} teams ask for, until there is nothing to do")
        write_zones(folder)
        settle_teams(folder)
        found = measured(told.peers.absolute(), folder, told.turns)
    print("medians: seconds of a processor, peak memory")
    for kind, each in found.items():
        memory = median(one.kilobytes for one in each) / 1024
        print(f"  {kind:<86}{median(one.seconds for one in each):>6.2f} s{memory:>11.0f} MB")
    print("\ntimes as much as a peer")
    rows = list(ratios(found))
    print("\n".join(map(str, rows)))
    sys.exit(any(row.broken for row in rows))


if __name__ == "__main__":
    main()
