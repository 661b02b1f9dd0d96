"""What charts show, as numbers for templates that draw SVG: a pure computation of lengths and places.

All measures are in the units of the drawing, whose width is 640.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

WIDTH = 640.0
ROW, ABOVE, BAR = 52.0, 28.0, 14.0
"""How high a row of a chart of bars is, the words above the bar, and the bar itself."""
HEIGHT, BELOW, LEFT = 180.0, 24.0, 28.0


@dataclass(frozen=True, slots=True)
class Bar:
    """What was taken as a bar, and what was due as a mark on it; ``label`` is cut where it is too long to be shown."""

    label: str
    taken: float
    due: float
    y: float
    length: float
    mark: float


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars, one a row."""

    bars: Sequence[Bar]
    height: float
    width: float = WIDTH
    thickness: float = BAR


def bars(rows: Sequence[tuple[str, float, float]]) -> Bars:
    """Return the chart of what people took, and what was due to them."""
    most = max([1.0, *(taken for _, taken, _ in rows), *(due for _, _, due in rows)])
    scale = (WIDTH - 4) / most
    made = [
        Bar(_short(label), taken, due, number * ROW + ABOVE, round(taken * scale, 1), round(due * scale + 2, 1))
        for number, (label, taken, due) in enumerate(rows)
    ]
    return Bars(made, len(rows) * ROW)


def _short(label: str) -> str:
    return label if len(label) <= 28 else f"{label[:27].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a line, and where it stands."""

    label: str
    value: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A chart of a line; ``ticks`` are values with the heights at which they stand."""

    points: Sequence[Point]
    ticks: Sequence[tuple[int, float]]
    width: float = WIDTH
    height: float = HEIGHT + BELOW
    base: float = HEIGHT
    left: float = LEFT

    @property
    def path(self) -> str:
        """The line, as the points of an SVG polyline."""
        return " ".join(f"{point.x:g},{point.y:g}" for point in self.points)


def line(values: Sequence[tuple[str, float]], most: int = 1) -> Line:
    """Return the chart of values, from left to right, from nothing to ``most`` or, where there is more, to that."""
    top = max(most, ceil(max((value for _, value in values), default=0)))
    step = max(1, ceil(top / 4))
    top = step * ceil(top / step)
    across = (WIDTH - LEFT - 12) / max(1, len(values) - 1)
    points = [
        Point(label, value, round(LEFT + number * across, 1), _height(value, top))
        for number, (label, value) in enumerate(values)
    ]
    return Line(points, [(tick, _height(tick, top)) for tick in range(0, top + 1, step)])


def _height(value: float, top: int) -> float:
    return round(HEIGHT - value / top * (HEIGHT - 12), 1)
