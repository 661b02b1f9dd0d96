"""A lost ledger rebuilt from the marks on what is ours; and what a mark says, so that it can be. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.team import Team
from config.values import canonical_email
from daemon.learn.by_hand import CALLED_OFF, DELETED
from daemon.learn.written_topics import WROTE
from daemon.model import (
    Assignment,
    CalledOffBy,
    Kind,
    Mark,
    Observation,
    Observed,
    Reason,
    Session,
    Slot,
    State,
    Topic,
    backlog,
    on_the_wall,
)
from daemon.model.members import why_away
from daemon.model.memory import KnownSeries, Memory, Record
from daemon.model.names import numbered, page_key, wall_of


def rebuilt(memory: Memory, team: Team, now: datetime) -> Memory:
    """Return the memory with the sessions that only marks tell of: assignments, topic and pairs."""
    topics = {title: topic for topic in backlog(team) for title in (topic.title, *topic.was)}
    sessions, records = dict(memory.sessions), dict(memory.records)
    for key, record in memory.records.items():
        observed = record.observed
        if record.kind is Kind.SESSION and observed and observed.mark and key not in sessions:
            slot = _slot_of(observed, team)
            if slot and not is_over(observed.event, slot.recurrence_id, memory) and not is_stray(record, memory):
                sessions[key] = _from_mark(slot, observed, observed.mark, topics, team, now)
        if record.kind is Kind.SERIES and observed and not record.guests:
            records[key] = replace(record, guests=_invited(observed, team))
        elif record.kind is Kind.SERIES and observed:
            records[key] = replace(record, guests=_still_invited(record.guests, observed, team, now))
    named = {one.key: one for one in _still_named(memory, team)}
    over = _gone_on(sessions, memory)
    sessions = {key: one for key, one in sessions.items() if key not in over}
    return replace(memory, sessions=sessions, records=records, series={**named, **memory.series})


def _gone_on(sessions: Mapping[str, Session], memory: Memory) -> set[str]:
    """Return which sessions became others when their series changed, as an older copy of the ledger does not know.

    Of the two, marks alone tell of one at least: first of that which goes on, and later of what is left of the former.
    """
    heirs = {one.page: one for one in sorted(sessions.values(), key=lambda one: numbered(one.event)[1] or 0)}
    pairs = ((key, one, heirs[one.page]) for key, one in sessions.items())
    return {key for key, one, heir in pairs if _went_on_as(heir, one) and not {key, heir.key} <= memory.sessions.keys()}


def _went_on_as(heir: Session, session: Session) -> bool:
    """Whether a session has its page with that one, which stands in a later recurring event of the same series."""
    (series, number), (its, earlier) = numbered(heir.event), numbered(session.event)
    return series == its and (number or 0) > (earlier or 0)


def is_lost(before: Memory, shown: Mapping[str, Observation]) -> bool:
    """Whether the ledger knew nothing of a team of which marks tell that it was looked after before."""
    is_new = not (before.basis or before.records or before.sessions)
    return is_new and any(one.mark and not one.gone for each in shown.values() for one in each.seen)


def _still_named(memory: Memory, team: Team) -> Iterable[KnownSeries]:
    """Yield the series that only recurring events tell of, unless people have given those another name."""
    zone, first = ZoneInfo(team.timezone), dict[str, date]()
    for key, record in sorted(memory.records.items()):
        observed, series = record.observed, key.rpartition("/")[0]
        if record.kind is Kind.SERIES and series not in memory.series and observed and observed.starts_at:
            starts = first.setdefault(series, observed.starts_at.astimezone(zone).date())
            if not observed.gone and observed.title and observed.shown.get("summary") in record.ours("summary"):
                yield KnownSeries(series, observed.title, starts)


def is_over(event: str, instance: datetime, memory: Memory) -> bool:
    """Whether an instance lies after the end of its recurring event, and so was taken off the calendar with it."""
    known = memory.generations.get(event)
    return known is not None and known.last is not None and instance > known.last


def is_stray(record: Record, memory: Memory) -> bool:
    """Whether a session's event is left from before a person moved its whole series: of another date than it has now.

    One that we have taken away since is one still. Only the ledger knows of such a move, so whatever it does not know
    of in that series is no session that it lost.
    """
    observed, known = record.observed, memory.generations.get(record.observed.event if record.observed else "")
    is_ours = record.kind is Kind.SESSION and observed is not None and observed.mark is not None and not observed.gone
    is_there = observed is not None and (not observed.cancelled or CALLED_OFF in record.ours("cancelled"))
    return is_ours and is_there and known is not None and known.written is not None


def _invited(observed: Observed, team: Team) -> tuple[str, ...]:
    """Return the guests whom we must have invited: those who are in the team, by any address they have or had."""
    members = {email for member in team.members for email in (member.email, *member.was)}
    return tuple(guest for guest in observed.guests if guest in members)


def _still_invited(guests: tuple[str, ...], observed: Observed, team: Team, now: datetime) -> tuple[str, ...]:
    """Return whom we invited without those who have left the file and the event: come back, they are invited anew."""
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    members = {member.email for member in team.members if not member.leaves or member.leaves >= today}
    there = {email.lower() for email in observed.guests}
    return tuple(guest for guest in guests if guest in members or guest.lower() in there)


def _slot_of(observed: Observed, team: Team) -> Slot | None:
    series, wall = observed.key.rpartition("/")[0], wall_of(observed.key)
    if wall is None:
        return None
    starts_at = observed.starts_at or on_the_wall(wall, team.timezone)
    return Slot(series, wall, team.timezone, wall, starts_at, observed.minutes or 0, "")


def _from_mark(
    slot: Slot, observed: Observed, mark: Mark, topics: Mapping[str, Topic], team: Team, now: datetime
) -> Session:
    facts = dict(mark.roles)
    title, form, pairs = facts.pop("topic", ""), facts.pop("format", ""), facts.pop("pairs", "")
    page, deleted = _page_of(facts.pop("page", ""), observed.key), bool(facts.pop("deleted", ""))
    declined = tuple(facts.pop("declined", "").split())
    written_for, is_by_hand = _date_of(facts.pop("written-for", "")), bool(facts.pop("by-hand", ""))
    state = State.CANCELLED if observed.cancelled else State.HELD if slot.ends_at <= now else State.ANNOUNCED
    return Session(
        replace(slot, format=form),
        tuple(
            Assignment(role, canonical_email(email) or None, REMEMBERED, _eligible(team, role, slot))
            for role, email in facts.items()
        ),
        tuple(tuple(canonical_email(pair).split(" ")) for pair in pairs.split("/") if pair),
        topics.get(title) or (Topic(title=title) if title else None),
        state=state,
        called_off_by=CalledOffBy.PEOPLE if deleted else None,
        note=DELETED if deleted else "",
        event=observed.event,
        page=page,
        topic_reason=f"{WROTE} for {written_for}" if written_for else "",
        written_for=written_for,
        by_hand=(slot.starts_at, slot.minutes) if is_by_hand else None,
        declined=declined,
    )


def _page_of(told: str, session: str) -> str:
    """Return the key of a session's page: the one that was told, if that is one of the same team."""
    first, _, _ = session.partition("/")
    is_one = told.startswith(f"{first}/") and wall_of(told.removesuffix("/page")) and told.endswith("/page")
    return told if is_one else page_key(session)


