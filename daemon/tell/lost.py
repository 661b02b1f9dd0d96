"""Pages that tell nothing any more while action items of theirs are open: the lead is told, once each time. Pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from config.team import Team
from config.values import readable
from daemon.learn.items import lost_items
from daemon.model import Reminder
from daemon.model.memory import Item, Memory
from daemon.model.names import series_name
from daemon.model.words import listed, quoted
from daemon.tell.kinds import FINDING

MOST = 5
"""How many items of a page are named."""


def lost(team: Team, memory: Memory) -> Iterator[Reminder]:
    """Yield, for the lead, which pages tell nothing any more, and which of their items are not followed meanwhile."""
    for page, items in groupby(lost_items(memory), key=lambda item: item.page):
        own = list(items)
        since, observed = max(item.ended or item.since for item in own), memory.observed(page)
        why = "it was deleted, emptied, moved away or archived, or is no longer shown to peerloop."
        if observed and observed.trouble and not observed.gone:
            why = readable(observed.trouble)
        text = (
            f"{_page_of(own[0], memory)} cannot be read any more: {why} Until it can, nobody is reminded of what is "
            f"open on it: {_named(own)}"
        )
        key, url = f"{memory.team}/{page}/lost@{since}", observed.url if observed else None
        subject = f"{_page_of(own[0], memory)} cannot be read any more"
        yield FINDING.reminder(key, memory.team, team.lead, text, url, subject=subject)


def _page_of(item: Item, memory: Memory) -> str:
    session = memory.sessions.get(item.session)
    return f"The page of {series_name(session, memory)} on {session.slot.day}" if session else "A page"


def _named(items: Sequence[Item]) -> str:
    more = [f"{len(items) - MOST} more"] if len(items) > MOST else []
    return listed([*(quoted(item.words) for item in items[:MOST]), *more])
