"""What changed in a pass: announced sessions that are off, on again, moved, or another's turn; said once. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from config.team import Team
from daemon.describe.words import SessionWords
from daemon.model import CalledOffBy, Reminder, Session, State
from daemon.model.memory import Memory
from daemon.model.names import heir_of
from daemon.model.sessions import is_moment
from daemon.model.words import weekday_of
from daemon.tell.changes import changes
from daemon.tell.people import addressee
from daemon.tell.series import ENDED, GOES_ON, Former, series_ended, series_goes_on, series_moved
from daemon.tell.session import when
from daemon.tell.turns import lost_by_now, topic_changed, turns_changed
from daemon.tell.welcome import welcomes

OTHER_DATES = "other-dates"
"""What is said once of a series whose sessions have other dates now."""
Pair = tuple[Session, Session]
"""A session as it was, and as it is now."""


def notices(team: Team, before: Memory, known: Memory, decided: Memory, now: datetime) -> tuple[Reminder, ...]:
    """Return what people are told of announced sessions: called off, on again, at another time, or another's turn now.

    Who is new is welcomed, and hears of nothing that changes before their first day. Of what the ledger did not know
    ``before`` nobody was told. A session that another slot has inherited is known by its page; where a series ends,
    goes on or takes place at another time, that is said once and not of each. The moment makes the keys: what happens
    twice is told twice.
    """
    told, together = list[Reminder](), defaultdict[tuple[str, str], list[Pair]](list)
    for session, new in _changed(before, known, decided, now):
        if of_all := _happened_to_all(session, new):
            together[session.slot.series, of_all].append((session, new))
        else:
            told += changes(session, new, team, decided)
        told += turns_changed(session, new, team, decided)
        told += topic_changed(session, new, team, decided)
    told += chain.from_iterable(
        _of_series(what, pairs, team, decided, before.series) for (_, what), pairs in together.items()
    )
    other = {key: together.get((key, OTHER_DATES), ()) for key in decided.series}
    told += chain.from_iterable(series_moved(other[key], key, team, known, decided, now) for key in other)
    told = [one for one in told if (who := addressee(one.to, team)) and who.has_joined(now)]
    moment = f"@{now.astimezone(UTC):%Y-%m-%dT%H:%M}"
    return (*welcomes(team, known, decided, now), *(replace(one, key=one.key + moment) for one in told))


def at_their_time(team: Team, memory: Memory, waiting: Iterable[Reminder]) -> Iterator[Reminder]:
    """Yield again what waits to be said of sessions that have moved since, with the time at which they are now.

    So is that somebody has a turn no more, with who has it now.
    """
    for one in waiting:
        session, who = memory.sessions.get(one.session), addressee(one.to, team)
        if (
            one.lasting
            and session
            and who
            and one.starts_at
            and session.takes_place
            and not is_moment(session.slot.starts_at, one.starts_at)
        ):
            told = replace(session, slot=replace(session.slot, starts_at=one.starts_at))
            old, new = (SessionWords(each, team, memory) for each in (told, session))
            text = one.text.replace(when(old, who), when(new, who))
            subject = one.subject.replace(weekday_of(told.slot.day), weekday_of(session.slot.day))
            by = one.by and one.by + (session.slot.day - told.slot.day)
            at = session.slot.starts_at
            yield replace(one, text=text, subject=subject, due=session.slot.day, starts_at=at, by=by)
        if session and session.takes_place:
            yield from (told for told in lost_by_now(one, session, team, memory) if told != one)


def _changed(before: Memory, known: Memory, decided: Memory, now: datetime) -> Iterator[Pair]:
    """Yield the sessions to come that were known and are another thing now."""
    heirs = {session.page: session for session in decided.sessions.values() if session.page}
    for key, session in known.sessions.items():
        was = before.sessions.get(key)
        old = was if was and not was.takes_place else session  # one put back in the calendar was off until this pass
        new = _renewed(old, decided) or decided.sessions.get(key) or heirs.get(session.page)
        has_gone_by = new is not None and new.takes_place and new.slot.starts_at <= now
        if was and new and new != old and old.slot.starts_at > now and not has_gone_by:
            yield old, new


def _renewed(session: Session, decided: Memory) -> Session | None:
    """Return a session whose series turned out to be called otherwise now as it takes place in that, by its old key."""
    now = decided.sessions.get(session.key)
    if now is None or now.called_off_by is not CalledOffBy.RENAMED:
        return None
    if session.called_off_by is CalledOffBy.RENAMED:
        return session  # which was told
    heir = heir_of(session, decided, decided.sessions)
    return heir and replace(heir, slot=replace(heir.slot, series=session.slot.series))


def _happened_to_all(session: Session, new: Session) -> str:
    """Return what happened to the whole series of a session that changed; nothing where it is but the session."""
    if not session.takes_place:
        return GOES_ON if session.is_off_with_series and new.takes_place and session.assignments else ""
    if session.state is not State.ANNOUNCED:
        return ""
    is_elsewhere = new.key != session.key or new.slot.zone != session.slot.zone
    if is_elsewhere or new.called_off_by is CalledOffBy.CADENCE:
        return OTHER_DATES
    return ENDED if new.is_off_with_series else ""


def _of_series(what: str, pairs: Sequence[Pair], team: Team, memory: Memory, former: Former) -> Iterator[Reminder]:
    """Yield what is said of sessions of a series that has ended, or goes on."""
    if what == OTHER_DATES:
        return
    if what == GOES_ON:
        yield from series_goes_on(pairs, team, memory, former)
    elif len(pairs) == 1:
        yield from changes(*pairs[0], team, memory)
    else:
        yield from series_ended(pairs, team, memory, former)
