"""What is special about Google Calendar: answers that are lost, refused or nonsense, marks, guests, and free time."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build  # type: ignore[import-untyped]

from daemon.model import Observed, SeriesEvent, SessionEvent, fingerprint, on_the_wall
from daemon.ports import PortError, Refused, Unavailable
from integrations.google_calendar.calendar import TeamCalendar
from integrations.google_calendar.marks import instance_id, name_of, series_id
from tests.contract.calendar import SERIES, ZONE, change, create, instance, mark, session
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import ADA, BOB, CALENDAR, MONDAY, Client, write_well

SERIES_ID = series_id(SERIES.key, CALENDAR)
OFF = replace(session(2), cancelled=True)


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "America/New_York")
        yield google
        assert google.complaints == []


@pytest.fixture
def client(google: GoogleCalendarServer) -> Client:
    return Client(google)


@pytest.fixture
def calendar(client: Client) -> TeamCalendar:
    return client.calendar()


def own_id(week: int) -> str:
    return instance_id(SERIES_ID, on_the_wall(instance(week), ZONE))


def seen(calendar: TeamCalendar) -> dict[str, Observed]:
    return {one.key: one for one in calendar.observe(None).seen}


def mails(google: GoogleCalendarServer) -> Counter[tuple[str, str]]:
    return Counter((mail.to, mail.kind) for mail in google.invitations)


# once, and only once


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_series_of_unknown_outcome_is_made_once(
    google: GoogleCalendarServer, client: Client, calendar: TeamCalendar, done: bool, times: int
) -> None:
    google.faults.fail(times=times, on="events.insert", done=done)
    write_well(calendar, create(SERIES))
    assert seen(calendar).keys() == {SERIES.key}
    assert mails(google) == {(ADA, "invite"): 1, (BOB, "invite"): 1}
    assert "events.get" in google.requests.names  # it looked before it made it again
    assert client.waited > 0


@pytest.mark.parametrize("fault", ["html", "truncate", "lose_answer"])
def test_nonsense_for_an_answer_counts_as_an_unknown_outcome(
    google: GoogleCalendarServer, calendar: TeamCalendar, fault: str
) -> None:
    write_well(calendar, create(SERIES), create(session(1)), create(session(2)))
    getattr(google.faults, fault)(times=2, on="batch")
    getattr(google.faults, fault)(times=2, on="events.update")
    news = [change(replace(session(week), summary="news"), "summary") for week in (1, 2)]
    write_well(calendar, *news)
    write_well(calendar, change(replace(session(1), summary="more"), "summary"))
    assert seen(calendar)[session(1).key].title == "more"
    assert seen(calendar)[session(2).key].title == "news"


def test_a_deletion_of_unknown_outcome_is_a_deletion(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    write_well(calendar, create(SERIES), create(session(1)))
    google.faults.fail(on="events.delete", done=True)
    before = replace(SERIES, until=SERIES.starts - timedelta(days=1))
    (written,) = write_well(calendar, change(before, "until"))
    assert written.observed is None
    assert seen(calendar) == {}
    assert google.left_behind == []


def test_an_event_of_somebody_else_under_our_id_is_not_taken_for_ours(
    google: GoogleCalendarServer, calendar: TeamCalendar
) -> None:
    service = build("calendar", "v3", credentials=AnonymousCredentials(), client_options={"api_endpoint": google.api_endpoint}, static_discovery=True)  # type: ignore[no-untyped-call]  # fmt: skip # noqa: E501
    start, end = ({"dateTime": f"2027-03-04T1{hour}:00:00Z"} for hour in (1, 2))
    body = {"id": SERIES_ID, "summary": "Theirs", "start": start, "end": end}
    service.events().insert(calendarId=CALENDAR, body=body, sendUpdates="none").execute()
    service.close()
    (result,) = calendar.write([create(SERIES)])
    assert "is taken" in result.error
    assert google.event(CALENDAR, SERIES_ID)["summary"] == "Theirs"


def test_a_series_made_again_has_the_next_id(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    for generation in range(3):
        write_well(calendar, create(SERIES), create(session(1)))
        event = series_id(SERIES.key, CALENDAR, generation)
        assert google.event(CALENDAR, event)["status"] == "confirmed"
        google.delete(CALENDAR, event)
    cursor = calendar.observe(None).cursor
    write_well(calendar, create(SERIES))
    (found,) = calendar.observe(cursor).seen
    assert not found.gone


# somebody was faster


def test_a_write_under_an_old_etag_is_made_on_what_is_there_now(
    google: GoogleCalendarServer, calendar: TeamCalendar
) -> None:
    write_well(calendar, create(SERIES), create(session(1)))
    version = seen(calendar)[session(1).key].version
    google.edit(CALENDAR, SERIES_ID, on_the_wall(instance(1), ZONE), location="Room 1")  # changes the ETag only
    write_well(calendar, change(replace(session(1), summary="news"), "summary", version=version))
    event = google.event(CALENDAR, own_id(1))
    assert (event["summary"], event["location"]) == ("news", "Room 1")
    assert [request.status for request in google.requests.writes][-2:] == [412, 200]


def test_a_title_that_a_person_gave_meanwhile_stays(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    write_well(calendar, create(SERIES), create(session(1)))
    version = seen(calendar)[session(1).key].version
    google.edit(CALENDAR, SERIES_ID, on_the_wall(instance(1), ZONE), summary="Theirs")
    (result,) = calendar.write([change(replace(session(1), summary="news"), "summary", version=version)])
    assert "somebody changed it at the same moment, or Google's list of events is behind" in result.error
    assert google.event(CALENDAR, own_id(1))["summary"] == "Theirs"


def test_an_event_that_keeps_changing_is_left_to_the_next_pass(
    google: GoogleCalendarServer, calendar: TeamCalendar
) -> None:
    write_well(calendar, create(SERIES), create(session(1)))
    google.faults.refuse("conditionNotMet", times=99, on="events.update")
    (result,) = calendar.write([change(replace(session(1), summary="news"), "summary")])
    assert "the next pass looks again" in result.error


def test_guests_that_google_does_not_tell_are_not_overwritten(
    google: GoogleCalendarServer, client: Client, calendar: TeamCalendar
) -> None:
    write_well(calendar, create(SERIES), create(session(1)))
    shelf = client.caches[CALENDAR]
    raw = shelf.event(own_id(1))
    assert raw
    shelf.keep([{**raw, "attendees": raw["attendees"][:1], "attendeesOmitted": True}])
    (result,) = calendar.write([change(replace(session(1), summary="news"), "summary")])
    assert "does not tell all guests" in result.error
    assert len(google.event(CALENDAR, own_id(1))["attendees"]) == 2


# what is told to whom


def test_only_calling_off_and_moving_is_news_to_guests(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    moved = replace(session(3), starts_at=session(3).starts_at + timedelta(hours=2))
    write_well(calendar, create(SERIES), create(session(1)))
    assert mails(google) == {(ADA, "invite"): 1, (BOB, "invite"): 1}
    google.invitations.clear()
    write_well(calendar, change(replace(session(1), summary="x", minutes=60), "summary", "when"), create(session(4)))
    write_well(calendar, change(replace(SERIES, summary="y"), "summary"))
    assert mails(google) == {}
    write_well(calendar, create(OFF), create(moved))
    assert mails(google) == {(ADA, "cancel"): 1, (BOB, "cancel"): 1, (ADA, "update"): 1, (BOB, "update"): 1}
    assert google.left_behind == []
    assert all("sendUpdates" in request.query for request in google.requests.writes)


def test_a_session_that_may_not_be_brought_back_says_so(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    google.behaviour.revives = "nothing"
    write_well(calendar, create(SERIES), create(OFF))
    (result,) = calendar.write([change(session(2), *session(2).content)])
    assert "brought back" in result.error


# marks


def test_a_mark_may_be_long(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    roles = {"topic": "日本語" * 300, "facilitator": ADA}
    long = [replace(mark(event), roles=roles) for event in (session(1), OFF)]
    writes = [replace(create(event), mark=one) for event, one in zip((session(1), OFF), long, strict=True)]
    write_well(calendar, create(SERIES), *writes)
    shown = seen(calendar)
    assert [shown[session(1).key].mark, shown[OFF.key].mark] == long
    private = google.event(CALENDAR, own_id(1))["extendedProperties"]["private"]
    assert max(map(len, private)) <= 44
    write_well(calendar, change(replace(session(1), summary="short"), "summary"))
    private = google.event(CALENDAR, own_id(1))["extendedProperties"]["private"]
    assert list(private) == ["peerloop-mark"]


def test_a_copy_of_our_event_is_none_of_ours(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    write_well(calendar, create(SERIES))
    ours = google.event(CALENDAR, SERIES_ID)
    start = on_the_wall(instance(0), ZONE)
    google.add_event(CALENDAR, "Copy", start, start + timedelta(hours=1), extendedProperties=ours["extendedProperties"])
    assert seen(calendar).keys() == {SERIES.key}


def test_teams_see_only_their_own(google: GoogleCalendarServer, client: Client, calendar: TeamCalendar) -> None:
    theirs = replace(SERIES, key="platform-two/lunch-learn/1")
    write_well(calendar, create(SERIES))
    write_well(client.calendar("platform-two"), create(theirs))
    assert seen(calendar).keys() == {SERIES.key}
    assert seen(client.calendar("platform-two")).keys() == {theirs.key}


def test_another_calendar_is_listed_afresh(google: GoogleCalendarServer, client: Client) -> None:
    google.add_calendar("other@group.calendar.google.com")
    cursor = client.calendar().observe(None).cursor
    other = client.calendar(id="other@group.calendar.google.com").observe(cursor)
    assert other.complete


# what people make of an event


def test_an_all_day_series_is_a_trouble(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    write_well(calendar, create(SERIES))
    google.edit(CALENDAR, SERIES_ID, start={"date": "2027-03-04"}, end={"date": "2027-03-05"})
    assert "all-day" in seen(calendar)[SERIES.key].trouble
    ended = change(replace(SERIES, until=SERIES.starts - timedelta(days=1)), "until")
    (result,) = calendar.write([ended])
    assert "all-day" in result.error


def test_an_all_day_session_is_a_trouble(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    write_well(calendar, create(SERIES), create(session(1)))
    days = {"start": {"date": "2027-03-11"}, "end": {"date": "2027-03-12"}}
    google.edit(CALENDAR, SERIES_ID, on_the_wall(instance(1), ZONE), **days)
    found = seen(calendar)[session(1).key]
    assert "all-day" in found.trouble
    assert found.starts_at is None


def test_an_email_is_the_same_whatever_its_case(google: GoogleCalendarServer, client: Client) -> None:
    series = replace(SERIES, guests={"Ada@Example.com": "Ada"})
    calendar = client.calendar(emails=["ada@example.com"])
    write_well(calendar, create(series))
    assert seen(calendar)[SERIES.key].guests == ("ada@example.com",)


# quotas and faults


def test_google_is_given_the_time_it_asks_for(
    google: GoogleCalendarServer, client: Client, calendar: TeamCalendar
) -> None:
    google.faults.throttle(times=2, retry_after=7)
    calendar.observe(None)
    assert client.waited == 14


def test_one_call_of_a_batch_may_be_too_many(
    google: GoogleCalendarServer, client: Client, calendar: TeamCalendar
) -> None:
    google.faults.refuse("userRateLimitExceeded", nth=2, times=2, on="events.update", in_batch=True)
    write_well(calendar, create(SERIES), *(create(session(week)) for week in range(1, 5)))
    assert len(seen(calendar)) == 5
    assert 0 < client.waited < 10


def test_too_long_a_wait_is_left_to_the_next_pass(
    google: GoogleCalendarServer, client: Client, calendar: TeamCalendar
) -> None:
    google.faults.throttle(times=9, retry_after=3600)
    with pytest.raises(Unavailable, match="fewer calls"):
        calendar.observe(None)
    assert client.waited == 0


def test_calls_stay_below_600_a_minute(google: GoogleCalendarServer, client: Client) -> None:
    calendar = client.calendar()
    for _ in range(700):
        client.account._quota.take(1)
    assert client.waited > 60
    calendar.observe(None)


def test_a_used_up_quota_stops_the_connection_for_hours(
    google: GoogleCalendarServer, client: Client, calendar: TeamCalendar
) -> None:
    google.faults.refuse("quotaExceeded")
    with pytest.raises(Unavailable, match="quotaExceeded"):
        calendar.observe(None)
    asked = len(google.requests)
    client.waited += 3600
    with pytest.raises(Unavailable, match="by itself"):
        calendar.write([create(SERIES)])
    assert len(google.requests) == asked
    client.waited += 3 * 3600
    assert calendar.observe(None).complete


def test_a_quota_of_writes_that_is_used_up_lets_reading_go_on(
    google: GoogleCalendarServer, client: Client, calendar: TeamCalendar
) -> None:
    google.faults.refuse("quotaExceeded", on="events.insert")
    with pytest.raises(Unavailable, match=r"quotaExceeded.* Meanwhile it reads"):
        calendar.write([create(SERIES)])
    assert calendar.observe(None).complete
    with pytest.raises(Unavailable, match="by itself"):
        calendar.write([create(SERIES)])
    client.waited += 3 * 3600
    write_well(calendar, create(SERIES))


def test_a_change_that_google_accepts_and_does_not_make_is_told(
    google: GoogleCalendarServer, calendar: TeamCalendar
) -> None:
    write_well(calendar, create(SERIES))
    google.behaviour.ignores_other_organisers = True
    google.edit(CALENDAR, SERIES_ID, organizer={"email": "boss@example.com"})
    before = {one.key: one for one in calendar.observe(None).seen}
    (result,) = calendar.write([change(replace(SERIES, summary="news"), "summary")])
    assert "made none of it" in result.error and "another organiser" in result.error
    assert {one.key: one for one in calendar.observe(None).seen} == before


@pytest.mark.parametrize(
    ("reason", "status", "kind", "words"),
    [
        ("authError", 401, Refused, "peerloop auth google"),
        ("forbiddenForServiceAccounts", 403, Refused, "domain-wide delegation"),
        ("insufficientPermissions", 403, Refused, "does not cover"),
        ("requiredAccessLevel", 403, Refused, "make changes to events"),
        ("notFound", 404, Refused, "knows no calendar “team@group.calendar.google.com”"),
        ("invalid", 400, Refused, "Invalid Value (400 invalid)"),
        ("backendError", 503, Unavailable, "next pass"),
        ("rateLimitExceeded", 403, Unavailable, "fewer calls"),
    ],
)
def test_what_keeps_the_calendar_from_being_read(
    google: GoogleCalendarServer, calendar: TeamCalendar, reason: str, status: int, kind: type[PortError], words: str
) -> None:
    google.faults.refuse(reason, times=99, status=status)
    with pytest.raises(kind) as raised:
        calendar.observe(None)
    assert words in str(raised.value)
    assert "Traceback" not in str(raised.value)


@pytest.mark.parametrize(
    ("reason", "words"),
    [("invalid", "Google refuses “"), ("forbiddenForNonOrganizer", "another organiser"), ("notFound", "any more")],
)
def test_one_refused_event_does_not_stop_the_others(
    google: GoogleCalendarServer, calendar: TeamCalendar, reason: str, words: str
) -> None:
    write_well(calendar, create(SERIES), create(session(1)), create(session(2)))
    google.faults.refuse(reason, on="events.update", in_batch=True)
    news = [change(replace(session(week), summary="news"), "summary") for week in (1, 2)]
    errors = sorted(result.error for result in calendar.write(news))
    assert errors[0] == ""
    assert words in errors[1]


@pytest.mark.parametrize("status", [200, 302, 403, 404, 408, 410, 502])
def test_a_web_page_is_no_answer(google: GoogleCalendarServer, calendar: TeamCalendar, status: int) -> None:
    google.faults.html(times=99, status=status)
    with pytest.raises(Unavailable):
        calendar.observe(None)
    google.faults.clear()
    assert calendar.observe(None).complete


def test_a_server_that_is_not_there_is_unavailable(client: Client) -> None:
    told = client.account._connection.model_copy(update={"api_endpoint": "http://127.0.0.1:9/calendar/v3"})
    client.account._connection = told
    with pytest.raises(Unavailable, match=r"was not reached: the connection was refused. The next pass tries again"):
        client.calendar().observe(None)


# signing in


def service_account(google: GoogleCalendarServer, path: Path) -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "type": "service_account",
        "client_email": "robot@project.iam.gserviceaccount.com",
        "private_key": pem.decode(),
        "token_uri": google.token_uri,
    }
    path.write_text(json.dumps(key))
    return f"file:{path}"


def test_a_service_account_with_delegation_invites(google: GoogleCalendarServer, tmp_path: Path) -> None:
    google.tokens.anonymous = None
    place = service_account(google, tmp_path / "key.json")
    google.add_service_account("robot@project.iam.gserviceaccount.com", delegation=True)
    more = {"credentials": place, "subject": "organiser@example.com"}
    write_well(Client(google, more=more).calendar(), create(SERIES))
    google.tokens.service_accounts["robot@project.iam.gserviceaccount.com"] = False
    with pytest.raises(Refused, match="domain-wide delegation") as raised:
        Client(google, more=more).calendar().observe(None)
    assert "PRIVATE" not in str(raised.value)
    with pytest.raises(Refused, match="may not invite guests"):
        Client(google, more={"credentials": place}).calendar().write([create(replace(SERIES, key="platform/x/1"))])


def test_a_dead_token_says_how_to_sign_in_again_and_a_new_one_is_taken(
    google: GoogleCalendarServer, tmp_path: Path
) -> None:
    google.tokens.anonymous = None

    def sign_in() -> None:
        token = {"refresh_token": google.refresh_token(), "token_uri": google.token_uri}
        (tmp_path / "token.json").write_text(json.dumps({**token, "client_id": "id", "client_secret": "hidden"}))

    sign_in()
    calendar = Client(google, more={"credentials": f"file:{tmp_path / 'token.json'}"}).calendar()
    cursor = calendar.observe(None).cursor
    google.kill_token("refresh-1")
    with pytest.raises(Refused, match="peerloop auth google") as raised:
        calendar.observe(cursor)
    assert "hidden" not in str(raised.value)
    sign_in()
    assert calendar.observe(cursor).seen == ()


@pytest.mark.parametrize("text", ["", "not JSON", "[]", "{}", '{"type": "service_account"}', '"text"'])
def test_credentials_that_are_none_are_refused_without_showing_them(
    google: GoogleCalendarServer, tmp_path: Path, text: str
) -> None:
    (tmp_path / "key.json").write_text(text)
    calendar = Client(google, more={"credentials": f"file:{tmp_path / 'key.json'}"}).calendar()
    with pytest.raises(Refused, match="credentials"):
        calendar.observe(None)


def test_the_least_rights_are_asked_for(google: GoogleCalendarServer, tmp_path: Path) -> None:
    google.tokens.anonymous = None
    place = service_account(google, tmp_path / "key.json")
    google.add_service_account("robot@project.iam.gserviceaccount.com", delegation=True)
    calendar = Client(google, more={"credentials": place, "subject": "organiser@example.com"}).calendar()
    calendar.observe(None)
    asked = [one.scopes for one in google.tokens.access.values()]
    assert asked == [frozenset({"https://www.googleapis.com/auth/calendar.events"})]
    google.set_busy(ADA)
    calendar.busy([ADA], MONDAY, MONDAY + timedelta(days=1))
    assert frozenset({"https://www.googleapis.com/auth/calendar.events.freebusy"}) in [
        one.scopes for one in google.tokens.access.values()
    ]


# free and busy


def test_busy_times_are_told_and_unreadable_ones_unknown(google: GoogleCalendarServer, calendar: TeamCalendar) -> None:
    lunch = (MONDAY + timedelta(days=3), MONDAY + timedelta(days=3, hours=1))
    google.set_busy(ADA, [lunch])
    google.set_busy(BOB)
    google.set_busy("eve@example.com", unreadable=True)
    told = calendar.busy([ADA, BOB, "eve@example.com", "nobody@example.com"], MONDAY, MONDAY + timedelta(days=7))
    assert told == {ADA: (lunch,), BOB: ()}


def test_busy_times_of_many_people_and_months_are_asked_for_in_parts(
    google: GoogleCalendarServer, calendar: TeamCalendar
) -> None:
    people = [f"member{number}@example.com" for number in range(70)]
    late = (MONDAY + timedelta(days=130), MONDAY + timedelta(days=131))
    for email in people:
        google.set_busy(email, [late])
    told = calendar.busy(people, MONDAY, MONDAY + timedelta(days=150))
    assert told == dict.fromkeys(people, (late,))
    assert google.requests.quota_units == 6
    assert google.requests.round_trips == 1


# the shape of what is sent


def test_every_body_keeps_to_the_description_of_the_api(google: GoogleCalendarServer, client: Client) -> None:
    calendar = client.calendar(meet=True)
    write_well(calendar, create(SERIES), create(session(1)), create(OFF))
    write_well(calendar, change(replace(SERIES, minutes=60, guests={ADA: "Ada"}), "minutes", "guests", former=(BOB,)))
    write_well(calendar, change(replace(SERIES, until=instance(3)), "until"))
    assert all(isinstance(request.body, dict) for request in google.requests.writes)
    insert: Any = google.requests.writes[0].body
    assert insert["start"] == {"dateTime": "2027-03-04T12:15:00+01:00", "timeZone": ZONE}
    assert insert["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=TH"]
    assert insert["conferenceData"]["createRequest"]["conferenceSolutionKey"] == {"type": "hangoutsMeet"}
    assert [request.headers.get("if-match") is None for request in google.requests.writes].count(True) == 1


def test_the_contracts_series_is_read_back_over_the_whole_year(
    google: GoogleCalendarServer, calendar: TeamCalendar
) -> None:
    nightly = SeriesEvent(
        "platform/night/1",
        datetime(2027, 3, 26, 2, 30),  # noqa: DTZ001
        ZONE,
        30,
        "FREQ=DAILY",
        "Night",
    )
    write_well(calendar, create(nightly))
    moments = [datetime(2027, 3, 26 + day, 2, 30) for day in range(4)]  # noqa: DTZ001
    sessions = [
        SessionEvent(f"platform/night/{wall:%Y-%m-%dT%H:%M}", nightly.key, wall, ZONE, on_the_wall(wall, ZONE), 30, "N")
        for wall in moments
    ]
    write_well(calendar, *map(create, sessions))
    shown = seen(calendar)
    assert all(shown[one.key].shown == fingerprint(one.content) for one in sessions)
    assert shown[nightly.key].shown == fingerprint(nightly.content)


def test_ids_say_what_they_are_of() -> None:
    name = name_of({"id": instance_id(series_id("team/series/2", "a@b.c", 7), MONDAY)})
    assert name
    assert (name.key, name.generation, name.instance) == ("team/series/2", 7, MONDAY)
    assert name_of({"id": "peerloopx"}) is None
    assert series_id("team/series/2", "a@b.c") != series_id("team/series/2", "other@b.c")


def test_a_web_page_that_says_not_found_is_no_event_that_is_gone(
    google: GoogleCalendarServer, calendar: TeamCalendar
) -> None:
    write_well(calendar, create(SERIES), create(session(1)))
    for status in (403, 404, 410):
        google.faults.html(times=99, status=status)
        (written,) = calendar.write([change(replace(session(1), summary="news"), "summary")])
        assert "may not have been written: not Google answered, but a proxy or an outage" in written.error
        assert f"(HTTP {status})" in written.error
        google.faults.clear()
    write_well(calendar, change(replace(session(1), summary="news"), "summary"))
