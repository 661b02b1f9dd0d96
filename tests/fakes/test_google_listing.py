"""Listings: pages, sync tokens, what is shown of what is gone."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.fakes.client import BERLIN, SERIES, TEAM, connected, refusal, weekly
from tests.fakes.google_calendar import GoogleCalendarServer

NOON = datetime(2026, 10, 8, 12, 0, tzinfo=ZoneInfo(BERLIN))
HOUR = timedelta(hours=1)
SECOND = f"{SERIES}_20261015T101500Z"


def listed(service: Any, **options: Any) -> dict[str, Any]:
    """Return a whole listing: the items of all pages, and what the last one said."""
    options, items, pages = {"calendarId": TEAM, **options}, [], 0
    while True:
        page = service.events().list(**options).execute()
        items += page["items"]
        pages += 1
        if "nextPageToken" not in page:
            return {**page, "items": items, "pages": pages}
        assert "nextSyncToken" not in page
        options["pageToken"] = page["nextPageToken"]


def ids(listing: dict[str, Any]) -> list[str]:
    return [item["id"] for item in listing["items"]]


@pytest.fixture
def series(service: Any) -> None:
    service.events().insert(calendarId=TEAM, body=weekly(), sendUpdates="none").execute()


@pytest.mark.usefixtures("series")
def test_a_token_shows_what_has_changed_since(google: GoogleCalendarServer, service: Any) -> None:
    first = listed(service)
    assert ids(first) == [SERIES]
    second = listed(service, syncToken=first["nextSyncToken"])
    assert (second["items"], second["nextSyncToken"]) == ([], first["nextSyncToken"])
    google.edit(TEAM, SECOND, summary="Ingress")
    google.delete(TEAM, f"{SERIES}_20261022T101500Z")
    foreign = google.add_event(TEAM, "All hands", NOON, NOON + HOUR)
    third = listed(service, syncToken=second["nextSyncToken"])
    assert {item["id"]: item["status"] for item in third["items"]} == {
        SECOND: "confirmed",
        f"{SERIES}_20261022T101500Z": "cancelled",
        foreign: "confirmed",
    }
    google.delete(TEAM, foreign)
    assert ids(listed(service, syncToken=third["nextSyncToken"])) == [foreign]
    assert foreign not in ids(listed(service))
    assert foreign in ids(listed(service, showDeleted=True))
    assert ids(listed(service)) == [SERIES, SECOND, f"{SERIES}_20261022T101500Z"]


@pytest.mark.usefixtures("series")
@pytest.mark.parametrize("told", [True, False])
def test_a_deleted_series_takes_its_exceptions_along(google: GoogleCalendarServer, service: Any, told: bool) -> None:
    google.behaviour.deleted_series_tells_of_exceptions = told
    google.edit(TEAM, SECOND, summary="Ingress")
    token = listed(service)["nextSyncToken"]
    google.delete(TEAM, SERIES)
    assert ids(listed(service, syncToken=token)) == ([SERIES, SECOND] if told else [SERIES])
    assert ids(listed(service)) == []
    assert refusal(service.events().delete(calendarId=TEAM, eventId=SECOND, sendUpdates="none")) == (410, "deleted")


@pytest.mark.usefixtures("series")
def test_what_may_not_go_with_a_token(google: GoogleCalendarServer, service: Any) -> None:
    token = listed(service, showDeleted=True)["nextSyncToken"]
    for options in (
        {"timeMin": "2026-10-01T00:00:00Z"},
        {"privateExtendedProperty": "peerloop=series"},
        {"q": "lunch"},
        {"orderBy": "updated"},
        {"showDeleted": False},
        {"showDeleted": True, "singleEvents": True},
        {},
    ):
        request = service.events().list(calendarId=TEAM, syncToken=token, **options)
        assert refusal(request) == (400, "invalid"), options
    assert listed(service, syncToken=token, showDeleted=True)["items"] == []
    for options in ({"timeMax": "2026-12-01T00:00:00Z"}, {"q": "lunch"}, {"iCalUID": f"{SERIES}@google.com"}):
        listing = listed(service, **options)
        assert "nextSyncToken" not in listing
        assert ids(listing) == [SERIES]
    assert google.complaints == []


@pytest.mark.usefixtures("series")
def test_stale_tokens(google: GoogleCalendarServer, service: Any) -> None:
    token = listed(service)["nextSyncToken"]
    google.expire_sync_tokens()
    assert refusal(service.events().list(calendarId=TEAM, syncToken=token)) == (410, "fullSyncRequired")
    assert refusal(service.events().list(calendarId=TEAM, syncToken="nonsense")) == (410, "fullSyncRequired")
    assert listed(service, syncToken=listed(service)["nextSyncToken"])["items"] == []


def test_a_first_listing_may_begin_somewhere(google: GoogleCalendarServer, service: Any) -> None:
    old = google.add_event(TEAM, "Old", NOON, NOON + HOUR)
    new = google.add_event(TEAM, "New", NOON + timedelta(days=9), NOON + timedelta(days=10))
    long = google.add_event(
        TEAM, "Long", NOON, NOON + HOUR, time_zone=BERLIN, recurrence=["RRULE:FREQ=WEEKLY"], location="Kitchen"
    )
    first = listed(service, timeMin="2026-10-09T00:00:00Z")
    assert ids(first) == [new, long]
    google.edit(TEAM, old, summary="Older")
    google.edit(TEAM, new, summary="Newer")
    second = listed(service, syncToken=first["nextSyncToken"])
    assert ids(second) == [new]
    google.delete(TEAM, old)
    assert ids(listed(service, syncToken=second["nextSyncToken"])) == [old]


@pytest.mark.parametrize("empty", [True, False])
def test_pages(google: GoogleCalendarServer, service: Any, empty: bool) -> None:
    google.behaviour.first_page_empty = empty
    made = [google.add_event(TEAM, f"Event {number}", NOON, NOON + HOUR) for number in range(7)]
    first = listed(service, maxResults=3)
    assert (ids(first), first["pages"]) == (made, 3 + empty)
    for event_id in made[:4]:
        google.edit(TEAM, event_id, summary="Changed")
    second = listed(service, maxResults=3, syncToken=first["nextSyncToken"])
    assert (ids(second), second["pages"]) == (made[:4], 2 + empty)
    other = {"pageToken": service.events().list(calendarId=TEAM, maxResults=3).execute()["nextPageToken"]}
    assert refusal(service.events().list(calendarId=TEAM, maxResults=4, **other)) == (400, "invalid")


def test_what_changes_between_two_pages_is_shown_again(google: GoogleCalendarServer, service: Any) -> None:
    made = [google.add_event(TEAM, f"Event {number}", NOON, NOON + HOUR) for number in range(4)]
    first = service.events().list(calendarId=TEAM, maxResults=2).execute()
    google.edit(TEAM, made[0], summary="Changed")
    google.delete(TEAM, made[1])
    second = service.events().list(calendarId=TEAM, maxResults=2, pageToken=first["nextPageToken"]).execute()
    assert ids(first) + ids(second) == made
    assert ids(listed(service, syncToken=second["nextSyncToken"])) == made[:2]


@pytest.mark.usefixtures("series")
def test_by_property(google: GoogleCalendarServer, service: Any) -> None:
    google.add_event(TEAM, "All hands", NOON, NOON + HOUR)
    google.edit(TEAM, SECOND, summary="Ingress")
    google.delete(TEAM, f"{SERIES}_20261022T101500Z")
    found = listed(service, privateExtendedProperty="peerloop=series")
    assert ids(found) == [SERIES, SECOND]
    assert "nextSyncToken" not in found
    assert ids(listed(service, privateExtendedProperty="peerloop=else")) == []
    two = service.events().list(calendarId=TEAM, privateExtendedProperty=["peerloop=series", "a=b"])
    assert refusal(two) == (400, "invalid")


@pytest.mark.usefixtures("series")
def test_single_events(google: GoogleCalendarServer, service: Any) -> None:
    google.move(TEAM, SECOND, NOON - timedelta(days=3))
    google.delete(TEAM, f"{SERIES}_20261022T101500Z")
    found = listed(service, singleEvents=True, orderBy="startTime", maxResults=2)
    assert [item["start"]["dateTime"][:10] for item in found["items"]] == [
        "2026-10-05", "2026-10-08", "2026-10-29", "2026-11-05", "2026-11-12",
    ]  # fmt: skip
    span = {"timeMin": "2026-10-08T11:00:00Z", "timeMax": "2026-11-05T11:15:00Z"}
    assert len(listed(service, singleEvents=True, **span)["items"]) == 1
    assert len(listed(service, singleEvents=True, showDeleted=True, **span)["items"]) == 2


@pytest.mark.usefixtures("series")
def test_instances(google: GoogleCalendarServer, service: Any) -> None:
    def found(**options: Any) -> list[str]:
        page = service.events().instances(calendarId=TEAM, eventId=SERIES, **options).execute()
        assert "nextSyncToken" not in page
        return [item["id"].rpartition("_")[2][:8] for item in page["items"]]

    google.delete(TEAM, SECOND)
    assert found() == ["20261008", "20261022", "20261029", "20261105", "20261112"]
    assert found(showDeleted=True)[1] == "20261015"
    assert found(timeMin="2026-10-29T12:00:00Z", maxResults=1) == ["20261105"]
    assert found(originalStart="2026-10-29T12:15:00+01:00") == ["20261029"]


@pytest.mark.usefixtures("series")
def test_only_some_fields_and_times_of_another_zone(service: Any) -> None:
    page = service.events().list(calendarId=TEAM, fields="nextSyncToken,items(id,start/dateTime)").execute()
    assert page["items"] == [{"id": SERIES, "start": {"dateTime": "2026-10-08T12:15:00+02:00"}}]
    assert set(page) == {"items", "nextSyncToken"}
    event = service.events().get(calendarId=TEAM, eventId=SERIES, timeZone="UTC").execute()
    assert event["start"] == {"dateTime": "2026-10-08T10:15:00Z", "timeZone": BERLIN}


@pytest.mark.usefixtures("series")
def test_fields_that_there_are_not(google: GoogleCalendarServer, service: Any) -> None:
    page = service.events().list(calendarId=TEAM, fields="items(start/dateTime,end(timeZone),id),kind").execute()
    assert page["items"] == [
        {"id": SERIES, "start": {"dateTime": "2026-10-08T12:15:00+02:00"}, "end": {"timeZone": BERLIN}}
    ]
    assert refusal(service.events().list(calendarId=TEAM, fields="items(id,start/time)")) == (400, "invalid")
    assert google.complaints == ["fields.items.start: unknown key 'time'"]


def test_a_long_query(service: Any) -> None:
    assert listed(service, q="x" * 3000)["items"] == []


def test_a_deleted_event_may_show_what_it_was(google: GoogleCalendarServer, service: Any) -> None:
    google.behaviour.deleted_details = True
    event_id = google.add_event(TEAM, "All hands", NOON, NOON + HOUR)
    token = listed(service)["nextSyncToken"]
    google.delete(TEAM, event_id)
    (item,) = listed(service, syncToken=token)["items"]
    assert (item["status"], item["summary"]) == ("cancelled", "All hands")


def test_it_stops_though_a_client_keeps_its_connection(service: Any) -> None:
    threads = threading.active_count()
    with GoogleCalendarServer() as google, connected(google) as other:
        google.add_calendar(TEAM)
        other.events().list(calendarId=TEAM).execute()
        begun = time.monotonic()
        google.__exit__(None, None, None)
        assert time.monotonic() - begun < 1
        assert threading.active_count() == threads


def test_the_clock_is_the_tests(service: Any) -> None:
    with GoogleCalendarServer(clock=lambda: datetime(2026, 10, 1, tzinfo=UTC)) as google:
        google.add_calendar(TEAM)
        event_id = google.add_event(TEAM, "Event", NOON, NOON + HOUR)
        assert google.event(TEAM, event_id)["updated"] == "2026-10-01T00:00:00.000Z"
