"""What an operator may write for local files."""

import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Literal

from config.connection import Connection, Purpose
from config.faults import Fault, Problem
from config.needs import NeedSource
from config.ordinary import led_to
from config.places import Endpoint, Folder
from config.team import Team
from config.values import shown

MOST_FOLDERS, MOST_ENTRIES = 200, 10_000
"""So many folders of a team's pages are watched, and so many names in them looked at for it, in each round."""


class Local(Connection):
    """Files in a folder: the calendar as .ics, the pages as Markdown, mail as an outbox; and exports of other tools."""

    serves = ("calendar", "wiki", "mail", "needs")

    kind: Literal["local"]
    """Files in a folder, for calendar, wiki and mail."""
    folder: Folder | None = None
    """The folder; `data` where it is not given."""
    base_url: Endpoint | None = None
    """The address at which people find that folder; without it links are paths."""

    def misuse(self, purpose: Purpose, team: Team) -> Iterator[Problem]:
        """Yield that there are no Meet links, where a team wants them."""
        if purpose == "calendar" and team.calendar.meet:
            advice = "delete meet, or name another connection"
            yield Problem(("calendar", "meet"), f"a local calendar has no Meet links; {advice}")

    def unfit(self, source: NeedSource, team: Team) -> Iterator[Problem]:
        """Yield that an entry names no folder or file where the team's are, or what files do not have."""
        for key in ("label", "query"):
            if getattr(source, key):
                yield Problem((key,), f"local files have no {key}; name a folder as under, or another connection")
        named = [key for key in ("under", "file") if getattr(source, key)]
        if len(named) != 1:
            yield Problem((), "name either a folder of the team's pages as under, or a file")
        for key in named:
            path = PurePosixPath(getattr(source, key))
            if path.is_absolute() or ".." in path.parts:
                yield Problem((key,), f"{shown(str(path))} lies elsewhere; write a path within the folder")
        if source.file and not source.file.lower().endswith((".csv", ".json")):
            yield Problem(("file",), f"{shown(source.file)} is neither CSV nor JSON; save it as one of them")
        if source.many and not source.file:
            yield Problem(("many",), "pages are not counted; delete many, or name a file of bug reports")

    def unread(self, source: NeedSource, team: Team, folder: Path) -> Iterator[Fault | Problem]:
        """Yield what cannot be read of an export, or is not what the entry wants."""
        if source.file:
            from integrations.local.exports import faults_of

            yield from faults_of(folder / source.file, source)

    def watched(self, data: Path, teams: Collection[str]) -> Iterator[Path]:
        """Yield the calendars, and the pages in the folders that people made below a team's, of too many some."""
        yield self.calendars(data) / "*.ics"
        pages = self.pages(data)
        for folder in (inner for team in teams for inner in _with_inner(str(pages / team))):
            yield Path(folder) / "*.md"

    def whose(self, file: Path, data: Path) -> str | None:
        """Return the key of the team whose calendar or page a file is."""
        if file.parent == led_to(self.calendars(data)):
            return file.stem
        pages = led_to(self.pages(data))
        return next(iter(file.relative_to(pages).parts), None) if file.is_relative_to(pages) else None

    def calendars(self, data: Path) -> Path:
        """Return the folder of the teams' calendars."""
        return self._within(data) / "calendar"

    def pages(self, data: Path) -> Path:
        """Return the folder in which each team has one for its pages."""
        return self._within(data) / "wiki"

    def outbox(self, data: Path) -> Path:
        """Return the folder of the mails, which all teams share."""
        return self._within(data) / "outbox"

    def _within(self, data: Path) -> Path:
        return Path(self.folder) if self.folder else data


def _with_inner(team: str) -> Iterator[str]:
    """Yield the folder of a team's pages and those below it, outer ones first; of too many some, which is said."""
    found, left = deque([team]), MOST_ENTRIES
    for _ in range(MOST_FOLDERS):
        if not (found and left):
            break
        yield (folder := found.popleft())
        entries = _entries(folder, left)
        left -= len(entries)
        found += _folders_of(entries)
    if found or not left:
        _say_too_many(team)


def _entries(folder: str, most: int) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        return [*islice(entries, most)]
    return []


def _folders_of(entries: Iterable[os.DirEntry[str]]) -> list[str]:
    return sorted(entry.path for entry in entries if entry.name[0] != "." and _is_folder(entry))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        return entry.is_dir(follow_symlinks=False)
    return False


@cache
def _say_too_many(team: str) -> None:
    """Say it once a process; it is imported here since only a daemon watches."""
    import structlog

    structlog.get_logger().warning(
        "so much lies below this folder of pages that not all of it is watched; edits there may be noticed only in the "
        "next round. Take out of it what holds no pages of the team",
        folder=team,
        watched=f"{MOST_FOLDERS} folders at most, the outer ones first",
    )


CONNECTIONS = (Local,)