def _date_of(told: str) -> date | None:
    try:
        return date.fromisoformat(told)
    except ValueError:
        return None


REMEMBERED = Reason("kept", "Announced before; known from the calendar.")


def _eligible(team: Team, role: str, slot: Slot) -> dict[str, float]:
    """Return who could have served, as far as the team's file still tells."""
    able = (one for one in team.members if role not in one.excused and why_away(one, slot.day) is None)
    return {member.email: member.share for member in able}


def said_by_mark(session: Session) -> dict[str, str]:
    """Return what a mark says of a session: the roles, and the topic, pairs and so on that a rebuild needs."""
    facts: dict[str, str] = {assignment.role: assignment.member or "" for assignment in session.assignments}
    facts["format"] = session.slot.format
    if session.topic:
        facts["topic"] = session.topic.title
    if session.pairs:
        facts["pairs"] = "/".join(" ".join(pair) for pair in session.pairs)
    if session.page != page_key(session.key):
        facts["page"] = session.page
    if session.called_off_by is CalledOffBy.PEOPLE:
        facts["deleted"] = "by people"
    if session.by_hand:
        facts["by-hand"] = "moved"
    if session.declined:
        facts["declined"] = " ".join(session.declined)
    if session.written_for:
        facts["written-for"] = session.written_for.isoformat()
    return facts
