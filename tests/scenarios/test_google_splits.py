"""“This and following events” in Google Calendar, of which it makes a second series: what stands goes on there."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.model import Kind, Session
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import ADA, BOB, CALENDAR, CLEO
from tests.scenarios.disturbances import Kill, Killed
from tests.scenarios.google_programme import OTHERWISE, SERIES, TEAM, GoogleProgramme, stand_in, with_cadence
from tests.scenarios.programme import ZONE, heard_of
from tests.scenarios.test_google_gestures import DAN, by_time


@pytest.fixture(params=[{}, OTHERWISE], ids=["strict", "generous"])
def google(request: pytest.FixtureRequest) -> Iterator[GoogleCalendarServer]:
    with stand_in(request.param) as google:
        yield google


@pytest.fixture
def programme(google: GoogleCalendarServer, tmp_path: Path) -> GoogleProgramme:
    return GoogleProgramme(google, tmp_path)


SPLIT = datetime(2027, 3, 25, 12, 15, tzinfo=ZONE)
"""The fourth session of the series."""


def splits(google: GoogleCalendarServer, at: datetime, to: datetime, event: str = SERIES, **fields: Any) -> str:
    """Let a person drag a session to another time, and choose "this and following events"."""
    moved: dict[str, Any] = {}
    if to != at:
        day = to.strftime("%a")[:2].upper()
        moved = {"start": told(to), "end": told(to + timedelta(minutes=45))}
        moved |= {"recurrence": [f"RRULE:FREQ=WEEKLY;BYDAY={day}"]}
    return google.split(CALENDAR, event, at, **{**moved, **fields})


def told(moment: datetime) -> dict[str, str]:
    """Return a moment as the API has it."""
    return {"dateTime": moment.isoformat(), "timeZone": "Europe/Berlin"}


def goes_on_split(
    programme: GoogleProgramme, before: list[Session], *starts: datetime, weeks: tuple[int, ...] = (3, 9)
) -> None:
    """Expect the same sessions, so many weeks from each start on, in the calendar too; nobody hears otherwise."""
    due = [start + timedelta(weeks=week) for start, many in zip(starts, weeks, strict=True) for week in range(many)]
    after = by_time(programme.memory())
    assert [one.slot.starts_at for one in after[:12]] == due
    said = [(one.roles, one.topic, one.page) for one in after]
    assert said[:12] == [(one.roles, one.topic, one.page) for one in before]
    instances = [
        one
        for master in programme.masters
        for one in programme.google.instances(CALENDAR, master["id"], due[-1] + timedelta(hours=1))
    ]
    instances.sort(key=lambda one: datetime.fromisoformat(one["start"]["dateTime"]))
    assert [datetime.fromisoformat(one["start"]["dateTime"]) for one in instances[:12]] == due
    assert all(one["summary"].startswith("Lunch & Learn: ") for one in instances[:12])
    assert heard_of(programme, "Called off", "Takes place after all") == []


@pytest.mark.parametrize(
    ("to", "on", "restarted"),
    [
        (datetime(2027, 3, 25, 15, tzinfo=ZONE), "thursday", False),
        (datetime(2027, 3, 23, 10, tzinfo=ZONE), "tuesday", True),
    ],
)
def test_a_series_of_which_a_person_moved_this_and_following_goes_on_there(
    google: GoogleCalendarServer, programme: GoogleProgramme, to: datetime, on: str, restarted: bool
) -> None:
    before = by_time(programme.settle().memory)
    splits(google, SPLIT, to)
    if restarted:
        programme.client.restart()
    programme.settle()
    outcome = programme.run()
    assert outcome.plan.changes == ()
    (finding,) = outcome.plan.findings
    assert f'cadence: {{every: week, on: {on}, at: "{to:%H:%M}"}}' in finding.text
    assert f"from {to:%Y-%m-%d} on" in finding.text
    first = before[0].slot.starts_at
    goes_on_split(programme, before, first, to)
    for _ in range(2):
        programme.later(days=1)
        assert [one.key for one in programme.settle().plan.findings] == [finding.key]
    goes_on_split(programme, before, first, to)
    moved = heard_of(programme, "Moved:")
    programme.edit(with_cadence(every="week", on=on, at=f"{to:%H:%M}"))
    outcome = programme.run()
    assert (outcome.plan.of({Kind.SERIES, Kind.SESSION}), outcome.plan.findings) == ((), ())
    programme.later(days=1)
    programme.settle()
    goes_on_split(programme, before, first, to)
    assert heard_of(programme, "Moved:") == moved
    assert programme.mailed == {(ADA, "invite"): 1, (BOB, "invite"): 1, (CLEO, "invite"): 1}


@pytest.mark.parametrize("kill", [Kill(2, False), Kill(3, True), Kill(4, False)])
def test_a_pass_that_is_killed_after_a_split_is_gone_on_with(
    google: GoogleCalendarServer, programme: GoogleProgramme, kill: Kill
) -> None:
    before = by_time(programme.settle().memory)
    tuesday = datetime(2027, 3, 23, 10, tzinfo=ZONE)
    splits(google, SPLIT, tuesday)
    with pytest.raises(Killed):
        programme.apply(kill)
    programme.settle()
    goes_on_split(programme, before, before[0].slot.starts_at, tuesday)
    programme.later(days=1)
    programme.settle()
    goes_on_split(programme, before, before[0].slot.starts_at, tuesday)
    assert programme.mailed == {(ADA, "invite"): 1, (BOB, "invite"): 1, (CLEO, "invite"): 1}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_series_that_a_person_split_for_another_room_goes_on(
    google: GoogleCalendarServer, programme: GoogleProgramme, restarted: bool
) -> None:
    before = by_time(programme.settle().memory)
    second = splits(google, SPLIT, SPLIT, location="Room 2")
    if restarted:
        programme.client.restart()
    programme.settle()
    outcome = programme.run()
    assert outcome.plan.changes == ()
    (finding,) = outcome.plan.findings
    assert finding.text.startswith("somebody changed the series “Lunch & Learn” from 2027-03-25 on in the calendar")
    assert "cadence" not in finding.text
    first = before[0].slot.starts_at
    goes_on_split(programme, before, first, weeks=(12,))
    rooms = [one.get("location") for one in google.instances(CALENDAR, second, SPLIT + timedelta(weeks=9))]
    assert rooms == ["Room 2"] * 9
    programme.later(days=25)
    assert programme.settle().plan.findings == ()
    assert heard_of(programme, "Moved:", "Called off", "Takes place") == []


def test_a_series_that_a_person_split_twice_and_back_goes_on(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    before = by_time(programme.settle().memory)
    tuesday, thursday = datetime(2027, 3, 23, 10, tzinfo=ZONE), datetime(2027, 4, 15, 12, 15, tzinfo=ZONE)
    second = splits(google, SPLIT, tuesday)
    programme.settle()
    splits(google, datetime(2027, 4, 13, 10, tzinfo=ZONE), thursday, second)
    (finding,) = programme.settle().plan.findings
    assert "from 2027-03-23 to 2027-04-13" in finding.text and "cadence" not in finding.text
    goes_on_split(programme, before, before[0].slot.starts_at, tuesday, thursday, weeks=(3, 3, 6))
    programme.later(days=1)
    assert programme.settle().plan.findings == (finding,)
    programme.later(days=45)
    assert programme.settle().plan.findings == ()
    assert heard_of(programme, "Called off", "Takes place after all") == []


@pytest.mark.parametrize("seen_between", [True, False])
def test_a_split_that_a_person_takes_back_leaves_everything_as_it_was(
    google: GoogleCalendarServer, programme: GoogleProgramme, seen_between: bool
) -> None:
    before = programme.settle().memory
    as_it_was = google.event(CALENDAR, SERIES)
    second = splits(google, SPLIT, datetime(2027, 3, 23, 10, tzinfo=ZONE))
    if seen_between:
        programme.settle()
    google.take_back_split(CALENDAR, SERIES, second, as_it_was)
    outcome = programme.settle()
    assert outcome.plan.findings == ()
    assert outcome.memory.sessions == before.sessions
    assert outcome.memory.generations == before.generations
    goes_on_split(programme, by_time(before), by_time(before)[0].slot.starts_at, weeks=(12,))


def test_all_events_of_a_part_that_a_person_moves_go_on_there(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    before = by_time(programme.settle().memory)
    second = splits(google, SPLIT, datetime(2027, 3, 23, 10, tzinfo=ZONE))
    programme.settle()
    friday = datetime(2027, 3, 26, 9, tzinfo=ZONE)
    end = told(friday + timedelta(minutes=45))
    google.edit(CALENDAR, second, start=told(friday), end=end, recurrence=["RRULE:FREQ=WEEKLY;BYDAY=FR"])
    (finding,) = programme.settle().plan.findings
    assert 'cadence: {every: week, on: friday, at: "09:00"}' in finding.text
    goes_on_split(programme, before, before[0].slot.starts_at, friday)
    programme.edit(with_cadence(every="week", on="friday", at="09:00"))
    assert programme.settle().plan.findings == ()
    goes_on_split(programme, before, before[0].slot.starts_at, friday)


@pytest.mark.parametrize("later", [False, True])
def test_a_part_of_a_series_that_a_person_deletes_is_called_off(
    google: GoogleCalendarServer, programme: GoogleProgramme, later: bool
) -> None:
    before = by_time(programme.settle().memory)
    second = splits(google, SPLIT, SPLIT, location="Room 2")
    if later:
        programme.settle()
    google.delete(CALENDAR, second)
    outcome = programme.settle()
    assert [one.key for one in by_time(outcome.memory)] == [one.key for one in before[:3]]
    assert [
        finding.text for finding in outcome.plan.findings if "ended by" in finding.text or "deleted" in finding.text
    ]
    google.bring_back(CALENDAR, second)
    outcome = programme.settle()
    assert [one.key for one in by_time(outcome.memory)] == [one.key for one in before]
    programme.later(days=1)
    programme.settle()
    assert heard_of(programme, "Called off", "Takes place after all") == []


def test_a_cadence_that_the_lead_writes_after_a_split_holds_for_all_that_is_to_come(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    before = by_time(programme.settle().memory)
    splits(google, SPLIT, datetime(2027, 3, 23, 10, tzinfo=ZONE))
    programme.settle()
    programme.edit(with_cadence(every="week", on="friday", at="09:00"))
    assert programme.settle().plan.findings == ()
    goes_on_split(programme, before, datetime(2027, 3, 5, 9, tzinfo=ZONE), weeks=(12,))
    assert google.left_behind == []


def test_a_ledger_that_was_lost_after_a_split_is_rebuilt(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    before = by_time(programme.settle().memory)
    tuesday = datetime(2027, 3, 23, 10, tzinfo=ZONE)
    splits(google, SPLIT, tuesday)
    known = programme.settle().memory
    programme.lose_ledger()
    programme.client.restart()
    outcome = programme.settle()
    assert outcome.memory.generations == known.generations
    goes_on_split(programme, before, before[0].slot.starts_at, tuesday)


def test_guests_of_a_split_series_come_and_go_in_all_of_it(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    staying = [guest for guest in google.event(CALENDAR, SERIES)["attendees"] if guest["email"] != BOB]
    google.edit(CALENDAR, SERIES, attendees=staying)
    programme.settle()
    second = splits(google, SPLIT, SPLIT, location="Room 2")
    programme.settle()
    members = [one for one in TEAM["members"] if one["email"] != CLEO]
    programme.edit({**TEAM, "members": [*members, {"name": "Dan Brown", "email": DAN}]})
    programme.settle()
    for event in (SERIES, second):
        assert {guest["email"] for guest in google.event(CALENDAR, event)["attendees"]} == {ADA, DAN}


def test_what_follows_a_split_lasts_as_long_as_a_person_made_it(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    splits(google, SPLIT, SPLIT, start=told(SPLIT), end=told(SPLIT + timedelta(minutes=60)))
    (finding,) = programme.settle().plan.findings
    assert "from 2027-03-25 on last 60 minutes in the calendar, which stays" in finding.text
    programme.later(days=8)
    programme.settle()
    assert [one.slot.minutes for one in by_time(programme.memory())] == 3 * [45] + 10 * [60]
    programme.later(days=1)
    assert programme.settle().plan.changes == ()
    assert len(heard_of(programme, "somebody made the sessions")) == 1
