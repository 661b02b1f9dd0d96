"""The life of a session after it was held: it is documented and closed by what its page shows. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from daemon.learn.items import is_dropped
from daemon.model import Observed, Session, State
from daemon.model.memory import Memory
from daemon.model.sessions import held

LATELY = timedelta(days=28)
"""How long after a session its page still follows the facts, and people still hear of it."""
CLOSED_AFTER = timedelta(weeks=1)
"""How long a session that is written up stays open for action items."""


def moved_on(memory: Memory, now: datetime) -> Memory:
    """Return the memory in which sessions that were held are documented or closed, where their pages show it."""
    states = {one.key: _state(one, memory.observed(one.page), now) for one in held(memory.sessions.values())}
    changed = {key: state for key, state in states.items() if memory.sessions[key].state is not state}
    sessions = {key: replace(memory.sessions[key], state=state) for key, state in changed.items()}
    return replace(memory, sessions={**memory.sessions, **sessions}) if sessions else memory


def _state(session: Session, page: Observed | None, now: datetime) -> State:
    """Return how far a session is; where its page cannot be looked at, as far as it was."""
    if page is None or page.gone or (page.trouble and not _is_written_up(page)):
        return session.state
    if not _is_written_up(page):
        return State.HELD
    is_done = all(item.done or is_dropped(item.text) for item in page.items)
    return State.CLOSED if is_done and now - session.slot.ends_at >= CLOSED_AFTER else State.DOCUMENTED


def _is_written_up(page: Observed) -> bool:
    return bool(page.told.takeaways or page.items or (page.told.recording and page.told.consent))
