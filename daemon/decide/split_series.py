"""A series of which a person changed “this and all following” dates: the calendar makes a second one, which goes on.

Pure. The second one is a generation of the series like those that we make, except that a person began it, and that the
one before it runs until then. It is read off the calendar every pass anew: taken back there, it was never made.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.team import Series, Team
from daemon.decide.cadence import recurrence
from daemon.decide.whole_series import moved_to, when
from daemon.learn.by_hand import NEVER_ENDS, ended_by_people, is_gone
from daemon.model import Kind
from daemon.model.memory import Generation, Memory, Record
from daemon.model.names import numbered, split_off


def as_split(team: Team, series: Series, key: str, memory: Memory, wall: datetime) -> Memory:
    """Return the memory in which each part of a series that people split is a generation, up to where the next begins.

    ``wall`` is now.
    """
    for record in _unknown_parts(key, memory, wall):
        part = _part(team, series, key, record, memory, wall)
        first = memory.records.get(record.key.partition("@")[0])
        guests = dict.fromkeys((*(first.guests if first else ()), *record.guests))  # of them some may be taken off
        memory = memory.with_records(replace(record, guests=tuple(guests)))
        memory = replace(memory, generations={**memory.generations, part.key: part})
    return _up_to_the_next(key, memory)


def _unknown_parts(key: str, memory: Memory, wall: datetime) -> list[Record]:
    """Return the recurring events that people made of one of ours, and of which no generation is known yet."""
    found = [
        record
        for record in memory.records.values()
        if record.kind is Kind.SERIES and numbered(record.key)[0] == key and split_off(record.key)
    ]
    new = (one for one in found if one.key not in memory.generations and one.observed and not is_gone(one))
    return sorted((one for one in new if _goes_on(one, wall)), key=lambda one: one.key)


def _goes_on(record: Record, wall: datetime) -> bool:
    ends = record.observed.until if record.observed else None
    return ends is None or ends > wall


def _part(team: Team, series: Series, key: str, record: Record, memory: Memory, wall: datetime) -> Generation:
    """Return a recurring event that a person split off as the next generation; as one that has ended, where we have
    gone on in another one since.
    """
    current, (_, family), observed = memory.generation(key), numbered(record.key), record.observed
    moment = (observed.starts_at if observed else None) or split_off(record.key)
    assert moment
    starts = moment.astimezone(ZoneInfo(team.timezone)).replace(tzinfo=None)
    file = recurrence(series, team, starts.date())
    part = Generation(record.key, key, family or 0, file.starts, team.timezone, file.rrule)
    ended_by_us = record.ours("until") and NEVER_ENDS not in record.ours("until")
    if ended_by_us or (current and numbered(current.key)[1] != family):
        return replace(part, until=wall)
    number = current.number + 1 if current else 1
    moved = moved_to(team, series, part, file, record)
    if moved is None or (observed and observed.shown.get("when") == when(file, team.timezone)):
        return replace(part, number=number)
    return replace(part, number=number, starts=moved.starts, rrule=moved.rrule, written=file)


def _up_to_the_next(key: str, memory: Memory) -> Memory:
    """Return the memory in which each generation ends where a person lets the next one go on."""
    generations = dict(memory.generations)
    own = sorted(memory.generations_of(key), key=lambda generation: generation.number)
    for one in own:
        if one.key not in generations:
            continue
        following = _split_off_from(one, own, generations)
        ended = ended_by_people(memory.records.get(one.key))
        if following and not ended and is_gone(memory.records.get(following.key)):
            del generations[following.key]  # somebody took it back
            following = None
        if one.until is None:
            end = (ended or following.starts - timedelta(seconds=1)) if following else None
            generations[one.key] = replace(one, followed=end)
    return replace(memory, generations=generations)


def _split_off_from(one: Generation, own: Iterable[Generation], known: Iterable[str]) -> Generation | None:
    later = (other for other in own if other.number > one.number and other.key in known)
    following = next(later, None)
    return following if following and split_off(following.key) else None
