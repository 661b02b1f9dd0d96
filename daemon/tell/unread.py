"""What looks like an action item on a session's page and cannot be read: who leads the session hears it once. Pure."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from config.team import Team
from daemon.learn.life import LATELY
from daemon.model import Reminder, Session
from daemon.model.memory import Memory
from daemon.model.names import series_name
from daemon.model.words import FACILITATOR, quoted
from daemon.tell.kinds import UNREAD
from daemon.tell.people import Addressee, addressee, lead_of


def unread(team: Team, memory: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield what cannot be read on pages of sessions to come or held lately, for their facilitators, else the lead."""
    for session in memory.sessions.values():
        page = memory.observed(session.page)
        lines = page.unread if page and now - session.slot.ends_at <= LATELY else ()
        for line in dict.fromkeys(lines):
            who, words = _facilitator(session, team, now), hashlib.sha256(line.encode()).hexdigest()[:10]
            name = f"{series_name(session, memory)} on {session.slot.day}"
            text = f"{quoted(line)}, on the page of {name}, looks like an action item but cannot be read as one"
            key = f"{memory.team}/{session.page}/unread/{words}/{who.email}"
            subject = f"{name}: an action item cannot be read"
            yield UNREAD.reminder(key, memory.team, who.email, text, page.url if page else None, subject=subject)


def _facilitator(session: Session, team: Team, now: datetime) -> Addressee:
    who = addressee(session.roles.get(FACILITATOR), team)
    return lead_of(team) if who is None or who.has_left(now) else who
