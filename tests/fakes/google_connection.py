"""peerloop's own connection to the stand-in, as a process has it, with nobody waiting for anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.model import Write, Written
from integrations.google_calendar.cache import Cache
from integrations.google_calendar.calendar import TeamCalendar
from integrations.google_calendar.client import Account
from integrations.google_calendar.connection import GoogleCalendar
from tests.fakes.google_calendar import GoogleCalendarServer

MONDAY = datetime(2027, 3, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))
"""Three weeks before summer time begins."""
CALENDAR = "team@group.calendar.google.com"
ADA, BOB, CLEO = "ada@example.com", "bob@example.com", "cleo@example.com"


@dataclass
class Client:
    """A connection to the stand-in as a process has it. Waiting is counted instead of done."""

    google: GoogleCalendarServer
    waited: float = 0
    more: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget everything, as a new process has."""
        told = {"kind": "google-calendar", "api_endpoint": self.google.api_endpoint, **(self.more or {})}
        self.account = Account("google", GoogleCalendar(**told), lambda: self.waited, self._wait)
        self.caches: dict[str, Cache] = {}

    def _wait(self, seconds: float) -> None:
        self.waited += seconds

    def calendar(self, key: str = "platform", id: str = CALENDAR, **more: Any) -> TeamCalendar:
        """Return a team's calendar, at the first moment of the tests unless told otherwise."""
        cache = self.caches.setdefault(id, Cache(self.account.seconds))
        told = {"emails": [ADA, BOB, CLEO], "clock": lambda: MONDAY, **more}
        return TeamCalendar(self.account, cache, id, key, **told)

    def of_team(self, clock: object, team: Team, key: str) -> TeamCalendar:
        """Return a team's calendar as the team's file has it."""
        assert team.calendar.id
        emails = [member.email for member in team.members]
        return self.calendar(key, team.calendar.id, emails=emails, clock=clock, meet=team.calendar.meet)


def write_well(calendar: TeamCalendar, *writes: Write) -> Sequence[Written]:
    """Write, and expect that it went well."""
    results = calendar.write(writes)
    assert [result.error for result in results] == [""] * len(writes)
    return results
