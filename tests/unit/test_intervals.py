"""Intervals for small numbers: as a statistics library has them, and as often right as they say."""

from itertools import pairwise
from math import comb, inf, isclose
from random import Random
from statistics import median
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from daemon.describe.intervals import Interval, Shift, at_most, proportion_interval, ratio_interval, shift_interval
from tests.soak import examples

COUNTS = st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
DAYS = st.lists(st.integers(1, 120), min_size=1, max_size=9)


def close(found: Interval, low: float, high: float) -> bool:
    return isclose(found.low, low, abs_tol=1e-9) and isclose(found.high, high, abs_tol=1e-9, rel_tol=1e-9)


def test_nine_bugs_before_and_five_after_say_nothing_yet() -> None:
    found = ratio_interval(9, 5)
    assert (round(5 / 9, 2), round(found.low, 2), round(found.high, 2)) == (0.56, 0.15, 1.85)


@pytest.mark.parametrize("of", [1, 2, 3, 5, 9, 21, 60])
def test_a_share_has_the_interval_that_scipy_gives(of: int) -> None:
    for some in range(of + 1):
        expected = stats.binomtest(some, of).proportion_ci(0.95, method="exact")
        assert close(proportion_interval(some, of), expected.low, expected.high)


@examples(60)
@given(COUNTS)
def test_any_share_has_the_interval_that_scipy_gives(counted: tuple[int, int]) -> None:
    expected = stats.binomtest(*counted).proportion_ci(0.95, method="exact")
    assert close(proportion_interval(*counted), expected.low, expected.high)


@examples(60)
@given(COUNTS, st.floats(0, 1))
def test_a_tail_is_what_scipy_says(counted: tuple[int, int], share: float) -> None:
    assert isclose(at_most(*counted, share), stats.binom.cdf(*counted, share), abs_tol=1e-11)


@examples(60)
@given(st.integers(0, 300), st.integers(0, 300))
def test_a_ratio_has_the_interval_of_the_beta_quantiles(before: int, after: int) -> None:
    if not before + after:
        return
    low = stats.beta.ppf(0.025, after, before + 1) if after else 0.0
    high = stats.beta.ppf(0.975, after + 1, before) if before else 1.0
    assert close(ratio_interval(before, after), low / (1 - low), high / (1 - high) if high < 1 else inf)
    if before:
        assert after / before in ratio_interval(before, after)


@pytest.mark.parametrize("of", range(1, 15))
def test_what_is_true_lies_within_in_95_of_100_cases(of: int) -> None:
    for share in (step / 40 for step in range(41)):
        seen = (comb(of, some) * share**some * (1 - share) ** (of - some) for some in range(of + 1))
        covered = sum(chance for some, chance in enumerate(seen) if share in proportion_interval(some, of))
        assert covered >= 0.95 - 1e-9


@examples(60)
@given(DAYS, DAYS)
def test_an_interval_of_a_shift_ends_where_the_exact_test_begins_to_refuse(before: list[int], after: list[int]) -> None:
    found = shift_interval(before, after)
    if found is None:
        assert 2 / comb(len(before) + len(after), len(before)) > 0.05
        return
    assert Shift(before, after).middle == median(later - one for later in after for one in before)
    assert Shift(before, after).middle in found
    moved = [day + 0.5 for day in after]  # in numbers that are exact
    spread = sorted({later - one for later in moved for one in before})
    between = [low + (high - low) / 2 for low, high in pairwise(spread)]
    own = shift_interval(before, moved)
    assert own
    for tried in (spread[0] - 1, *between, spread[-1] + 1):
        test = stats.mannwhitneyu([one - tried for one in moved], before, method="exact")
        assert (tried in own) == (test.pvalue > 0.05)


def test_groups_that_are_too_small_have_no_interval() -> None:
    assert shift_interval([40, 50, 60], [30, 31, 32]) is None
    assert shift_interval([40, 50, 60, 70], [30, 31, 32, 33]) == Interval(-40, -7)
    assert shift_interval([], [1]) is None


def test_who_is_still_on_the_way_leaves_the_end_open() -> None:
    found = shift_interval([40, 42, 44, 46, 48, 50], [30, 31, 32, inf, inf])
    assert found and found.low < 0 and found.high == inf


@pytest.mark.parametrize(("some", "others"), [(101, 101), (130, 110)])
def test_for_large_groups_it_ends_close_to_where_the_exact_test_begins_to_refuse(some: int, others: int) -> None:
    random = Random(11)
    before, after = ([random.gauss(45, 9) for _ in range(number)] for number in (some, others))
    found = shift_interval(before, after)
    assert found
    for end in (found.low - 1e-6, found.low + 1e-6, found.high - 1e-6, found.high + 1e-6):
        test = stats.mannwhitneyu([one - end for one in after], before, method="exact")
        assert test.pvalue == pytest.approx(0.05, abs=0.001)


def test_groups_of_thousands_are_told_of_soon() -> None:
    random, start = Random(5), process_time()
    before, after = ([random.randint(0, 3000) for _ in range(2500)] for _ in range(2))
    found = shift_interval(before, after)
    assert found and found.low <= Shift(before, after).middle <= found.high
    assert process_time() - start < 20  # counting all their orders takes hours, and gigabytes


def test_large_groups_are_quick_enough() -> None:
    random = Random(7)
    before, after = ([random.gauss(45, 9) for _ in range(60)] for _ in range(2))
    found = shift_interval(before, after)
    assert found and found.high - found.low < 9
    assert proportion_interval(4000, 9000).high < 0.46
