"""A small series in a calendar of a real account of Google's, from nothing to nothing; on the stand-in, too, always.

Against Google it runs where these are set, else it is skipped:

    PEERLOOP_TEST_GOOGLE_CREDENTIALS   the path of a service account's key, or of the token of `peerloop auth google`
    PEERLOOP_TEST_GOOGLE_CALENDAR      the id of a calendar that is kept for tests
    PEERLOOP_TEST_GOOGLE_SUBJECT       in whose name a service account acts
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import yaml

from integrations.google_calendar.client import Account, Call
from integrations.google_calendar.connection import GoogleCalendar
from integrations.google_calendar.marks import series_id
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import CALENDAR, MONDAY
from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import ZONE

NEEDED = ("PEERLOOP_TEST_GOOGLE_CREDENTIALS", "PEERLOOP_TEST_GOOGLE_CALENDAR")
SUBJECT = "PEERLOOP_TEST_GOOGLE_SUBJECT"
NOW = "2031-01-06T09:00"
"""A Monday so far away that nobody minds."""
TIMES = ("2031-01-09 12:15", "2031-01-16 12:15", "2031-01-23 12:15")


@dataclass
class Place:
    """A calendar of an account. Each run has a team of its own, for Google never gives an id away again."""

    told: dict[str, str]
    calendar: str
    guest: str = "ada@example.com"
    team: str = field(default_factory=lambda: f"Test {token_hex(4)}")

    def __post_init__(self) -> None:
        self.account = Account("google", GoogleCalendar.model_validate(self.told))
        key = f"{self.team.lower().replace(' ', '-')}/lunch-learn/1"
        self.series = {"calendarId": self.calendar, "eventId": series_id(key, self.calendar)}

    def sessions(self) -> dict[str, dict[str, Any]]:
        """Return the sessions that the calendar shows, by their times on the clocks of Berlin."""
        last = {"timeMax": "2031-01-26T00:00:00Z"}
        (answer,) = self.account.run([Call("instances", {**self.series, **last})])
        assert answer.done, answer
        return {_in_berlin(one["start"]["dateTime"]): one for one in answer.body["items"]}

    def clear(self) -> None:
        """Delete what was made, if it was."""
        (answer,) = self.account.run([Call("delete", {**self.series, "sendUpdates": "all"})])
        assert answer.done or answer.missing, answer


def _in_berlin(time: str) -> str:
    return f"{datetime.fromisoformat(time).astimezone(ZONE):%Y-%m-%d %H:%M}"


@pytest.fixture(params=["stand-in", "Google"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "stand-in":
        with GoogleCalendarServer(lambda: MONDAY) as google:
            google.add_calendar(CALENDAR, "America/New_York")
            yield Place({"kind": "google-calendar", "api_endpoint": google.api_endpoint}, CALENDAR)
            assert google.complaints == []
        return
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        pytest.skip(f"a real account needs {' and '.join(missing)} to be set; tests/README.md says to what")
    credentials, calendar = (os.environ[name] for name in NEEDED)
    told = {"kind": "google-calendar", "credentials": f"file:{Path(credentials).absolute()}"}
    if subject := os.environ.get(SUBJECT):
        told["subject"] = subject
    place = Place(told, calendar, subject or Place.guest)
    try:
        yield place
    finally:
        place.clear()


def write(folder: Path, place: Place, **more: object) -> None:
    """Write the operator's file and the team's."""
    series = {"name": "Lunch & Learn", "format": "lunch-and-learn"}
    team = {
        "team": place.team,
        "timezone": "Europe/Berlin",
        "lead": place.guest,
        "members": [{"name": "Ada Lovelace", "email": place.guest}],
        "series": [{**series, "cadence": {"every": "week", "on": "thursday", "at": "12:15"}}],
        "rotation": {"ahead": "3 weeks"},
        "topics": [{"title": "Ingress <b> & co"}],
        "calendar": {"connection": "google", "id": place.calendar},
    }
    (folder / "team.yaml").write_text(yaml.safe_dump({**team, **more}))
    (folder / "peerloop.yaml").write_text(yaml.safe_dump({"teams": "team.yaml", "connections": {"google": place.told}}))


def apply(folder: Path) -> None:
    """Apply, twice, and expect that the second time there is nothing to do."""
    for command in (["apply"], ["plan", "--detailed-exitcode"]):
        done = peerloop(folder, *command, "--now", NOW)
        assert done.code == 0, done.out + done.err


def test_a_series_from_nothing_to_nothing(place: Place, tmp_path: Path) -> None:
    write(tmp_path, place)
    apply(tmp_path)
    sessions = place.sessions()
    assert tuple(sessions) == TIMES
    assert [[guest["email"] for guest in one["attendees"]] for one in sessions.values()] == [[place.guest]] * 3

    decided = [{"series": "Lunch & Learn", "on": TIMES[1][:10], "topic": "Ingress <b> & co"}]
    write(tmp_path, place, sessions=decided)
    apply(tmp_path)
    assert "Ingress <b> & co" in place.sessions()[TIMES[1]]["summary"]

    write(tmp_path, place, sessions=[*decided, {"series": "Lunch & Learn", "on": TIMES[2][:10], "cancel": "Off-site"}])
    apply(tmp_path)
    assert tuple(place.sessions()) == TIMES[:2]

    place.clear()
    (answer,) = place.account.run([Call("get", place.series)])
    assert answer.missing or answer.body["status"] == "cancelled"
