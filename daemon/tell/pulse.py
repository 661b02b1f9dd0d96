"""Whether a session was worth their time: those who were there are asked once, where the team wants that. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from config.team import Team
from daemon.describe.words import SessionWords
from daemon.learn.answers import who_was_there
from daemon.model import Reminder, Session, held
from daemon.model.asks import Ask, Purpose
from daemon.model.memory import Memory
from daemon.model.words import local
from daemon.tell.kinds import PULSE
from daemon.tell.session import reminder

OPEN_FOR = timedelta(days=10)
"""How long after a session it can be answered."""


def pulse(team: Team, memory: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield who is asked about the sessions that were held lately."""
    today = local(now, team).date()
    for session in held(memory.sessions.values()):
        if is_open(session, team, now):
            words, asks = SessionWords(session, team, memory), (Ask(Purpose.PULSE, session.key),)
            for email in who_was_there(session, words.page, team, memory, today):
                yield reminder(PULSE, words, email, email, f"{words.past}: was it worth your time?", asks=asks)


def is_open(session: Session, team: Team, now: datetime) -> bool:
    """Whether it can be answered if a session was worth the time."""
    return team.pulse == "on" and session.takes_place and session.slot.ends_at <= now and not is_closed(session, now)


def is_closed(session: Session, now: datetime) -> bool:
    """Whether it can be answered no more: only then answers are shown, else each would show by what it changes."""
    return now > session.slot.ends_at + OPEN_FOR
