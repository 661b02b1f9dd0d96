"""A team's calendar as one .ics file, which calendar programs subscribe to or open (RFC 5545, RFC 7986)."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.model import Check, Observation, Observed, Span, Write, Written
from daemon.model.names import is_of
from daemon.ports import Changed, Refused, Unavailable
from integrations.local import files
from integrations.local.definitions import have_old_rules
from integrations.steps import tried

if TYPE_CHECKING:
    from integrations.local.calendar_file import CalendarFile

_ATTEMPTS = 3
_MISSING = "no file"


class LocalCalendar:
    """The calendar port on a file.

    ``team`` is the team's key, ``name`` what calendar programs show, ``clock`` returns now, aware.
    """

    def __init__(self, path: Path, team: str, name: str, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._team = team
        self._name = name
        self._clock = clock
        self._has_old_rules = False
        self._read: tuple[bytes, CalendarFile] | None = None

    def observe(self, cursor: str | None, before: Sequence[Observed] = ()) -> Observation:
        """Return what the file shows of ours, or that it has not changed since ``cursor``, its digest then."""
        data = files.read(self._path)
        self._has_old_rules = data is not None and have_old_rules(data)
        now = _MISSING if data is None else hashlib.sha256(data).hexdigest()
        if cursor == now:
            return Observation(now, (), complete=False)
        seen = () if data is None else self._opened(data).observed()
        ours = tuple(one for one in seen if is_of(self._team, one.key))  # it may be another team's as well
        return Observation(now, ours, complete=True)

    def address(self, event: str, instance: datetime, zone: str) -> str | None:
        """Return nothing: no address leads to an event in a file."""
        return None

    def busy(self, emails: Sequence[str], start: datetime, end: datetime) -> Mapping[str, tuple[Span, ...]]:
        """Return nothing: a file tells of nobody's other appointments."""
        return {}

    def write(self, writes: Sequence[Write]) -> Sequence[Written]:
        """Make the changes in the file, all in one go; it is not touched where nothing changes.

        Zones that it defines by older rules are brought up to date with them, or where there are none.
        """
        if not writes and not self._has_old_rules:
            return ()
        for _ in range(_ATTEMPTS):
            try:
                return self._write(writes)
            except Changed:
                continue  # somebody saved the file in this very moment: read theirs, and change that
        raise Unavailable(f"{self._path} keeps changing while it is written; the next pass tries again.")

    def _write(self, writes: Sequence[Write]) -> Sequence[Written]:
        from integrations.local.calendar_file import new_calendar

        data = files.read(self._path)
        before = new_calendar(self._name).encode() if data is None else data
        calendar, self._read = self._opened(before), None
        faults = calendar.apply(writes, self._clock())
        after = calendar.text.encode("utf-8", "surrogateescape")
        if after != before:
            files.replace(self._path, after, instead_of=data)
        seen = {observed.key: observed for observed in self._opened(after).observed()}
        return [
            Written(write.resource.key, None if fault else seen.get(write.mark.key), fault)
            for write, fault in zip(writes, faults, strict=True)
        ]

    def check_up(self) -> Iterator[Check]:
        """Look whether the file can be written, and be read as a calendar."""
        yield files.check_folder(self._path.parent)
        yield tried("the calendar can be read", self._told)

    def _told(self) -> str:
        observation = self.observe(None)
        return "not there yet" if observation.cursor == _MISSING else f"{len(observation.seen)} of ours"

    def _opened(self, data: bytes) -> "CalendarFile":
        """Return the file taken apart, once for as long as it says the same."""
        from integrations.formats.ics.content_lines import Malformed, decoded
        from integrations.local.calendar_file import CalendarFile

        if self._read and self._read[0] == data:
            return self._read[1]
        try:
            calendar = CalendarFile(decoded(data), f"{self._path.parent.name}/{self._path.name}")
        except Malformed as fault:
            raise Refused(
                f"The calendar of {self._team}, {self._path}, cannot be read: {fault}. It is left as it is: mend it, "
                "or put an earlier copy in its place."
            ) from fault
        self._read = data, calendar
        return calendar
