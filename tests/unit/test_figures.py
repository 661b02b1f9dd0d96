"""Whose turns they were: what was taken, and what was due."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.figures import OVER, Turns, held, turns
from daemon.model import Assignment, Reason, Session, Slot, State, on_the_wall
from tests.unit.test_desired import SESSION, ZONE, at

PEOPLE = ("ada", "bob", "cy", "dan")
SHARES = st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from([0.25, 0.5, 1.0]))
ASSIGNMENTS = st.builds(
    Assignment, st.just("facilitator"), st.none() | st.sampled_from(PEOPLE), st.just(Reason("turn", "")), SHARES
)
SESSIONS = st.lists(st.tuples(st.sampled_from(State), st.lists(ASSIGNMENTS, max_size=3)), max_size=12)


def a_session(week: int, state: State, *assignments: Assignment) -> Session:
    wall = at("2026-12-10 12:15") + timedelta(weeks=week)
    slot = Slot("platform/lunch-learn", wall, ZONE, wall, on_the_wall(wall, ZONE), 45, "lunch-and-learn")
    return replace(SESSION, slot=slot, state=state, assignments=assignments)


def turn(member: str | None, **eligible: float) -> Assignment:
    return Assignment("facilitator", member, Reason("turn", ""), eligible)


def test_each_turn_was_due_to_all_who_could_have_taken_it() -> None:
    sessions = [
        a_session(0, State.HELD, turn("ada", ada=1, bob=1), turn("bob", bob=0.5, cy=0.5)),
        a_session(1, State.CLOSED, turn("bob", ada=1, bob=0.5, cy=0.5)),
        a_session(2, State.DOCUMENTED, turn("dan", ada=1), turn(None, ada=1), turn("cy")),
        a_session(3, State.CANCELLED, turn("ada", ada=1)),
        a_session(4, State.ANNOUNCED, turn("ada", ada=1)),
    ]
    assert turns(sessions) == {
        "ada": Turns(1, 2.0),
        "bob": Turns(2, 1.25),
        "cy": Turns(1, 1.75),
        "dan": Turns(1, 0.0),
    }
    assert [session.slot.wall.day for session in held(sessions)] == [24, 17, 10]


@settings(max_examples=100, derandomize=True, deadline=None)
@given(SESSIONS, st.randoms(use_true_random=False))
def test_as_much_was_due_as_was_taken(written: list[tuple[State, list[Assignment]]], random: Random) -> None:
    sessions = [a_session(week, state, *assignments) for week, (state, assignments) in enumerate(written)]
    figures = turns(sessions)
    given_out = sum(bool(one.member) for session in sessions if session.state in OVER for one in session.assignments)
    assert sum(one.taken for one in figures.values()) == given_out
    assert abs(sum(one.due for one in figures.values()) - given_out) <= 0.005 * len(figures) + 1e-9
    assert all(one.taken or one.due for one in figures.values())
    assert list(figures) == sorted(figures)
    assert turns(random.sample(sessions, len(sessions))) == figures
