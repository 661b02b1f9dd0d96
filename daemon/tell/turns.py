"""Turns that change hands after they were announced: whoever gains or loses one hears of it, whatever the why. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from config.team import Team
from daemon.describe.words import SessionWords
from daemon.model import Reminder, Session, State
from daemon.model.memory import Memory
from daemon.model.words import weekday_of
from daemon.tell.briefing import duty_of
from daemon.tell.kinds import TURN
from daemon.tell.people import addressee, name_of
from daemon.tell.session import reminder, said_of, when

GAINS, LOSES = "gains", "loses"
NEAR = timedelta(weeks=1)
"""So near a session, what changed of its turns is worth a mail of its own."""


def turns_changed(before: Session, after: Session, team: Team, memory: Memory) -> Iterator[Reminder]:
    """Yield what those hear who have a role in an announced session now, or have it no more, and in whose place."""
    if before.state is not State.ANNOUNCED or not after.takes_place:
        return
    words = SessionWords(after, team, memory)
    for role in dict.fromkeys((*before.roles, *after.roles)):
        old, new = before.roles.get(role), after.roles.get(role)
        if new and new != old:
            instead = f", in place of {name_of(old, team)}" if old else ""
            yield from _change(words, GAINS, LOSES, role, new, duty_of(role, after), instead)
        if old and new != old:
            taken = f" has gone to {name_of(new, team)}" if new else " is yours no more; nobody has it yet"
            yield from _change(words, LOSES, GAINS, role, old, f"Your turn as {role} of", taken)


def _change(
    words: SessionWords, part: str, opposite: str, role: str, email: str, text: str, rest: str
) -> Iterator[Reminder]:
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
        )


def better_said(turn: Reminder, other: Reminder) -> bool:
    """Return whether another message makes one of a turn needless: the session is off, or the duty itself is told."""
    gained = turn.key.partition(f"/{TURN.name}/{GAINS}/")[2].rpartition("@")[0]
    is_off = other.key.startswith(f"{turn.session}/notice/cancelled")
    return is_off or bool(gained and other.key.startswith(f"{turn.session}/duty/") and other.key.endswith(f"/{gained}"))
