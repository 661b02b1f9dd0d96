"""The fairness that the benchmark measures, on fewer team-years; and the accounts it rests on."""

from collections.abc import Sequence
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.decide.fairness import Balance, Queue
from daemon.decide.looking_ahead import BOUND
from daemon.decide.matching import NO_ONE, cheapest
from tests import soak
from tests.bench.fairness import Figure, Year, afresh_figures, announced_figures

ABC = {"a": 1.0, "b": 1.0, "c": 1.0}
PEOPLE = ("a", "b", "c", "d")
ABLE = st.one_of(st.just(PEOPLE), st.sampled_from([("a", "b", "c"), ("b", "c", "d"), ("a", "d")]))
Duty = tuple[tuple[str, ...], str | None]
"""Those who could take it, and who has it."""


def within(figures: list[Figure]) -> None:
    for figure in figures:
        assert figure.limit is None or figure.value <= figure.limit, figure


def test_planned_afresh_nobody_is_far_from_what_is_due() -> None:
    within(afresh_figures(range(40)))


@soak.soaked
def test_announced_weeks_ahead_the_load_is_spread_and_only_the_forced_changes() -> None:
    within(announced_figures(range(soak.either(12, 40))))


@soak.soaked
def test_joiners_and_leavers_do_their_share_on_average() -> None:
    years = [Year(seed) for seed in range(100, soak.either(115, 130))]
    joined = [life.member.email for year in years for life in year.team.values() if life.joins]
    ratios = []
    for year, email in zip(years, joined, strict=True):
        duties = [held for session in year.held for held in session.assignments if held.member == email]
        due = sum(
            given.eligible.get(email, 0) / sum(given.eligible.values())
            for session in year.held
            for given in session.assignments
            if given.eligible
        )
        ratios.append((len(duties), due))
    assert mean(duties - due for duties, due in ratios) == pytest.approx(0, abs=0.3)


def balance(weeks: int) -> Balance:
    found = Balance(ABC)
    for _ in range(weeks):
        found.ahead(None, ABC)
    return found


def test_what_is_due_and_done_adds_up() -> None:
    found = balance(3)
    found.give(0, "a")
    found.give(2, "b")
    assert found.due("a", 2) == pytest.approx(1)
    assert (found.done("a", 0), found.done("a", 1), found.done("b", 2)) == (0, 1, 0)
    assert found.now("b", 2) == pytest.approx(1)
    assert found.final("b") == pytest.approx(0)


def test_the_past_counts_with_the_shares_of_those_who_could() -> None:
    found = Balance(["a", "b"])
    found.past("gone", {"a": 1.0, "b": 0.5, "gone": 0.5})
    found.past("a", {"a": 1.0})
    found.ahead(None, {"a": 1.0, "b": 1.0})
    assert found.now("a", 0) == pytest.approx(0.5 + 1 - 1 + 0.5)
    assert found.now("b", 0) == pytest.approx(0.25 + 0.5)


def test_a_turn_announced_for_later_counts_on_average() -> None:
    found = Balance(ABC)
    for holder in (None, "b", "a"):
        found.ahead(holder, ABC, announced=True)
    assert found.shortfall("c", 0) > found.shortfall("a", 0) > found.shortfall("b", 0)


def test_a_duty_that_nobody_took_is_due_to_nobody() -> None:
    found = balance(3)
    found.void(1)
    assert found.due("a", 2) == pytest.approx(2 / 3)


def test_it_is_not_safe_to_let_two_fall_due_for_one_turn() -> None:
    found = Balance("abcd")
    for holder in ("a", "b", "a", None, None, None):
        found.ahead(holder, dict.fromkeys("abcd", 1.0))
    assert not found.look_ahead(3).is_safe("b"), "c and d are both due by the next turn"
    assert not found.look_ahead(3).is_safe("a"), "who would be two turns ahead"
    assert found.look_ahead(3).is_safe("c")


def test_roles_are_filled_at_the_least_cost_by_different_people() -> None:
    nobody = (100.0, "", NO_ONE)
    first, second = [(0.0, "x", "a"), (1.0, "y", "b"), nobody], [(0.0, "x", "a"), (5.0, "y", "b"), nobody]
    assert cheapest([first, second]) == ("b", "a")
    assert cheapest([[first[0], nobody], [second[0], nobody]]) in (("a", NO_ONE), (NO_ONE, "a"))
    assert cheapest([]) == ()


def test_the_line_gives_the_skipped_their_turn_first() -> None:
    line = Queue("abcd")
    line.served("a", ())
    line.served("c", {"b"})
    assert line.next() == ["b", "d", "a", "c"]
    line.served("b", ())
    assert line.next() == ["d", "a", "b", "c"]


def played(found: Balance, duties: Sequence[Duty], number: int, email: str) -> bool:
    """Whether nobody is overdue where a member takes a duty, and each open one after it goes to the most pressing."""
    done = {one: found.done(one, number) + (one == email) for one in PEOPLE}
    if found.due(email, number) - done[email] < -BOUND:
        return False
    for later in range(number, min(len(duties), number + 2 * len(PEOPLE))):
        able, holder = duties[later]
        if later > number and holder is None:
            released = [one for one in able if found.due(one, later) - done[one] >= 1 - BOUND]
            until = {one: sum(found.due(one, at) <= done[one] + BOUND for at in range(len(duties))) for one in PEOPLE}
            holder = min(released, key=until.__getitem__, default=None)
            if holder is None:
                return False
        if later > number and holder:
            done[holder] += 1
        if any(found.due(one, later) > done[one] + BOUND for one in PEOPLE):
            return False
    return True


@soak.examples(300)
@given(st.lists(st.tuples(ABLE, st.one_of(st.none(), st.none(), st.none(), st.sampled_from(PEOPLE))), max_size=30))
def test_looking_ahead_for_all_at_once_finds_what_playing_each_alone_does(duties: list[Duty]) -> None:
    found = Balance(PEOPLE)
    for able, holder in duties:
        found.ahead(holder, dict.fromkeys(able, 1.0))
    for number, (able, _) in enumerate(duties):
        ahead = found.look_ahead(number)
        safe = [one for one in able if ahead.is_safe(one)]
        assert safe == [one for one in able if played(found, duties, number, one)]
        duties[number] = (able, (safe or able)[number % len(safe or able)])
        found.give(number, duties[number][1])
