"""A calendar in a file as other programs read it and write it; and that only what changes is touched."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from config.zones import RELEASE
from daemon.model import (
    Answer,
    fingerprint,
    on_the_wall,
)
from tests.contract.calendar import (
    ADA,
    BOB,
    EVE,
    FIRST,
    SERIES,
    ZONE,
    change,
    create,
    instance,
    session,
    shows,
)
from tests.soak import examples
from tests.unit.local_calendar_file import EVERYTHING, FOREIGN, NOW, OFF, File, written


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path)
    made.write(*EVERYTHING)
    return made


def occurrences(text: str, first: date, last: date) -> list[tuple[datetime, datetime, str]]:
    """What an independent library makes of the file: start and end in UTC, and the title."""
    found = recurring_ical_events.of(Calendar.from_ical(text)).between(first, last)
    return sorted((event.start.astimezone(UTC), event.end.astimezone(UTC), str(event["SUMMARY"])) for event in found)


# read by others


def test_programs_are_told_all_that_they_need(file: File) -> None:
    calendar = Calendar.from_ical(file.text)
    assert isinstance(calendar, Calendar)
    assert (str(calendar["VERSION"]), calendar.calendar_name) == ("2.0", "Platform: peer learning")
    assert calendar.get_missing_tzids() == set()
    assert len(calendar.timezones) == 1
    for event in calendar.events:
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY"} <= set(event.keys())
        assert event["UID"] == "platform.lunch-learn.1@peerloop"
        assert event.end > event.start
        assert "METHOD" not in calendar
    data = file.path.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 75


@pytest.mark.parametrize(
    "zone",
    [ZONE, "America/New_York", "Africa/Casablanca", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Dublin", "UTC"],
)
def test_an_independent_reader_finds_every_instance_where_it_should_be(tmp_path: Path, zone: str) -> None:
    file = File(tmp_path)
    series = replace(SERIES, zone=zone, guests={})
    starts_at = on_the_wall(instance(3) + timedelta(days=1, hours=2), zone)
    moved = replace(session(3), zone=zone, starts_at=starts_at, minutes=90, summary="moved")
    file.write(create(series), create(moved), create(replace(OFF, zone=zone)))
    expected = [(on_the_wall(instance(week), zone), 45, series.summary) for week in range(100) if week not in (2, 3)]
    expected.append((starts_at, 90, "moved"))
    assert occurrences(file.text, FIRST.date(), instance(99).date() + timedelta(days=1)) == sorted(
        (start.astimezone(UTC), start.astimezone(UTC) + timedelta(minutes=minutes), title)
        for start, minutes, title in expected
    )


@given(
    moves=st.dictionaries(st.integers(0, 30), st.integers(-600, 600), max_size=5),
    off=st.sets(st.integers(0, 30), max_size=5),
    last=st.integers(0, 40),
)
@examples(25)
def test_moves_cancellations_and_an_end_agree_with_an_independent_reader(
    tmp_path_factory: pytest.TempPathFactory, moves: dict[int, int], off: set[int], last: int
) -> None:
    file = File(tmp_path_factory.mktemp("calendar"))
    starts = {week: on_the_wall(instance(week), ZONE) for week in range(40)}
    starts |= {week: on_the_wall(instance(week) + timedelta(minutes=by), ZONE) for week, by in moves.items()}
    sessions = [replace(session(week), starts_at=starts[week], cancelled=week in off) for week in {*moves, *off}]
    file.write(create(SERIES), *map(create, sessions))
    file.write(change(replace(SERIES, until=instance(last)), "until"))
    found = occurrences(file.text, FIRST.date() - timedelta(days=2), instance(42).date())
    assert [start for start, _, _ in found] == sorted(
        start.astimezone(UTC) for week, start in starts.items() if week <= last and week not in off
    )


def test_the_end_is_written_in_utc(file: File) -> None:
    file.write(change(replace(SERIES, until=instance(10)), "until"))
    assert "RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20270513T101500Z" in file.text


def test_a_file_of_an_operator_is_written_in_place(tmp_path: Path) -> None:
    file = File(tmp_path)
    real = tmp_path / "shared" / "team.ics"
    real.parent.mkdir()
    file.path.parent.mkdir()
    file.path.symlink_to(real)
    file.write(create(SERIES))
    real.chmod(0o640)
    file.write(create(session(1)))
    assert file.path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert session(1).key in file.seen()


# only what changes is touched


def test_nothing_is_written_where_nothing_changes(file: File) -> None:
    before = written(file.path)
    file.write(*EVERYTHING, change(SERIES, "when", "minutes", "summary"), change(OFF, "cancelled"))
    assert written(file.path) == before


def test_a_missing_file_is_not_made_for_nothing(tmp_path: Path) -> None:
    file = File(tmp_path)
    file.calendar.write([change(session(1), "summary")])
    assert not file.path.exists()


def test_unchanged_bytes_are_not_parsed(file: File) -> None:
    program = (
        "import sys; from pathlib import Path; from integrations.local.calendar import LocalCalendar\n"
        f"calendar = LocalCalendar(Path({str(file.path)!r}), 'platform', 'Platform', lambda: None)\n"
        f"seen = calendar.observe({file.calendar.observe(None).cursor!r})\n"
        "sys.exit(bool(seen.seen) or seen.complete or 'icalendar' in sys.modules or 'markdown_it' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_what_is_not_ours_stays_to_the_last_byte(file: File) -> None:
    file.add(FOREIGN)
    before = file.events()
    file.write(change(replace(session(1), summary="news"), "summary"))
    after = file.events()
    assert FOREIGN in after
    assert [event for event in after if event not in before] == [file.override(1)]


def test_what_people_add_to_our_events_stays(file: File) -> None:
    added = "LOCATION:Kitchen\\, 3rd floor\r\nX-ODD;A=B:c:\\nd\r\nno colon\r\nCATEGORIES:fun\r\n"
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:soon\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\n"
    file.edit(file.override(1), file.override(1).replace("END:VEVENT", f"{added}{alarm}END:VEVENT"))
    later = replace(session(1), starts_at=session(1).starts_at + timedelta(hours=1), summary="n", description="d")
    file.write(change(later, "when", "summary", "description"))
    assert added in file.override(1)
    assert alarm in file.override(1)
    assert shows(file.seen()[session(1).key], later)


def test_a_new_session_has_what_people_added_to_its_series(file: File) -> None:
    series = file.events()[0]
    file.edit(series, series.replace("SUMMARY:", "LOCATION:Kitchen\r\nSUMMARY:"))
    file.edit("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")
    file.write(create(session(6)))
    assert "LOCATION:Kitchen" in file.override(6)
    assert file.seen()[session(6).key].answers[ADA] is Answer.ACCEPTED
    assert "RRULE" not in file.override(6)


def test_a_file_with_plain_line_ends_keeps_them(file: File) -> None:
    file.text = file.text.replace("\r\n", "\n")
    file.write(create(session(6)), change(replace(session(1), summary="x" * 100), "summary"))
    assert "\r" not in file.text
    assert shows(file.seen()[session(6).key], session(6))


def test_the_sequence_counts_changes_and_not_marks(tmp_path: Path) -> None:
    days = iter(range(10))
    file = File(tmp_path, lambda: NOW + timedelta(days=next(days)))
    file.write(*EVERYTHING)

    def sequence() -> list[str]:
        return re.findall(r"SEQUENCE:(\d+)", file.text)

    before = sequence()
    file.write(change(replace(session(1), summary="news")))
    assert sequence() == before
    file.write(change(replace(session(1), summary="news"), "summary"))
    assert [after for after, was in zip(sequence(), before, strict=True) if after != was] == ["1"]
    assert "DTSTAMP:20270303T090000Z" in file.override(1)


def test_guests_of_past_instances_stay_as_they_were(tmp_path: Path) -> None:
    file = File(tmp_path, lambda: on_the_wall(instance(2), ZONE))
    file.write(create(SERIES), create(session(1)), create(session(4)))
    file.write(change(replace(SERIES, guests={EVE: "Eve"}), "guests", former=(ADA, BOB)))
    seen = file.seen()
    assert set(seen[session(1).key].guests) == {ADA, BOB}
    assert set(seen[session(4).key].guests) == {EVE}


# other programs' ways to say the same


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")


def shuffled(text: str) -> str:
    events = re.findall(r"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", text, re.DOTALL)
    for event in events:
        lines = unfolded(event).split("\r\n")[1:-2]
        text = text.replace(event, "\r\n".join(["BEGIN:VEVENT", *reversed(lines), "END:VEVENT", ""]))
    return text


@pytest.mark.parametrize(
    "rewrite",
    [
        unfolded,
        shuffled,
        lambda text: text.replace("\r\n", "\n"),
        lambda text: f"\ufeff{text}",
        lambda text: re.sub(r"DTEND;TZID=Europe/Berlin:202703(04|11)T130000", "DURATION:PT45M", text),
        lambda text: text.replace("DTSTART;TZID=Europe/Berlin:20270311T121500", "DTSTART:20270311T111500Z"),
        lambda text: text.replace("RECURRENCE-ID;TZID=Europe/Berlin:20270311T121500", "RECURRENCE-ID:20270311T111500Z"),
        lambda text: text.replace("EXDATE;TZID=Europe/Berlin:20270318T121500", "EXDATE:20270318T111500Z"),
        lambda text: text.replace("EXDATE;TZID=Europe/Berlin:20270318T121500", "EXDATE;VALUE=DATE:20270318"),
        lambda text: text.replace("TZID=Europe/Berlin:", "TZID=W. Europe Standard Time:"),
        lambda text: text.replace("TZID=Europe/Berlin:", 'TZID="/freeassociation.sourceforge.net/Europe/Berlin":'),
        lambda text: text.replace("RRULE:FREQ=WEEKLY;BYDAY=TH", "RRULE:BYDAY=TH;FREQ=WEEKLY"),
        lambda text: text.replace("SEQUENCE:1", "SEQUENCE:7\r\nX-MOZ-GENERATION:3\r\nTRANSP:OPAQUE"),
        lambda text: text.replace("mailto:", "MAILTO:"),
        lambda text: unfolded(text).replace("\\,", ","),
    ],
)
def test_the_same_said_otherwise_shows_the_same(file: File, rewrite: Callable[[str], str]) -> None:
    before = file.calendar.observe(None)
    file.text = rewrite(file.text)
    after = file.calendar.observe(before.cursor)
    assert after.complete
    assert after.seen == before.seen


def test_a_zone_that_only_the_file_defines_is_understood(file: File) -> None:
    custom = "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:20200101T000000\r\nTZOFFSETFROM:+0500\r\n"
    file.edit("BEGIN:VEVENT", f"{custom}TZOFFSETTO:+0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT")
    file.edit("DTSTART;TZID=Europe/Berlin:20270311T121500", "DTSTART;TZID=Office:20270311T161500")
    assert file.seen()[session(1).key].shown == fingerprint(session(1).content)


def test_a_zone_of_ours_gets_the_rules_of_today_and_nothing_else_a_new_byte(file: File) -> None:
    ours = re.search(r"BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin.*?END:VTIMEZONE\r\n", file.text, re.DOTALL)
    assert ours and f"X-PEERLOOP-RULES:{RELEASE}\r\n" in ours[0]
    foreign = ours[0].replace("Berlin", "Paris").replace("X-PEERLOOP-", "X-").replace("+0200", "+0900")
    old = ours[0].replace(f"RULES:{RELEASE}", "RULES:2019a").replace("+0200", "+0300")
    before = file.text.replace(ours[0], foreign + old.replace("TZID:", "X-LIC-LOCATION:here\r\nTZID:"))
    for text in (before, before.replace("X-PEERLOOP-RULES:2019a\r\n", "")):
        file.text = text
        shown = file.calendar.observe(None)
        file.write()
        now = ours[0].replace("TZID:Europe/Berlin\r\n", "TZID:Europe/Berlin\r\nX-LIC-LOCATION:here\r\n")
        assert file.text == before.replace(old.replace("TZID:", "X-LIC-LOCATION:here\r\nTZID:"), now)
        assert file.calendar.observe(None).seen == shown.seen


def test_a_program_that_drops_our_properties_leaves_us_the_uid(file: File) -> None:
    file.text = re.sub(r"X-PEERLOOP-.*?\r\n(?! )", "", file.text, flags=re.DOTALL)
    assert "PEERLOOP-MARK" not in file.text
    seen = file.seen()
    bare = f"INSTANCE:{SERIES.key}:2027-03-"
    assert seen.keys() == {SERIES.key, f"{bare}11T12:15", f"{bare}18T12:15", f"{bare}25T12:15"}
    assert shows(seen[SERIES.key], SERIES)
    assert seen[SERIES.key].mark is None
    file.write(change(SERIES), change(session(1)), change(OFF))
    assert file.seen().keys() == {SERIES.key, session(1).key, OFF.key, f"{bare}25T12:15"}


def test_an_instance_that_a_program_copied_from_the_series_is_not_the_series(file: File) -> None:
    series = file.events()[0].replace("RRULE:FREQ=WEEKLY;BYDAY=TH\r\n", "")
    series = re.sub(r"EXDATE.*?\r\n", "RECURRENCE-ID:20270513T101500Z\r\n", series)
    file.add(series.replace("20270304T1", "20270514T1"))
    seen = file.seen()[f"INSTANCE:{SERIES.key}:2027-05-13T12:15"]
    assert seen.mark is None
    assert seen.starts_at == datetime(2027, 5, 14, 12, 15, tzinfo=ZoneInfo(ZONE))
    assert not file.seen()[SERIES.key].trouble
