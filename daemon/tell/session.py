"""What one person is to hear of a session: when it is for them, and the reminder itself. Pure."""

from zoneinfo import ZoneInfo

from daemon.describe.words import SessionWords
from daemon.model import Reminder
from daemon.model.words import weekday_of
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


def reminder(kind: MessageKind, words: SessionWords, part: str, to: str, text: str) -> Reminder:
    """Return something that one person is to hear of a session; ``part`` tells it from all else of its kind."""
    key, url = f"{words.session.key}/{kind.name}/{part}", words.page.url if words.page else None
    return kind.reminder(key, words.memory.team, to, text, url, words.session.slot.day)
