"""From what is observed to what is known: the latest look at each resource, and a lost ledger rebuilt from marks.

Pure. What a person changed is not copied anywhere: it is read off the difference between a record's ``observed`` and
what we applied, every pass anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.team import Member, Team, Topic
from daemon.desired import page_key
from daemon.memory import KnownSeries, Memory, Record
from daemon.model import (
    Assignment,
    Kind,
    Mark,
    Observation,
    Observed,
    Reason,
    Session,
    Slot,
    State,
    fingerprint,
    on_the_wall,
)

INSTANCE = "INSTANCE:"
DELETED = "deleted in the calendar"
"""The note of a session that a person deleted."""
PORTS: Mapping[str, frozenset[Kind]] = {
    "calendar": frozenset({Kind.SERIES, Kind.SESSION}),
    "wiki": frozenset({Kind.PAGE}),
}
"""Which kinds of resource each port shows."""


def learn(memory: Memory, observations: Mapping[str, Observation], restore: bool = False) -> Memory:
    """Return the memory with what each port, by its name, has just shown.

    With ``restore`` what people deleted is forgotten, so that it is made again.
    """
    for port, observation in observations.items():
        seen = {key: replace(one, key=key) for key, one in _keyed(memory, observation.seen)}
        if observation.complete:
            memory = _without(memory, {key for key in _put_back(memory) if key not in seen} & _kinds(memory, port))
            seen |= {key: one for key, one in _gone(memory, PORTS[port]) if key not in seen}
        records = {key: _seen(memory.records.get(key), one) for key, one in seen.items()}
        if restore:
            lost = {key for key, one in seen.items() if one.gone}
            records = {key: record for key, record in records.items() if key not in lost}
            memory = _without(memory, lost)
        cursors = {**memory.cursors, port: observation.cursor}
        memory = replace(memory, records={**memory.records, **records}, cursors=cursors)
    return memory


def _keyed(memory: Memory, seen: Iterable[Observed]) -> Iterable[tuple[str, Observed]]:
    """Name an instance that carries no mark after the session it is, where that is known."""
    sessions = dict(_instances(memory)) if any(one.key.startswith(INSTANCE) for one in seen) else {}
    for one in seen:
        yield sessions.get(one.key, one.key), one


def _kinds(memory: Memory, port: str) -> set[str]:
    return {key for key, record in memory.records.items() if record.kind in PORTS[port]}


def _put_back(memory: Memory) -> Iterable[str]:
    """Yield the sessions that a person had deleted; where one is no longer called off, they have put it back."""
    for key, session in memory.sessions.items():
        observed = memory.observed(key)
        over = _is_over(session.event, session.slot.recurrence_id, memory)
        if session.note == DELETED and observed and observed.cancelled and not observed.gone and not over:
            yield key


def _without(memory: Memory, lost: set[str]) -> Memory:
    """Return the memory in which nobody ever wrote or deleted these resources."""
    if not lost:
        return memory
    back = {
        key: replace(memory.sessions[key], state=State.ANNOUNCED, note="")
        for key in lost
        if key in memory.sessions and memory.sessions[key].note == DELETED
    }
    records = {key: record for key, record in memory.records.items() if key not in lost}
    return replace(memory, sessions={**memory.sessions, **back}, records=records)


def with_instances_named(memory: Memory) -> Memory:
    """Return the memory in which what a person did to a bare instance is known of the session that it has become."""
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
        instance = session.slot.recurrence_id.isoformat(timespec="minutes")
        yield f"{INSTANCE}{session.event}:{instance}", session.key


def _gone(memory: Memory, kinds: frozenset[Kind]) -> Iterable[tuple[str, Observed]]:
    """Yield what was there when last seen, or was applied, and now is not."""
    for key, record in memory.records.items():
        if record.kind in kinds and (record.observed or record.applied):
            before = record.observed or Observed(key, record.kind, {})
            yield key, replace(before, shown={}, gone=True, items=(), trouble="")


def _seen(record: Record | None, observed: Observed) -> Record:
    record = record or Record(observed.key, observed.kind, observed.mark.applied if observed.mark else {})
    if observed.gone and not record.applied:
        return replace(record, observed=None)  # our own write never arrived: nobody deleted anything
    if observed.shown and record.intended and _arrived(record, observed) and not is_unfinished(record):
        return replace(record, applied={**record.applied, **record.intended}, intended={}, observed=observed)
    return replace(record, observed=observed)


def is_unfinished(record: Record) -> bool:
    """Whether the making of a page was cut short: some wikis make one in several steps, which are then repeated."""
    return record.kind is Kind.PAGE and bool(record.intended) and not record.applied


def _arrived(record: Record, observed: Observed) -> bool:
    """Whether the write that was cut short has reached its goal."""
    return observed.mark is not None and all(
        observed.mark.applied.get(name) == digest for name, digest in record.intended.items()
    )


def rebuilt(memory: Memory, team: Team, now: datetime) -> Memory:
    """Return the memory with the sessions that only marks tell of: assignments, topic and pairs."""
    topics = {title: topic for topic in team.topics for title in (topic.title, *topic.was)}
    sessions, records = dict(memory.sessions), dict(memory.records)
    for key, record in memory.records.items():
        observed = record.observed
        if record.kind is Kind.SESSION and observed and observed.mark and key not in sessions:
            slot = _slot_of(observed, team)
            if not _is_over(observed.event, slot.recurrence_id, memory):
                sessions[key] = _from_mark(slot, observed, observed.mark, topics, team, now)
        if record.kind is Kind.SERIES and observed and not record.guests:
            records[key] = replace(record, guests=_invited(observed, team))
    named = {one.key: one for one in _still_named(memory, team)}
    return replace(memory, sessions=sessions, records=records, series={**named, **memory.series})


def _still_named(memory: Memory, team: Team) -> Iterable[KnownSeries]:
    """Yield the series that only recurring events tell of, unless people have given those another name."""
    zone, first = ZoneInfo(team.timezone), dict[str, date]()
    for key, record in sorted(memory.records.items()):
        observed, series = record.observed, key.rpartition("/")[0]
        if record.kind is Kind.SERIES and series not in memory.series and observed and observed.starts_at:
            starts = first.setdefault(series, observed.starts_at.astimezone(zone).date())
            if not observed.gone and observed.title and observed.shown.get("summary") in record.ours("summary"):
                yield KnownSeries(series, observed.title, starts)


def _is_over(event: str, instance: datetime, memory: Memory) -> bool:
    """Whether an instance lies after the end of its recurring event, and so was taken off the calendar with it."""
    known = memory.generations.get(event)
    return known is not None and known.until is not None and instance > known.until


def _invited(observed: Observed, team: Team) -> tuple[str, ...]:
    """Return the guests whom we must have invited: those who are in the team, by any address they have or had."""
    members = {email.lower() for member in team.members for email in (member.email, *member.was)}
    return tuple(guest for guest in observed.guests if guest.lower() in members)


def _slot_of(observed: Observed, team: Team) -> Slot:
    series, _, written = observed.key.rpartition("/")
    wall = datetime.fromisoformat(written)
    starts_at = observed.starts_at or on_the_wall(wall, team.timezone)
    return Slot(series, wall, team.timezone, wall, starts_at, observed.minutes or 0, "")


def _from_mark(
    slot: Slot, observed: Observed, mark: Mark, topics: Mapping[str, Topic], team: Team, now: datetime
) -> Session:
    facts = dict(mark.roles)
    title, form, pairs = facts.pop("topic", ""), facts.pop("format", ""), facts.pop("pairs", "")
    page, note = facts.pop("page", page_key(observed.key)), DELETED if facts.pop("deleted", "") else ""
    state = State.CANCELLED if observed.cancelled else State.HELD if slot.ends_at <= now else State.ANNOUNCED
    return Session(
        replace(slot, format=form),
        tuple(
            Assignment(role, email or None, REMEMBERED, _eligible(team, role, slot)) for role, email in facts.items()
        ),
        tuple(tuple(pair.split(" ")) for pair in pairs.split("/") if pair),
        topics.get(title) or (Topic(title=title) if title else None),
        state=state,
        note=note,
        event=observed.event,
        page=page,
    )


REMEMBERED = Reason("kept", "Announced before; known from the calendar.")


def _eligible(team: Team, role: str, slot: Slot) -> dict[str, float]:
    """Return who could have served, as far as the team's file still tells."""
    able = (one for one in team.members if role not in one.excused and why_away(one, slot.day) is None)
    return {member.email: member.share for member in able}


