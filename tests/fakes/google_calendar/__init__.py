"""A stateful stand-in for Google Calendar's API, over HTTP on loopback."""

from tests.fakes.google_calendar.exchange import Request, Requests
from tests.fakes.google_calendar.server import GoogleCalendarServer
from tests.fakes.google_calendar.world import Behaviour, LeftBehind, Mail

__all__ = ["Behaviour", "GoogleCalendarServer", "LeftBehind", "Mail", "Request", "Requests"]
