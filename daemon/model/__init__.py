"""The values that flow: slots become sessions, sessions become events and pages, and those become a plan.

Everything here is frozen and knows no clock, no disk and no vendor. A *wall* time is a naive local
datetime; everything named ``…_at`` is aware. Members are named by their e-mail.
"""

from daemon.model.exchange import ActionItem, Answer, Check, Observation, Observed, Told, Write, Written
from daemon.model.messages import Message, Reminder, Undelivered
from daemon.model.resources import (
    CHART,
    UNSEEN,
    Bar,
    Event,
    Fingerprint,
    Kind,
    Mark,
    Page,
    Resource,
    SeriesEvent,
    SessionEvent,
    fingerprint,
)
from daemon.model.sessions import Assignment, Reason, Session, Skip, Slot, Span, State, moved, on_the_wall, slot_key

__all__ = [
    "CHART",
    "UNSEEN",
    "ActionItem",
    "Answer",
    "Assignment",
    "Bar",
    "Check",
    "Event",
    "Fingerprint",
    "Kind",
    "Mark",
    "Message",
    "Observation",
    "Observed",
    "Page",
    "Reason",
    "Reminder",
    "Resource",
    "SeriesEvent",
    "Session",
    "SessionEvent",
    "Skip",
    "Slot",
    "Span",
    "State",
    "Told",
    "Undelivered",
    "Write",
    "Written",
    "fingerprint",
    "moved",
    "on_the_wall",
    "slot_key",
]
