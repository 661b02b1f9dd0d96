"""What is wrong, since when, what holds meanwhile, and how to mend it."""

from collections.abc import Iterable, Sequence
from typing import Any

from daemon.model import Assignment, Reminder, Session, Trouble
from daemon.serve.passed import LastPass
from daemon.tell.troubles import WORDS
from daemon.web.look import Look


def trouble(
    look: Look, known: Iterable[Trouble], last: LastPass | None, lost: Iterable[Reminder] = ()
) -> dict[str, Any]:
    """Return what the page of troubles shows.

    ``known`` is what is and lately was in trouble, ``lost`` what tells of mails that did not arrive: for the lead.
    """
    ours = [one for one in known if one.subject in WORDS]
    now: Sequence[Trouble] = [one for one in ours if one.ended is None]
    return {
        "now": [(one, WORDS[one.subject]) for one in now],
        "over": [(one, WORDS[one.subject]) for one in ours if one.ended],
        "errors": last.errors if last and not now else (),
        "gaps": _gaps(look),
        "lost": list(lost) if look.is_lead else [],
    }


def _gaps(look: Look) -> list[tuple[Session, Assignment]]:
    coming = (one for one in look.memory.by_start() if one.takes_place and one.slot.starts_at > look.now)
    return [(one, gap) for one in coming for gap in one.gaps]
