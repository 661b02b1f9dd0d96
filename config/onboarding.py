"""The dates on which people were onboarded: from the team's file, and from a CSV file that it names."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

from config.faults import MOST_FAULTS, Fault
from config.ordinary import read_ordinary
from config.team import Member, Team
from config.values import parse_date, parse_email, shown

LARGEST = 200_000  # bytes; some thousand people
_COLUMNS = ("email", "date")
_JOINED = "joined"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who joined the team: when, the day on which they were onboarded, and their last day, as far as known."""

    joined: date
    onboarded: date | None = None
    leaves: date | None = None


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Everybody of whom it is known when they joined; nobody is named.

    ``faults`` are the lines of the team's file of dates that could not be used, ``unread`` why none of it could.
    """

    people: tuple[Newcomer, ...] = ()
    faults: tuple[Fault, ...] = ()
    unread: str = ""


Dates = dict[str, tuple[date, date | None]]
"""When somebody was onboarded and, where the file says so, joined; by e-mail."""


def newcomers_of(team: Team, folder: Path) -> Newcomers:
    """Return who joined a team when; its file of dates is looked for in the folder, and never raises."""
    written, faults, unread = Dates(), tuple[Fault, ...](), ""
    if team.outcomes and team.outcomes.file:
        path = folder / team.outcomes.file
        try:
            data = read_ordinary(path, LARGEST)
        except OSError as error:
            unread = f"it cannot be read ({error.strerror})"
        else:
            lines = _Lines(path, team)
            written = lines.dates(data)
            faults = tuple(lines.faults)
    return Newcomers((*_members(team, written), *_others(team, written)), faults, unread)


def _members(team: Team, written: Mapping[str, tuple[date, date | None]]) -> Iterator[Newcomer]:
    for member in team.members:
        on, joined = written.get(member.email, (None, None))
        since = member.joined or joined
        if since:
            yield Newcomer(since, member.onboarded or on, member.leaves)


def _others(team: Team, written: Mapping[str, tuple[date, date | None]]) -> Iterator[Newcomer]:
    """Yield those who are in the team no more."""
    members = {member.email for member in team.members}
    yield from (Newcomer(joined, on) for email, (on, joined) in written.items() if joined and email not in members)


class _Lines:
    """The lines of a file of dates, and what is wrong with them."""

    def __init__(self, path: Path, team: Team) -> None:
        self.faults: list[Fault] = []
        self._path = path
        self._members: dict[str, Member] = {
            email: member for member in team.members for email in (*member.was, member.email)
        }

    def dates(self, data: bytes) -> Dates:
        """Return what the lines say; one with something wrong is left out."""
        found = Dates()
        try:
            for line, cells in _rows(data):
                self._read(line, cells, found)
        except _Broken as broken:
            self._fault(broken.line, str(broken))
        return found

    def _read(self, line: int, cells: Mapping[str, str], found: Dates) -> None:
        try:
            email = parse_email(cells.get("email", ""))
            on = parse_date(cells.get("date", ""))
            joined = parse_date(cells[_JOINED]) if cells.get(_JOINED) else None
            member = self._members.get(email)
            email, began = member.email if member else email, (member.joined if member else None) or joined
            self._check(email, on, began, member, found)
        except ValueError as error:
            self._fault(line, str(error))
        else:
            found[email] = on, joined

    def _check(self, email: str, on: date, joined: date | None, member: Member | None, found: Dates) -> None:
        if email in found:
            raise ValueError(f"{email} stands in an earlier line too; leave one date for each person")
        if joined is None and member is None:
            advice = "correct the address, or add a column joined for those who have left"
            raise ValueError(f"nobody in the team has the address {shown(email)}; {advice}")
        if joined is None:
            raise ValueError(
                f"when {email} joined is not known; write it as joined, in the team's file or a column here"
            )
        if on < joined:
            raise ValueError(f"{on} lies before {email} joined on {joined}; correct one of the two dates")
        if member and member.onboarded and member.onboarded != on:
            raise ValueError(
                f"the team's file says {member.onboarded} of {email}, which counts; leave one of the dates"
            )

    def _fault(self, line: int, message: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(str(self._path), line, 1, message))


class _Broken(Exception):
    """From a line on, nothing of a file can be used."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def _rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the lines of a CSV file with their numbers, by the names of the columns; but for empty ones."""
    text = _text(data)
    first = text.partition("\n")[0]
    rows = csv.reader(StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",")
    try:
        columns = [name.strip().casefold() for name in next(rows, [])]
        if any(name not in columns for name in _COLUMNS):
            raise _Broken(1, "the first line has to name the columns email and date, as in: email,date")
        for row in rows:
            cells = dict(zip(columns, map(str.strip, row), strict=False))
            if any(cells.values()):
                yield rows.line_num, cells
    except csv.Error as error:
        advice = "write it as ada@example.com,2026-05-12"
        raise _Broken(rows.line_num, f"this is no line of a CSV file ({error}); {advice}") from None


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise _Broken(1, f"the file is larger than {LARGEST // 1000} kB; keep only what is needed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Broken(1, "the file is not written in UTF-8; save it as UTF-8") from None
