"""From what is observed to what is known: the latest look at each resource, and a lost ledger rebuilt from marks.

Pure. What a person changed is not copied anywhere: it is read off the difference between a record's ``observed`` and
what we applied, every pass anew.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from config.team import Team
from daemon.learn.marks import is_over, rebuilt
from daemon.model import (
    PORTS,
    Kind,
    Observation,
    Observed,
    Slot,
    State,
    on_the_wall,
)
from daemon.model.memory import Generation, Memory, Record
from daemon.model.names import INSTANCE, instance_key, renamed, split_off


def learn(
    team: Team, memory: Memory, observations: Mapping[str, Observation], now: datetime, restore: bool = False
) -> Memory:
    """Return the memory with all that each port, by its name, has just shown: what is there, and what it tells.

    What the ledger has lost is rebuilt from marks, and everything has its name of today.
    With ``restore`` what people deleted is forgotten, so that it is made again, but for sessions that have gone by.
    """
    return renamed(rebuilt(_looked_at(memory, observations, now, restore), team, now), team)


def _looked_at(memory: Memory, observations: Mapping[str, Observation], now: datetime, restore: bool) -> Memory:
    for port, observation in observations.items():
        seen = dict(_keyed(memory, observation.seen))
        if observation.complete:
            memory = _without(
                memory, {key for key in _put_back(memory, seen) if key not in seen} & _kinds(memory, port)
            )
            seen |= _gone(memory, PORTS[port], seen)
        records = {key: _seen(memory.records.get(key), one, now) for key, one in seen.items()}
        if restore:
            lost = {key for key, one in seen.items() if one.gone} - _missed(memory, seen, now)
            records = {key: record for key, record in records.items() if key not in lost}
            memory = _to_begin_anew(_without(memory, lost), lost, now)
        cursors = {**memory.cursors, port: observation.cursor}
        memory = replace(memory, records={**memory.records, **records}, cursors=cursors)
    return memory


def _keyed(memory: Memory, seen: Iterable[Observed]) -> Iterable[tuple[str, Observed]]:
    """Name an instance that carries no mark after the session it is, where that is known."""
    sessions = dict(_instances(memory)) if any(one.key.startswith(INSTANCE) for one in seen) else {}
    for one in seen:
        key = sessions.get(one.key, one.key)
        yield key, one if key == one.key else replace(one, key=key)


def _kinds(memory: Memory, port: str) -> set[str]:
    return {key for key, record in memory.records.items() if record.kind in PORTS[port]}


def _put_back(memory: Memory, seen: Container[str]) -> Iterable[str]:
    """Yield the sessions that people deleted and that the calendar still showed as cancelled at the last look.

    A complete look that shows such a session no longer as cancelled tells that somebody has put it back, unless it
    shows its series no longer either.
    """
    for key, session in memory.sessions.items():
        observed = memory.observed(key)
        went = session.event in memory.records and session.event not in seen
        over = went or is_over(session.event, session.slot.recurrence_id, memory)
        if session.was_deleted and observed and observed.cancelled and not observed.gone and not over:
            yield key


def _missed(memory: Memory, seen: Mapping[str, Observed], now: datetime) -> set[str]:
    """Return the sessions whose time has gone by and that did not take place, as far as the calendar can tell.

    Of one that went only with its whole series, and just now, it cannot: that may have been there until it was over.
    """
    return {
        key
        for key, one in memory.sessions.items()
        if one.slot.starts_at <= now and (one.was_deleted or not (one.event in seen and seen[one.event].gone))
    }


def _without(memory: Memory, lost: set[str]) -> Memory:
    """Return the memory in which nobody ever wrote or deleted these resources."""
    if not lost:
        return memory
    back = {
        key: replace(memory.sessions[key], state=State.ANNOUNCED, called_off_by=None, note="")
        for key in lost
        if key in memory.sessions and memory.sessions[key].was_deleted
    }
    records = {key: record for key, record in memory.records.items() if key not in lost}
    return replace(memory, sessions={**memory.sessions, **back}, records=records)


def _to_begin_anew(memory: Memory, lost: Container[str], now: datetime) -> Memory:
    """Return the memory in which recurring events that are made again begin with what is to come.

    From their old start on they would show dates that went by while they were not there. One that a person had moved or
    split, or of which a date that has gone by was moved to a day to come, begins as it did.
    """
    again = {key for key, one in memory.generations.items() if key in lost and _may_begin_later(one)}
    again -= {one.event for one in memory.sessions.values() if _was_moved_past(one.slot, now)}
    kept = {key: one for key, one in memory.generations.items() if key not in again}
    return replace(memory, generations=kept) if again else memory


def _may_begin_later(generation: Generation) -> bool:
    return not (generation.until or generation.written or generation.followed or split_off(generation.key))


def _was_moved_past(slot: Slot, now: datetime) -> bool:
    return on_the_wall(slot.recurrence_id, slot.zone) <= now < slot.starts_at


def with_instances_named(memory: Memory) -> Memory:
    """Return the memory in which what people did to instances without a mark is known of the sessions that they are.

    Somebody may move or delete an instance before anything of ours was ever written to it. It is then recorded under
    its instance's key, until its session has been decided and has a key of its own.
    """
    if not any(key.startswith(INSTANCE) for key in memory.records):
        return memory
    renamed = {
        key: replace(memory.records[name], key=key) for name, key in _instances(memory) if name in memory.records
    }
    taken = {name for name, _ in _instances(memory)}
    return replace(memory, records={key: one for key, one in memory.records.items() if key not in taken} | renamed)


def _instances(memory: Memory) -> Iterable[tuple[str, str]]:
    """Yield how each session's instance is called that carries no mark, and the session's key."""
    for session in memory.sessions.values():
        yield instance_key(session.event, session.slot.recurrence_id), session.key


def _gone(memory: Memory, kinds: frozenset[Kind], seen: Container[str]) -> dict[str, Observed]:
    """Return what was there when last seen, or was applied, and now is not."""
    before = {
        key: record.observed or Observed(key, record.kind, {})
        for key, record in memory.records.items()
        if key not in seen and record.kind in kinds and (record.observed or record.applied)
    }
    return {key: replace(one, shown={}, gone=True, items=(), trouble="") for key, one in before.items()}


def _seen(record: Record | None, observed: Observed, now: datetime) -> Record:
    if record and record.observed == observed and not (observed.gone or record.intended):
        return record
    record = record or Record(observed.key, observed.kind, observed.mark.applied if observed.mark else {})
    record = replace(record, answered=_answered(record, observed, now))
    if observed.gone and not record.applied:
        return replace(record, observed=None)  # our own write never arrived: nobody deleted anything
    if observed.shown and record.intended and _arrived(record, observed) and not record.is_unfinished:
        return replace(record, applied={**record.applied, **record.intended}, intended={}, observed=observed)
    return replace(record, observed=observed)


def _answered(record: Record, observed: Observed, now: datetime) -> Mapping[str, datetime]:
    """Return when the guests gave their present answers, as far as they were seen to change them."""
    if record.observed is None or not observed.answers:
        return record.answered
    before = record.observed.answers
    changed = {email: now for email, answer in observed.answers.items() if email in before and before[email] != answer}
    return {**record.answered, **changed} if changed else record.answered


def _arrived(record: Record, observed: Observed) -> bool:
    """Whether the write that was cut short has reached its goal."""
    return observed.mark is not None and all(
        observed.mark.applied.get(name) == digest for name, digest in record.intended.items()
    )
