"""Google's event resources by their meaning: however Google writes what we have written, it is what we meant."""

from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import Mark, SeriesEvent, fingerprint, on_the_wall
from integrations.google_calendar import events, marks
from integrations.google_calendar.description import marked_up, plain
from tests.contract.calendar import ADA, ODD_TEXT, SERIES, change, instance, mark, session
from tests.soak import examples

ID = marks.series_id(SERIES.key, "team@group.calendar.google.com")
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


def master(series: SeriesEvent = SERIES) -> dict[str, Any]:
    """Return a series as we write it."""
    body = events.new_series(series, ID, meet=False)
    return marks.with_mark(body, mark(series), marks.series_properties(series.zone, {}, NOW))


def shown(raw: dict[str, Any]) -> Any:
    return events.observed_series(raw, SERIES.key).shown


@pytest.mark.parametrize(
    "changes",
    [
        {"recurrence": ["EXDATE;TZID=Europe/Berlin:20270311T121500", "RRULE:BYDAY=TH;WKST=MO;INTERVAL=1;FREQ=WEEKLY"]},
        {"start": {"dateTime": "2027-03-04T06:15:00-05:00", "timeZone": "Europe/Berlin"}},
        {"start": {"dateTime": "2027-03-04T11:15:00Z", "timeZone": "Arctic/Longyearbyen"}},
        {"summary": "Lunch  & Learn "},
        {"description": "<p>Peer learning of the team <b>Platform</b>.</p>"},
    ],
)
def test_what_google_writes_otherwise_means_the_same(changes: dict[str, Any]) -> None:
    assert shown({**master(), **changes}) == fingerprint(SERIES.content)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=FR"]}, "when"),
        ({"start": {"dateTime": "2027-03-04T11:15:00Z", "timeZone": "Europe/London"}}, "when"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20270401T101500Z"]}, "until"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20270401"]}, "until"),
        ({"end": {"dateTime": "2027-03-04T13:15:00+01:00"}}, "minutes"),
        ({"summary": ""}, "summary"),
    ],
)
def test_what_a_person_changed_is_seen(changes: dict[str, Any], field: str) -> None:
    there, wanted = shown({**master(), **changes}), fingerprint(SERIES.content)
    assert {name for name in wanted if there[name] != wanted[name]} == {field}


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ('see <a href="https://example.com/?a=1&amp;b">https://example.com/?a=1&amp;b</a>', "see https://example.com/?a=1&b"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("R&D, 1 < 2", "R&D, 1 < 2"),
        ("<p>one</p><!-- a remark --><h2>two</h2>1 <3 <a", "one\ntwo\n1 <3 <a"),
        ("a&nbsp;b &eacute;", "a\xa0b é"),
        (f"a&#{'1' * 5000};b &#{'0' * 9}65;", "a\ufffdb A"),
    ],
)  # fmt: skip
def test_a_description_is_read_as_it_is_seen(html: str, text: str) -> None:
    assert plain(html) == text


@examples(100)
@given(st.text(st.characters(exclude_categories=["Cs"])) | st.just(ODD_TEXT))
def test_any_description_comes_back(text: str) -> None:
    assert fingerprint({"text": plain(marked_up(text))}) == fingerprint({"text": text})


@examples(100)
@given(st.text(min_size=1, max_size=3000), st.text(max_size=50), st.dictionaries(st.text(), st.text(max_size=400)))
def test_any_mark_comes_back_in_properties_that_google_keeps(key: str, digest: str, roles: dict[str, str]) -> None:
    said = Mark(key.replace("\ud800", ""), {"summary": digest}, roles)
    try:
        str(said).encode()
    except UnicodeEncodeError:
        return
    raw = marks.with_mark({"id": ID}, said, {})
    properties = marks.properties_of(raw)
    assert all(len(name) <= 44 and len(value) <= 1024 for name, value in properties.items())
    assert str(marks.series_mark(raw, said.key)) == str(Mark.parse(str(said)))


def test_properties_of_a_series_stay_within_googles_limits() -> None:
    off = {on_the_wall(instance(week), "Europe/Berlin"): mark(session(week)) for week in range(-20, 300)}
    said = {at: replace(one, roles={"facilitator": ADA, "topic": "x" * 300}) for at, one in off.items()}
    properties = marks.series_properties("Europe/Berlin", said, NOW)
    assert len(properties) < 300
    assert sum(len(name) + len(value) for name, value in properties.items()) < 30_000
    assert min(marks.off_marks(marks.with_mark({"id": ID}, mark(SERIES), properties))) > datetime(
        2027, 1, 1, tzinfo=UTC
    )


def test_the_end_of_a_series_is_in_utc_and_takes_the_place_of_a_count() -> None:
    lines = ["RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=20", "EXDATE;TZID=Europe/Berlin:20270311T121500"]
    raw = {**master(), "recurrence": lines}
    ended = change(replace(SERIES, until=instance(8)), "until")
    body = events.changed_series(raw, ended, events.read_series(raw, SERIES.key))
    assert body["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20270429T101500Z", lines[1]]


def test_guests_are_merged_without_touching_anybody() -> None:
    guests = [
        {"email": "Ada@example.com", "responseStatus": "accepted", "comment": "yes!", "additionalGuests": 2},
        {"email": "room@resource.calendar.google.com", "resource": True, "responseStatus": "accepted"},
        {"email": "bob@example.com", "responseStatus": "declined"},
    ]
    merged = events.with_guests({"attendees": guests}, {ADA: "Ada", "eve@example.com": "Eve\nE"}, ["BOB@example.com"])
    assert merged["attendees"] == [*guests[:2], {"email": "eve@example.com", "displayName": "Eve E"}]
    assert events.with_guests({"attendees": guests}, {ADA: "Ada"}, []) == {"attendees": guests}


def test_a_zone_that_nobody_knows_is_a_trouble() -> None:
    raw = {**master(), "start": {"dateTime": "2027-03-04T12:15:00+01:00", "timeZone": "Mars/Olympus"}}
    assert "Mars/Olympus" in events.observed_series(raw, SERIES.key).trouble


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "Europe/Ber\0lin"])
def test_a_zone_of_ours_that_is_none_counts_for_nothing(zone: str) -> None:
    ours = {**master()["extendedProperties"]["private"], marks.ZONE: zone}
    raw = {**master(), "extendedProperties": {"private": ours}}
    assert shown(raw) == shown(master())


def test_an_address_holds_the_instance_and_the_calendar() -> None:
    start = datetime(2026, 12, 10, 12, 15, tzinfo=ZoneInfo("Europe/Berlin"))
    address = marks.address_of("peerloop00abc", start, "team@group.calendar.google.com")
    told = parse_qs(urlsplit(address).query)["eid"][0]
    assert urlsafe_b64decode(told + "==").decode() == "peerloop00abc_20261210T111500Z team@g"
    assert marks.address_of("peerloop00abc", start, "ada@example.com") != address
