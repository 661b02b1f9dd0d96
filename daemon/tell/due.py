"""What people are to hear after a pass: notices of what changed, and reminders of what is due. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.learn.by_hand import who_declined
from daemon.learn.life import LATELY
from daemon.model import CalledOffBy, Reminded, Reminder, Session, State, Trouble, Undelivered
from daemon.model.memory import Memory
from daemon.model.names import heir_of, series_name, undelivered_key
from daemon.plan.plan import Finding
from daemon.tell import briefing, chase
from daemon.tell.kinds import ALERT, FINDING, UNDELIVERED
from daemon.tell.lost import lost
from daemon.tell.overview import overview
from daemon.tell.people import addressee, name_of
from daemon.tell.series import series_moved
from daemon.tell.thanks import notes
from daemon.tell.troubles import troubles
from daemon.tell.turns import topic_changed, turns_changed
from daemon.tell.unread import unread
from daemon.tell.welcome import welcomes
from daemon.tell.write_ups import shared, write_ups


def notices(team: Team, before: Memory, known: Memory, decided: Memory, now: datetime) -> tuple[Reminder, ...]:
    """Return what people are told of announced sessions: called off, on again, at another time, or another's turn now.

    Who is new is welcomed, and hears of nothing that changes before their first day. Of what the ledger did not know
    ``before`` nobody was told. A session that another slot has inherited is known by its page; where a series takes
    place at another time, that is said once and not of each. The moment makes the keys: what happens twice is told
    twice.
    """
    told, moved = list[Reminder](), defaultdict[str, list[tuple[Session, Session]]](list)
    heirs = {session.page: session for session in decided.sessions.values() if session.page}
    for key, session in known.sessions.items():
        new = _renewed(session, decided) or decided.sessions.get(key) or heirs.get(session.page)
        has_gone_by = new is not None and new.takes_place and new.slot.starts_at <= now
        if key in before.sessions and new and new != session and session.slot.starts_at > now and not has_gone_by:
            if session.state is State.ANNOUNCED and _has_lost_its_date(session, new):
                moved[session.slot.series].append((session, new))
            else:
                told += briefing.changes(session, new, team, decided)
            told += turns_changed(session, new, team, decided)
            told += topic_changed(session, new, team, decided)
    told += chain.from_iterable(series_moved(moved[key], key, team, known, decided, now) for key in decided.series)
    told = [one for one in told if (who := addressee(one.to, team)) and who.has_joined(now)]
    moment = f"@{now.astimezone(UTC):%Y-%m-%dT%H:%M}"
    return (*welcomes(team, known, decided, now), *(replace(one, key=one.key + moment) for one in told))


def _has_lost_its_date(before: Session, after: Session) -> bool:
    is_elsewhere = after.key != before.key or after.slot.zone != before.slot.zone
    return is_elsewhere or after.called_off_by is CalledOffBy.CADENCE


def _renewed(session: Session, decided: Memory) -> Session | None:
    """Return a session whose series turned out to be called otherwise now as it takes place in that, by its old key."""
    now = decided.sessions.get(session.key)
    if now is None or now.called_off_by is not CalledOffBy.RENAMED:
        return None
    if session.called_off_by is CalledOffBy.RENAMED:
        return session  # which was told
    heir = heir_of(session, decided, decided.sessions)
    return heir and replace(heir, slot=replace(heir.slot, series=session.slot.series))


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
        *write_ups(team, memory, now),
        *shared(team, memory, now),
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
        late = age <= LATELY and (one.for_good or age >= timedelta(days=1))
        if who and late and message.to != team.lead:
            text = f"The digest of {message.date:%Y-%m-%d} did not reach {name_of(who.email, team)}: {one.why}"
            key = undelivered_key(memory.team, who.email, message.date)
            subject = f"Mail does not reach {name_of(who.email, team)}"
            yield UNDELIVERED.reminder(key, memory.team, team.lead, text, subject=subject)


def _late_declines(team: Team, memory: Memory, coming: Iterable[Session], now: datetime) -> Iterable[Reminder]:
    """Tell the lead of those who declined so late that nobody is moved any more, with who could step in."""
    for session in coming:
        declined = who_declined(session.slot, memory)
        for one in session.assignments:
            if one.member and one.member in declined:
                instead = ", ".join(name_of(email, team) for email in one.reason.ranked) or "nobody is free"
                when = session.slot.starts_at.astimezone(ZoneInfo(team.timezone))
                text = (
                    f"{name_of(one.member, team)} ({one.role}) has declined {series_name(session, memory)} on "
                    f"{when:%Y-%m-%d, %H:%M}, too late to give the turn to somebody else. Could step in: {instead}"
                )
                key = f"{session.key}/declined/{one.role}/{one.member}"
                yield ALERT.reminder(key, memory.team, team.lead, text, due=session.slot.day, session=session.key)


def _found(team: Team, memory: Memory, finding: Finding) -> Reminder:
    key, text = f"{memory.team}/found/{finding.key}", finding.text
    return FINDING.reminder(key, memory.team, team.lead, text, subject=text[:1].upper() + text[1:])
