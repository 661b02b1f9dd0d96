"""A whole programme on the stand-in for Google Calendar, for which a person opens the calendar in the browser."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import yaml

from config.operator import Operator, load_operator
from daemon.deliver import Delivered
from daemon.loop import USUAL_CAPS, Pass, World
from daemon.plan.guards import Allowance
from integrations import kinds
from integrations.google_calendar.marks import series_id
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_calendar.exchange import Requests
from tests.fakes.google_connection import ADA, BOB, CALENDAR, CLEO, MONDAY, Client
from tests.scenarios import programme
from tests.scenarios.disturbances import Killed
from tests.scenarios.google_view import edit_as, uid_of, view_of
from tests.scenarios.programme import Box, Programme, Shown, Through

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
"""One weekly series, planned twelve weeks ahead."""
BUSY_TEAM: Mapping[str, Any] = {**programme.TEAM, "calendar": TEAM["calendar"]}
"""The team of the other scenarios."""


SERIES = series_id("platform/lunch-learn/1", CALENDAR)
"""The event of that series."""
OTHERWISE: Mapping[str, Any] = {
    "revives": "everything",
    "exceptions_inherit": True,
    "deleted_details": True,
    "guest_changes_mail_everyone": True,
    "deleted_series_tells_of_exceptions": False,
    "restored_series_keeps_exceptions": True,
    "split_series_keeps_exceptions": True,
    "batch_order": "given",
}
"""Where nobody knows what Google does: the other answer to each question."""


def with_cadence(**cadence: str) -> dict[str, Any]:
    """Return the team with another cadence."""
    return {**TEAM, "series": [{**TEAM["series"][0], "cadence": cadence}]}


@contextmanager
def stand_in(answers: Mapping[str, Any]) -> Iterator[GoogleCalendarServer]:
    """Serve an empty calendar with these answers to what nobody knows of Google, and expect no complaint."""
    with GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "America/New_York")
        for name, answer in answers.items():
            setattr(google.behaviour, name, answer)
        yield google
        assert google.complaints == []


class GoogleProgramme(Programme):
    """A programme whose calendar is at Google; what a pass asked of it is in ``asked``."""

    def __init__(
        self, google: GoogleCalendarServer, folder: Path, team: Mapping[str, Any] = TEAM, now: Any = MONDAY
    ) -> None:
        self.google, self.client = google, Client(google)
        self.asked = Requests()
        self.config = folder / "peerloop.yaml"
        self._view: tuple[str, icalendar.Calendar] | None = None
        super().__init__(folder, team, now)

    def operators(self) -> Operator:
        told = {"kind": "google-calendar", "api_endpoint": self.google.api_endpoint}
        self.config.write_text(yaml.safe_dump({"data": str(self.data), "connections": {"google": told}}))
        return load_operator(self.config, kinds()).checked()

    @contextmanager
    def world(self, create: bool = True) -> Iterator[World]:
        with super().world(create) as world:
            yield replace(world, calendar=partial(self.client.of_team, lambda: self.now))

    def apply(self, through: Through = lambda world: world, caps: Allowance = USUAL_CAPS) -> tuple[Pass, Delivered]:
        before = len(self.google.requests)
        try:
            return super().apply(through, caps)
        except Killed:
            self.client.restart()
            raise
        finally:
            self.asked = Requests(self.google.requests[before:])

    # what people see and do

    @property
    def events(self) -> dict[str, dict[str, Any]]:
        """What is kept in the calendar by id, deleted events too."""
        return self.google.snapshot()[CALENDAR]

    @property
    def masters(self) -> list[dict[str, Any]]:
        """The series in the calendar."""
        return [one for one in self.events.values() if "recurrence" in one and one["status"] != "cancelled"]

    @property
    def mailed(self) -> Counter[tuple[str, str]]:
        """How often Google has sent somebody an ``invite``, an ``update`` or a ``cancel``."""
        return Counter((mail.to, mail.kind) for mail in self.google.invitations)

    def splits(self, pick: int) -> str:
        """Let somebody choose "this and following" for a session to come, at another time or in another room; return
        the UID that the series has in the view.
        """
        going_on = [one for one in self.masters if "UNTIL" not in str(one["recurrence"])]
        if not going_on:
            return ""
        series = going_on[pick % len(going_on)]
        coming = [
            datetime.fromisoformat(one["originalStartTime"]["dateTime"])
            for one in self.google.instances(CALENDAR, series["id"], self.now + timedelta(weeks=5))
        ]
        coming = [one for one in coming if one > self.now][1:]
        if coming:
            since = coming[pick // 3 % len(coming)].astimezone(ZoneInfo(series["start"]["timeZone"]))
            second = self.google.split(CALENDAR, series["id"], since, location=f"Room {pick}")
            if pick % 2:
                self.google.move(CALENDAR, second, since + timedelta(hours=1 + pick % 4))
        return uid_of(series)

    @contextmanager
    def calendar_edited(self) -> Iterator[icalendar.Calendar]:
        before = view_of(self.google, CALENDAR)
        edited = icalendar.Calendar.from_ical(before.to_ical())
        assert isinstance(edited, icalendar.Calendar)
        yield edited
        edit_as(self.google, CALENDAR, before, edited)

    def shown(self) -> Shown:
        return Shown(view_of(self.google, CALENDAR), self.pages(), self.memory())

    @contextmanager
    def out_of_sight(self, place: str) -> Iterator[None]:
        if place != "calendar":
            with super().out_of_sight(place):
                yield
            return
        self._in_mind = self.seen_by_people()
        self.google.faults.refuse("notFound", times=999)
        self.google.faults.refuse("notFound", times=999, in_batch=True)
        yield
        self.google.faults.clear()
        self._in_mind = None

    def seen_by_people(self) -> tuple[icalendar.Calendar, Mapping[str, str], tuple[Box, ...]]:
        if self._in_mind:
            return self._in_mind
        kept = json.dumps(self.google.snapshot()[CALENDAR])
        if self._view is None or self._view[0] != kept:
            self._view = kept, view_of(self.google, CALENDAR)
        return self._view[1], *super().seen_by_people()[1:]

    def contents(self) -> dict[str, bytes]:
        kept = {"events": self.events, "version": self.google.world.calendars[CALENDAR].version}
        return {**super().contents(), CALENDAR: json.dumps(kept).encode()}
