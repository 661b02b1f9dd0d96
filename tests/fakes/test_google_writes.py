"""What writes do, seen through the real client."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes.client import BERLIN, SERIES, TEAM, refusal, weekly
from tests.fakes.google_calendar import GoogleCalendarServer, LeftBehind, Mail

FIRST = f"{SERIES}_20261008T101500Z"
SECOND = f"{SERIES}_20261015T101500Z"
MEET = {"createRequest": {"requestId": "lunch0001", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}


@pytest.fixture
def events(google: GoogleCalendarServer, service: Any) -> Iterator[Any]:
    """The events of the client, with one series."""
    service.events().insert(calendarId=TEAM, body=weekly(), sendUpdates="none").execute()
    yield service.events()
    assert google.complaints == []


def at(hour: int) -> dict[str, str]:
    return {"dateTime": f"2026-10-08T{hour:02d}:15:00", "timeZone": BERLIN}


def single(**fields: Any) -> dict[str, Any]:
    return {"start": at(9), "end": at(10), **fields}


def patch(events: Any, event_id: str, body: dict[str, Any], **options: Any) -> Any:
    options = {"sendUpdates": "none", **options}
    return events.patch(calendarId=TEAM, eventId=event_id, body=body, **options).execute()


def update(events: Any, event_id: str, body: dict[str, Any], **options: Any) -> Any:
    options = {"sendUpdates": "none", **options}
    return events.update(calendarId=TEAM, eventId=event_id, body=body, **options).execute()


def get(events: Any, event_id: str = SERIES) -> Any:
    return events.get(calendarId=TEAM, eventId=event_id).execute()


def start_of(google: GoogleCalendarServer, event_id: str) -> datetime:
    return datetime.fromisoformat(google.event(TEAM, event_id)["start"]["dateTime"])


def test_an_id_is_taken_for_good(events: Any) -> None:
    again = events.insert(calendarId=TEAM, body=weekly(), sendUpdates="none")
    assert refusal(again) == (409, "duplicate")
    assert events.delete(calendarId=TEAM, eventId=SERIES, sendUpdates="none").execute() == ""
    assert refusal(again) == (409, "duplicate")
    assert refusal(events.delete(calendarId=TEAM, eventId=SERIES, sendUpdates="none")) == (410, "deleted")
    assert get(events) == {"kind": "calendar#event", "etag": get(events)["etag"], "id": SERIES, "status": "cancelled"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": "UPPER"}, "invalid"),
        ({"id": "abcz0"}, "invalid"),
        ({"id": "abc"}, "invalid"),
        ({"end": None}, "invalid"),
        ({"end": {}}, "required"),
        ({"end": at(9)}, "timeRangeEmpty"),
        ({"end": {"date": "2026-10-09"}}, "invalid"),
        ({"start": {"dateTime": "2026-10-08T09:15:00"}}, "required"),
        ({"start": {"dateTime": "2026-10-08T09:15:00", "timeZone": "Europe/Bonn"}}, "invalid"),
        ({"recurrence": ["DTSTART:20261008T091500"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=FR"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20261112T121500"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY", "EXDATE:20261015T071500Z"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=1", f"EXDATE;TZID={BERLIN}:20261008T091500"]}, "invalid"),
        ({"attendees": [{"displayName": "Ada"}]}, "required"),
        ({"attendees": [{"email": "ada"}]}, "invalid"),
        ({"attendees": [{"email": "ada@example.com", "responseStatus": "maybe"}]}, "invalid"),
        ({"sumary": "Lunch"}, "invalid"),
        ({"summary": 7}, "invalid"),
        ({"reminders": {"useDefault": True, "overrides": [{"method": "popup", "minutes": 5}]}},
         "cannotUseDefaultRemindersAndSpecifyOverride"),
        ({"reminders": {"overrides": [{"method": "popup", "minutes": 50000}]}}, "invalid"),
        ({"extendedProperties": {"private": {f"key{number}": "" for number in range(301)}}}, "invalid"),
        ({"extendedProperties": {"private": {f"key{number}": "x" * 1024 for number in range(40)}}}, "invalid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(
    google: GoogleCalendarServer, service: Any, fields: dict[str, Any], reason: str
) -> None:
    assert refusal(service.events().insert(calendarId=TEAM, body=single(**fields), sendUpdates="none")) == (400, reason)
    assert google.snapshot()[TEAM] == {}


def test_what_no_schema_knows_is_complained_of(google: GoogleCalendarServer, service: Any) -> None:
    refusal(service.events().insert(calendarId=TEAM, body=single(sumary="Lunch"), sendUpdates="none"))
    refusal(service.events().insert(calendarId=TEAM, body=single(attendees=[{"mail": "a@b.c"}]), sendUpdates="none"))
    assert google.complaints == ["Event: unknown key 'sumary'", "Event.attendees[0]: unknown key 'mail'"]


def test_a_patch_merges_and_null_deletes(events: Any) -> None:
    body = {"description": "Bring a fork", "extendedProperties": {"private": {"digest": "1"}, "shared": {"page": "2"}}}
    patch(events, SERIES, body)
    assert get(events)["extendedProperties"] == {
        "private": {"peerloop": "series", "digest": "1"},
        "shared": {"page": "2"},
    }
    patch(events, SERIES, {"description": None, "extendedProperties": {"private": {"digest": None}, "shared": None}})
    event = get(events)
    assert event["extendedProperties"] == {"private": {"peerloop": "series"}}
    assert "description" not in event
    assert event["summary"] == "Lunch & Learn"


def test_an_update_replaces_everything(events: Any) -> None:
    patch(events, SERIES, {"description": "Bring a fork", "location": "Kitchen"})
    event = get(events)
    kept = {key: event[key] for key in ("start", "end", "recurrence", "summary")}
    after = update(events, SERIES, kept)
    assert {"description", "location", "attendees", "extendedProperties"}.isdisjoint(after)
    assert (after["id"], after["iCalUID"], after["created"]) == (SERIES, event["iCalUID"], event["created"])
    assert refusal(events.update(calendarId=TEAM, eventId=SERIES, body={}, sendUpdates="none")) == (400, "required")


def test_attendees_are_replaced_whole_and_answers_with_them(google: GoogleCalendarServer, events: Any) -> None:
    google.respond(TEAM, SERIES, "ada@example.com", "accepted")
    guests = [{"email": "ada@example.com"}, {"email": "bob@example.com", "responseStatus": "tentative"}]
    after = patch(events, SERIES, {"attendees": guests})
    assert [guest["responseStatus"] for guest in after["attendees"]] == ["needsAction", "tentative"]
    assert [guest["email"] for guest in patch(events, SERIES, {"attendees": guests[1:]})["attendees"]] == [
        "bob@example.com"
    ]


def test_not_all_attendees_are_shown_when_fewer_are_asked_for(events: Any) -> None:
    event = events.get(calendarId=TEAM, eventId=SERIES, maxAttendees=1).execute()
    assert (event["attendees"], event["attendeesOmitted"]) == ([], True)
    after = update(events, SERIES, {**event, "attendees": [{"email": "eve@example.com"}]})
    assert len(after["attendees"]) == 3


def test_an_instance_is_as_its_series_says_until_it_is_changed(google: GoogleCalendarServer, events: Any) -> None:
    series, instance = get(events), get(events, SECOND)
    assert instance["etag"] == series["etag"]
    assert instance["recurringEventId"] == SERIES
    assert instance["originalStartTime"] == {"dateTime": "2026-10-15T12:15:00+02:00", "timeZone": BERLIN}
    assert instance["extendedProperties"] == series["extendedProperties"]
    changed = patch(events, SECOND, {"summary": "Ingress", "extendedProperties": {"private": {"key": "2"}}})
    assert changed["extendedProperties"]["private"] == {"peerloop": "series", "key": "2"}
    patch(events, SERIES, {"summary": "Lunch", "attendees": [{"email": "eve@example.com"}]})
    assert get(events, SECOND)["summary"] == "Ingress"
    assert len(get(events, SECOND)["attendees"]) == 2
    assert get(events, FIRST)["summary"] == "Lunch"
    for unknown in (f"{SERIES}_20261016T101500Z", f"{SERIES}_20261015", "lunch_0", f"{SERIES}_20269999T101500Z"):
        assert refusal(events.get(calendarId=TEAM, eventId=unknown)) == (404, "notFound")


def test_exceptions_may_inherit(google: GoogleCalendarServer, events: Any) -> None:
    google.behaviour.exceptions_inherit = True
    google.respond(TEAM, SECOND, "ada@example.com", "declined")
    guests = [{"email": "ada@example.com"}, {"email": "eve@example.com"}]
    patch(events, SERIES, {"summary": "Lunch", "attendees": guests})
    instance = get(events, SECOND)
    assert instance["summary"] == "Lunch"
    assert [(guest["email"], guest["responseStatus"]) for guest in instance["attendees"]] == [
        ("ada@example.com", "declined"),
        ("eve@example.com", "needsAction"),
    ]


def test_a_deleted_instance_is_a_cancelled_exception(google: GoogleCalendarServer, events: Any) -> None:
    events.delete(calendarId=TEAM, eventId=SECOND, sendUpdates="none").execute()
    cancelled = get(events, SECOND)
    assert set(cancelled) == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    assert refusal(events.delete(calendarId=TEAM, eventId=SECOND, sendUpdates="none")) == (410, "deleted")
    assert len(google.instances(TEAM, SERIES)) == 5
    patch(events, SECOND, {"status": "confirmed"})
    assert get(events, SECOND)["summary"] == "Lunch & Learn"
    patch(events, SECOND, {"status": "cancelled"})
    assert get(events, SECOND)["status"] == "cancelled"


def test_what_comes_back_is_a_matter_of_behaviour(google: GoogleCalendarServer, events: Any) -> None:
    events.delete(calendarId=TEAM, eventId=SERIES, sendUpdates="none").execute()
    revive = events.patch(calendarId=TEAM, eventId=SERIES, body={"status": "confirmed"}, sendUpdates="none")
    assert refusal(revive) == (403, "forbidden")
    one = events.patch(calendarId=TEAM, eventId=SECOND, body={"status": "confirmed"}, sendUpdates="none")
    assert refusal(one) == (410, "deleted")
    google.behaviour.revives = "everything"
    assert revive.execute()["summary"] == "Lunch & Learn"
    google.behaviour.revives = "nothing"
    events.delete(calendarId=TEAM, eventId=SECOND, sendUpdates="none").execute()
    assert refusal(one) == (403, "forbidden")


def test_if_match(events: Any) -> None:
    etag = get(events)["etag"]
    for request in (
        events.patch(calendarId=TEAM, eventId=SERIES, body={"summary": "Lunch"}, sendUpdates="none"),
        events.patch(calendarId=TEAM, eventId=SECOND, body={"summary": "Lunch"}, sendUpdates="none"),
        events.delete(calendarId=TEAM, eventId=SECOND, sendUpdates="none"),
    ):
        request.headers["If-Match"] = '"stale"'
        assert refusal(request) == (412, "conditionNotMet")
    request = events.patch(calendarId=TEAM, eventId=SERIES, body={"summary": "Lunch"}, sendUpdates="none")
    request.headers["If-Match"] = etag
    assert request.execute()["etag"] != etag
    assert refusal(request) == (412, "conditionNotMet")


def test_an_older_sequence_is_refused(events: Any) -> None:
    event = get(events)
    moved = update(events, SERIES, {**event, "start": at(11), "end": at(12)})
    assert moved["sequence"] == event["sequence"] + 1
    assert refusal(events.update(calendarId=TEAM, eventId=SERIES, body=event, sendUpdates="none")) == (400, "invalid")


def test_extended_properties_vanish_and_are_cut(google: GoogleCalendarServer, events: Any) -> None:
    private = {"k" * 45: "gone", "k" * 44: "stays", "long": "x" * 1025}
    after = patch(events, SERIES, {"extendedProperties": {"private": private}})
    assert after["extendedProperties"]["private"] == {"peerloop": "series", "k" * 44: "stays", "long": "x" * 1024}
    assert len(google.complaints) == 2
    google.complaints.clear()


def test_a_meet_link_needs_the_version(google: GoogleCalendarServer, events: Any) -> None:
    assert "conferenceData" not in patch(events, SERIES, {"conferenceData": MEET})
    after = patch(events, SERIES, {"conferenceData": MEET}, conferenceDataVersion=1)
    assert after["hangoutLink"].startswith("https://meet.google.com/")
    assert after["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    assert get(events, FIRST)["hangoutLink"] == after["hangoutLink"]
    without = {key: after[key] for key in ("start", "end", "recurrence")}
    assert update(events, SERIES, without)["hangoutLink"] == after["hangoutLink"]
    assert update(events, SERIES, after, conferenceDataVersion=1)["hangoutLink"] == after["hangoutLink"]
    assert "hangoutLink" not in update(events, SERIES, without, conferenceDataVersion=1)
    google.behaviour.meet_pending = True
    pending = patch(events, SERIES, {"conferenceData": MEET}, conferenceDataVersion=1)
    assert pending["conferenceData"]["createRequest"]["status"] == {"statusCode": "pending"}
    assert "hangoutLink" not in pending
    assert get(events)["hangoutLink"] == after["hangoutLink"]


def test_whom_a_write_tells(google: GoogleCalendarServer, events: Any) -> None:
    guests = [{"email": "ada@example.com"}, {"email": "eve@example.com"}]
    patch(events, SERIES, {"attendees": guests}, sendUpdates="all")
    assert google.invitations == [Mail("bob@example.com", "cancel", SERIES), Mail("eve@example.com", "invite", SERIES)]
    google.invitations.clear()
    patch(events, SERIES, {"extendedProperties": {"private": {"digest": "2"}}}, sendUpdates="all")
    assert google.invitations == []
    patch(events, SECOND, {"summary": "Ingress"}, sendUpdates="all")
    assert google.invitations == [Mail(name, "update", SECOND) for name in ("ada@example.com", "eve@example.com")]
    google.invitations.clear()
    google.behaviour.outside_google = {"eve@example.com"}
    events.delete(calendarId=TEAM, eventId=SECOND, sendUpdates="externalOnly").execute()
    assert google.invitations == [Mail("eve@example.com", "cancel", SECOND)]
    events.delete(calendarId=TEAM, eventId=SERIES, sendUpdates="none").execute()
    assert google.left_behind == [LeftBehind(name, SERIES) for name in ("ada@example.com", "eve@example.com")]


def test_others_may_be_told_of_a_new_guest(google: GoogleCalendarServer, events: Any) -> None:
    google.behaviour.guest_changes_mail_everyone = True
    google.invite(TEAM, SERIES, "eve@example.com")
    guests = [{"email": name} for name in ("ada@example.com", "eve@example.com", "joe@example.com")]
    patch(events, SERIES, {"attendees": guests}, sendUpdates="all")
    assert sorted(google.invitations) == [
        Mail("ada@example.com", "update", SERIES),
        Mail("bob@example.com", "cancel", SERIES),
        Mail("eve@example.com", "update", SERIES),
        Mail("joe@example.com", "invite", SERIES),
    ]


def test_a_write_that_does_not_say_whom_to_tell(google: GoogleCalendarServer, events: Any) -> None:
    events.patch(calendarId=TEAM, eventId=SERIES, body={"summary": "Lunch"}).execute()
    assert google.complaints == [f"{SERIES} has guests and was written without sendUpdates"]
    google.complaints.clear()


def test_a_foreign_event_is_its_organisers(google: GoogleCalendarServer, events: Any) -> None:
    begins = start_of(google, FIRST)
    foreign = google.add_event(TEAM, "All hands", begins, begins + timedelta(hours=1), organizer="boss@example.com")
    body = {"summary": "Nothing"}
    assert refusal(events.patch(calendarId=TEAM, eventId=foreign, body=body, sendUpdates="none")) == (
        403,
        "forbiddenForNonOrganizer",
    )
    patch(events, foreign, {"extendedProperties": {"private": {"seen": "1"}}})
    assert get(events, foreign)["organizer"] == {"email": "boss@example.com"}


def test_guests_answer(google: GoogleCalendarServer, events: Any) -> None:
    def answers(event_id: str) -> list[str]:
        return [guest["responseStatus"] for guest in get(events, event_id)["attendees"]]

    google.respond(TEAM, SERIES, "ada@example.com", "declined", start_of(google, SECOND))
    google.respond(TEAM, SERIES, "bob@example.com", "accepted")
    assert answers(SERIES) == ["needsAction", "accepted"]
    assert answers(SECOND) == ["declined", "accepted"]
    google.respond(TEAM, SERIES, "ada@example.com", "accepted")
    assert answers(SERIES) == ["accepted", "accepted"]
    assert answers(SECOND) == ["declined", "accepted"]
    google.invite(TEAM, SERIES, "eve@example.com")
    assert answers(SERIES) == ["accepted", "accepted", "needsAction"]
    assert google.invitations == []
