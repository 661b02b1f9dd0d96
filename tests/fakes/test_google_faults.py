"""What goes wrong, batches, and what is counted."""

import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]

from tests.fakes.client import SERIES, TEAM, batched, connected, refusal, weekly
from tests.fakes.google_calendar import GoogleCalendarServer, Request


def insert(service: Any, event_id: str = SERIES) -> Any:
    return service.events().insert(calendarId=TEAM, body=weekly(event_id), sendUpdates="all")


def listing(service: Any) -> Any:
    return service.events().list(calendarId=TEAM)


def test_a_lost_answer_is_asked_for_again_by_the_transport(google: GoogleCalendarServer, service: Any) -> None:
    google.faults.lose_answer(on="events.insert")
    assert refusal(insert(service)) == (409, "duplicate")
    assert google.requests.names == ["events.insert", "events.insert"]
    assert [request.status for request in google.requests] == [None, 409]
    assert len(google.invitations) == 2


@pytest.mark.parametrize("done", [True, False])
def test_an_answer_lost_for_good(google: GoogleCalendarServer, service: Any, done: bool) -> None:
    google.faults.lose_answer(times=2, on="events.insert", done=done)
    with pytest.raises((ConnectionError, OSError)):
        insert(service).execute()
    assert (SERIES in google.snapshot()[TEAM]) is done
    listing(service).execute()


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("rateLimitExceeded", 403),
        ("userRateLimitExceeded", 403),
        ("quotaExceeded", 403),
        ("fullSyncRequired", 410),
        ("updatedMinTooLongAgo", 410),
        ("conditionNotMet", 412),
        ("backendError", 503),
    ],
)
def test_refusals(google: GoogleCalendarServer, service: Any, reason: str, status: int) -> None:
    google.faults.refuse(reason, nth=2)
    listing(service).execute()
    assert refusal(listing(service)) == (status, reason)
    listing(service).execute()


