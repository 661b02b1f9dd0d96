"""The next moment at which anything can be due though nobody does anything: until then a team may be left alone. Pure.

What goes by dates changes at a midnight; what goes by the time that is left or has gone by, at a moment so long before
or after a session, a report or a trouble. A moment too many costs a pass that finds nothing to do; one too few would
keep something from people. So each is told for all that it may be of, whether it is so or not.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.learn import answers
from daemon.learn.life import CLOSED_AFTER, LATELY
from daemon.model import Reminded, Session, Slot, Trouble, Undelivered, on_the_wall
from daemon.model.memory import Generation, Memory
from daemon.plan.renames import ASKED_FOR
from daemon.tell import briefing, chase
from daemon.tell.due import A_DAY_LATE
from daemon.tell.pulse import OPEN_FOR
from daemon.tell.troubles import WORDS

NOW = timedelta()
AFTER = (NOW, LATELY, CLOSED_AFTER, answers.ASKED_AFTER, answers.NOT_AFTER, OPEN_FOR)
"""So long after the end of a session something may be due."""
LONGEST = max(AFTER) + timedelta(weeks=2)
"""So long after its start nothing is due any more by the time that has gone by since a session."""


def next_moment(
    team: Team,
    memory: Memory,
    reminded: Iterable[Reminded],
    failed: Iterable[Undelivered],
    troubles: Iterable[Trouble],
    now: datetime,
) -> datetime:
    """Return the first moment from ``now`` on at which a pass may find something to do that this one did not.

    What is due once more than some time has gone by is so just after its moment: that itself is such a one as well.
    """
    recent = [one for one in memory.sessions.values() if now - one.slot.starts_at < LONGEST]
    found = chain(
        midnights(team, memory, now),
        chain.from_iterable(of_session(one, team) for one in recent),
        chain.from_iterable(of_generation(one, team) for one in memory.generations.values()),
        seen_in_the_calendar(memory),
        of_decisions(team, memory),
        of_reminders(reminded, failed),
        of_troubles(troubles),
    )
    start = now.astimezone(UTC)
    return min(moment for one in found if (moment := one.astimezone(UTC)) >= start)


def midnights(team: Team, memory: Memory, now: datetime) -> Iterator[datetime]:
    """Yield when the next day begins, wherever somebody is or something takes place, and where the ledger counts."""
    people = {member.timezone for member in team.members if member.timezone}
    events = {one.zone for one in memory.generations.values()} | {one.slot.zone for one in memory.sessions.values()}
    for zone in map(ZoneInfo, {"UTC", team.timezone} | people | events):
        yield datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)


def of_session(session: Session, team: Team) -> Iterator[datetime]:
    """Yield what is counted from a session: its page opens, nothing is moved any more, it is held, and what follows."""
    slot, rule = session.slot, team.rotation
    before = (NOW, rule.keep, rule.freeze, rule.keep + rule.freeze, team.wiki.open, briefing.NEAR, -LATELY)
    yield from (slot.starts_at.astimezone(UTC) - length for length in before)
    yield from (on_the_wall(slot.recurrence_id, slot.zone), slot.original_start)
    yield from (slot.ends_at.astimezone(UTC) + after for after in AFTER)
    yield from (one.until for one in session.assignments if one.until)


def of_generation(generation: Generation, team: Team) -> Iterator[datetime]:
    """Yield when a recurring event begins and ends, and until when its lead is asked what became of it."""
    ends = [end for end in (generation.until, generation.followed) if end]
    for wall in (generation.starts, *ends):
        for zone in (generation.zone, team.timezone):
            yield on_the_wall(wall, zone)
            yield on_the_wall(wall + ASKED_FOR, zone)


def seen_in_the_calendar(memory: Memory) -> Iterator[datetime]:
    """Yield when something takes place or ends as the calendar shows it, whatever is known of it."""
    for record in memory.records.values():
        if record.observed and record.observed.starts_at:
            yield record.observed.starts_at
        if record.observed and record.observed.until and (known := memory.generations.get(record.key)):
            yield on_the_wall(record.observed.until, known.zone)


def of_decisions(team: Team, memory: Memory) -> Iterator[datetime]:
    """Yield when sessions begin and end where the lead has moved them to."""
    slots = list[Slot](one.slot for one in memory.sessions.values())
    for decision in team.sessions:
        if decision.move_to:
            yield on_the_wall(decision.move_to, team.timezone)
            for slot in (one for one in slots if one.wall.date() == decision.on):
                start = on_the_wall(decision.move_to, slot.zone)
                yield from (start, start.astimezone(UTC) + timedelta(minutes=slot.minutes))


def of_reminders(reminded: Iterable[Reminded], failed: Iterable[Undelivered]) -> Iterator[datetime]:
    """Yield when a reminder could have been answered, and from when to when the lead hears of a mail that failed."""
    yield from (one.at + chase.TO_ANSWER for one in reminded if one.at)
    for one in failed:
        yield from (one.message.date + A_DAY_LATE, one.message.date + LATELY)


def of_troubles(troubles: Iterable[Trouble]) -> Iterator[datetime]:
    """Yield when what is in trouble has been so for long."""
    yield from (one.since + WORDS[one.subject].patience for one in troubles if one.subject in WORDS)
