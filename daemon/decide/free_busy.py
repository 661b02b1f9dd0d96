"""Free and busy: who has no time for a session, by their own calendar. Pure.

Members' calendars are asked about only where somebody is to be given a role, and once a day. What they say counts as
an absence, but never against what was announced; of whom nothing is known, nobody is away.
"""

from collections.abc import Iterator
from datetime import date

from daemon.model import BY_WORD, Session, Slot, State
from daemon.model.memory import Memory


def is_to_be_asked(before: Memory, after: Memory, today: date) -> bool:
    """Whether a pass gives out roles for sessions to come, without knowing who is busy by what was said today."""
    if before.free_busy.asked == today:
        return False
    heirs = {session.page: session for session in before.sessions.values() if session.page}
    coming = (one for one in after.sessions.values() if one.state is State.ANNOUNCED)
    return any(_gives_out(one, before.sessions.get(one.key) or heirs.get(one.page)) for one in coming)


def _gives_out(session: Session, before: Session | None) -> bool:
    known = before.roles if before else {}
    by_people = {"lead", *BY_WORD}
    return any(
        one.member and one.reason.kind not in by_people and known.get(one.role) != one.member
        for one in session.assignments
    )


def is_busy(email: str, slot: Slot, memory: Memory) -> bool:
    """Whether a member's calendar keeps them from a slot.

    Our own invitation to it makes them busy, too, and a calendar shows overlapping events as one span. So whoever is
    invited counts as busy only by a span that begins before the slot and ends after it: no part of that is ours alone.
    """
    spans = [
        (start, end)
        for start, end in memory.free_busy.spans.get(email, ())
        if start < slot.ends_at and slot.starts_at < end
    ]
    if not spans or not _is_invited(email, slot, memory):
        return bool(spans)
    return any(start < slot.starts_at and slot.ends_at < end for start, end in spans)


def _is_invited(email: str, slot: Slot, memory: Memory) -> bool:
    return any(email in record_guests for record_guests in _guests(slot, memory))


def _guests(slot: Slot, memory: Memory) -> Iterator[tuple[str, ...]]:
    """Yield the guests of the recurring events of ours that have an instance at the time of a slot."""
    overlapping = (
        one.event
        for one in memory.sessions.values()
        if one.takes_place and one.slot.starts_at < slot.ends_at and slot.starts_at < one.slot.ends_at
    )
    generation = memory.generation_of(slot)
    for event in {*overlapping, *([generation.key] if generation else [])}:
        if record := memory.records.get(event):
            yield record.guests
