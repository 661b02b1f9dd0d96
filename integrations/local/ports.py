"""What a team gets of local files: its calendar, its pages and the outbox.

What not every pass needs is loaded where a team has it, or a page is shown.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from config.needs import NeedSource
from config.team import Team
from daemon.model import Observed
from integrations.local.calendar import LocalCalendar
from integrations.local.connection import Local
from integrations.local.wiki import LocalWiki

if TYPE_CHECKING:
    from integrations.formats.markdown.as_html import Address
    from integrations.local.exports import LocalFile
    from integrations.local.outbox import Outbox
    from integrations.local.sources import LocalPages

SENDER = "Peer learning <peerloop@localhost>"
"""Who writes the mails in an outbox, which are sent by nobody."""


def calendar(connection: Local, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> LocalCalendar:
    """Return a team's calendar, ``calendar/KEY.ics`` in the connection's folder."""
    file = connection.calendars(data) / f"{key}.ics"
    return LocalCalendar(file, key, f"{team.team}: peer learning", clock)


def wiki(connection: Local, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> LocalWiki:
    """Return a team's pages, ``wiki/KEY/`` in the connection's folder."""
    folder, transcripts = connection.pages(data) / key, team.recording.transcripts == "on"
    return LocalWiki(folder, key, connection.base_url or "", transcripts and team.recording.consent != "off")


def page(
    connection: Local,
    data: Path,
    clock: Callable[[], datetime],
    team: Team,
    key: str,
    seen: Observed,
    address: "Address",
    done: Collection[str],
) -> str | None:
    """Return a page as HTML, with the boxes ticked of the items that are ``done``; None where it is not there."""
    from integrations.formats.markdown.as_html import as_html

    text = wiki(connection, data, clock, team, key).text(seen.key, seen.url or "", done)
    return None if text is None else as_html(text, address)


def sources(
    connection: Local,
    data: Path,
    clock: Callable[[], datetime],
    team: Team,
    key: str,
    source: NeedSource,
    folder: Path,
) -> "LocalPages | LocalFile":
    """Return where needs come from: a file beside the team's own, or pages below a folder of its wiki."""
    from integrations.local.exports import LocalFile
    from integrations.local.sources import LocalPages

    if source.file:
        return LocalFile(folder / source.file, source, clock)
    pages, under = connection.pages(data) / key, source.under or ""
    address = f"{connection.base_url}/{quote(f'wiki/{key}/{under}')}" if connection.base_url else f"wiki/{key}/{under}"
    return LocalPages(pages / under, address, source, clock)


def messenger(connection: Local, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> "Outbox":
    """Return the outbox that all teams share, ``outbox/`` in the connection's folder."""
    from integrations.local.outbox import Outbox

    return Outbox(connection.outbox(data), SENDER)
