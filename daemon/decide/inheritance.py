"""What becomes of the sessions to come of a series that takes place on other dates than before. Pure.

A date that stands keeps its session, with people, topic and page, at whatever time of day; it stays moved or deleted if
a person did that. Between two dates that stand, the nth session that has lost its date goes to the nth new one. Where
there are fewer of those the last ones are called off, where there are more they are filled anew.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from config.formats import formats_of
from config.team import Series, Team
from daemon.decide.decisions import decision_on
from daemon.learn.by_hand import is_gone, put_by_people, who_declined
from daemon.learn.marks import is_stray
from daemon.learn.written_topics import WROTE, written_topic
from daemon.model import CalledOffBy, Session, Skip, Slot, Topic, called_off
from daemon.model.memory import Memory, Record
from daemon.model.sessions import is_moment

GIVEN_UP = "the series now takes place on other dates"

Occurrences = Sequence[Slot | Skip]
Places = Mapping[str, Slot]
"""The new slots of sessions, by the keys that these had."""


def slot_of(one: Slot | Skip) -> Slot:
    """Return the slot that something is, or is the skip of."""
    return one if isinstance(one, Slot) else one.slot


def inherited(team: Team, series: Series, key: str, memory: Memory, coming: Occurrences, now: datetime) -> Memory:
    """Return the memory in which sessions to come that a changed cadence left without a slot stand in the new ones.

    What people wrote as the topic of one that is called off becomes that of the next one without.
    """
    slots = {slot.key: slot for slot in map(slot_of, coming)}
    orphans = _in_order(_orphans(key, memory, slots, now))
    if not orphans:
        return memory
    lost, off = {one.key for one in orphans}, {one.slot.key for one in coming if isinstance(one, Skip)}
    free = {name: slot for name, slot in slots.items() if name in lost or name not in memory.sessions}
    places = _standing(orphans, free)
    places |= _in_new_places(orphans, places, [slot for name, slot in free.items() if name not in off])
    sessions = {one.key: one for one in memory.sessions.values() if one.key not in lost}
    sessions |= {slot.key: _heir(memory.sessions[old], slot, series, memory) for old, slot in places.items()}
    pages = {session.page for session in sessions.values()}
    left = [one for one in orphans if one.key not in places and one.takes_place and one.page not in pages]
    sessions |= {one.key: called_off(one, CalledOffBy.CADENCE, GIVEN_UP) for one in left}
    open_slots = [slot for name, slot in slots.items() if name not in off and _takes_topic(slot, series, team)]
    sessions |= _with_topics_of(left, open_slots, sessions, series, memory)
    records = (one for one in memory.records.values() if one.key not in lost or _is_left(one, places, memory))
    kept = {one.key: one for one in records if not (one.key in slots and _was_left(one, memory))}
    return replace(memory, sessions=sessions, records=kept)


def _is_left(record: Record, places: Places, memory: Memory) -> bool:
    """Whether the event of a session that has lost its date is still to be taken away, or to give way to another one.

    Where its program moved it along with its series, it is that of another session from now on; so is the date of one
    that was called off.
    """
    session, observed = memory.sessions[record.key], record.observed
    went_along = observed is not None and observed.instance not in (None, session.slot.recurrence_id)
    is_passed_on = record.key in places or (observed is not None and observed.cancelled)
    return is_stray(record, memory) and not (went_along and is_passed_on)


def _was_left(record: Record, memory: Memory) -> bool:
    """Whether an event is gone since its session was given up for another one: nobody has deleted that."""
    session = memory.sessions.get(record.key)
    return is_gone(record) and (session is None or session.called_off_by is CalledOffBy.CADENCE)


def _orphans(key: str, memory: Memory, slots: Mapping[str, Slot], now: datetime) -> Iterator[Session]:
    """Yield the sessions to come that stand in no recurring event any more."""
    for one in memory.sessions.values():
        is_to_come = one.slot.series == key and one.slot.starts_at > now
        has_a_place = (one.key in slots and _has_a_home(one, memory)) or _stays(one, memory)
        if is_to_come and not has_a_place and one.called_off_by is not CalledOffBy.CADENCE:
            yield one


def _stays(session: Session, memory: Memory) -> bool:
    """Whether a session was moved out of an event's past into the future, and so outlives the event's end."""
    event = memory.generations.get(session.event)
    return event is not None and event.until is not None and session.slot.recurrence_id <= event.until


def _has_a_home(session: Session, memory: Memory) -> bool:
    """Whether a session stands in a recurring event that goes on, or does so in one that a person made of that."""
    event = memory.generations.get(session.event)
    if event is None or (event.followed and not event.until):
        return True
    return event.until is None and event == memory.generation(session.slot.series)


def _in_order(sessions: Iterable[Session]) -> list[Session]:
    return sorted(sessions, key=lambda session: (session.slot.wall, session.key))


def _standing(orphans: Sequence[Session], free: Mapping[str, Slot]) -> dict[str, Slot]:
    """Return the places of sessions whose dates stand, those that are called off among them: they may be put back."""
    days, holders = {slot.wall.date(): slot for slot in free.values()}, dict[str, Session]()
    for one in sorted(orphans, key=lambda one: one.takes_place):
        if slot := free.get(one.key) or days.get(one.slot.wall.date()):
            holders[slot.key] = one
    return {one.key: free[name] for name, one in holders.items()}


def _in_new_places(orphans: Sequence[Session], standing: Places, free: Sequence[Slot]) -> dict[str, Slot]:
    """Return the places of sessions that have lost their date: the nth goes to the nth new date of its time.

    The dates that stand divide the time, so that nobody's session is moved past another one.
    """
    taken = {slot.key for slot in standing.values()}
    bounds = sorted(slot.wall for slot in standing.values())
    vacant = defaultdict[int, list[Slot]](list)
    for slot in sorted((one for one in free if one.key not in taken), key=lambda one: one.wall):
        vacant[bisect(bounds, slot.wall)].append(slot)
    goes_on = (one for one in orphans if one.takes_place or one.is_off_with_series)
    moving = (one for one in goes_on if one.key not in standing)
    places = ((one, vacant[bisect(bounds, one.slot.wall)]) for one in moving)
    return {one.key: slots.pop(0) for one, slots in places if slots}


def _heir(session: Session, slot: Slot, series: Series, memory: Memory) -> Session:
    """Return a session in its new slot, with what people wrote and did to its old event, which ends."""
    stands = slot.wall.date() == session.slot.wall.date()
    declined = tuple(sorted(who_declined(session.slot, memory))) if stands else ()
    written = written_topic(session, series, memory)
    if written and not written.on_page:
        session = _about(session, written.title, session)
    by_hand, slot = _still_by_hand(session, slot, memory, stands), replace(slot, format=session.slot.format)
    return replace(session, slot=slot, by_hand=by_hand, declined=declined)


def _still_by_hand(session: Session, slot: Slot, memory: Memory, stands: bool) -> tuple[datetime, int] | None:
    """Return what holds in a new slot of the time and the length that people gave a session in another one.

    A length that they gave it goes with it; another time is one of a date that stands.
    """
    by_hand, was = put_by_people(memory.records.get(session.key)) or session.by_hand, session.slot.original_start
    is_longer_alone = by_hand is not None and is_moment(by_hand[0], was)
    if by_hand is None or (is_moment(by_hand[0], slot.starts_at) and not is_longer_alone):
        return None
    if is_longer_alone:
        return slot.starts_at, by_hand[1]
    return by_hand if stands else None


def _about(session: Session, title: str, of: Session) -> Session:
    """Return a session with a topic that people wrote for another one, or for itself before it was moved."""
    topic = of.topic if of.topic and of.topic.title == title else Topic(title)
    day = of.written_for or of.slot.wall.date()
    return replace(session, topic=topic, topic_reason=f"{WROTE} for {day}", written_for=day)


def _takes_topic(slot: Slot, series: Series, team: Team) -> bool:
    """Whether what people wrote may become the topic of a session: the lead has decided on none."""
    decision = decision_on(slot.wall.date(), series, team)
    return formats_of(team)[slot.format].topic and not (decision and decision.topic)


def _with_topics_of(
    left: Iterable[Session], slots: Iterable[Slot], sessions: Mapping[str, Session], series: Series, memory: Memory
) -> dict[str, Session]:
    """Return the sessions to come that take the topics which people wrote for some that are called off.

    Each goes to the next session without a topic, or else to one that is before or whose topic waits in the backlog.
    """
    there = {slot.key: sessions.get(slot.key) or Session(slot) for slot in slots}
    free = [one for one in there.values() if not written_topic(one, series, memory)]
    found: dict[str, Session] = {}
    for one in left:
        if (written := written_topic(one, series, memory)) and free:
            later = [other for other in free if other.slot.wall > one.slot.wall]
            without = [[other for other in some if other.topic is None] for some in (later, free)]
            taker = min(next(some for some in (*without, later, free) if some), key=lambda other: other.slot.wall)
            free.remove(taker)
            found[taker.key] = _about(taker, written.title, one)
    return found