def test_too_many_requests(google: GoogleCalendarServer, service: Any) -> None:
    google.faults.throttle(retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(HttpError) as caught:
            listing(service).execute()
        assert (caught.value.status_code, caught.value.resp["retry-after"]) == (429, "7")
    listing(service).execute()


@pytest.mark.parametrize("done", [True, False])
def test_a_failure_leaves_it_open_whether_it_was_done(google: GoogleCalendarServer, service: Any, done: bool) -> None:
    google.faults.fail(500, on="events.insert", done=done)
    assert refusal(insert(service)) == (500, "backendError")
    assert (SERIES in google.snapshot()[TEAM]) is done


def test_nonsense(google: GoogleCalendarServer, service: Any) -> None:
    google.faults.html()
    google.faults.truncate(nth=2)
    google.faults.html(nth=3, status=502)
    assert str(listing(service).execute()).startswith("<!DOCTYPE html>")
    half = listing(service).execute()
    assert isinstance(half, str), "the client gives text where it cannot read JSON, and no error"
    with pytest.raises(HttpError) as caught:
        listing(service).execute()
    assert caught.value.status_code == 502


def test_the_next_plan_counts_what_befell_another(google: GoogleCalendarServer, service: Any) -> None:
    google.faults.refuse("rateLimitExceeded", on="events.insert")
    google.faults.refuse("backendError", nth=2)
    google.faults.refuse("quotaExceeded", nth=2, on="events.")
    assert refusal(insert(service)) == (403, "rateLimitExceeded")
    assert refusal(listing(service)) == (503, "backendError")
    assert refusal(listing(service)) == (403, "quotaExceeded")
    listing(service).execute()


def test_slow_and_empty(google: GoogleCalendarServer, service: Any) -> None:
    insert(service).execute()
    google.faults.slow(0.05, on="events.list")
    google.faults.empty_listing(nth=2)
    begun = time.monotonic()
    assert len(listing(service).execute()["items"]) == 1
    assert time.monotonic() - begun >= 0.05
    empty = listing(service).execute()
    assert empty["items"] == []
    assert "nextSyncToken" in empty


def test_a_batch(google: GoogleCalendarServer, service: Any) -> None:
    insert(service).execute()
    events = service.events()
    first, second = f"{SERIES}_20261008T101500Z", f"{SERIES}_20261015T101500Z"
    google.faults.refuse("rateLimitExceeded", nth=2, on="events.patch", in_batch=True)
    answers = batched(
        google,
        events.patch(calendarId=TEAM, eventId=first, body={"summary": "Größe — 大きさ\nzwei"}, sendUpdates="none"),
        events.get(calendarId=TEAM, eventId="nothing"),
        events.patch(calendarId=TEAM, eventId=second, body={"summary": "Ingress"}, sendUpdates="none"),
        events.delete(calendarId=TEAM, eventId=f"{SERIES}_20261022T101500Z", sendUpdates="none"),
    )
    assert [error.status_code if error else None for _, error in answers] == [403, 404, None, None]
    assert answers[2][0]["summary"] == "Ingress"
    assert answers[3][0] == ""
    assert google.requests.names[1:] == ["batch", "events.delete", "events.patch", "events.get", "events.patch"]
    assert (google.requests.round_trips, google.requests.quota_units) == (2, 1 + 3 + 1 + 3 + 1)
    google.behaviour.batch_order = "given"
    body = {"summary": "Größe — 大きさ\nzwei"}
    again = batched(google, events.patch(calendarId=TEAM, eventId=first, body=body, sendUpdates="none"))
    assert again[0][0]["summary"] == body["summary"]
    assert google.complaints == []


def test_if_match_inside_a_batch(google: GoogleCalendarServer, service: Any) -> None:
    etag = insert(service).execute()["etag"]
    requests = [
        service.events().patch(calendarId=TEAM, eventId=SERIES, body={"summary": title}, sendUpdates="none")
        for title in ("one", "two")
    ]
    for request in requests:
        request.headers["If-Match"] = etag
    assert [error.status_code if error else None for _, error in batched(google, *requests)] == [412, None]
    assert google.event(TEAM, SERIES)["summary"] == "two"


def test_a_batch_fails_whole_or_holds_too_much(google: GoogleCalendarServer, service: Any) -> None:
    google.faults.fail(503, on="batch", done=True)
    with pytest.raises(HttpError):
        batched(google, insert(service))
    assert SERIES in google.snapshot()[TEAM]
    with pytest.raises(HttpError):
        batched(google, *[listing(service)] * 51)


def test_watchers_see_each_request_before_and_after(google: GoogleCalendarServer, service: Any) -> None:
    seen: list[tuple[str, str, int]] = []

    def watch(when: str, request: Request) -> None:
        seen.append((when, request.name, len(google.snapshot()[TEAM])))

    google.watchers.append(watch)
    batched(google, insert(service))
    assert seen == [
        ("before", "batch", 0),
        ("before", "events.insert", 0),
        ("after", "events.insert", 1),
        ("after", "batch", 1),
    ]


INSERT = """
import sys
from tests.fakes.client import TEAM, build, weekly
from google.auth.credentials import AnonymousCredentials
options = {"api_endpoint": sys.argv[1]}
service = build("calendar", "v3", static_discovery=True, credentials=AnonymousCredentials(), client_options=options)
service.events().insert(calendarId=TEAM, body=weekly(), sendUpdates="all").execute()
"""


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_is_killed_in_the_middle(google: GoogleCalendarServer, moment: str, done: bool) -> None:
    if not done:
        google.faults.lose_answer(done=False)
    process = subprocess.Popen([sys.executable, "-c", INSERT, google.api_endpoint])
    google.watchers.append(lambda when, _: process.kill() if when == moment else None)
    assert process.wait(timeout=300) == -signal.SIGKILL
    with connected(google) as service:
        google.watchers.clear()
        listing(service).execute()
    assert (SERIES in google.snapshot()[TEAM]) is done
    assert google.complaints == []


def test_what_is_not_served(google: GoogleCalendarServer, service: Any) -> None:
    assert refusal(service.events().quickAdd(calendarId=TEAM, text="Lunch")) == (501, "notImplemented")
    assert google.complaints == ["events.quickAdd is not served here"]
    assert refusal(service.events().list(calendarId="nobody@example.com")) == (404, "notFound")


def test_a_calendar_that_may_only_be_read(google: GoogleCalendarServer, service: Any) -> None:
    google.add_calendar("read@example.com", writable=False)
    body = weekly()
    request = service.events().insert(calendarId="read@example.com", body=body, sendUpdates="none")
    assert refusal(request) == (403, "requiredAccessLevel")
    assert service.calendarList().get(calendarId="read@example.com").execute()["accessRole"] == "reader"
    assert [entry["id"] for entry in service.calendarList().list().execute()["items"]] == [TEAM, "read@example.com"]
    assert service.calendars().get(calendarId=TEAM).execute()["timeZone"] == "Europe/Berlin"


def test_two_runs_of_the_same_are_the_same() -> None:
    def run() -> object:
        with GoogleCalendarServer() as google, connected(google) as service:
            google.add_calendar(TEAM)
            insert(service).execute()
            google.edit(TEAM, SERIES, summary="Lunch")
            return google.snapshot()

    assert run() == run()
