"""A calendar file with the hands of a person in it, for the tests of what is special about files."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon.model import (
    Observed,
    Write,
    on_the_wall,
)
from integrations.local.calendar import LocalCalendar
from tests.contract.calendar import (
    SERIES,
    ZONE,
    create,
    instance,
    session,
)

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
OFF = replace(session(2), cancelled=True)
MOVED = replace(session(3), starts_at=on_the_wall(instance(3) + timedelta(hours=3), ZONE), minutes=60)
EVERYTHING = [create(SERIES), create(session(1)), create(OFF), create(MOVED)]
FOREIGN = (
    "BEGIN:VEVENT\r\nUID:dentist\r\nSUMMARY:Dent\r\n ist\\; ouch\r\nx-odd;a=b:c,d\\,e\r\nno colon here\r\n"
    "DTSTART:20270304T0\r\n 80000Z\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nDTSTAMP:20270101T000000Z\r\n"
    "END:VEVENT\r\n"
)


def written(path: Path) -> tuple[int, int, int]:
    """Return which file this is, and when it was written; when it was read may change at any time."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


class File:
    """A calendar file, with the hands of a person in it."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: NOW) -> None:
        self.path = folder / "calendar" / "platform.ics"
        self.calendar = LocalCalendar(self.path, "platform", "Platform: peer learning", clock)

    @property
    def text(self) -> str:
        return self.path.read_bytes().decode()

    @text.setter
    def text(self, text: str) -> None:
        self.path.write_bytes(text.encode())

    def edit(self, old: str, new: str, count: int = 1) -> None:
        assert old in self.text
        self.text = self.text.replace(old, new, count)

    def add(self, component: str) -> None:
        self.edit("END:VCALENDAR", f"{component}END:VCALENDAR")

    def write(self, *writes: Write) -> None:
        assert [result.error for result in self.calendar.write(writes)] == [""] * len(writes)

    def seen(self) -> dict[str, Observed]:
        return {one.key: one for one in self.calendar.observe(None).seen}

    def events(self) -> list[str]:
        return re.findall(r"BEGIN:VEVENT.*?END:VEVENT\r?\n", self.text, re.DOTALL)

    def override(self, week: int) -> str:
        start = f"RECURRENCE-ID;TZID={ZONE}:{instance(week):%Y%m%dT%H%M%S}"
        return next(event for event in self.events() if start in event)
