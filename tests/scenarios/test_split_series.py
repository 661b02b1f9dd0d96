"""A calendar program that changes “this and all following” in the calendar's file: what stands is never called off."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import icalendar
import pytest

from daemon.model import Session
from tests.scenarios.programme import TEAM, ZONE, Programme, heard_of, instance_of, start_of, text_of

SPLIT = datetime(2026, 12, 10, 12, 15, tzinfo=ZONE)
"""The third session of the lunch series."""
UID = "platform.lunch-learn.1@peerloop"


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    lunch = TEAM["series"][0]
    return Programme(tmp_path, {**TEAM, "series": [lunch], "members": [{**one, "away": []} for one in TEAM["members"]]})


def splits(programme: Programme, to: datetime, *, marked: bool = True, minutes: int = 45) -> None:
    """Let a program end the series before a date, and copy it, overrides too, for what follows."""
    with programme.calendar_edited() as calendar:
        master = next(event for event in calendar.events if text_of(event, "UID") == UID and not instance_of(event))
        later = icalendar.Event.from_ical(master.to_ical())
        assert isinstance(later, icalendar.Event)
        later["UID"] = str(uuid4())
        later.add("RELATED-TO", UID)
        if not marked:
            del later["X-PEERLOOP-MARK"]
        length = timedelta(minutes=minutes)
        later.end, later.start = to + length, to
        if to.weekday() != SPLIT.weekday():
            later["RRULE"] = icalendar.vRecur(FREQ="WEEKLY", BYDAY=to.strftime("%a")[:2].upper())
        master["RRULE"] = icalendar.vRecur(FREQ="WEEKLY", BYDAY="TH", UNTIL=SPLIT - timedelta(seconds=1))
        for event in [one for one in calendar.events if text_of(one, "UID") == UID]:
            instance = instance_of(event)
            if instance and instance >= SPLIT:
                calendar.subcomponents.remove(event)
        calendar.add_component(later)


def lunches(programme: Programme) -> list[Session]:
    return [one for one in programme.memory().by_start() if one.takes_place]


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("to", [SPLIT, SPLIT - timedelta(days=2, hours=2)])
def test_a_series_that_a_program_has_split_goes_on(programme: Programme, to: datetime, marked: bool) -> None:
    programme.settle()
    before = lunches(programme)
    splits(programme, to, marked=marked)
    programme.settle()
    (finding,) = [one for one in programme.run().plan.findings if "somebody" in one.text]
    assert ("cadence: {every: week, on: tuesday" in finding.text) == (to != SPLIT)
    after = lunches(programme)
    assert [(one.roles, one.topic, one.page) for one in after[:5]] == [
        (one.roles, one.topic, one.page) for one in before[:5]
    ]
    starts = [one.slot.starts_at for one in after[:5]]
    assert starts == [one.slot.starts_at for one in before[:2]] + [to + timedelta(weeks=week) for week in range(3)]
    events = [event for event in programme.shown().calendar.events if instance_of(event)]
    assert [start_of(event) for event in sorted(events, key=start_of)][:5] == starts
    programme.later(days=1)
    programme.settle()
    assert heard_of(programme, "Called off", "Takes place after all") == []


def test_an_override_for_all_that_follows_calls_nothing_off(programme: Programme) -> None:
    programme.settle()
    before = lunches(programme)
    text = programme.calendar_path.read_text()
    changed = re.sub(r"RECURRENCE-ID(?=;TZID=Europe/Berlin:20261210)", "RECURRENCE-ID;RANGE=THISANDFUTURE", text)
    assert changed != text
    programme.calendar_path.write_text(changed, newline="")
    outcome = programme.run()
    assert [one.text for one in outcome.plan.findings if "and all dates after it at once" in one.text]
    assert lunches(programme) == before
    programme.later(days=1)
    programme.run()
    assert heard_of(programme, "Called off", "Takes place after all") == []


LONGER = (
    "last 60 minutes in the calendar, which stays. To say so of all its sessions in the team's file, write minutes: 60"
)


def lengths(programme: Programme) -> list[int]:
    return [one.slot.minutes for one in lunches(programme)]


def test_what_follows_a_split_lasts_as_long_as_the_calendar_says_until_the_file_says_otherwise(
    programme: Programme,
) -> None:
    programme.settle()
    splits(programme, SPLIT, minutes=60)
    for days in (0, 1):
        programme.later(days=days)
        (finding,) = programme.settle().plan.findings
        assert finding.text == (f"somebody made the sessions of the series “Lunch & Learn” from 2026-12-10 on {LONGER}")
        assert lengths(programme)[:5] == [45, 45, 60, 60, 60]
    assert len(heard_of(programme, "somebody made the sessions")) == 1
    programme.later(days=14)
    programme.settle()
    assert lengths(programme)[2:] == [60] * 5, "the later ones, too"
    written = [event for event in programme.shown().calendar.events if instance_of(event)]
    assert {start_of(one): one.duration for one in written}[SPLIT + timedelta(weeks=4)] == timedelta(hours=1)
    lunch = programme.team["series"][0]
    for minutes in (60, 50):
        assert programme.edit({**programme.team, "series": [{**lunch, "minutes": minutes}]})
        programme.settle()
        assert set(lengths(programme)[3:]) == {minutes}
    assert programme.edit({**programme.team, "series": [lunch]})
    programme.settle()
    assert set(lengths(programme)[3:]) == {45}, "the lead has said otherwise since"


def test_a_series_that_a_person_made_longer_as_a_whole_is_told_and_stays_so(programme: Programme) -> None:
    programme.settle()
    with programme.calendar_edited() as calendar:
        for event in calendar.events:
            event.end = start_of(event) + timedelta(minutes=60)
    (finding,) = programme.settle().plan.findings
    assert finding.text == f"somebody made the sessions of the whole series “Lunch & Learn” {LONGER}"
    programme.later(days=8)
    programme.settle()
    assert lengths(programme)[1:] == [60] * 5
    with programme.calendar_edited() as calendar:
        for event in calendar.events:
            event.end = start_of(event) + timedelta(minutes=45)
    assert programme.settle().plan.findings == ()
    assert lengths(programme)[2:] == [45] * 4
