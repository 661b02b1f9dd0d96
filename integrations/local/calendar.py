"""A team's calendar as one .ics file, which calendar programs subscribe to or open (RFC 5545, RFC 7986)."""

import hashlib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.model import Check, Observation, Observed, Span, Write, Written
from daemon.ports import Changed, Refused, Unavailable
from integrations.local import files
from integrations.local.definitions import have_old_rules

if TYPE_CHECKING:
    from integrations.local.calendar_file import CalendarFile

_ATTEMPTS = 3
_MISSING = "missing"


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
        self._known: set[str] = set()
        self._read: tuple[bytes, Container[str] | None, CalendarFile] | None = None

    def observe(self, cursor: str | None, known: Sequence[Observed] = ()) -> Observation:
        """Return what the file shows of ours, or that it has not changed since ``cursor``.

        Where nothing has but of what is ``known``, the rest is not taken apart, and not shown. A cursor is a digest of
        the file and, where what is known can be told apart from the rest, one of that.
        """
        whole, _, rest = (cursor or "").partition(" ")
        if cursor and self._is_untouched_since(whole):
            return Observation(cursor, (), complete=False)
        data = files.read(self._path)
        now, self._has_old_rules = _told_of(data)
        if cursor and now == whole:
            return Observation(cursor, (), complete=False)
        self._known = {one.key for one in known}
        return Observation(now, (), complete=True) if data is None else self._looked_at(data, now, rest)

    def _is_untouched_since(self, digest: str) -> bool:
        """Whether the file is the one that had a digest when it was read: nobody has touched it."""
        signature = files.untouched(self._path)
        now, self._has_old_rules = _told_at(self._path, signature) if signature else ("", False)
        return now == digest

    def _looked_at(self, data: bytes, now: str, rest: str) -> Observation:
        part = self._opened(data, self._known)
        if self._known and rest and part.rest == rest:
            return Observation(f"{now} {rest}", self._of_known(part), complete=True, of_known=True)
        calendar = self._opened(data)
        can_be_told_apart = self._of_known(calendar) == self._of_known(part)
        cursor = f"{now} {part.rest}" if can_be_told_apart else now
        return Observation(cursor, calendar.observed(), complete=True)

    def _of_known(self, calendar: "CalendarFile") -> tuple[Observed, ...]:
        return tuple(one for one in calendar.observed() if one.key in self._known)

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
        wanted = self._known | {key for write in writes for key in (write.mark.key, write.resource.key)}
        calendar = self._opened(before, wanted)
        if not calendar.has_at_hand(writes):
            calendar = self._opened(before)
        self._read = None
        faults = calendar.apply(writes, self._clock())
        after = calendar.text.encode("utf-8", "surrogateescape")
        if after != before:
            files.replace(self._path, after, instead_of=data)
        seen = {observed.key: observed for observed in self._opened(after, wanted).observed()}
        return [
            Written(write.resource.key, None if fault else seen.get(write.mark.key), fault)
            for write, fault in zip(writes, faults, strict=True)
        ]

    def check_up(self) -> Iterator[Check]:
        """Look whether the file can be written, and be read as a calendar."""
        yield files.check_folder(self._path.parent)
        yield files.check("the calendar can be read", self._told)

    def _told(self) -> str:
        observation = self.observe(None)
        return "not there yet" if observation.cursor == _MISSING else f"{len(observation.seen)} of ours"

    def _opened(self, data: bytes, wanted: Container[str] | None = None) -> "CalendarFile":
        """Return the file taken apart, once for as long as it says the same; perhaps only ``wanted`` overrides."""
        from integrations.formats.ics.content_lines import Malformed, decoded
        from integrations.formats.ics.overrides import EVERY_KEY
        from integrations.local.calendar_file import CalendarFile

        if self._read and self._read[:2] == (data, wanted):
            return self._read[2]
        place = f"{self._path.parent.name}/{self._path.name}"
        try:
            calendar = CalendarFile(decoded(data), place, EVERY_KEY if wanted is None else wanted)
        except Malformed as fault:
            raise Refused(
                f"The calendar of {self._team}, {self._path}, cannot be read: {fault}. It is left as it is: mend it, "
                "or put an earlier copy in its place."
            ) from fault
        self._read = data, wanted, calendar
        return calendar


def _told_of(data: bytes | None) -> tuple[str, bool]:
    """Return the digest of a file, and whether it has old rules."""
    return (_MISSING, False) if data is None else (hashlib.sha256(data).hexdigest(), have_old_rules(data))


@lru_cache(maxsize=1000)
def _told_at(path: Path, _signature: str) -> tuple[str, bool]:
    """Return that of a file, read once for as long as nobody has touched it."""
    return _told_of(files.read(path))
