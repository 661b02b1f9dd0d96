"""Exact 95% intervals for small numbers: of a proportion, a ratio of two counts, a shift between two groups. Pure.

Exact means that whatever is true lies within the interval in at least 95 of 100 cases, however few were counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, count
from math import comb, exp, inf, lgamma, log

EACH_SIDE = 0.025
"""How often what is true may lie below an interval, and how often above."""
_ONE_IN = 40
"""The same as a whole number: once in so many cases."""
_NEGLIGIBLE = 1e-17


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


def shift(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """Return by how much each of one group exceeds each of the other, in order; the middle one estimates the shift."""
    return sorted(later - earlier for later in after for earlier in before)


def shift_interval(before: Sequence[float], after: Sequence[float]) -> Interval | None:
    """Return the interval for the shift from one group to the other, or None where they are too few for any.

    It holds whatever the values are spread like (Hodges and Lehmann, from the ranks of Mann and Whitney); an infinite
    one is later than all others.
    """
    differences, skipped = shift(before, after), _skipped(len(before), len(after))
    return Interval(differences[skipped - 1], differences[-skipped]) if skipped else None


@lru_cache(maxsize=64)
def _skipped(some: int, others: int) -> int:
    """Return the how manieth difference from either end bounds the interval; 0 where none does."""
    reached = accumulate(_ways(some, others))
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
