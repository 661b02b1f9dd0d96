"""Exports of other tools in the folder of a team's file. One is not opened again while it was not touched."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from config.faults import Fault, Problem
from config.needs import NeedSource
from config.values import shown
from daemon.model import Check
from daemon.model.needs import Gathered, Sighting
from daemon.ports import PortError, Refused
from integrations.formats.bug_reports import Report, by_week, recurring
from integrations.formats.exports import Export, Row, export_of
from integrations.formats.things import Unreadable
from integrations.local import files
from integrations.steps import tried

LARGEST = 1_000_000
"""How many bytes of an export are read."""


class LocalFile:
    """An export in the folder of a team's file."""

    def __init__(self, path: Path, source: NeedSource, clock: Callable[[], datetime]) -> None:
        self._path, self._source, self._clock = path, source, clock

    def check_up(self) -> Iterator[Check]:
        """Look whether the file says something."""
        yield tried("the file can be read", lambda: f"{len(self._export().rows)} rows in {self._path.name}")

    def gather(self, cursor: str | None, /) -> Gathered | None:
        """Return what the file says, or None where since ``cursor`` it was not touched, nor, for bugs, a day begun."""
        today = self._clock().date()
        now = files.digest_of([repr(self._source), files.signature(self._path), str(self._source.many and today)])
        if cursor == now:
            return None
        export = self._export()
        unread = tuple(f"{self._path.name} {one}." for one in self.unread_of(export))
        if self._source.many:
            reports = [Report(area, row.day) for row in export.rows if row.day and (area := self._area(row))]
            again = recurring(reports, self._source.many, today, self._path.name)
            return Gathered(now, tuple(again), by_week(reports), unread, files.saved_on(self._path, self._clock()))
        said = tuple(self._sighting(row, today) for row in export.rows if row.text and not row.is_over)
        return Gathered(now, said, unread=unread)

    def unread_of(self, export: Export) -> Iterator[str]:
        """Yield what of an export is not read, or not as the entry wants it, in words that go on after its name."""
        yield from export.unread
        if not export.rows:
            return
        if self._source.many and not any(row.day and self._area(row) for row in export.rows):
            yield "has no row with a date and an area, so that no bugs are counted; name its columns date and area"
        elif not self._source.many and not any(row.text for row in export.rows):
            yield "has no row that says what somebody needs to learn; name the column of that need, topic or title"

    def _sighting(self, row: Row, saved: date) -> Sighting:
        where = f"{self._path.name}: {row.where}" if row.where else self._path.name
        return Sighting(row.text, where, row.day or saved, row.link, self._area(row), row.times)

    def _area(self, row: Row) -> str | None:
        return row.area or self._source.area

    def _export(self) -> Export:
        try:
            if export := self.opened():
                return export
        except Unreadable as error:
            raise Refused(f"{self._path} {error}.") from None
        raise Refused(f"There is no file {self._path}; put it there, or mend file in the team's needs.")

    def opened(self) -> Export | None:
        """Return what the file says, or None where there is none.

        Raises:
            PortError: it cannot be read.
            Unreadable: it is no export.
        """
        data = files.read(self._path, LARGEST)
        return None if data is None else export_of(self._path.name, data)


def faults_of(path: Path, source: NeedSource) -> Iterator[Fault | Problem]:
    """Yield what of a file that an entry names cannot be read, with its place in the file where it has one."""
    file = LocalFile(path, source, lambda: datetime.now(UTC))
    try:
        export = file.opened()
    except PortError as error:
        yield Problem(("file",), str(error).rstrip("."))
    except Unreadable as error:
        yield Fault(str(path), error.line, error.column, f"it {error}")
    else:
        if export is None:
            advice = "it is looked for in the folder of this file"
            yield Problem(("file",), f"there is no file {shown(path.name)}; {advice}")
        yield from (Fault(str(path), 1, 1, f"it {one}") for one in (file.unread_of(export) if export else ()))
