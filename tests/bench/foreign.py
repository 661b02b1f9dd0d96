"""What a calendar file costs in which most events are others': one of ours is reworded by a person, and put right."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

from integrations.local.calendar import LocalCalendar
from tests.contract.calendar import SERIES, change, create, session

EVENTS = 5_000
SESSIONS = 12
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
EVENT = """\
BEGIN:VEVENT
UID:{number}-meeting@example.com
DTSTAMP:20270101T000000Z
DTSTART;TZID=Europe/Berlin:202703{day:02}T101500
DTEND;TZID=Europe/Berlin:202703{day:02}T104500
SUMMARY:Meeting {number}
DESCRIPTION:What is said of it is so long that it has to be folded over more
  than one line\\, as it is in most calendars
LOCATION:Room {number}
ORGANIZER:mailto:person-{number}@example.com
ATTENDEE;PARTSTAT=ACCEPTED:mailto:somebody-{number}@example.com
END:VEVENT
"""


class ForeignCost(NamedTuple):
    """Seconds of the processor: a look at a changed file, and one with the write of a changed topic."""

    look: float
    topic: float


def foreign_cost() -> ForeignCost:
    """Return what a file with so many events of others costs."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "team.ics"
        ours = [session(week) for week in range(SESSIONS)]
        _calendar(path).write([create(SERIES), *map(create, ours)])
        events = "".join(EVENT.format(number=number, day=number % 28 + 1) for number in range(EVENTS))
        text = path.read_bytes().decode()
        path.write_bytes(
            text.replace("BEGIN:VEVENT", f"{events.replace(chr(10), chr(13) + chr(10))}BEGIN:VEVENT", 1).encode()
        )
        _calendar(path).observe(None)  # what is imported at first is no matter
        start = process_time()
        _calendar(path).observe(None)
        looked = process_time()
        calendar = _calendar(path)
        calendar.observe(None)
        (written,) = calendar.write([change(replace(ours[3], summary="Another topic"), "summary")])
        assert written.observed and written.observed.title == "Another topic"
        return ForeignCost(looked - start, process_time() - looked)


def _calendar(path: Path) -> LocalCalendar:
    return LocalCalendar(path, "team", "Team", lambda: NOW)
