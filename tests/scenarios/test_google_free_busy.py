"""Who is busy, by their own Google calendar, is given no role; and nobody is asked about it more than needed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import ADA, BOB, CALENDAR, CLEO, MONDAY
from tests.scenarios.google_programme import TEAM, GoogleProgramme
from tests.scenarios.programme import ZONE

DAN, EVE = "dan@example.com", "eve@example.com"
EVERYBODY = (ADA, BOB, CLEO)
THURSDAY = datetime(2027, 3, 11, 12, 15, tzinfo=ZONE)


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "Europe/Berlin")
        for email in EVERYBODY:
            google.set_busy(email)
        yield google
        assert google.complaints == []


@pytest.fixture
def programme(google: GoogleCalendarServer, tmp_path: Path) -> GoogleProgramme:
    return GoogleProgramme(google, tmp_path)


def serving(programme: GoogleProgramme, start: datetime) -> set[str]:
    """Return who has a role in the session that starts then."""
    (session,) = (one for one in programme.memory().sessions.values() if one.slot.starts_at == start)
    return set(session.roles.values())


def asked_who_is_busy(programme: GoogleProgramme) -> int:
    return programme.asked.names.count("freebusy.query")


def test_who_is_out_of_office_is_given_no_role(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    morning = THURSDAY.replace(hour=0, minute=0)
    for email in (ADA, BOB):
        google.set_busy(email, [(morning, morning + timedelta(days=1))])
    programme.settle()
    assert serving(programme, THURSDAY) == {CLEO}
    later = {email for week in range(2, 6) for email in serving(programme, THURSDAY + timedelta(weeks=week))}
    assert later == {*EVERYBODY}


def test_our_own_invitations_keep_nobody_from_a_role(programme: GoogleProgramme) -> None:
    programme.settle()
    for _ in range(6):
        programme.later(weeks=1)
        programme.settle()
    assert all(not session.unfilled for session in programme.memory().sessions.values())


def test_it_is_asked_once_a_day_and_only_when_roles_are_given_out(programme: GoogleProgramme) -> None:
    programme.run()
    assert asked_who_is_busy(programme) == 2  # twelve weeks, in two questions
    for _ in range(2):
        programme.later(days=1)
        programme.run()
        assert asked_who_is_busy(programme) == 0
        assert programme.asked.round_trips == 1
    programme.later(days=1)
    programme.run()
    assert asked_who_is_busy(programme) == 2


def test_what_was_announced_stands_when_somebody_turns_out_to_be_busy(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    before = {key: session.roles for key, session in programme.memory().sessions.items()}
    for email in EVERYBODY:
        google.set_busy(email, [(MONDAY, MONDAY + timedelta(days=60))])
    programme.later(days=8)
    programme.settle()
    after = programme.memory().sessions
    assert {key: after[key].roles for key in before} == before


def test_whose_calendar_cannot_be_read_is_not_away(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    for email in EVERYBODY:
        google.set_busy(email, unreadable=True)
    assert programme.settle().errors == ()
    assert all(not session.unfilled for session in programme.memory().sessions.values())


def test_a_refusal_is_told_once_a_day_and_keeps_nobody_away(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    google.faults.refuse("insufficientPermissions", times=2, on="freebusy", in_batch=True)
    (told,) = programme.run().errors
    assert "peerloop auth google" in told
    assert "nobody counts as busy today" in told
    assert all(not session.unfilled for session in programme.memory().sessions.values())
    assert programme.run().errors == ()


def test_whoever_is_busy_does_not_step_in_for_who_declines(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    members = [*TEAM["members"], {"name": "Dan Brown", "email": DAN}, {"name": "Eve Money", "email": EVE}]
    assert programme.edit({**TEAM, "members": members})
    programme.settle()
    announced = serving(programme, THURSDAY)
    declining = min(announced)
    busy, *free = sorted({*EVERYBODY, DAN, EVE} - announced)
    google.set_busy(busy, [(THURSDAY - timedelta(days=1), THURSDAY + timedelta(days=1))])
    programme.later(days=1)
    google.respond(CALENDAR, programme.masters[0]["id"], declining, "declined", THURSDAY)
    programme.settle()
    assert serving(programme, THURSDAY) - announced <= {*free}
    assert declining not in serving(programme, THURSDAY)
    assert len(serving(programme, THURSDAY)) == 2
