"""What looks like an action item on a session's page and cannot be read: who leads the session hears it once. Pure."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from config.team import Team
from daemon.learn.life import LATELY
from daemon.model import UNHEARD, Observed, Reminder, Session
from daemon.model.memory import Memory
from daemon.model.names import series_name
from daemon.model.words import FACILITATOR, quoted
from daemon.tell.kinds import UNREAD
from daemon.tell.people import Addressee, addressee, lead_of


def unread(team: Team, memory: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield what cannot be read on pages of sessions to come or held lately, for their facilitators, else the lead."""
    for session in memory.sessions.values():
        page = memory.observed(session.page)
        if page is None or now - session.slot.ends_at > LATELY:
            continue
        who, name = _facilitator(session, team, now), f"{series_name(session, memory)} on {session.slot.day}"
        said = {
            line: f"{quoted(line)}, on the page of {name}, looks like an action item but cannot be read as one"
            for line in page.unread
        }
        said |= {page.not_read: f"The page of {name} {page.not_read}"} if page.not_read else {}
        for line, text in said.items():
            words = hashlib.sha256(line.encode("utf-8", "replace")).hexdigest()[:10]
            key = f"{memory.team}/{session.page}/unread/{words}/{who.email}"
            yield UNREAD.reminder(key, memory.team, who.email, text, page.url, subject=f"{name}: {_what(line, page)}")


def _what(line: str, page: Observed) -> str:
    if line != page.not_read:
        return "an action item cannot be read"
    is_heard = not line.startswith(UNHEARD)
    return "the page is too long to be read whole" if is_heard else "its transcript cannot be read"


def _facilitator(session: Session, team: Team, now: datetime) -> Addressee:
    who = addressee(session.roles.get(FACILITATOR), team)
    return lead_of(team) if who is None or who.has_left(now) else who
