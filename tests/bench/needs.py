"""What needs cost a pass: at first sight, and once nothing has changed where they come from."""

import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from tests.scenarios.programme import TEAM, Programme

PAGES, ROWS, PER_PAGE = 50, 500, 10
SOURCES = [{"under": "retros"}, {"file": "incidents.csv"}]


class NeedsCost(NamedTuple):
    """Seconds of a pass over a team with so many ``needs``: at first sight, and once nothing has changed.

    ``without`` is what the latter takes where the team names no place. ``opened`` is how many files of such places it
    opens, and ``written`` whether it writes anything.
    """

    needs: int
    first: float
    usual: float
    without: float
    opened: int
    written: int

    @property
    def ratio(self) -> float:
        """How many times as long a pass with nothing to do takes for them."""
        return self.usual / self.without


class _Opened:
    """Counts the files of the places that this process opens, as the interpreter tells of it."""

    def __init__(self, folder: Path) -> None:
        self._below, self.number = str(folder), 0
        sys.addaudithook(self._heard)

    def _heard(self, event: str, told: tuple[Any, ...]) -> None:
        is_source = event == "open" and ("/retros/" in str(told[0]) or str(told[0]).endswith("incidents.csv"))
        self.number += is_source and str(told[0]).startswith(self._below)


def needs_cost(passes: int = 9) -> NeedsCost:
    """Return what it costs to gather so many needs of two places; both teams take turns, so that both are as busy."""
    with TemporaryDirectory() as folder:
        place = Path(folder, "with")
        _fill(place)
        plain, lacking = Programme(Path(folder, "without")), Programme(place, {**TEAM, "needs": SOURCES})
        first = _timed(lacking)
        for programme in (plain, lacking):
            programme.settle()
        before, opened = lacking.contents(), _Opened(place)
        taken = [(_timed(lacking), _timed(plain)) for _ in range(passes)]
        number, after = opened.number, lacking.contents()
        written = sum(after[name] != before.get(name) for name in after)
        usual, without = (median(each) for each in zip(*taken, strict=True))
        return NeedsCost(PAGES * PER_PAGE + ROWS, first, usual, without, number, written)


def _fill(folder: Path) -> None:
    retros = folder / "data" / "wiki" / "platform" / "retros"
    retros.mkdir(parents=True)
    for number in range(PAGES):
        asked = "".join(f"- How does part {n} of system {number} work?\n" for n in range(PER_PAGE))
        (retros / f"{number:03}.md").write_text(f"# Retro {number} of 2026-11-02\n\n## Questions\n\n{asked}")
    rows = "".join(f"How to mend service {number},area {number % 9},2026-11-02\n" for number in range(ROWS))
    (folder / "incidents.csv").write_text(f"title,area,date\n{rows}")


def _timed(programme: Programme) -> float:
    start = perf_counter()
    programme.run()
    return perf_counter() - start
