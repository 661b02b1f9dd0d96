"""What comes of a session once it was held: its state by its page, who is asked to write it up, who hears of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.learn.items import updated
from daemon.learn.life import moved_on
from daemon.model import ActionItem, Assignment, Kind, Observed, Reminder, Session, State, WriteUp
from daemon.model.memory import Memory, Record
from daemon.tell.write_ups import shared, write_ups
from tests.soak import examples
from tests.unit.test_briefing import ADA, BOB, CAT, LEAD, SLOT, TURN, memory, noon, session, team

HELD = replace(session(), state=State.HELD)
LEARNED = WriteUp(("Caches lie", "Measure"))
NOTHING = WriteUp()
ITEM = ActionItem("page-1", "1", "Write it up", "ada")
AFTER = SLOT.ends_at + timedelta(hours=1)
A_WEEK_LATER = SLOT.ends_at + timedelta(days=7)


def page(told: WriteUp = LEARNED, items: Sequence[ActionItem] = (), **more: object) -> Observed:
    written = {"url": "https://wiki/1", "write_up": told, "items": tuple(items), **more}
    return Observed("page-1", Kind.PAGE, {}, **written)  # type: ignore[arg-type]


def known(seen: Observed | None, *sessions: Session) -> Memory:
    records = {"page-1": Record("page-1", Kind.PAGE, observed=seen)}
    return replace(memory(), records=records, sessions={one.key: one for one in sessions or (HELD,)})


def state(seen: Observed | None, now: datetime = AFTER, before: State = State.HELD) -> State:
    memory = updated(team(), known(seen, replace(HELD, state=before)), now)
    return moved_on(team(), memory, now).sessions[HELD.key].state


# How far a session is


@pytest.mark.parametrize(
    ("seen", "is_documented"),
    [
        (page(), True),
        (page(WriteUp(), [ITEM]), True),
        (page(WriteUp(recording="https://video", consent=True)), True),
        (page(WriteUp(recording="https://video", consent=False)), False),
        (page(WriteUp(attended=(ADA,))), False),
    ],
)
def test_a_session_is_documented_once_its_page_shows_something(seen: Observed, is_documented: bool) -> None:
    assert state(seen) is (State.DOCUMENTED if is_documented else State.HELD)


def test_it_is_closed_once_nothing_is_left_to_do_and_a_week_has_passed() -> None:
    assert state(page()) is State.DOCUMENTED
    assert state(page(), A_WEEK_LATER) is State.CLOSED
    assert state(page(items=[ITEM]), A_WEEK_LATER) is State.DOCUMENTED
    over = [replace(ITEM, done=True), replace(ITEM, text="Buy a pony (dropped)")]
    assert state(page(items=over), A_WEEK_LATER) is State.CLOSED
    assert state(page(items=[*over, ITEM]), A_WEEK_LATER, State.CLOSED) is State.DOCUMENTED


@pytest.mark.parametrize("before", [State.HELD, State.DOCUMENTED, State.CLOSED])
@pytest.mark.parametrize(
    "seen",
    [None, page(WriteUp(), gone=True), page(LEARNED, gone=True), page(WriteUp(), trouble="the region is there twice")],
)
def test_a_page_that_cannot_be_read_changes_nothing(seen: Observed | None, before: State) -> None:
    assert state(seen, before=before) is before


def test_a_page_that_people_emptied_has_its_session_held_again() -> None:
    assert state(page(WriteUp()), before=State.DOCUMENTED) is State.HELD


@examples(100)
@given(st.sampled_from(State), st.sampled_from([None, page(), page(NOTHING), page(items=[ITEM])]), st.integers(-9, 90))
def test_only_what_was_held_moves_and_a_second_look_finds_nothing(
    before: State, seen: Observed | None, days: int
) -> None:
    at = known(seen, replace(HELD, state=before))
    now = SLOT.ends_at + timedelta(days=days)
    after = moved_on(team(), at, now)
    assert moved_on(team(), after, now) is after
    if before in (State.PLANNED, State.ANNOUNCED, State.SKIPPED, State.CANCELLED):
        assert after is at


# Who is asked to write it up


def asked(now: str, seen: Observed | None, *sessions: Session, **rules: object) -> list[Reminder]:
    at = moved_on(team(), known(seen, *sessions), noon(now))
    return list(write_ups(team(**rules), at, noon(now)))  # type: ignore[arg-type]


def test_the_facilitator_is_asked_while_it_is_fresh() -> None:
    (said,) = asked("2026-12-10", page(WriteUp()))
    assert (said.to, said.kind, said.url, said.due) == (ADA, "write-up", "https://wiki/1", SLOT.day)
    assert said.text == (
        "Lunch & Learn “How our ingress works” of Thursday 2026-12-10: while it is fresh, please add to its page: "
        "the takeaways, the action items, the recording (if everyone agreed to one)"
    )


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (page(), "please add to its page: the action items, the recording (if everyone agreed to one)"),
        (page(WriteUp(consent=False), [ITEM]), "please add to its page: the takeaways"),
        (page(WriteUp(("x",), "https://video", True)), "please add to its page: the action items"),
    ],
)
def test_only_what_is_missing_is_named(seen: Observed, words: str) -> None:
    assert asked("2026-12-11", seen)[0].text.endswith(words)


def test_nothing_is_asked_of_a_page_that_has_all_or_is_not_there() -> None:
    assert asked("2026-12-11", page(LEARNED, [ITEM])) == []
    assert asked("2026-12-11", None) == asked("2026-12-11", page(WriteUp(), gone=True)) == []
    assert asked("2026-12-11", page(WriteUp()), replace(HELD, state=State.CANCELLED)) == []


def test_an_empty_page_is_asked_for_three_times_at_growing_intervals() -> None:
    days = [noon("2026-12-10") + timedelta(days=n) for n in range(40)]
    keys: dict[str, str] = {}
    for day in days:
        for one in asked(f"{day:%Y-%m-%d}", page(WriteUp())):
            keys.setdefault(one.key.rpartition("/write-up/")[2], f"{day:%Y-%m-%d}")
    assert keys == {f"1/{ADA}": "2026-12-10", f"2/{ADA}": "2026-12-16", f"3/{ADA}": "2026-12-24"}
    assert asked("2026-12-16", page(WriteUp()))[0].text.endswith(
        "nothing is written on its page yet. Two lines on the takeaways are enough"
    )
    assert asked("2026-12-16", page()) == []


def test_where_the_facilitator_has_left_the_lead_is_asked_and_where_there_is_none_whoever_had_a_role() -> None:
    assert asked("2026-12-11", page(WriteUp()), people={ADA: {"leaves": "2026-12-10"}})[0].to == LEAD
    authored = replace(HELD, assignments=(Assignment("author", BOB, TURN),))
    assert asked("2026-12-11", page(WriteUp()), authored)[0].to == BOB
    assert asked("2026-12-11", page(WriteUp()), replace(HELD, assignments=())) == []


# Who hears what was learned


def heard(now: str, seen: Observed, **rules: object) -> dict[str, str]:
    at = moved_on(team(), known(seen), noon(now))
    found = list(shared(team(**rules), at, noon(now)))  # type: ignore[arg-type]
    assert all(one.key == f"{HELD.key}/takeaways/{one.to}" and one.kind == "takeaways" for one in found)
    return {one.to: one.text for one in found}


def test_everybody_hears_with_a_mail_of_the_next_week() -> None:
    text = "Lunch & Learn “How our ingress works” of Thursday 2026-12-10: “Caches lie”; “Measure”"
    assert heard("2026-12-11", page()) == heard("2026-12-13", page()) == {}
    assert heard("2026-12-14", page()) == heard("2026-12-18", page()) == dict.fromkeys((ADA, BOB, CAT), text)
    assert heard("2026-12-14", page(WriteUp())) == {}
    assert heard("2027-01-11", page()) == {}
    away = {"people": {CAT: {"away": ["2026-12-14..2026-12-15"]}}}
    assert [*heard("2026-12-14", page(), **away)] == [ADA, BOB]
    assert [*heard("2026-12-16", page(), **away)] == [ADA, BOB, CAT]


def test_the_recording_is_linked_only_where_everybody_agreed() -> None:
    agreed = WriteUp(("Caches lie",), "https://video.example.com/1", True)
    assert heard("2026-12-14", page(agreed))[CAT].endswith(": “Caches lie”; recording: https://video.example.com/1")
    for refused in (replace(agreed, consent=None), replace(agreed, consent=False)):
        assert "recording" not in heard("2026-12-14", page(refused))[CAT]
    assert "recording" not in heard("2026-12-14", page(agreed), recording={"consent": "off"})[CAT]
    assert "script" not in heard("2026-12-14", page(replace(agreed, recording="javascript:alert(1)")))[CAT]


def test_many_takeaways_are_told_in_brief() -> None:
    many = WriteUp(tuple(f"{number} {'x' * 300}" for number in range(9)))
    text = heard("2026-12-14", page(many))[CAT]
    assert text.endswith("; and more on its page") and len(text) < 650
