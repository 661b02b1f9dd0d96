"""Exact 95% intervals for small numbers: of a proportion, a ratio of two counts, a shift between two groups. Pure.

Exact means that whatever is true lies within the interval in at least 95 of 100 cases, however few were counted. For
two large groups those cases are reckoned with the normal distribution, which they follow closely.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, count
from math import comb, exp, floor, inf, lgamma, log, sqrt
from statistics import NormalDist

EACH_SIDE = 0.025
"""How often what is true may lie below an interval, and how often above."""
_ONE_IN = 40
"""The same as a whole number: once in so many cases."""
_NEGLIGIBLE = 1e-17
_MOST_STEPS = 1_000_000
"""The orders of two groups are not counted for which that would take more, such as of each more than a hundred."""
_ALIKE = 1e-7
"""Two differences so near to each other are one."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The values that go with what was seen, both ends included; an end may be infinite."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        """Whether a value goes with what was seen."""
        return self.low <= value <= self.high


@lru_cache(maxsize=256)
def proportion_interval(some: int, of: int) -> Interval:
    """Return the interval of Clopper and Pearson for a proportion: ``some`` were seen among ``of``, at least one."""
    return Interval(1 - _highest(of - some, of), _highest(some, of))


def ratio_interval(before: int, after: int) -> Interval:
    """Return the interval for the ratio of two rates, after to before, counted over equally long times.

    Of all that was counted, which must be something, the proportion of what came after tells the ratio.
    """
    proportion = proportion_interval(after, before + after)
    return Interval(_odds(proportion.low), _odds(proportion.high))


def _odds(proportion: float) -> float:
    return proportion / (1 - proportion) if proportion < 1 else inf


def _highest(some: int, of: int) -> float:
    """Return the proportion with which as few as ``some`` among ``of`` would still be seen often enough."""
    return 1.0 if some >= of else _where(lambda proportion: at_most(some, of, proportion) <= EACH_SIDE)


def _where(is_beyond: Callable[[float], bool]) -> float:
    """Return the proportion from which on something is so, by halving what is in doubt."""
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return high


def at_most(some: int, of: int, proportion: float) -> float:
    """Return how probable it is to see ``some`` or fewer among ``of``, where each is seen in this proportion of cases.

    The sum is taken over the thinner tail, away from its middle, where each term is smaller than the one before.
    """
    if some >= of or proportion <= 0:
        return 1.0
    if proportion >= 1:
        return 0.0
    if some <= of * proportion:
        return _tail(some, of, proportion, 1 - proportion)
    return 1.0 - _tail(of - some - 1, of, 1 - proportion, proportion)


def _tail(some: int, of: int, proportion: float, rest: float) -> float:
    orders = lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)
    term = exp(orders + some * log(proportion) + (of - some) * log(rest)) if proportion < 1 else 0.0
    total = 0.0
    for seen in range(some, -1, -1):
        total += term
        term *= rest / proportion * seen / (of - seen + 1)
        if term < total * _NEGLIGIBLE:
            break
    return total


class Shift:
    """By how much each of the group ``after``, which may hold infinite numbers, exceeds each of the other, in order.

    Of two groups of thousands there are millions of differences, so none is made before it is asked for.
    """

    def __init__(self, before: Iterable[float], after: Iterable[float]) -> None:
        """Take the two groups."""
        self._before, known = sorted(before), sorted(after)
        self._after = known[: bisect_left(known, inf)]
        self._pairs = len(self._before) * len(known)

    @property
    def middle(self) -> float:
        """The middle one, which estimates the shift (Hodges and Lehmann)."""
        return (self._nth((self._pairs - 1) // 2) + self._nth(self._pairs // 2)) / 2

    def without(self, skipped: int) -> Interval:
        """Return from where to where they go, but for so many at either end, of which one is still within."""
        return Interval(self._nth(skipped - 1), self._nth(self._pairs - skipped))

    def _nth(self, place: int) -> float:
        """Return the one at a place, from 0, by halving what is in doubt."""
        if place >= len(self._before) * len(self._after):
            return inf
        low, high = self._after[0] - self._before[-1] - 1, self._after[-1] - self._before[0]
        while high - low > _ALIKE:
            middle = (low + high) / 2
            low, high = (low, middle) if self._up_to(middle) > place else (middle, high)
        return min(one - self._before[nearest - 1] for one in self._after if (nearest := self._beyond(one - low)))

    def _up_to(self, most: float) -> int:
        return sum(len(self._before) - self._beyond(one - most) for one in self._after)

    def _beyond(self, one: float) -> int:
        return bisect_left(self._before, one)


def shift_interval(before: Sequence[float], after: Sequence[float]) -> Interval | None:
    """Return the interval for the shift from one group to the other, or None where they are too few for any.

    It holds whatever the values are spread like (Hodges and Lehmann, from the ranks of Mann and Whitney); an infinite
    one is later than all others.
    """
    skipped = _skipped(len(before), len(after))
    return Shift(before, after).without(skipped) if skipped else None


@lru_cache(maxsize=64)
def _skipped(some: int, others: int) -> int:
    """Return the how manieth difference from either end bounds the interval; 0 where none does.

    Of large groups the ranks are spread as good as normally, but for that they are whole numbers.
    """
    fewer, more = sorted((some, others))
    if more * fewer**2 > _MOST_STEPS:
        spread = sqrt(some * others * (some + others + 1) / 12)
        return max(0, floor(some * others / 2 - 0.5 - NormalDist().inv_cdf(1 - EACH_SIDE) * spread) + 1)
    reached = accumulate(_ways(more, fewer))
    enough = comb(some + others, some)
    return next((rank for rank, ways in zip(count(), reached, strict=False) if ways * _ONE_IN > enough), 0)


def _ways(some: int, others: int) -> list[int]:
    """Return in how many of all orders of two groups 0, 1, 2 … pairs stand the wrong way round, for the first half.

    These are the coefficients of a Gaussian binomial: one factor after the other is multiplied in and divided out.
    """
    most = some * others // 2
    ways = [1] + [0] * most
    for factor in range(1, others + 1):
        for pairs in range(most, some + factor - 1, -1):
            ways[pairs] -= ways[pairs - some - factor]
        for pairs in range(factor, most + 1):
            ways[pairs] += ways[pairs - factor]
    return ways
