"""What one person is to hear of a session: when it is for them, and the reminder itself. Pure."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from daemon.describe.words import SessionWords
from daemon.model import Reminder
from daemon.model.words import weekday, weekday_of
from daemon.tell.kinds import MessageKind
from daemon.tell.people import Addressee


def when(words: SessionWords, who: Addressee | None = None) -> str:
    """Return day and time in the session's zone, and the time where the person is when that differs."""
    slot = words.session.slot
    there = slot.starts_at.astimezone(ZoneInfo(slot.zone))
    here = slot.starts_at.astimezone(who.zone) if who else there
    own = f"{here:%H:%M}" if here.date() == there.date() else f"{here:%H:%M on %A}"
    own = f"; {own} for you" if here.utcoffset() != there.utcoffset() else ""
    return f"{weekday_of(there.date())}, {there:%H:%M} ({slot.zone}{own})"


def reminder(kind: MessageKind, words: SessionWords, part: str, to: str, text: str, **more: Any) -> Reminder:
    """Return something that one person is to hear of a session; ``part`` tells it from all else of its kind."""
    session, url = words.session, words.page.url if words.page else None
    about: dict[str, Any] = {"due": session.slot.day, "session": session.key, "starts_at": session.slot.starts_at}
    return kind.reminder(said_of(words, kind, part), words.memory.team, to, text, url, **{**about, **more})


def said_of(words: SessionWords, kind: MessageKind, part: str) -> str:
    """Return the key of what is said of a session, or how it begins."""
    return f"{words.session.key}/{kind.name}/{part}"


def on_day(day: date, today: date) -> str:
    """Return a day to come in few words: today, on Thursday, or, from a week ahead on, with its date."""
    if day == today:
        return "today"
    return f"on {weekday(day)}" if 0 < (day - today).days < 7 else f"on {weekday_of(day)}"
