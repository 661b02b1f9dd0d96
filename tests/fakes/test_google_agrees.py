"""What a series amounts to: the stand-in and an independent reader must say the same."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.client import BERLIN, SERIES, TEAM, Reader, connected, expected, weekly
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.soak import examples

ZONE = ZoneInfo(BERLIN)
FIFTEENTH = datetime(2026, 10, 15, 12, 15, tzinfo=ZONE)
TWENTY_SECOND = datetime(2026, 10, 22, 12, 15, tzinfo=ZONE)
TWENTY_NINTH = datetime(2026, 10, 29, 12, 15, tzinfo=ZONE)


@pytest.fixture(autouse=True)
def quiet(google: GoogleCalendarServer) -> Any:
    yield
    assert google.complaints == []


def insert(service: Any, **fields: Any) -> None:
    service.events().insert(calendarId=TEAM, body=weekly(**fields), sendUpdates="all").execute()


def test_a_series_keeps_its_wall_clock_when_the_clocks_change(google: GoogleCalendarServer, service: Any) -> None:
    insert(service)
    items = service.events().instances(calendarId=TEAM, eventId=SERIES).execute()["items"]
    assert [item["start"]["dateTime"] for item in items] == [
        "2026-10-08T12:15:00+02:00",
        "2026-10-15T12:15:00+02:00",
        "2026-10-22T12:15:00+02:00",
        "2026-10-29T12:15:00+01:00",
        "2026-11-05T12:15:00+01:00",
        "2026-11-12T12:15:00+01:00",
    ]
    assert items[3]["id"] == f"{SERIES}_20261029T111500Z"
    assert {item["start"]["timeZone"] for item in items} == {BERLIN}
    assert Reader(google).events() == expected(google, SERIES)


def test_the_reader_follows_what_people_do(google: GoogleCalendarServer, service: Any) -> None:
    insert(service)
    reader = Reader(google)
    assert len(reader.events()) == 6
    google.move(TEAM, SERIES, datetime(2026, 10, 16, 15, 0, tzinfo=ZONE), original_start=FIFTEENTH)
    google.delete(TEAM, SERIES, original_start=TWENTY_SECOND)
    google.edit(TEAM, SERIES, original_start=TWENTY_NINTH, summary="Ingress")
    assert reader.events() == expected(google, SERIES) == Reader(google).events()
    assert [title for _, _, title in reader.events()].count("Ingress") == 1
    google.edit(TEAM, SERIES, summary="Lunch")
    google.move(TEAM, SERIES, datetime(2026, 10, 30, 9, 0, tzinfo=ZONE), original_start=TWENTY_NINTH)
    assert reader.events() == expected(google, SERIES) == Reader(google).events()
    google.delete(TEAM, SERIES)
    assert reader.events() == []


def test_this_and_following(google: GoogleCalendarServer, service: Any) -> None:
    insert(service)
    google.edit(TEAM, SERIES, original_start=FIFTEENTH, summary="Ingress")
    google.edit(TEAM, SERIES, original_start=TWENTY_NINTH, summary="Postgres")
    second = google.split(TEAM, SERIES, TWENTY_SECOND, summary="Brunch")
    assert second == f"{SERIES}_R20261022T101500"
    titles = [title for _, _, title in expected(google, SERIES, second)]
    assert titles == ["Lunch & Learn", "Ingress", "Brunch", "Brunch", "Brunch", "Brunch"]
    assert Reader(google).events() == expected(google, SERIES, second)
    assert google.event(TEAM, second)["extendedProperties"] == {"private": {"peerloop": "series"}}


def test_exceptions_past_a_new_end_stay_until_they_are_deleted(google: GoogleCalendarServer, service: Any) -> None:
    insert(service)
    google.edit(TEAM, SERIES, original_start=TWENTY_NINTH, summary="Postgres")
    body = {"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20261021T101459Z"]}
    service.events().patch(calendarId=TEAM, eventId=SERIES, body=body, sendUpdates="none").execute()
    assert [title for _, _, title in Reader(google).events()] == ["Lunch & Learn", "Lunch & Learn", "Postgres"]
    late = f"{SERIES}_20261029T111500Z"
    service.events().delete(calendarId=TEAM, eventId=late, sendUpdates="none").execute()
    assert len(Reader(google).events()) == 2
    assert Reader(google).events() == expected(google, SERIES)


def test_another_start_erases_what_people_changed_before(google: GoogleCalendarServer, service: Any) -> None:
    insert(service)
    reader = Reader(google)
    google.edit(TEAM, SERIES, original_start=FIFTEENTH, summary="Ingress")
    google.move(TEAM, SERIES, datetime(2026, 10, 30, 9, 0, tzinfo=ZONE), original_start=TWENTY_NINTH)
    assert "Ingress" in str(reader.events())
    start = {"start": {"dateTime": "2026-10-08T14:00:00"}, "end": {"dateTime": "2026-10-08T15:00:00"}}
    service.events().patch(calendarId=TEAM, eventId=SERIES, body=start, sendUpdates="none").execute()
    assert "Ingress" not in str(reader.events())
    assert reader.events() == expected(google, SERIES)
    assert len(reader.events()) == 6


def test_left_out_and_added_dates(google: GoogleCalendarServer, service: Any) -> None:
    lines = [
        "RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20261112T111500Z",
        f"EXDATE;TZID={BERLIN}:20261015T121500,20261105T121500",
        f"RDATE;TZID={BERLIN}:20261028T121500",
    ]
    insert(service, recurrence=lines)
    found = expected(google, SERIES)
    assert [start.astimezone(ZONE).strftime("%d.%m. %H:%M") for start, _, _ in found] == [
        "08.10. 12:15", "22.10. 12:15", "28.10. 12:15", "29.10. 12:15", "12.11. 12:15",
    ]  # fmt: skip
    assert Reader(google).events() == found


def test_a_series_of_whole_days(google: GoogleCalendarServer, service: Any) -> None:
    days = {"start": {"date": "2026-10-22"}, "end": {"date": "2026-10-24"}}
    insert(service, **days, recurrence=["RRULE:FREQ=WEEKLY;UNTIL=20261105"])
    google.delete(TEAM, SERIES, original_start=date(2026, 10, 29))
    items = service.events().instances(calendarId=TEAM, eventId=SERIES).execute()["items"]
    assert [(item["id"], item["end"]) for item in items] == [
        (f"{SERIES}_20261022", {"date": "2026-10-24"}),
        (f"{SERIES}_20261105", {"date": "2026-11-07"}),
    ]
    assert Reader(google).events() == expected(google, SERIES)


RULES = st.sampled_from(
    [
        "FREQ=WEEKLY;COUNT=40",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=30",
        "FREQ=MONTHLY;BYDAY=1TH;COUNT=15",
        "FREQ=MONTHLY;BYDAY=-1TH;UNTIL=20271231T000000Z",
        "FREQ=DAILY;UNTIL=20261112T111500Z",
        "FREQ=MONTHLY;BYMONTHDAY=1;COUNT=8",
    ]
)
ZONES = st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])


@examples(25)
@given(rule=RULES, zone=ZONES, shown_in=ZONES, minutes=st.integers(0, 24 * 60 - 1), touched=st.integers(0, 7))
def test_everywhere_and_at_any_hour(rule: str, zone: str, shown_in: str, minutes: int, touched: int) -> None:
    with GoogleCalendarServer() as google, connected(google) as service:
        google.add_calendar(TEAM, shown_in)
        day = 1 if "BYMONTHDAY" in rule or "1TH;C" in rule else 29
        start = datetime.fromisoformat(f"2026-10-{day:02d}") + timedelta(minutes=minutes)
        times = {
            key: {"dateTime": time.isoformat(), "timeZone": zone}
            for key, time in (("start", start), ("end", start + timedelta(minutes=30)))
        }
        insert(service, **times, recurrence=[f"RRULE:{rule}"])
        reader = Reader(google)
        assert reader.events() == expected(google, SERIES)
        chosen = google.instances(TEAM, SERIES)[touched]
        original_start = datetime.fromisoformat(chosen["originalStartTime"]["dateTime"])
        google.move(TEAM, SERIES, datetime(2026, 12, 24, 18, 0, tzinfo=ZoneInfo(zone)), original_start=original_start)
        google.delete(TEAM, google.instances(TEAM, SERIES)[0]["id"])
        assert reader.events() == expected(google, SERIES)
        assert google.complaints == []
