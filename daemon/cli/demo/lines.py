"""What the demo tells its viewer: a line each, and by whom or what."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Tone(StrEnum):
    """Whose doing a line tells of."""

    PEOPLE = "people"
    """Something that people did, in the calendar, on a page, in the file or on the web page."""
    PEERLOOP = "peerloop"
    """What peerloop made of it, as its ledger has it."""
    MAIL = "mail"
    """A mail in the outbox, in its own words."""
    SESSION = "session"
    """A session that was held."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that is told, of a day."""

    day: date
    tone: Tone
    text: str
