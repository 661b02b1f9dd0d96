"""Turns that change hands after they were announced: whoever gains or loses one hears of it, whatever the why. Pure."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from config.team import Team
from daemon.describe.words import SessionWords, format_of
from daemon.model import Reminder, Session, State, Topic
from daemon.model.asks import Ask, Purpose
from daemon.model.memory import Memory
from daemon.model.words import FACILITATOR, quoted, weekday_of
from daemon.tell.briefing import duty_of
from daemon.tell.by_key import ByKey
from daemon.tell.changes import MOVED, OFF
from daemon.tell.kinds import DUTY, NOTICE, TURN
from daemon.tell.people import addressee, name_of
from daemon.tell.series import has_ended, heads_of_series, is_outdated
from daemon.tell.session import reminder, said_of, when

GAINS, LOSES, ABOUT = "gains", "loses", "topic"
NEAR = timedelta(weeks=1)
"""So near a session, what changed of its turns is worth a mail of its own."""


def turns_changed(before: Session, after: Session, team: Team, memory: Memory) -> Iterator[Reminder]:
    """Yield what those hear who have a role in an announced session now, or have it no more, and in whose place.

    Who cannot make it hears when somebody else does, and nobody is told what they said themselves.
    """
    if before.state is not State.ANNOUNCED or not after.takes_place:
        return
    words, (was, now) = SessionWords(after, team, memory), map(_holders, (before, after))
    for role in dict.fromkeys((*was, *now)):
        old, new, own = was.get(role), now.get(role), _by_whom(after, role, memory)
        if new and new not in (old, own):
            instead = f", in place of {name_of(old, team)}" if old else ""
            duty = duty_of(role, replace(after, topic=None))  # another may have it by the time this is read
            yield from _change(words, GAINS, LOSES, role, new, duty, instead)
        if old and old not in (new, own):
            yield from _lost(words, role, old)


def _lost(words: SessionWords, role: str, email: str) -> Iterator[Reminder]:
    new = words.session.roles.get(role)
    vacant = "nobody has it yet" if role in words.session.unfilled else f"there is no {role} any more"
    taken = f" has gone to {name_of(new, words.team)}" if new else f" is yours no more; {vacant}"
    yield from _change(words, LOSES, GAINS, role, email, f"Your turn as {role} of", taken)


def lost_by_now(one: Reminder, session: Session, team: Team, memory: Memory) -> Iterator[Reminder]:
    """Yield what waits to be said of a turn that somebody has no more, with who has it now; nothing of others."""
    lost = one.key.removeprefix(f"{one.session}/{TURN.name}/{LOSES}/")
    role = lost.partition("/")[0]
    if lost != one.key and session.roles.get(role) != one.to:
        for told in _lost(SessionWords(session, team, memory), role, one.to):
            yield replace(told, key=one.key)


def _holders(session: Session) -> dict[str, str]:
    """Return who has which role, or had it until somebody else is found."""
    given = ((one.role, one.member or (one.former if one.waits else None)) for one in session.assignments)
    return {role: email for role, email in given if email}


def _by_whom(session: Session, role: str, memory: Memory) -> str | None:
    """Return whose word gave a role to whoever has it now: they know."""
    said = [one for one in memory.statements.passings.get(session.key, ()) if one.role == role]
    is_so = said and said[-1].to == session.roles.get(role)
    return said[-1].statement.who if is_so else None


def _change(
    words: SessionWords, part: str, opposite: str, role: str, email: str, text: str, rest: str
) -> Iterator[Reminder]:
    asks = (Ask(Purpose.CANNOT, words.session.key),) if part == GAINS else ()
    if who := addressee(email, words.team):
        yield reminder(
            TURN,
            words,
            f"{part}/{role}/{who.email}",
            who.email,
            f"{text} {words.title} on {when(words, who)}{rest}",
            by=words.session.slot.day - NEAR,
            subject=f"{text} {words.title} on {weekday_of(words.session.slot.day)}{rest}",
            undoes=said_of(words, TURN, f"{opposite}/{role}/{who.email}"),
            asks=asks,
        )


def topic_changed(before: Session, after: Session, team: Team, memory: Memory) -> Iterator[Reminder]:
    """Yield what those hear who bring the topic of an announced session when it becomes another one.

    So does the owner of a topic that somebody else presents, when it becomes that of the session, or is it no more.
    """
    old, new = before.topic, after.topic
    is_other = old != new and not (old and new and old.title in (new.title, *new.was))
    if before.state is not State.ANNOUNCED or not after.takes_place or not is_other:
        return
    words, role = SessionWords(after, team, memory), format_of(after, team).presents or FACILITATOR
    holder = after.roles.get(role)
    if holder and holder == before.roles.get(role):
        named = f" is now {quoted(new.title)}" if new else ": there is none any more"
        yield from _about(words, old, holder, "The topic of", named)
    if old and old.owner and old.owner != holder:
        yield from _about(words, old, old.owner, f"Your topic {quoted(old.title)} is no longer that of", "")
    if new and new.owner and new.owner != holder:
        presents = f"; {name_of(holder, team)} presents it" if holder else ""
        yield from _about(words, old, new.owner, f"Your topic {quoted(new.title)} is now that of", presents)


def _about(words: SessionWords, old: Topic | None, email: str, text: str, rest: str) -> Iterator[Reminder]:
    there, back = (_title(old), _title(words.session.topic)), (_title(words.session.topic), _title(old))
    if who := addressee(email, words.team):
        yield reminder(
            TURN,
            words,
            f"{ABOUT}/{who.email}/{'-'.join(there)}",
            who.email,
            f"{text} {words.title} on {when(words, who)}{rest}",
            by=words.session.slot.day - NEAR,
            subject=f"{text} {words.title} on {weekday_of(words.session.slot.day)}{rest}",
            undoes=said_of(words, TURN, f"{ABOUT}/{who.email}/{'-'.join(back)}"),
        )


def _title(topic: Topic | None) -> str:
    return hashlib.sha256(topic.title.encode(errors="replace")).hexdigest()[:8] if topic else "none"


def better_said(one: Reminder, others: ByKey) -> bool:
    """Return whether another message makes one of a change needless.

    Of one person's messages only those are looked at that can: somebody may wait to hear thousands.
    """
    about, name, _ = one.key.partition(_on_topic(one))
    heads = (f"{one.session}/{NOTICE.name}/{OFF}", f"{one.session}/{DUTY.name}/", *heads_of_series(one))
    return any(_makes_needless(one, other) for other in others.beginning(*heads, *((about + name,) if name else ())))


def _makes_needless(one: Reminder, other: Reminder) -> bool:
    """Return whether another message makes one needless.

    The session is off, the duty itself is told, the topic has become yet another one, or the series goes on meanwhile.
    """
    if _is_off(one, other):
        return one.kind == TURN.name or one.key.startswith(f"{one.session}/{NOTICE.name}/{MOVED}")
    if is_outdated(one, other):
        return True
    about, name, _ = one.key.partition(_on_topic(one))
    if name and other.key.startswith(about + name) and _moment(one) < _moment(other):
        return True
    gained = one.key.partition(f"/{TURN.name}/{GAINS}/")[2].rpartition("@")[0]
    return bool(gained and other.key.startswith(f"{one.session}/{DUTY.name}/") and other.key.endswith(f"/{gained}"))


def _on_topic(one: Reminder) -> str:
    return f"/{TURN.name}/{ABOUT}/{one.to}/"


def _is_off(one: Reminder, other: Reminder) -> bool:
    """Whether another message tells that a session is off, or its whole series from before it on."""
    return other.key.startswith(f"{one.session}/{NOTICE.name}/{OFF}") or has_ended(one, other)


def _moment(reminder: Reminder) -> str:
    return reminder.key.rpartition("@")[2]
