"""All there is to know of one session: who, why them, who is next in line, and what it is about."""

from typing import Any

from daemon.learn.by_hand import who_declined
from daemon.learn.written_up import written_up
from daemon.model import OVER, Session
from daemon.tell.pulse import is_open
from daemon.web.look import Look


def session(look: Look, one: Session) -> dict[str, Any]:
    """Return what the page of a session shows."""
    items = [item for item in look.memory.items.values() if item.session == one.key]
    return {
        "one": one,
        "is_over": one.state in OVER,
        "cannot": who_declined(one.slot, look.memory),
        "pulse_is_open": is_open(one, look.team, look.now),
        "write_up": written_up(one, look.team, look.memory),
        "items": sorted(items, key=lambda item: (item.state.value, item.due, item.key)),
    }
