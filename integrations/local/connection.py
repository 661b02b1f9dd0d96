"""What an operator may write for local files."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from config.connection import Connection, Purpose
from config.faults import Problem
from config.places import Endpoint, Folder
from config.team import Team


class Local(Connection):
    """Files in a folder: the calendar as .ics, the pages as Markdown, mail as an outbox."""

    serves = ("calendar", "wiki", "mail")

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

    def watched(self, data: Path) -> Iterator[Path]:
        """Yield the calendars, and the pages in all folders that people made below a team's."""
        yield self.calendars(data) / "*.ics"
        for folder, inner, _ in os.walk(self.pages(data)):
            inner[:] = [name for name in inner if not name.startswith(".")]
            yield Path(folder) / "*.md"

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


CONNECTIONS = (Local,)