def why_away(member: Member, day: date) -> str | None:
    """Return why a member is not there on a day, which is a date in the team's zone; None where they are."""
    if member.joined and day < member.joined:
        return f"joins on {member.joined}"
    if member.leaves and day > member.leaves:
        return f"left on {member.leaves}"
    return "is away" if any(day in dates for dates in member.away) else None


def facts_of(session: Session) -> dict[str, str]:
    """Return what a mark says of a session: the roles, and the topic, pairs and so on that a rebuild needs."""
    facts: dict[str, str] = {assignment.role: assignment.member or "" for assignment in session.assignments}
    facts["format"] = session.slot.format
    if session.topic:
        facts["topic"] = session.topic.title
    if session.pairs:
        facts["pairs"] = "/".join(" ".join(pair) for pair in session.pairs)
    if session.page != page_key(session.key):
        facts["page"] = session.page
    if session.note == DELETED:
        facts["deleted"] = "by people"
    return facts


def moved_by_people(record: Record | None, planned: Slot) -> datetime | None:
    """Return when a session takes place because a person moved it in the calendar; None where nobody did."""
    observed = record.observed if record else None
    if not record or not observed or observed.gone or observed.cancelled or observed.starts_at is None:
        return None
    as_planned = fingerprint({"when": (planned.starts_at, planned.minutes)})["when"]
    shown = observed.shown.get("when")
    return observed.starts_at if shown != as_planned and shown not in record.ours("when") else None


def is_gone(record: Record | None) -> bool:
    """Whether what we made is no longer there."""
    return record is not None and record.observed is not None and record.observed.gone


def ended_by_people(record: Record | None) -> datetime | None:
    """Return the end (wall time) that a person gave a recurring event which goes on for us; None where nobody did."""
    observed = record.observed if record else None
    if not record or not observed or observed.gone or observed.shown.get("until") in record.ours("until"):
        return None
    return observed.until


def called_off_by_people(record: Record | None) -> bool:
    """Whether a person deleted a session in the calendar, rather than we calling it off."""
    observed = record.observed if record else None
    if not record or not observed or not (observed.gone or observed.cancelled):
        return False
    return CALLED_OFF not in record.ours("cancelled")


CALLED_OFF = fingerprint({"cancelled": True})["cancelled"]
