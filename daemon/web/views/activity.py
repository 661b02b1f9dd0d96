"""What peerloop did and will do: the last pass, the pages that come next, and what goes into the next mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from daemon.model import Reminder, Session
from daemon.serve.passed import LastPass
from daemon.tell.kinds import KIND_OF
from daemon.web.look import Look

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class NextPage:
    """A page that is to be made, and on which day."""

    session: Session
    day: date


def activity(look: Look, last: LastPass | None, waiting: Sequence[Reminder]) -> dict[str, Any]:
    """Return what the page shows; ``waiting`` is what is to be said to people of the team."""
    coming = [one for one in look.memory.by_start() if one.takes_place and one.slot.starts_at > look.now]
    pages = [NextPage(one, _opens(look, one)) for one in coming if not look.memory.observed(one.page or "")]
    others = {one.to for one in waiting} - {look.viewer}
    return {
        "last": last,
        "pages": pages[:MOST_SHOWN],
        "mine": [(KIND_OF[one.kind].section.heading, one) for one in waiting if one.to == look.viewer],
        "others": len(others),
    }


def _opens(look: Look, session: Session) -> date:
    return max(look.today, look.local(session.slot.starts_at - look.team.wiki.open).date())
