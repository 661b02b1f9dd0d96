"""A calendar in a file in which people work, and to which files can happen: copies, damage, crashes, odd text."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import (
    Kind,
    SeriesEvent,
    SessionEvent,
    fingerprint,
)
from daemon.ports import PortError, Refused, Unavailable
from integrations.formats.ics.recurring import uid_of
from tests.contract.calendar import (
    ADA,
    EVE,
    ODD_TEXT,
    SERIES,
    ZONE,
    change,
    create,
    instance,
    mark,
    session,
    shows,
)
from tests.soak import examples
from tests.unit.local_calendar_file import EVERYTHING, FOREIGN, MOVED, NOW, OFF, File


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path)
    made.write(*EVERYTHING)
    return made


# what people do in the file


def test_a_date_put_back_that_we_called_off_is_shown_as_taking_place(file: File) -> None:
    file.text = re.sub(r"EXDATE.*?\r\n", "", file.text)
    seen = file.seen()[OFF.key]
    assert not seen.cancelled
    assert seen.mark == mark(OFF)
    assert seen.starts_at == OFF.starts_at
    assert seen.title == SERIES.summary
    file.write(change(session(2), "cancelled", "when", "summary", "description"))
    assert shows(file.seen()[OFF.key], session(2))
    assert "X-PEERLOOP-CANCELLED" not in file.text


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "BYMONTH=2", "FREQ=WEEKLY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-0"]
)
def test_a_rule_without_dates_leaves_called_off_what_was(file: File, rule: str) -> None:
    days = [OFF.recurrence_id + timedelta(days=n) for n in range(1, 400)]
    marks = "".join(f"X-PEERLOOP-CANCELLED:{day:%Y-%m-%dT%H:%M} platform/lunch-learn/x{day:%j} - -\r\n" for day in days)
    file.text = re.sub(r"RRULE:.*?\r\n", f"RRULE:{rule}\r\n{marks}EXDATE:20350101T121500\r\n", file.text)
    assert file.seen()[OFF.key].cancelled


@pytest.mark.parametrize("junk", ["DTSTAMP:20261201T000000Z", "X-PEERLOOP-MARK:platform/lunch-learn/1 - -"])
def test_an_event_with_thousands_of_lines_is_changed_in_a_time_that_grows_with_them(file: File, junk: str) -> None:
    lines = "".join(f"{junk}\r\nX-A:{number}\r\n" for number in range(30_000))
    file.text = file.text.replace("RRULE:", f"{lines}RRULE:", 1)
    start = process_time()
    file.write(change(replace(SERIES, until=SERIES.starts + timedelta(weeks=3)), "until"))
    assert process_time() - start < 20  # comparing each with each takes minutes
    assert "UNTIL=20270325T111500Z" in file.text and file.text.count(junk) <= 1
    assert "X-A:29999" in file.text


def test_of_a_time_zone_that_nobody_knows_it_is_told_and_nothing_is_written_twice(file: File) -> None:
    file.text = file.text.replace("DTSTART;TZID=Europe/Berlin", "DTSTART;TZID=Mars/Phobos", 1)
    before, seen = file.text, file.seen()[SERIES.key]
    assert "nobody knows the time zone “Mars/Phobos”" in seen.trouble
    results = file.calendar.write([change(session(1), "summary"), create(session(5))])
    assert all("Mars/Phobos" in one.error for one in results)
    assert file.text == before


@pytest.mark.parametrize("start", [":20270304T111500Z", ";TZID=Europe/London:20270304T111500", ":20270304T121500"])
def test_a_series_that_a_program_puts_into_another_zone_is_told_and_left_alone(file: File, start: str) -> None:
    first = re.search(r"DTSTART;TZID=Europe/Berlin:(\d{8})T(\d{6})", file.text[file.text.index("BEGIN:VEVENT") :])
    assert first
    file.text = file.text.replace(first[0], f"DTSTART{start.replace('20270304', first[1])}", 1)
    before, seen = file.text, file.seen()[SERIES.key]
    assert "was put into another time zone than Europe/Berlin" in seen.trouble
    results = file.calendar.write([change(session(1), "summary"), create(session(5))])
    assert all("another time zone" in one.error for one in results)
    assert file.text == before


@pytest.mark.parametrize("is_of_master", [True, False])
def test_dates_parted_from_their_series_by_another_uid_are_told_once_and_left_alone(
    file: File, is_of_master: bool
) -> None:
    whole = file.text
    for event in file.events():
        if ("RECURRENCE-ID" not in event) == is_of_master:
            file.edit(event, re.sub(r"UID:[^\r]*", "UID:other", event, count=1))
    before, seen = file.text, file.seen()
    assert before != whole
    (told,) = [one.trouble for one in seen.values() if one.trouble]
    assert told == seen[SERIES.key].trouble
    assert "“other”" in told and f"“{uid_of(SERIES.key)}”" in told and "Give all of them one UID" in told
    results = file.calendar.write([change(session(1), "summary"), create(session(5)), change(SERIES, "summary")])
    assert {one.error for one in results} == {told}
    assert file.text == before
    file.text = re.sub(r"UID:[^\r]*", "UID:other", whole)
    assert not any(one.trouble for one in file.seen().values())
    file.write(change(replace(session(1), summary="x"), "summary"), create(session(5)))
    assert len(file.events()) == len(re.findall("BEGIN:VEVENT", whole)) + 1


def test_a_revision_that_is_no_number_counts_from_the_first(file: File) -> None:
    file.text = re.sub(r"SEQUENCE:\d+", f"SEQUENCE:{'9' * 5000}", file.text)
    assert not any(one.error for one in file.calendar.write([change(replace(session(1), summary="x"), "summary")]))
    assert "SEQUENCE:1\r\n" in file.text


def test_an_override_that_names_its_day_alone_stands_for_the_session_of_that_day(file: File) -> None:
    before = file.seen()[session(1).key]
    file.text = re.sub(r"RECURRENCE-ID;TZID=Europe/Berlin:(\d{8})T\d{6}", r"RECURRENCE-ID;VALUE=DATE:\1", file.text)
    seen = file.seen()[session(1).key]
    assert (seen.mark, seen.starts_at, seen.trouble) == (before.mark, before.starts_at, "")


def test_a_status_of_cancelled_calls_off(file: File) -> None:
    changed = file.override(1).replace("STATUS:CONFIRMED", "STATUS:CANCELLED")
    file.edit(file.override(1), changed)
    seen = file.seen()[session(1).key]
    assert seen.cancelled
    assert seen.shown == fingerprint({"cancelled": True})
    file.write(change(session(1), *session(1).content))
    assert not file.seen()[session(1).key].cancelled


def test_a_deleted_date_with_its_override_left_over_is_called_off_under_its_key(file: File) -> None:
    file.edit("EXDATE;TZID=Europe/Berlin:20270318", "EXDATE;TZID=Europe/Berlin:20270311T121500,20270318")
    seen = file.seen()
    assert seen[session(1).key].cancelled
    assert seen[OFF.key].cancelled


def test_one_of_several_dates_on_a_line_is_put_back(file: File) -> None:
    file.edit("EXDATE;TZID=Europe/Berlin:20270318", "EXDATE;TZID=Europe/Berlin:20270520T121500,20270318")
    file.write(change(session(2), *session(2).content))
    assert "EXDATE;TZID=Europe/Berlin:20270520T121500\r\n" in file.text
    assert {one.key for one in file.seen().values() if one.cancelled} == {f"INSTANCE:{SERIES.key}:2027-05-20T12:15"}


@pytest.mark.parametrize("copied", ["series", "session"])
def test_a_copy_is_trouble_and_nothing_is_written_to_it(file: File, copied: str) -> None:
    key, event = (SERIES.key, file.events()[0]) if copied == "series" else (session(1).key, file.override(1))
    file.add(event.replace("UID:platform.lunch-learn.1@peerloop", "UID:copy"))
    seen = file.seen()[key]
    assert "is there twice, in calendar/platform.ics" in seen.trouble
    before = file.text
    changed = SERIES if copied == "series" else session(1)
    (result,) = file.calendar.write([change(replace(changed, summary="news"), "summary")])
    assert result.error == seen.trouble
    assert file.text == before


def test_a_change_of_all_following_dates_is_trouble(file: File) -> None:
    file.edit(
        "RECURRENCE-ID;TZID=Europe/Berlin:20270311", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20270311"
    )
    trouble = file.seen()[session(1).key].trouble
    assert trouble.startswith(
        "“Lunch & Learn: topic 1” in calendar/platform.ics was changed for 2027-03-11 and all dates"
    )


def test_an_all_day_series_is_trouble(file: File) -> None:
    file.edit("DTSTART;TZID=Europe/Berlin:20270304T121500", "DTSTART;VALUE=DATE:20270304")
    assert "all-day event; give it back its time" in file.seen()[SERIES.key].trouble


@pytest.mark.parametrize(
    "damage",
    [
        "DTSTART:soon",
        "DTEND:99991231T000000Z",
        "ATTENDEE;PARTSTAT:mailto:a@b",
        "RECURRENCE-ID:x",
        "DURATION:PTXM",
        pytest.param(f"DESCRIPTION:{'x' * 100_000}", id="a line that is too long"),
        pytest.param("ATTENDEE:mailto:a@b.test\r\n" * 5_000 + "ATTENDEE:mailto:a@b.test", id="too many guests"),
    ],
)
def test_a_damaged_event_is_trouble_and_the_others_are_not(file: File, damage: str) -> None:
    event = file.override(1)
    name = damage.split(":")[0].split(";")[0]
    kept = re.sub(rf"{name if name != 'DURATION' else 'DTEND'}[;:].*?\r\n(?! )", "", event, flags=re.DOTALL)
    file.edit(event, kept.replace("STATUS", f"{damage}\r\nSTATUS"))
    seen = file.seen()
    assert "calendar/platform.ics cannot be read: " in seen[session(1).key].trouble
    assert shows(seen[MOVED.key], MOVED)
    before = file.override(1) if damage != "RECURRENCE-ID:x" else ""
    refused, done = file.calendar.write([change(session(1), "summary"), create(session(6))])
    assert refused.error == seen[session(1).key].trouble
    assert not done.error
    assert before in file.text


def test_overrides_without_their_series_are_still_ours(file: File) -> None:
    file.edit(file.events()[0], "")
    seen = file.seen()
    assert seen.keys() == {session(1).key, MOVED.key}
    assert shows(seen[MOVED.key], MOVED)
    (result,) = file.calendar.write([create(session(6))])
    assert "is not in calendar/platform.ics" in result.error


# damage and crashes


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: b"", "it is empty"),
        (lambda data: b"# A page\n", "line 1: “# A page” is not iCalendar"),
        (lambda data: data[: len(data) // 2], "END:VEVENT is missing; the file seems to be cut off"),
        (lambda data: data.decode().encode("utf-16"), "it is not UTF-8"),
        (lambda data: data.decode().encode("utf-16-le"), "line 1: “B�E�G�I�N�:�V�"),
        (lambda data: data.replace(b"\r\n", b"\r"), "line 1: “BEGIN:VCALENDAR�VERSION:2.0�"),
        (lambda data: data.replace(b"Lunch", b"L\xfcnch"), "it is not UTF-8"),
        (lambda data: data.replace(b"END:VEVENT\r\n", b"", 1), "END:VCALENDAR"),
        (lambda data: data + data, "it does not hold exactly one VCALENDAR"),
        (lambda data: b"BEGIN:X\r\n" * 9 + b"END:X\r\n" * 9, "line 9: components are nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_left_alone(
    file: File, damage: Callable[[bytes], bytes], reason: str
) -> None:
    data = damage(file.path.read_bytes())
    file.path.write_bytes(data)
    for attempt in (lambda: file.calendar.observe(None), lambda: file.calendar.write([create(session(6))])):
        with pytest.raises(Refused) as refused:
            attempt()
        assert reason in str(refused.value)
        assert str(file.path) in str(refused.value)
        assert "put an earlier copy in its place" in str(refused.value)
    assert file.path.read_bytes() == data


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    file = File(tmp_path)
    file.path.mkdir(parents=True)
    with pytest.raises(Refused, match="Check the path, its owner and its permissions"):
        file.calendar.observe(None)


def test_a_fold_in_the_middle_of_a_character_is_read_and_kept(file: File) -> None:
    own = FOREIGN.replace("Dent\r\n ist", "Ärzte").encode().replace(b"\xc3\x84", b"\xc3\r\n \x84")
    data = file.path.read_bytes().replace(b"END:VCALENDAR", own + b"END:VCALENDAR")
    file.path.write_bytes(data.replace(b"SUMMARY:Lunch", b"SUMMARY:\xc3\r\n \x84Lunch", 1))
    assert file.seen()[SERIES.key].title == "ÄLunch & Learn"
    file.write(create(session(6)))
    assert own in file.path.read_bytes()


def test_what_a_crash_left_beside_the_file_is_ignored_and_cleared_away(file: File) -> None:
    left = file.path.with_name(".platform.ics.new")
    left.write_bytes(b"BEGIN:VCAL")
    assert SERIES.key in file.seen()
    file.write(create(session(6)))
    assert not left.exists()
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["platform.ics"]


def test_somebody_who_saves_at_the_same_moment_loses_nothing(tmp_path: Path) -> None:
    saves = ["Dentist"]

    def clock() -> datetime:
        if saves and made.path.exists():
            made.add(FOREIGN.replace("Dent\r\n ist", saves.pop()))
        return NOW

    made = File(tmp_path, clock)
    made.write(create(SERIES))
    made.write(create(session(1)))
    assert "SUMMARY:Dentist" in made.text
    assert session(1).key in made.seen()
    assert saves == []


def test_a_file_that_keeps_changing_is_tried_again_later(tmp_path: Path) -> None:
    def clock() -> datetime:
        if made.path.exists():
            made.add(FOREIGN)
        return NOW

    made = File(tmp_path, clock)
    made.write(create(SERIES))
    with pytest.raises(Unavailable, match="the next pass tries again"):
        made.calendar.write([create(session(1))])


LINES = st.sampled_from(
    [b"BEGIN:VEVENT", b"END:VEVENT", b"DTSTART:99991231T235959Z", b"DTSTART:00010101T000000", b"EXDATE:", b"UID:",
     b"RRULE:BYMONTH=2", b"RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", b"RRULE:FREQ=WEEKLY;BYDAY=9TH;BYSETPOS=0",
     b"DTSTART;VALUE=DATE:20270304", b"DURATION:P99999999999D", b"DURATION:-PT5M", b"RRULE:FREQ=WEEKLY;UNTIL=20270401",
     b"RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z", b"EXDATE;TZID=Nope:20270304T121500", b"SEQUENCE:x", b" folded", b"",
     b"RECURRENCE-ID;RANGE=THISANDFUTURE:20270304T111500Z", b"RECURRENCE-ID:x", b"X-PEERLOOP-MARK:a b c", b"BEGIN:",
     b"X-PEERLOOP-CANCELLED:9999-03-04T12:15+05:00 a - -", b"ATTENDEE:", b"DTSTART;TZID=Europe:20270304T121500",
     b"DTSTART;TZID=../../etc/passwd:20270304T121500", b"DTEND;VALUE=DATE:20270305", b"UID:\xff", b"STATUS:CANCELLED"]
)  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("ird"), LINES), min_size=1, max_size=4))
@examples(150)
def test_any_damage_is_told_and_nothing_of_it_is_overwritten_unread(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[float, str, bytes]]
) -> None:
    file = File(tmp_path_factory.mktemp("calendar"))
    file.write(*EVERYTHING)
    lines = file.path.read_bytes().split(b"\r\n")
    for place, action, line in damage:
        at = int(place * (len(lines) - 1))
        lines[at : at + (action != "i")] = [] if action == "d" else [line]
    data = b"\r\n".join(lines)
    file.path.write_bytes(data)
    try:
        results = file.calendar.write(
            [
                change(replace(SERIES, minutes=50, summary="x", guests={EVE: "e"}), "minutes", "summary", "guests"),
                change(replace(session(1), summary="n"), "summary", "when"),
                change(session(2), "cancelled"),
                change(replace(MOVED, cancelled=True), "cancelled"),
                change(replace(SERIES, until=instance(4)), "until"),
            ]
        )
    except PortError:
        assert file.path.read_bytes() == data
    else:
        assert all(result.error or result.observed for result in results[:-1])
        assert {one.kind for one in file.seen().values()} <= {Kind.SERIES, Kind.SESSION}


@given(st.text(max_size=60), st.text(max_size=200))
@examples(60)
def test_any_text_means_the_same_when_read_and_makes_no_property(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str
) -> None:
    forbidden = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")  # iCalendar has no way to say these
    title, text = forbidden.sub("", title), forbidden.sub("", text)
    event = replace(session(1), summary=title, description=f"{text}\n{ODD_TEXT}")
    file = File(tmp_path_factory.mktemp("calendar"))
    file.write(create(replace(SERIES, guests={ADA: title})), create(event))
    seen = file.seen()[event.key]
    assert shows(seen, event)
    assert seen.guests == (ADA,)
    names = set(re.findall(r"^([A-Z-]+)[;:]", file.override(1), re.MULTILINE))
    assert names <= set(re.findall(r"^([A-Z-]+)[;:]", file.events()[0], re.MULTILINE)) - {"RRULE"} | {"RECURRENCE-ID"}


# times that are hard to say


def test_a_start_that_the_clocks_skip_or_repeat_is_kept(tmp_path: Path) -> None:
    file = File(tmp_path)
    starts = datetime(2027, 3, 28, 2, 30)  # noqa: DTZ001, a wall time that Berlin does not have
    night = SeriesEvent("platform/night/1", starts, ZONE, 60, "FREQ=DAILY", "Night", guests={})
    file.write(create(night))
    assert shows(file.seen()[night.key], night)
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)  # the second 02:30 of that night
    repeated = SessionEvent(
        "platform/night/2027-10-31T02:30", night.key, starts + timedelta(days=217), ZONE, second, 60, "Late"
    )
    file.write(create(repeated))
    assert shows(file.seen()[repeated.key], repeated)
    file.write(change(replace(night, until=starts), "until"))
    assert shows(file.seen()[night.key], replace(night, until=starts))
