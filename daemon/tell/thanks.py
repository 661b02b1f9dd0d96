"""The note to each of those whom a page of thanks names. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from config.team import Team
from daemon.describe.thanks import Deed, by_verb, deeds_of, quarter_name, quarter_to_thank_for
from daemon.model import Reminder
from daemon.model.memory import Memory
from daemon.model.names import thanks_key
from daemon.model.words import listed, shortened
from daemon.tell.kinds import THANKS

MOST_IN_NOTE = 2
"""How many things of one kind a note names; the page has all of them."""


def notes(team: Team, memory: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield the note to each of those whom the page of the past quarter thanks, while that page is there."""
    quarter = quarter_to_thank_for(team, now)
    page = memory.observed(thanks_key(memory.team, quarter)) if quarter else None
    if quarter is None or page is None or page.gone:
        return
    for member, deeds in deeds_of(team, memory, quarter):
        text = f"In {quarter_name(quarter)} you {_told_in_brief(deeds)}"
        yield THANKS.reminder(f"{page.key}/{member.email}", memory.team, member.email, text, page.url)


def _told_in_brief(deeds: Sequence[Deed]) -> str:
    return "; ".join(f"{verb} {listed(_some(same))}" for verb, same in by_verb(deeds))


def _some(deeds: Sequence[Deed]) -> list[str]:
    return [shortened(deed.what, 80) for deed in deeds[:MOST_IN_NOTE]] + ["more"] * (len(deeds) > MOST_IN_NOTE)
