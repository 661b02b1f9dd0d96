"""The embedded default: calendar files, a folder of Markdown pages and an outbox, all in one data folder.

Its modules are loaded here, before its functions are defined, since two of them have the same names.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from config.operator import Local
from config.team import Team
from integrations.local.calendar import LocalCalendar
from integrations.local.outbox import Outbox
from integrations.local.wiki import LocalWiki

SENDER = "Peer learning <peerloop@localhost>"
"""Who writes the mails in an outbox, which are sent by nobody."""


def calendar(connection: Local, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> LocalCalendar:
    """Return a team's calendar, ``calendar/KEY.ics`` in the connection's folder."""
    return LocalCalendar(
        _folder(connection, data) / "calendar" / f"{key}.ics", key, f"{team.team}: peer learning", clock
    )


def wiki(connection: Local, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> LocalWiki:
    """Return a team's pages, ``wiki/KEY/`` in the connection's folder."""
    return LocalWiki(_folder(connection, data) / "wiki" / key, key)


def messenger(connection: Local, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> Outbox:
    """Return the outbox that all teams share, ``outbox/`` in the connection's folder."""
    return Outbox(_folder(connection, data) / "outbox", SENDER)


def _folder(connection: Local, data: Path) -> Path:
    return Path(connection.folder) if connection.folder else data
