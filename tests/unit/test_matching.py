"""Filling roles: never dearer than any other way, and in no time where there are many."""

from itertools import product
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from daemon.decide.matching import NO_ONE, Candidate, cheapest
from tests.soak import examples

PRICES = st.lists(st.lists(st.integers(0, 9) | st.none(), min_size=6, max_size=6), min_size=1, max_size=6)


def options_of(prices: list[list[int | None]]) -> list[list[Candidate]]:
    people = [
        [(float(price), f"tie{n}", f"p{n}") for n, price in enumerate(row) if price is not None] for row in prices
    ]
    return [[*found, (100.0, "", NO_ONE)] for found in people]


def cost_of(picks: tuple[str, ...], options: list[list[Candidate]]) -> float:
    return sum(
        next(cost for cost, _, email in role if email == pick) for pick, role in zip(picks, options, strict=True)
    )


@examples(60)
@given(PRICES)
def test_no_other_way_costs_less_and_nobody_has_two_roles(prices: list[list[int | None]]) -> None:
    options = options_of(prices)
    picks = cheapest(options)
    named = [one for one in picks if one]
    assert len(named) == len(set(named))
    ways = (tuple(email for _, _, email in way) for way in product(*(sorted(role)[:7] for role in options)))
    fitting = (way for way in ways if len({one for one in way if one}) == len([one for one in way if one]))
    assert cost_of(picks, options) == min(cost_of(way, options) for way in fitting)


def test_ten_roles_that_the_same_people_are_due_for_are_filled_at_once() -> None:
    row = [(float(number * number), f"tie{number:03}", f"p{number}") for number in range(500)]
    began = process_time()
    picks = cheapest([[*row, (1_000_000.0, "", NO_ONE)] for _ in range(10)])
    assert sorted(picks) == sorted(f"p{number}" for number in range(10))
    assert process_time() - began < 2
