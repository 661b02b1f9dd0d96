"""What people are to hear after a pass: notices of what changed, and reminders of what is due. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.decide.decisions import decision_on
from daemon.learn.by_hand import who_declined
from daemon.learn.life import LATELY
from daemon.model import Reminded, Reminder, Session, Trouble, Undelivered
from daemon.model.memory import Memory
from daemon.model.names import keyed_series, series_name, undelivered_key
from daemon.plan.plan import Finding
from daemon.tell import briefing, chase
from daemon.tell.kinds import ALERT, FINDING, NAME, TROUBLE, UNDELIVERED
from daemon.tell.learned import learned
from daemon.tell.lost import lost
from daemon.tell.overview import overview
from daemon.tell.people import addressee, name_of
from daemon.tell.pulse import pulse
from daemon.tell.sought import sought
from daemon.tell.thanks import notes
from daemon.tell.troubles import troubles
from daemon.tell.unread import unread
from daemon.tell.write_ups import shared, write_ups

NAMED = "and the team's file names them, so only you can give the turn to somebody else"
LATE = "too late to give the turn to somebody else"
A_DAY_LATE = timedelta(days=1)
"""So long after its moment the lead hears that a digest has not gone out."""


def reminders_due(
    team: Team,
    memory: Memory,
    findings: Iterable[Finding],
    failed: Iterable[Undelivered],
    reminded: Iterable[Reminded],
    now: datetime,
    known: Sequence[Trouble] = (),
) -> tuple[Reminder, ...]:
    """Return everything that is due to be said now: of action items, of sessions to come and held, and of people.

    ``findings`` are the plan's, ``failed`` the digests that did not go out, ``reminded`` tells who really was, of what,
    ``known`` what is and was in trouble.
    """
    coming = [session for session in memory.sessions.values() if session.slot.starts_at > now]
    return (
        *chase.reminders(team, memory, reminded, now),
        *lost(team, memory),
        *unread(team, memory, now),
        *briefing.duties(coming, team, memory, now),
        *sought(coming, team, memory, now),
        *write_ups(team, memory, now),
        *shared(team, memory, now),
        *learned(team, memory, now),
        *pulse(team, memory, now),
        *notes(team, memory, now),
        *_late_declines(team, memory, coming, now),
        *(_found(team, memory, finding) for finding in findings),
        *undelivered(team, memory, now, failed),
        *troubles(team, memory, known, now),
        *overview(team, memory, known, now),
    )


def undelivered(team: Team, memory: Memory, now: datetime, failed: Iterable[Undelivered]) -> Iterator[Reminder]:
    """Yield, for the lead, the digests of the last weeks that did not reach a member within a day, or never will.

    Of the same person they hear once a week.
    """
    for one in failed:
        message, age = one.message, now - one.message.date
        who = addressee(message.to, team)
        late = age <= LATELY and (one.for_good or age >= A_DAY_LATE)
        if who and late and message.to != team.lead:
            digest, name = f"digest of {message.date:%Y-%m-%d}", name_of(who.email, team)
            known = (
                f"Whether the {digest} reached {name} is not known"
                if one.unsure
                else f"The {digest} did not reach {name}"
            )
            text = f"{known}: {one.why}"
            key = undelivered_key(memory.team, who.email, message.date)
            subject = f"Mail {'may' if one.unsure else 'does'} not reach {name}"
            yield UNDELIVERED.reminder(key, memory.team, team.lead, text, subject=subject)


def _late_declines(team: Team, memory: Memory, coming: Iterable[Session], now: datetime) -> Iterable[Reminder]:
    """Tell the lead of those who declined but have the turn still, since it is late or the file names them."""
    for session in coming:
        declined = who_declined(session.slot, memory)
        for one in session.assignments:
            if one.member and one.member in declined:
                instead = ", ".join(name_of(email, team) for email in one.reason.ranked) or "nobody is free"
                when = session.slot.starts_at.astimezone(ZoneInfo(team.timezone))
                is_named = one.member == _named(session, team, memory).get(one.role)
                why = NAMED if is_named else LATE
                text = (
                    f"{name_of(one.member, team)} ({one.role}) has declined {series_name(session, memory)} on "
                    f"{when:%Y-%m-%d, %H:%M}, {why}. Could step in: {instead}"
                )
                key = f"{session.key}/declined/{one.role}/{one.member}"
                yield ALERT.reminder(key, memory.team, team.lead, text, due=session.slot.day, session=session.key)


def _named(session: Session, team: Team, memory: Memory) -> Mapping[str, str]:
    """Return whom the team's file names for which role of a session."""
    series = keyed_series(team, memory).get(session.slot.series)
    decision = decision_on(session.slot.wall.date(), series, team) if series else None
    return decision.roles if decision else {}


def _found(team: Team, memory: Memory, finding: Finding) -> Reminder:
    key, subject = f"{memory.team}/found/{finding.key}", finding.subject or finding.text
    if finding.kind == "question":
        return NAME.reminder(key, memory.team, team.lead, finding.text, subject=finding.text.partition(": ")[0])
    if finding.kind == "trouble":  # only one pass names it
        told = TROUBLE.reminder(key, memory.team, team.lead, finding.text, subject="The ledger is new")
        return replace(told, lasting=True)
    return FINDING.reminder(key, memory.team, team.lead, finding.text, subject=subject[:1].upper() + subject[1:])
