"""The bench's table: a figure a row, beside the limit that it is held to."""

from collections.abc import Iterable, Sequence
from operator import gt
from time import perf_counter
from typing import NamedTuple


class Row(NamedTuple):
    """A line of the table; a row without a figure begins a section."""

    name: str
    figure: str = ""
    limit: str = ""
    broken: bool = False

    def __str__(self) -> str:
        if not self.figure:
            return f"\n{self.name}"
        return f"  {self.name:<58}{self.figure:>34}{self.limit:>18}{'  BROKEN' * self.broken}".rstrip()


def held(name: str, figure: str, value: float, most: float, unit: str = "") -> Row:
    """Return a row whose value may be so much at the most."""
    return Row(name, figure, f"at most {most:g}{unit}", value > most)


def counted(name: str, found: Sequence[int], most: Sequence[int]) -> Row:
    """Return a row of counts, each of which may be so much at the most; of the last ones nothing need be said."""
    limit = ", ".join(map(str, most))
    return Row(name, ", ".join(f"{one:2}" for one in found), f"at most {limit}", any(map(gt, found, most)))


def printed(rows: Iterable[Row]) -> list[Row]:
    """Print rows, each as soon as it is known, how long that took, and what is broken; return the latter."""
    start, broken = perf_counter(), list[Row]()
    for row in rows:
        print(row, flush=True)
        broken += [row] if row.broken else []
    print(f"\nmeasured in {perf_counter() - start:.0f} s; {len(broken)} limits are broken")
    for row in broken:
        print(row)
    return broken
