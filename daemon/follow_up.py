"""What people are to hear after a pass: notices of what changed, and reminders of what is due. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.team import Team
from daemon import briefing, chase, outcome, recognition
from daemon.decide import who_declined
from daemon.memory import Memory, Progress
from daemon.model import Kind, Reminder, Session, Undelivered, on_the_wall
from daemon.people import addressee
from daemon.plan import Finding, Plan


def notices(team: Team, before: Memory, after: Memory, now: datetime) -> tuple[Reminder, ...]:
    """Return what the guests are told of announced sessions that are now called off, on again, or at another time.

    A session that another slot has inherited is known by its page. The moment makes the keys: what happens twice is
    told twice.
    """
    heirs = {session.page: session for session in after.sessions.values() if session.page}
    told: list[Reminder] = []
    for key, session in before.sessions.items():
        new = after.sessions.get(key) or heirs.get(session.page)
        if new and new != session and session.slot.starts_at > now:
            told += briefing.notices(session, new, team, after)
    return tuple(replace(one, key=f"{one.key}@{now.astimezone(UTC):%Y-%m-%dT%H:%M}") for one in told)


def reminders_due(team: Team, memory: Memory, plan: Plan, now: datetime) -> tuple[Reminder, ...]:
    """Return everything that is due to be said now: of action items, of sessions to come and held, and of people."""
    coming = [session for session in memory.sessions.values() if session.slot.starts_at > now]
    tracked = list(tracked_items(memory, now))
    return (
        *chase.reminders(tracked, team, memory.team, now),
        *briefing.duties(coming, team, memory, now),
        *outcome.write_ups(team, memory, now),
        *outcome.shared(team, memory, now),
        *recognition.notes(team, memory, now),
        *_late_declines(team, memory, coming, now),
        *(_found(team, memory, finding) for finding in plan.findings),
    )


def undelivered(team: Team, memory: Memory, now: datetime, failed: Iterable[Undelivered]) -> Iterator[Reminder]:
    """Yield, for the lead, the digests of the last weeks that did not reach a member within a day, or never will."""
    for one in failed:
        message, age = one.message, now - one.message.date
        who = addressee(message.to, team)
        late = age <= outcome.LATELY and (one.for_good or age >= timedelta(days=1))
        if who and late and message.to.casefold() != team.lead.casefold():
            text = f"The digest of {message.date:%Y-%m-%d} did not reach {who.name or who.email}: {one.why}"
            key = f"{memory.team}/undelivered/{message.message_id}"
            yield Reminder(key, memory.team, team.lead, "undelivered", text)


def open_items(memory: Memory, now: datetime) -> list[chase.Tracked]:
    """Return the action items that are neither done nor dropped, of sessions that have begun."""
    return [one for one in tracked_items(memory, now) if one.state is Progress.OPEN]


def tracked_items(memory: Memory, now: datetime) -> Iterable[chase.Tracked]:
    """Yield the action items on the pages of sessions that have begun."""
    pages = {session.page: session for session in memory.sessions.values() if session.page}
    known = {(item.page, item.id): item for item in memory.items.values() if item.place is not None}
    for record in memory.records.values():
        session = pages.get(record.key)
        if record.kind is Kind.PAGE and record.observed and session and session.slot.starts_at <= now:
            title, facilitator = _title(session, memory), session.roles.get("facilitator")
            place = (title, session.slot.day, facilitator, record.observed.url, session.key)
            yield from (chase.Tracked(item, *place, known.get((item.page, item.id))) for item in record.observed.items)


def _late_declines(team: Team, memory: Memory, coming: Iterable[Session], now: datetime) -> Iterable[Reminder]:
    """Tell the lead of those who declined so late that nobody is moved any more, with who could step in."""
    names = {member.email: member.name for member in team.members}
    for session in coming:
        declined = who_declined(session.slot, memory)
        for one in session.assignments:
            if one.member in declined:
                instead = ", ".join(names.get(email, email) for email in one.reason.ranked) or "nobody is free"
                when = session.slot.starts_at.astimezone(ZoneInfo(team.timezone))
                text = (
                    f"{names.get(one.member, one.member)} ({one.role}) has declined {_title(session, memory)} on "
                    f"{when:%Y-%m-%d, %H:%M}, too late to give the turn to somebody else. Could step in: {instead}"
                )
                key = f"{session.key}/declined/{one.role}/{one.member}"
                yield Reminder(key, memory.team, team.lead, "alert", text, due=session.slot.day)


def _title(session: Session, memory: Memory) -> str:
    series = memory.series.get(session.slot.series)
    return series.name if series else session.slot.series


def overruled(team: Team, memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield the lead's moves that give way to a person's own in the calendar."""
    moves = {(one.series, one.on): one.move_to for one in team.sessions if one.move_to}
    for session in memory.sessions.values() if moves else ():
        slot, series = session.slot, _title(session, memory)
        asked = moves.get((series, slot.wall.date()))
        if asked and session.takes_place and slot.starts_at > now and slot.starts_at != on_the_wall(asked, slot.zone):
            text = (
                f"“{series}” of {slot.wall:%Y-%m-%d} is to be moved to {asked:%Y-%m-%d %H:%M}, says the file; but "
                f"somebody moved it to {slot.starts_at:%Y-%m-%d %H:%M} in the calendar, which stays"
            )
            yield Finding(f"{session.key}/move_to/{asked.isoformat()}", text)


def _found(team: Team, memory: Memory, finding: Finding) -> Reminder:
    return Reminder(f"{memory.team}/found/{finding.key}", memory.team, team.lead, "finding", finding.text)
