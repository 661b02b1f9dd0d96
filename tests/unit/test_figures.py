"""Whose turns they were: what was taken, and what was due."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from daemon.describe.figures import (
    Figures,
    ItemFigures,
    SessionFigures,
    Turns,
    item_figures,
    programme,
    turns,
    two_sprints,
)
from daemon.model import OVER, Assignment, Reason, Session, Slot, State, held, on_the_wall
from daemon.model.memory import Generation, Item, KnownSeries, Memory, Progress
from tests.soak import examples
from tests.unit.test_chase import noon, team
from tests.unit.test_describe import SESSION, ZONE, at

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


@examples(100)
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


# Action items

SEEN = date(2026, 12, 10)


def an_item(state: Progress = Progress.OPEN, ended: int | None = None, due: int = 7, session: str = "") -> Item:
    """An item that ended so many days after it was seen, or is due then."""
    key, day = f"{state}/{ended}/{due}/{session}", timedelta(days=1)
    ended_on = None if ended is None else SEEN + ended * day
    return Item(key, "page", "1", "Write it", session, SEEN, SEEN + due * day, state=state, ended=ended_on)


def figures_after(days: int, *items: Item, time_enough: int = 28) -> ItemFigures:
    return item_figures(items, SEEN + timedelta(days=days), timedelta(days=time_enough))


def test_what_became_of_action_items() -> None:
    items = [an_item(), an_item(due=60), *(an_item(Progress.DONE, days) for days in (0, 5, 6, 29))]
    items += [
        an_item(Progress.DONE),
        an_item(Progress.DROPPED, 2),
        an_item(Progress.DROPPED),
        an_item(Progress.GONE, 1),
    ]
    assert figures_after(40, *items) == ItemFigures(2, 1, 5, 2, 5.5, 0.5)


def test_an_item_is_judged_once_it_has_had_its_time() -> None:
    done, still_open = an_item(Progress.DONE, 28), an_item()
    assert figures_after(27, done, still_open).done_within_two_sprints is None
    assert figures_after(28, done, still_open).done_within_two_sprints == 0.5
    assert figures_after(20, done, still_open, time_enough=14).done_within_two_sprints == 0
    assert figures_after(28) == ItemFigures(0, 0, 0, 0, None, None)


def test_an_item_is_overdue_from_the_day_after() -> None:
    assert [figures_after(day, an_item()).overdue for day in (6, 7, 8)] == [0, 0, 1]


def test_two_sprints_are_the_teams() -> None:
    assert two_sprints(team()) == timedelta(weeks=4)
    assert two_sprints(team(sprint={"starts": "2026-01-05", "length": "3 weeks"})) == timedelta(weeks=6)


def test_figures_of_all_together_by_series_and_by_session() -> None:
    lunch, dive = "platform/lunch-learn", "platform/dive"
    ended = Generation("e", lunch, 1, at("2026-12-10 12:15"), ZONE, "", until=at("2026-12-31 12:15"))
    sessions = [
        a_session(0, State.DOCUMENTED),
        a_session(1, State.HELD),
        a_session(2, State.SKIPPED),
        a_session(3, State.CANCELLED),
        replace(a_session(4, State.CANCELLED), event="e"),
        a_session(9, State.CANCELLED),
        a_session(10, State.ANNOUNCED),
    ]
    slot = replace(sessions[0].slot, series=dive)
    sessions.append(replace(sessions[0], slot=slot, state=State.CLOSED))
    of_first = an_item(session=sessions[0].key)
    items = [of_first, an_item(Progress.DONE, 3, session=sessions[1].key), an_item(due=30, session=slot.key)]
    memory = Memory(
        "platform",
        "Platform",
        series={key: KnownSeries(key, key, SEEN) for key in (lunch, dive, "platform/new")},
        generations={"e": ended},
        sessions={one.key: one for one in sessions},
        items={one.key: one for one in items},
    )
    found = programme(team(), memory, noon("2027-01-08"))
    assert found.together == Figures(SessionFigures(3, 2, 2), ItemFigures(2, 1, 1, 0, 3, 0.333))
    assert found.by_series == {
        lunch: Figures(SessionFigures(2, 1, 2), ItemFigures(1, 1, 1, 0, 3, 0.5)),
        dive: Figures(SessionFigures(1, 1, 0), ItemFigures(1, 0, 0, 0, None, 0)),
    }
    assert found.by_session[of_first.session] == ItemFigures(1, 1, 0, 0, None, 0)
    assert len(found.by_session) == 3
