"""Where needs come from on this machine: pages of the team's folder that are none of ours, and exports of other tools.

Neither is opened again while no file was touched.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
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
from integrations.formats.markdown.write_up import lacking
from integrations.formats.page_words import MOST_READ, beginning
from integrations.formats.things import Unreadable
from integrations.local import files
from integrations.local.page_text import PageText
from integrations.local.wiki import LARGEST

MOST_PAGES = 500
"""How many pages below one folder are read; the latest of them by name."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TITLE = re.compile(r"\A(?:---\n.*?\n---\n)?\s*#[ \t]+([^\n]+)", re.S)


class LocalPages:
    """The pages below a folder of a team's wiki, such as its retrospectives; ``address`` is that of the folder."""

    def __init__(self, folder: Path, address: str, source: NeedSource, clock: Callable[[], datetime]) -> None:
        self._folder, self._address, self._source, self._clock = folder, address, source, clock

    def check_up(self) -> Iterator[Check]:
        """Look whether there are pages."""
        yield files.check("its pages can be read", lambda: f"{len(self._paths())} below {self._folder}")

    def gather(self, cursor: str | None, /) -> Gathered | None:
        """Return what the pages say, or None where no file was touched since ``cursor``."""
        paths = self._paths()
        now = _digest([repr(self._source), self._address, *map(files.signature, paths)])
        if cursor == now:
            return None
        found, unread = list[Sighting](), list[str]()
        for path in paths[-MOST_PAGES:]:
            try:
                found += self._on_page(path)
            except PortError as error:
                unread.append(str(error))
        if len(paths) > MOST_PAGES:
            unread.append(f"Below {self._folder} are {len(paths)} pages; only the last {MOST_PAGES} by name are read.")
        return Gathered(now, tuple(found), unread=tuple(unread))

    def _paths(self) -> list[Path]:
        """Return the pages in all folders below.

        Raises:
            Refused: there are none, or one cannot be looked into, so that nobody can tell what is said there.
        """

        def refuse(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):
                why = f"The pages below {self._folder} cannot be listed: {error.filename}: {error.strerror}."
                raise Refused(f"{why} Make that folder readable, or mend under in the team's needs.") from error

        if not self._folder.is_dir():
            raise Refused(f"There is no folder {self._folder}; make it, or mend under in the team's needs.")
        found = list[Path]()
        for folder, inner, names in os.walk(self._folder, onerror=refuse):
            inner[:] = (name for name in inner if not name.startswith("."))
            pages = (name for name in names if name.lower().endswith(".md") and not name.startswith("."))
            found += (Path(folder, name) for name in pages)
        return sorted(found)

    def _on_page(self, path: Path) -> Iterator[Sighting]:
        text = (files.read(path, LARGEST) or b"").decode("utf-8", "replace")
        if PageText(text).key is not None:
            return  # one of ours is read as such
        asked, marked = lacking(beginning(text[: 2 * MOST_READ]))
        said = [*asked, *(line for line, mark in marked if mark == self._source.mark.casefold())]
        title = _TITLE.match(text[:2000])
        where = title[1].strip() if title else path.stem
        inner = path.relative_to(self._folder).as_posix()
        for one in dict.fromkeys(said):
            yield Sighting(one, where, self._day(path, where), f"{self._address}/{inner}", self._source.area)

    def _day(self, path: Path, title: str) -> date:
        """Return the day of which a page's name or title tells, else that on which it was last saved."""
        for text in (path.stem, title):
            if (found := _DAY.search(text)) and (day := _date(found[0])):
                return day
        return saved_on(path, self._clock())


class LocalFile:
    """An export in the folder of a team's file."""

    def __init__(self, path: Path, source: NeedSource, clock: Callable[[], datetime]) -> None:
        self._path, self._source, self._clock = path, source, clock

    def check_up(self) -> Iterator[Check]:
        """Look whether the file says something."""
        yield files.check("the file can be read", lambda: f"{len(self._export().rows)} rows in {self._path.name}")

    def gather(self, cursor: str | None, /) -> Gathered | None:
        """Return what the file says, or None where since ``cursor`` it was not touched, nor, for bugs, a day begun."""
        today = self._clock().date()
        now = _digest([repr(self._source), files.signature(self._path), str(self._source.many and today)])
        if cursor == now:
            return None
        export = self._export()
        unread = tuple(f"{self._path.name} {one}." for one in self.unread_of(export))
        if self._source.many:
            reports = [Report(area, row.day) for row in export.rows if row.day and (area := self._area(row))]
            again = recurring(reports, self._source.many, today, self._path.name)
            return Gathered(now, tuple(again), by_week(reports), unread, saved_on(self._path, self._clock()))
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


def saved_on(path: Path, now: datetime) -> date:
    """Return the day on which a file was last saved, in the zone of ``now``."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo).date()
    except OSError:  # it has just gone
        return now.date()


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:20]
