"""An independent reader of Google's API finds in the calendar what our schedule says, and what people made of it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.cli.schedule import schedule
from daemon.model import Session
from integrations.google_calendar.marks import series_id
from tests.fakes.client import Reader
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import CALENDAR
from tests.scenarios.google_programme import TEAM, GoogleProgramme
from tests.scenarios.programme import ZONE

SPRING, AUTUMN = datetime(2027, 3, 1, 9, tzinfo=ZONE), datetime(2026, 10, 5, 9, tzinfo=ZONE)
"""Mondays some weeks before the clocks change in Berlin, and before they do in New York, on another day."""
SERIES: tuple[dict[str, Any], ...] = (
    {"name": "Weekly", "cadence": {"every": "week", "on": "thursday", "at": "12:15"}},
    {"name": "Twice", "cadence": {"every": "2 weeks", "on": ["monday", "friday"], "at": "16:00"}},
    {"name": "Sunday", "cadence": {"every": "week", "on": "sunday", "at": "03:30"}},
    {"name": "First", "cadence": {"every": "month", "on": "first tuesday", "at": "23:30"}, "minutes": 60},
    {"name": "Last", "cadence": {"rrule": "FREQ=MONTHLY;BYDAY=-1WE", "at": "00:00"}},
    {"name": "Sprint", "cadence": {"every": "sprint", "day": 4, "at": "15:00"}},
)
Seen = list[tuple[datetime, datetime]]


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer(lambda: SPRING) as google:
        google.add_calendar(CALENDAR, "America/New_York")
        yield google
        assert google.complaints == []


def team_at(now: datetime, zone: str = "Europe/Berlin") -> dict[str, Any]:
    """Return a team with all kinds of series, holidays and some days off, as planned from a Monday on."""
    begins = {"starts": str(now.date())}
    series = [{"format": "lunch-and-learn", **one, "cadence": {**one["cadence"], **begins}} for one in SERIES]
    return {
        **TEAM,
        "timezone": zone,
        "series": series,
        "holidays": {"country": "DE", "subdivision": "BE", "then": "next-working-day"},
        "blackouts": [{"dates": f"{_day(now, 16)}..{_day(now, 18)}"}],
        "sprint": {"starts": _day(now, -14), "length": "2 weeks"},
        "sessions": [
            {"series": "Weekly", "on": _day(now, 10), "cancel": "Off-site"},
            {"series": "Twice", "on": _day(now, 28), "move_to": f"{_day(now, 30)} 10:00"},
            {"series": "Sunday", "on": _day(now, 13), "move_to": f"{_day(now, 27)} 00:30"},
        ],
    }


def _day(now: datetime, days: int) -> str:
    return str(now.date() + timedelta(days=days))


def times(sessions: Iterable[Session]) -> Seen:
    """Return when sessions start and end that take place."""
    slots = (session.slot for session in sessions if session.takes_place)
    return sorted((slot.starts_at.astimezone(UTC), slot.ends_at.astimezone(UTC)) for slot in slots)


def read(reader: Reader, since: datetime, until: datetime) -> Seen:
    """Return what the reader finds to start in a span."""
    found = ((start, end) for start, end, _ in reader.events((since, until)))
    return [(start, end) for start, end in found if since <= start < until]


def planned(programme: GoogleProgramme, since: datetime, until: datetime) -> Seen:
    """Return what the team's file alone says of a span."""
    sessions = times(schedule(programme.file.team, since.date(), until.date()).sessions)
    return [one for one in sessions if since <= one[0] < until]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("now", [SPRING, AUTUMN])
def test_the_calendar_is_the_schedule(google: GoogleCalendarServer, tmp_path: Path, now: datetime, zone: str) -> None:
    programme = GoogleProgramme(google, tmp_path, team_at(now, zone), now)
    programme.settle()
    until = now + timedelta(weeks=12)
    found = read(Reader(google), now, until)
    assert len(found) > 40
    assert found == planned(programme, now, until)


def test_what_people_do_is_read_by_both(google: GoogleCalendarServer, tmp_path: Path) -> None:
    programme = GoogleProgramme(google, tmp_path, team_at(SPRING), SPRING)
    reader, until = Reader(google), SPRING + timedelta(weeks=11)
    sessions = programme.settle().memory.sessions
    assert read(reader, SPRING, until) == [one for one in times(sessions.values()) if one[0] < until]
    moved, deleted = (sessions[f"platform/weekly/{day}T12:15"] for day in ("2027-03-25", "2027-04-01"))
    series = series_id(moved.event, CALENDAR)
    google.move(CALENDAR, series, moved.slot.starts_at + timedelta(days=4), original_start=moved.slot.original_start)
    google.delete(CALENDAR, series, deleted.slot.original_start)
    sessions = programme.settle().memory.sessions
    assert not sessions[deleted.key].takes_place
    assert read(reader, SPRING, until) == [one for one in times(sessions.values()) if one[0] < until]


def test_another_cadence_is_read_by_both(google: GoogleCalendarServer, tmp_path: Path) -> None:
    programme = GoogleProgramme(google, tmp_path, team_at(SPRING), SPRING)
    reader, until = Reader(google), SPRING + timedelta(weeks=11)
    programme.settle()
    before = read(reader, SPRING, until)
    programme.later(days=17, hours=5)
    programme.settle()
    weekly, *others = programme.team["series"]
    cadence = {"every": "week", "on": ["tuesday", "wednesday"], "at": "23:45", "starts": "2027-03-18"}
    decisions = [one for one in programme.team["sessions"] if one["series"] != "Weekly"]
    assert programme.edit(
        {**programme.team, "series": [{**weekly, "cadence": cadence}, *others], "sessions": decisions}
    )
    programme.settle()
    held = [one for one in before if one[0] < programme.now]
    assert read(reader, SPRING, until) == held + planned(programme, programme.now, until)


def test_a_year_ahead_the_wall_clock_stays(google: GoogleCalendarServer, tmp_path: Path) -> None:
    programme = GoogleProgramme(google, tmp_path)
    programme.settle()
    until = programme.now + timedelta(weeks=52)
    found = read(Reader(google), programme.now, until)
    assert found == planned(programme, programme.now, until)
    assert len({start.hour for start, _ in found}) == 2
