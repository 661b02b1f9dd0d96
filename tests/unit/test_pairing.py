"""Pairs: everybody once, last partners kept apart, announced pairs left alone."""

import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from daemon.decide.pairing import Pair, Partners, pair, pair_note
from tests.soak import examples

NAMES = dict(zip("abcdef", ("Ada", "Bob", "Cy", "Dee", "Eve", "Fay"), strict=True))


def letters(count: int) -> list[str]:
    return [f"p{number:02}" for number in range(count)]


def cost(pairs: tuple[Pair, ...], partners: Partners) -> int:
    return sum(partners.cost(one, other) for group in pairs for one, other in combinations(group, 2))


def assert_everybody_once(pairs: tuple[Pair, ...], present: list[str]) -> None:
    if len(present) < 2:
        assert pairs == ()
        return
    assert sorted(one for group in pairs for one in group) == sorted(present)
    assert sorted(len(group) for group in pairs) == [2] * (len(pairs) - 1) + [2 + len(present) % 2]


def all_ways(people: list[str]) -> list[tuple[Pair, ...]]:
    """Every way to put people into pairs, with one three where they are odd."""
    if not people:
        return [()]
    first, found = people[0], []
    for size in {2, 2 + len(people) % 2}:
        for others in combinations(people[1:], size - 1):
            rest = [one for one in people if one != first and one not in others]
            found += [((first, *others), *way) for way in all_ways(rest) if size == 3 or len(people) != 3]
    return found


def history(seed: int, people: list[str], sessions: int) -> Partners:
    partners, chance = Partners(), random.Random(seed)
    for _ in range(sessions):
        present = chance.sample(people, chance.randint(2, len(people)))
        partners.met([(present[n], present[n + 1]) for n in range(0, len(present) - 1, 2)])
    return partners


@examples(60)
@given(st.integers(0, 14), st.integers(0, 10_000), st.integers(0, 8))
def test_everybody_is_in_one_pair_and_the_odd_one_makes_a_three(count: int, seed: int, sessions: int) -> None:
    people = letters(count)
    partners = history(seed, people, sessions) if count > 1 else Partners()
    assert_everybody_once(pair(people, partners, "s"), people)


@examples(40)
@given(st.integers(2, 8), st.integers(0, 10_000), st.integers(0, 8))
def test_no_way_to_pair_costs_less(count: int, seed: int, sessions: int) -> None:
    people = letters(count)
    partners = history(seed, people, sessions)
    assert cost(pair(people, partners, "s"), partners) == min(cost(way, partners) for way in all_ways(people))


@examples(60)
@given(st.integers(2, 11), st.sets(st.integers(0, 13), max_size=5), st.integers(0, 10_000))
def test_announced_pairs_change_only_for_those_left_alone(count: int, missing: set[int], seed: int) -> None:
    people = letters(count)
    partners = history(seed, people, 4)
    announced = pair(people, partners, "s")
    present = [one for number, one in enumerate(letters(14)) if number not in missing and number < count + 2]
    after = pair(present, partners, "s", announced=announced)
    assert_everybody_once(after, present)
    whole = [group for group in announced if set(group) <= set(present)]
    joined = sum(1 for group in whole if group not in after)
    assert joined <= 1, "at most one pair takes somebody in, or one three gives somebody up"


def test_the_same_pairs_stay_when_nothing_happens() -> None:
    people, partners = letters(9), history(1, letters(9), 6)
    announced = pair(people, partners, "s")
    assert pair(people, partners, "s", announced=announced) == announced


def test_the_order_of_the_people_does_not_matter() -> None:
    people, partners = letters(10), history(3, letters(10), 6)
    assert pair(people[::-1], partners, "s") == pair(people, partners, "s")


def test_nobody_meets_their_last_three_partners_in_a_team_of_eight() -> None:
    people, partners = letters(8), Partners()
    for session in range(20):
        pairs = pair(people, partners, f"s{session}")
        assert cost(pairs, partners) == 0
        partners.met(pairs)
    times = [partners.times(one, other) for one, other in combinations(people, 2)]
    assert min(times) >= 2, "everybody meets everybody"
    assert max(times) <= 4


def test_two_left_alone_are_paired_and_the_rest_stays() -> None:
    announced = (("a", "b"), ("c", "d"), ("e", "f"))
    assert pair(["a", "c", "e", "f"], Partners(), "s", announced=announced) == (("a", "c"), ("e", "f"))


def test_one_left_alone_takes_the_third_of_a_three() -> None:
    pairs = pair(["a", "c", "d", "e"], Partners(), "s", announced=(("a", "b"), ("c", "d", "e")))
    assert_everybody_once(pairs, ["a", "c", "d", "e"])


def test_a_newcomer_joins_a_pair() -> None:
    pairs = pair(["a", "b", "c", "d", "e"], Partners(), "s", announced=(("a", "b"), ("c", "d")))
    assert sorted(map(len, pairs)) == [2, 3]
    assert next(group for group in pairs if "e" in group) in (("a", "b", "e"), ("c", "d", "e"))


def test_the_leads_pairs_win_over_announced_ones() -> None:
    announced = (("a", "b"), ("c", "d"), ("e", "f"))
    pairs = pair(list("abcdef"), Partners(), "s", decided=(("a", "c"),), announced=announced)
    assert pairs == (("a", "c"), ("b", "d"), ("e", "f"))


def test_the_leads_pair_loses_who_is_absent() -> None:
    assert_everybody_once(pair(list("bcd"), Partners(), "s", decided=(("a", "b"),)), list("bcd"))


def test_a_big_team_is_paired_without_repeats() -> None:
    people, partners = letters(60), Partners()
    for session in range(5):
        pairs = pair(people, partners, f"s{session}")
        assert cost(pairs, partners) == 0
        partners.met(pairs)


def test_the_note_tells_of_a_three() -> None:
    assert pair_note(list("abc"), (("a", "b", "c"),), NAMES) == "Three together: Ada, Bob and Cy."
    assert pair_note(list("ab"), (("a", "b"),), NAMES) == ""


def test_the_note_tells_who_has_nobody_to_pair_with() -> None:
    assert pair_note(["a"], (), NAMES) == "Only Ada can come: there is nobody to pair with."
    assert pair_note([], (), NAMES) == "Nobody can come: there is nobody to pair with."
