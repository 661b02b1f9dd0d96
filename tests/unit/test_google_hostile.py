"""What is no answer of Google's though it is JSON, has no end, says too much, or tells of years that nobody plans."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.google_calendar.client import Account, Call
from integrations.google_calendar.connection import GoogleCalendar
from integrations.google_calendar.events import observed_series, observed_session
from integrations.google_calendar.marks import Frame, series_id
from tests.contract.calendar import SERIES, create
from tests.fakes.flood import FloodServer, whole
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import CALENDAR, MONDAY, Client, write_well

ID = series_id("platform/lunch-learn/1", CALENDAR)
EVENT: dict[str, Any] = {"id": ID, "status": "confirmed", "start": {"dateTime": "2027-03-04T12:15:00+01:00"}}
BROKEN: list[dict[str, Any]] = [
    {"status": ["confirmed"]},
    {"summary": {}},
    {"start": "tomorrow"},
    {"start": {"dateTime": "tomorrow"}},
    {"start": {"dateTime": 5}},
    {"end": {"dateTime": "2027-03-04T12:15:00"}},
    {"originalStartTime": []},
    {"recurrence": "RRULE:FREQ=DAILY"},
    {"recurrence": [None]},
    {"attendees": {"email": "ada@example.com"}},
    {"attendees": [{"email": 5}]},
    {"extendedProperties": {"private": {"peerloop-mark": 5}}},
    {"extendedProperties": None},
]
ODD = "the answer is not one of Google Calendar's"


@contextmanager
def account(body: object) -> Iterator[Account]:
    """Give an account at a server that always answers alike."""
    with FloodServer(lambda: whole(json.dumps(body).encode())) as server:
        connection = GoogleCalendar(kind="google-calendar", api_endpoint=server.url)
        yield Account("google", connection, lambda: 0.0, lambda _: None)


def answered(body: object) -> tuple[list[dict[str, Any]], str]:
    """Return what a listing shows that is ours, and what is said of it."""
    with account(body) as google:
        ((items, last),) = google.pages([Call("list", {"calendarId": "team"})])
        return items, last.message


@pytest.mark.parametrize("part", BROKEN, ids=json.dumps)
def test_an_event_of_ours_in_another_shape_is_no_answer(part: dict[str, Any]) -> None:
    assert answered({"items": [{**EVENT, **part}]}) == ([], ODD)


@pytest.mark.parametrize(
    "body", [[], {"items": {}}, {"items": [5]}, {"items": [], "nextPageToken": {}}], ids=json.dumps
)
def test_a_listing_in_another_shape_is_none(body: object) -> None:
    assert answered(body) == ([], ODD)


def test_of_what_is_not_ours_nothing_is_looked_at_or_kept() -> None:
    assert answered({"items": [EVENT, {"id": "theirs", "start": 5}, {}]}) == ([EVENT], "")


def test_a_listing_that_leads_from_page_to_page_for_ever_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.google_calendar.client.MOST_PAGES", 3)
    assert answered({"items": [], "nextPageToken": "again"}) == ([], "its listing has no end")


@pytest.mark.parametrize("told", [{"busy": 5}, {"busy": [{"start": "now"}]}, {"busy": [[]]}, [], None], ids=json.dumps)
def test_free_and_busy_times_in_another_shape_are_none(told: object) -> None:
    with account({"calendars": {"ada@example.com": told}}) as google:
        (answer,) = google.run([Call("query", {"body": {}}, resource="freebusy")])
    assert (answer.unknown, answer.message) == (True, ODD)


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "America/New_York")
        yield google
        assert google.complaints == []


def test_long_events_of_others_hide_none_of_ours(google: GoogleCalendarServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(google)
    write_well(client.calendar(), create(SERIES))
    for number in range(40):
        start = MONDAY + timedelta(hours=number)
        google.add_event(CALENDAR, "Theirs", start, start + timedelta(hours=1), description="so much " * 1_000)
    monkeypatch.setattr("integrations.transport.LARGEST", 250_000)
    assert [one.key for one in client.calendar().observe(None).seen] == [SERIES.key]
    assert client.waited == 0, "what is too long is not asked for again as it is"


@pytest.mark.parametrize("year", [1, 1200, 2300, 9999])
def test_what_is_moved_out_of_all_calendars_is_told_of(year: int) -> None:
    edge = {"dateTime": f"{year:04}-01-01T00:00:00+14:00" if year == 1 else f"{year}-12-31T23:59:59-12:00"}
    one = {**EVENT, "summary": "Lunch", "start": edge, "end": edge, "originalStartTime": edge}
    items, said = answered({"items": [one]})
    assert (items, said) == ([one], "")
    trouble = f"“Lunch” in the calendar was put into the year {year}; give it back its date."
    assert observed_series(one, SERIES.key).trouble == trouble
    assert observed_session(one, Frame(SERIES.key, "Europe/Berlin")).trouble == trouble


def test_a_series_until_the_end_of_all_years_has_none() -> None:
    rule = "RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z"
    one = {**EVENT, "end": {"dateTime": "2027-03-04T13:00:00+01:00"}, "recurrence": [rule]}
    seen = observed_series(one, SERIES.key)
    assert (seen.until, seen.trouble) == (None, "")


@pytest.mark.parametrize("told", [{"expires_in": 1e30}, {"expires_in": "soon"}, {"expires_in": []}])
def test_a_sign_in_answered_in_another_shape_is_no_answer(tmp_path: Path, told: dict[str, Any]) -> None:
    token = {"access_token": "a-token-for-tests", "token_type": "Bearer", "expires_in": 3600, **told}
    with FloodServer(lambda: whole(json.dumps(token).encode())) as server:
        signed = {"type": "authorized_user", "client_id": "1", "client_secret": "2", "refresh_token": "3"}
        (tmp_path / "google.json").write_text(json.dumps({**signed, "token_uri": f"{server.url}/token"}))
        place = f"file:{tmp_path / 'google.json'}"
        google = GoogleCalendar.model_validate(
            {"kind": "google-calendar", "credentials": place, "api_endpoint": server.url}
        )
        account = Account("google", google, lambda: 0.0, lambda _: None)
        (answer,) = account.run([Call("get", {"calendarId": "team", "eventId": "x"})])
    assert (answer.unknown, answer.message) == (True, ODD)
