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


def splits(programme: Programme, to: datetime, *, marked: bool = True) -> None:
    """Let a program end the series before a date, and copy it, overrides too, for what follows."""
    with programme.calendar_edited() as calendar:
        master = next(event for event in calendar.events if text_of(event, "UID") == UID and not instance_of(event))
        later = icalendar.Event.from_ical(master.to_ical())
        assert isinstance(later, icalendar.Event)
        later["UID"] = str(uuid4())
        later.add("RELATED-TO", UID)
        if not marked:
            del later["X-PEERLOOP-MARK"]
        length = later.duration
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
