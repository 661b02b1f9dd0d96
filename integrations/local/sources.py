"""Where needs come from on this machine: pages of the team's folder that are none of ours.

None is opened again while no file was touched. Exports of other tools are read in ``exports.py``.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from config.needs import NeedSource
from daemon.model import Check
from daemon.model.needs import Gathered, Sighting
from daemon.ports import PortError, Refused
from integrations.formats.markdown.write_up import lacking
from integrations.formats.page_words import MOST_READ, beginning
from integrations.local import files
from integrations.local.page_text import PageText
from integrations.local.wiki import LARGEST
from integrations.steps import tried

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
        yield tried("its pages can be read", lambda: f"{len(self._paths())} below {self._folder}")

    def gather(self, cursor: str | None, /) -> Gathered | None:
        """Return what the pages say, or None where no file was touched since ``cursor``."""
        paths = self._paths()
        now = files.digest_of([repr(self._source), self._address, *map(files.signature, paths)])
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
        return files.saved_on(path, self._clock())


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
