"""The real client, and an independent reader, pointed at the stand-in."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
from gcal_sync.api import GoogleCalendarService
from gcal_sync.auth import AbstractAuth
from gcal_sync.model import Event
from gcal_sync.store import InMemoryCalendarStore
from gcal_sync.sync import CalendarEventSyncManager
from google.auth.credentials import AnonymousCredentials
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build  # type: ignore[import-untyped]
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]
from googleapiclient.http import BatchHttpRequest  # type: ignore[import-untyped]

from tests.fakes.google_calendar import GoogleCalendarServer

TEAM = "team@group.calendar.google.com"
SERIES = "lunch0001"
BERLIN = "Europe/Berlin"


@contextmanager
def connected(google: GoogleCalendarServer, token: str | None = None) -> Iterator[Any]:
    """Give the client's service; without a token it calls anonymously."""
    service = build(
        "calendar",
        "v3",
        static_discovery=True,
        credentials=Credentials(token) if token else AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": google.api_endpoint},
    )
    try:
        yield service
    finally:
        service.close()


def refusal(request: Any) -> tuple[int, str]:
    """Send a request that is to be refused; return the status and the machine-readable reason."""
    try:
        request.execute()
    except HttpError as error:
        return error.status_code, json.loads(error.content)["error"]["errors"][0]["reason"]
    raise AssertionError("it was not refused")


def weekly(event_id: str = SERIES, **fields: Any) -> dict[str, Any]:
    """Return the body of a weekly series: Thursdays at 12:15 in Berlin, six weeks from 8 October 2026."""
    return {
        "id": event_id,
        "summary": "Lunch & Learn",
        "start": {"dateTime": "2026-10-08T12:15:00", "timeZone": BERLIN},
        "end": {"dateTime": "2026-10-08T13:00:00", "timeZone": BERLIN},
        "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=6"],
        "attendees": [{"email": "ada@example.com"}, {"email": "bob@example.com"}],
        "extendedProperties": {"private": {"peerloop": "series"}},
        **fields,
    }


def batched(google: GoogleCalendarServer, *requests: Any) -> list[tuple[Any, HttpError | None]]:
    """Send requests as one batch; return each one's answer or error, in their order."""
    answers: dict[str, tuple[Any, HttpError | None]] = {}
    batch = BatchHttpRequest(batch_uri=google.batch_uri)
    for request in requests:
        batch.add(request, callback=lambda name, answer, error: answers.__setitem__(name, (answer, error)))
    batch.execute()
    return [answers[str(number + 1)] for number in range(len(requests))]


class _Auth(AbstractAuth):
    def __init__(self, session: aiohttp.ClientSession, host: str, token: str) -> None:
        super().__init__(session, host)
        self._token = token

    async def async_get_access_token(self) -> str:
        return self._token


class Reader:
    """Somebody else's client, which keeps its own copy through sync tokens and expands series itself."""

    def __init__(self, google: GoogleCalendarServer) -> None:
        self._host = google.api_endpoint.rstrip("/")
        self._token = google.access_token("reader@example.com")
        self._store = InMemoryCalendarStore()

    def events(self, span: tuple[datetime, datetime] | None = None) -> list[tuple[datetime, datetime, str]]:
        """Bring the copy up to date and return all it amounts to, or that of a span: start, end, title, in order."""
        return asyncio.run(self._read(span))

    async def _read(self, span: tuple[datetime, datetime] | None) -> list[tuple[datetime, datetime, str]]:
        async with aiohttp.ClientSession() as session:
            api = GoogleCalendarService(_Auth(session, self._host, self._token))
            manager = CalendarEventSyncManager(api, TEAM, self._store)
            await manager.run()
            timeline = await manager.store_service.async_get_timeline()
            return sorted(_seen(event) for event in (timeline.overlapping(*span) if span else timeline))


def _seen(event: Event) -> tuple[datetime, datetime, str]:
    start, end = event.start.normalize(UTC), event.end.normalize(UTC)
    return start.astimezone(UTC), end.astimezone(UTC), event.summary


def expected(google: GoogleCalendarServer, *series: str) -> list[tuple[datetime, datetime, str]]:
    """Return what the stand-in says that series amount to, in the reader's words."""
    with connected(google) as service:
        items = [
            item
            for event_id in series
            for item in service.events().instances(calendarId=TEAM, eventId=event_id).execute()["items"]
        ]
    return sorted((_instant(item["start"]), _instant(item["end"]), item.get("summary", "")) for item in items)


def _instant(time: dict[str, str]) -> datetime:
    if "date" in time:
        return datetime.fromisoformat(time["date"]).replace(tzinfo=UTC)
    return datetime.fromisoformat(time["dateTime"]).astimezone(UTC)
