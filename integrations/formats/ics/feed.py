"""A calendar to subscribe to: an event of its own for each session (RFC 5545; RFC 7986, section 5.7)."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from daemon.model import SessionEvent

LOOKED_AT = timedelta(hours=1)
"""How often a program is asked to look for changes."""


def feed(name: str, sessions: Iterable[SessionEvent], now: datetime) -> bytes:
    """Return a calendar of this name with sessions, each at the moment at which it takes place, in UTC.

    ``now``, aware, is when it was made. A session that is called off stays in it as cancelled.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//peerloop//EN")
    calendar.add("version", "2.0")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", LOOKED_AT, parameters={"value": "DURATION"})
    for session in sessions:
        calendar.add_component(_event(session, now))
    return bytes(calendar.to_ical())


def _event(session: SessionEvent, now: datetime) -> Event:
    event = Event()
    starts = session.starts_at.astimezone(UTC)
    event.add("uid", f"{hashlib.sha256(session.key.encode()).hexdigest()[:32]}@peerloop")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=session.minutes))
    event.add("summary", session.summary)
    event.add("description", session.description)
    event.add("status", "CANCELLED" if session.cancelled else "CONFIRMED")
    return event
