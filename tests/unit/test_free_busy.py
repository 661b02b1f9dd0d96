"""Who has no time by their own calendar, and when that is asked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from daemon.decide.free_busy import is_busy, is_to_be_asked
from daemon.model import Assignment, Kind, Reason, Session, Slot, State
from daemon.model.memory import FreeBusy, Generation, Memory, Record

ADA, BOB = "ada@example.com", "bob@example.com"
SERIES, EVENT = "platform/lunch", "platform/lunch#1"
NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TODAY = date(2026, 12, 1)


def slot_at(start: datetime) -> Slot:
    wall = start.replace(tzinfo=None)
    return Slot(SERIES, wall, "UTC", wall, start, 60, "lunch-and-learn")


def announced(start: datetime, kind: str = "turn", **roles: str) -> Session:
    given = tuple(Assignment(role, member, Reason(kind, "")) for role, member in roles.items())
    page = f"{SERIES}/{start.isoformat()}/page"
    return Session(slot_at(start), given, state=State.ANNOUNCED, event=EVENT, page=page)


def memory_of(*sessions: Session, asked: date | None = None) -> Memory:
    known = {session.key: session for session in sessions}
    return Memory("platform", "Platform", sessions=known, free_busy=FreeBusy(asked))


def busy_from(start: float, end: float, invited: bool = False) -> Memory:
    """What is known where Ada is busy from and to so many hours after noon."""
    generation = Generation(EVENT, SERIES, 1, NOON.replace(tzinfo=None), "UTC", "FREQ=WEEKLY")
    series = Record(EVENT, Kind.SERIES, guests=(ADA,) if invited else ())
    spans = {ADA: ((NOON + start * HOUR, NOON + end * HOUR),)}
    known = replace(memory_of(), generations={EVENT: generation}, records={EVENT: series})
    return replace(known, free_busy=FreeBusy(TODAY, spans))


@pytest.mark.parametrize(("start", "end", "busy"), [(0, 1, True), (0.5, 3, True), (-2, 0, False), (1, 2, False)])
def test_whoever_has_something_else_at_the_time_is_busy(start: float, end: float, busy: bool) -> None:
    assert is_busy(ADA, slot_at(NOON), busy_from(start, end)) is busy
    assert not is_busy(BOB, slot_at(NOON), busy_from(start, end))


@pytest.mark.parametrize(("start", "end", "busy"), [(0, 1, False), (-1, 1, False), (0, 2, False), (-1, 2, True)])
def test_our_own_invitation_keeps_nobody_away(start: float, end: float, busy: bool) -> None:
    assert is_busy(ADA, slot_at(NOON), busy_from(start, end, invited=True)) is busy


def test_nor_does_that_of_a_session_which_was_moved_there() -> None:
    here = announced(NOON, facilitator=BOB)
    memory = replace(busy_from(0, 1, invited=True), generations={}, sessions={here.key: here})
    assert not is_busy(ADA, slot_at(NOON), memory)
    assert is_busy(ADA, slot_at(NOON), replace(memory, sessions={}))


def test_it_is_asked_once_a_day_and_where_a_role_is_given_out() -> None:
    before, after = memory_of(), memory_of(announced(NOON, facilitator=ADA))
    assert is_to_be_asked(before, after, TODAY)
    assert not is_to_be_asked(replace(before, free_busy=FreeBusy(TODAY)), after, TODAY)
    assert is_to_be_asked(replace(before, free_busy=FreeBusy(TODAY)), after, TODAY + timedelta(days=1))
    assert not is_to_be_asked(after, after, TODAY)
    assert is_to_be_asked(after, memory_of(announced(NOON, facilitator=BOB)), TODAY)


def test_it_is_not_asked_for_what_the_lead_decides_nor_what_another_date_inherits() -> None:
    before = memory_of(announced(NOON, facilitator=ADA))
    assert not is_to_be_asked(before, memory_of(announced(NOON, "lead", facilitator=BOB)), TODAY)
    heir = replace(announced(NOON + 24 * HOUR, facilitator=ADA), page=f"{SERIES}/{NOON.isoformat()}/page")
    assert not is_to_be_asked(before, memory_of(heir), TODAY)
