"""Google Calendar keeps to the contract. A person works in the stand-in for Google itself, past its API."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from daemon.model import Answer
from daemon.ports import Calendar
from integrations.google_calendar.cache import Cache
from integrations.google_calendar.calendar import TeamCalendar
from integrations.google_calendar.client import Account
from integrations.google_calendar.connection import GoogleCalendar
from integrations.google_calendar.marks import series_id
from tests.contract.calendar import ADA, BOB, ZONE, CalendarContract
from tests.fakes.google_calendar import GoogleCalendarServer

CALENDAR = "team@group.calendar.google.com"
STATUS = {Answer.NONE: "needsAction"}


class TestGoogleCalendar(CalendarContract):
    """One process that does everything."""

    @pytest.fixture(autouse=True)
    def _empty(self) -> Iterator[None]:
        with GoogleCalendarServer(lambda: datetime(2027, 3, 1, 9, tzinfo=UTC)) as self.google:
            self.google.add_calendar(CALENDAR, "America/New_York")
            connection = GoogleCalendar(kind="google-calendar", api_endpoint=self.google.api_endpoint)
            self.account = Account("google", connection, sleep=lambda _: None)
            self.cache = Cache(self.account.seconds)
            yield
            assert self.google.complaints == []

    def calendar(self) -> Calendar:
        clock = lambda: datetime(2027, 3, 1, 9, tzinfo=UTC)  # noqa: E731
        return TeamCalendar(self.account, self.cache, CALENDAR, "platform", [ADA, BOB], clock)

    def person_moves(self, series: str, instance: datetime, to: datetime) -> None:
        self.google.move(CALENDAR, series_id(series, CALENDAR), to, original_start=_in_zone(instance))

    def person_deletes(self, series: str, instance: datetime) -> None:
        self.google.delete(CALENDAR, series_id(series, CALENDAR), _in_zone(instance))

    def person_deletes_series(self, series: str) -> None:
        self.google.delete(CALENDAR, series_id(series, CALENDAR))

    def person_retitles(self, series: str, instance: datetime | None, title: str) -> None:
        self.google.edit(CALENDAR, series_id(series, CALENDAR), _in_zone(instance), summary=title)

    def person_answers(self, series: str, instance: datetime | None, guest: str, answer: Answer) -> None:
        status = STATUS.get(answer, answer.value)
        self.google.respond(CALENDAR, series_id(series, CALENDAR), guest, status, _in_zone(instance))

    def person_invites(self, series: str, guest: str) -> None:
        self.google.invite(CALENDAR, series_id(series, CALENDAR), guest)

    def person_adds(self, title: str) -> None:
        start = datetime(2027, 3, 4, 8, tzinfo=UTC)
        self.google.add_event(CALENDAR, title, start, start + timedelta(hours=1))

    def titles(self) -> list[str]:
        events = self.google.snapshot()[CALENDAR].values()
        return [event["summary"] for event in events if event["status"] != "cancelled"]


class TestGoogleCalendarWithoutMemory(TestGoogleCalendar):
    """Each object in a process of its own, which knows nothing of what was answered before."""

    def calendar(self) -> Calendar:
        self.cache = Cache(self.account.seconds)
        return super().calendar()


class TestGoogleCalendarThatTellsMore(TestGoogleCalendar):
    """Where nobody knows what Google does, the other half of what it may do."""

    @pytest.fixture(autouse=True)
    def _generous(self, _empty: None) -> None:
        self.google.behaviour.deleted_details = True
        self.google.behaviour.exceptions_inherit = True
        self.google.behaviour.revives = "everything"
        self.google.behaviour.batch_order = "given"
        self.google.behaviour.first_page_empty = True


def _in_zone(instance: datetime | None) -> datetime | None:
    return instance.replace(tzinfo=ZoneInfo(ZONE)) if instance else None
