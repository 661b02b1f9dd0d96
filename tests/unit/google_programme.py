"""A whole programme on the stand-in for Google Calendar: an operator's file, a team's file, a ledger, and passes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from config.operator import GoogleCalendar, Operator
from config.team import Team
from daemon.ledger import open_ledger
from daemon.loop import Outcome, World, run_once
from daemon.model import Write, Written
from daemon.plan import Caps
from daemon.teams import read_team
from integrations import messenger, wiki
from integrations.google_calendar.calendar import TeamCalendar
from integrations.google_calendar.client import Account
from integrations.google_calendar.shelf import Shelf
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_calendar.exchange import Requests

ZONE = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2027, 3, 1, 9, tzinfo=ZONE)
"""Three weeks before summer time begins."""
CALENDAR = "team@group.calendar.google.com"
ADA, BOB, CLEO = "ada@example.com", "bob@example.com", "cleo@example.com"
TEAM: Mapping[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": ADA,
    "members": [
        {"name": "Ada Lovelace", "email": ADA},
        {"name": "Bob Noyce", "email": BOB},
        {"name": "Cleo Patra", "email": CLEO},
    ],
    "series": [
        {
            "name": "Lunch & Learn",
            "format": "lunch-and-learn",
            "cadence": {"every": "week", "on": "thursday", "at": "12:15"},
        }
    ],
    "rotation": {"ahead": "12 weeks"},
    "calendar": {"connection": "google", "id": CALENDAR},
}


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
        self.shelves: dict[str, Shelf] = {}

    def _wait(self, seconds: float) -> None:
        self.waited += seconds

    def calendar(self, key: str = "platform", id: str = CALENDAR, **more: Any) -> TeamCalendar:
        """Return a team's calendar, at the first moment of the tests unless told otherwise."""
        shelf = self.shelves.setdefault(id, Shelf(self.account.seconds))
        told = {"emails": [ADA, BOB, CLEO], "clock": lambda: MONDAY, **more}
        return TeamCalendar(self.account, shelf, id, key, **told)

    def of_team(self, clock: object, team: Team, key: str) -> TeamCalendar:
        """Return a team's calendar as the team's file has it."""
        assert team.calendar.id
        emails = [member.email for member in team.members]
        return self.calendar(key, team.calendar.id, emails=emails, clock=clock, meet=team.calendar.meet)


class Programme:
    """A team's programme: edit the YAML, set ``now``, let passes run, and see what they cost."""

    def __init__(self, google: GoogleCalendarServer, folder: Path, team: Mapping[str, Any] = TEAM) -> None:
        self.google, self.client = google, Client(google)
        self.path, self.now = folder / "team.yaml", MONDAY
        google_told = {"kind": "google-calendar", "api_endpoint": google.api_endpoint}
        self.operator = Operator.model_validate({"data": str(folder / "data"), "connections": {"google": google_told}})
        self.edit(team)

    def edit(self, team: Mapping[str, Any]) -> None:
        """Put another team into the file."""
        self.team = dict(team)
        self.path.write_text(yaml.safe_dump(self.team, sort_keys=False, allow_unicode=True))

    def later(self, **length: float) -> None:
        """Let time pass."""
        self.now = (self.now.astimezone(ZoneInfo("UTC")) + timedelta(**length)).astimezone(ZONE)

    @contextmanager
    def world(self) -> Iterator[World]:
        """Open the ledger, and the backends of the operator's file; the calendar is the client's."""
        Path(self.operator.data).mkdir(parents=True, exist_ok=True)
        told = (self.operator, lambda _team: self.now)
        ledger = open_ledger(self.operator.ledger_url())
        calendar = partial(self.client.of_team, lambda: self.now)
        try:
            yield World(ledger, calendar, partial(wiki, *told), partial(messenger, *told))
        finally:
            ledger.close()

    def run(self, caps: Caps | None = None) -> Outcome:
        """Make a pass; what it asked of Google is in ``asked``."""
        (file,) = read_team(self.path, self.operator, self.now).files
        before = len(self.google.requests)
        with self.world() as world:
            outcome = run_once(file, self.now, world, caps or Caps())
        self.asked = Requests(self.google.requests[before:])
        return outcome

    def settle(self) -> Outcome:
        """Make passes until one has nothing to do, three at most."""
        for _ in range(3):
            outcome = self.run()
            assert outcome.errors == ()
            if not outcome.plan.changes:
                return outcome
        raise AssertionError(outcome.plan)

    @property
    def events(self) -> dict[str, dict[str, Any]]:
        """What is kept in the calendar by id, deleted events too."""
        return self.google.snapshot()[CALENDAR]

    @property
    def masters(self) -> list[dict[str, Any]]:
        """The series in the calendar, by their ids."""
        return [one for one in self.events.values() if "recurrence" in one and one["status"] != "cancelled"]


def write_well(calendar: TeamCalendar, *writes: Write) -> Sequence[Written]:
    """Write, and expect that it went well."""
    results = calendar.write(writes)
    assert [result.error for result in results] == [""] * len(writes)
    return results
