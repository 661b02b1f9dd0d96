"""The life of a session after it was held: it is documented and closed by what its page shows. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from config.team import Team
from daemon.learn.items import shown_items
from daemon.learn.written_up import written_up
from daemon.model import Fingerprint, Observed, Session, State, WriteUp, held
from daemon.model.memory import Item, Memory, Progress

LATELY = timedelta(days=28)
"""How long after a session its page still follows the facts, and people still hear of it."""
REGION = "region"
"""The part of a page that tells how far its session is."""
CLOSED_AFTER = timedelta(weeks=1)
"""How long a session that is written up stays open for action items."""


def moved_on(team: Team, memory: Memory, now: datetime) -> Memory:
    """Return the memory in which sessions that were held are documented or closed, where their pages show it."""
    items = defaultdict[str, list[Item]](list)
    for item in shown_items(memory):
        items[item.page].append(item)
    past = held(memory.sessions.values())
    pages = {one.key: (memory.observed(one.page), written_up(one, team, memory)) for one in past}
    states = {one.key: _state(one, *pages[one.key], items[one.page], now) for one in past}
    changed = {key: state for key, state in states.items() if memory.sessions[key].state is not state}
    sessions = {key: replace(memory.sessions[key], state=state) for key, state in changed.items()}
    return replace(memory, sessions={**memory.sessions, **sessions}) if sessions else memory


def with_pages_outdated(before: Memory, after: Memory, now: datetime) -> Memory:
    """Return the memory in which it is known which old pages do not say yet how far their sessions are by now.

    Nor do they that do not ask yet whether people can do it now, or do not tell what was answered. Old ones are left
    alone otherwise. What we wrote last is forgotten of these, until it has been written anew.
    """
    sessions = (one for one in after.sessions.values() if now - one.slot.starts_at > LATELY)
    changed = [one for one in sessions if _told(one) != _told(before.sessions[one.key])]
    if not changed:
        return after
    records = [after.records[one.page] for one in changed if one.page in after.records]
    return after.with_records(*(replace(one, applied=_without_region(one.applied)) for one in records if one.applied))


def _told(session: Session) -> tuple[object, ...]:
    """Return what an old page tells that may change."""
    asked = session.asked
    judged = (asked.verdict, asked.can, asked.not_yet) if asked and asked.verdict else ()
    return (session.state, asked.on if asked else None, *judged)


def _without_region(applied: Fingerprint) -> Fingerprint:
    return {name: digest for name, digest in applied.items() if name != REGION}


def is_outdated(session: Session, memory: Memory) -> bool:
    """Whether an old page does not say yet how far its session is."""
    record = memory.records.get(session.page)
    return record is not None and bool(record.applied) and REGION not in record.applied


def _state(session: Session, page: Observed | None, written: WriteUp, items: Sequence[Item], now: datetime) -> State:
    """Return how far a session is; where its page cannot be looked at, as far as it was."""
    if page is None or page.tells_nothing:
        return session.state
    if not (items or written.takeaways or (written.recording and written.consent)):
        return State.HELD
    is_done = all(item.state is not Progress.OPEN for item in items)
    return State.CLOSED if is_done and now - session.slot.ends_at >= CLOSED_AFTER else State.DOCUMENTED
