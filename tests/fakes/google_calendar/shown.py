"""An event as the API shows it."""

import copy

from tests.fakes.google_calendar import times
from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.state import CalendarState, Kept
from tests.fakes.google_calendar.world import Behaviour

_UNSAID = {
    "summary": "",
    "description": "",
    "location": "",
    "transparency": "opaque",
    "visibility": "default",
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
    "anyoneCanAddSelf": False,
    "privateCopy": False,
    "locked": False,
}
"""Values that the API leaves out of its answers."""

_GUARANTEED = ("id", "status", "recurringEventId", "originalStartTime")


def etag(kept: Kept) -> str:
    """Return the ETag; an instance that is as its series says has the series'."""
    return f'"{3_000_000_000_000_000 + kept.version * 2000}"'


def event(
    calendar: CalendarState,
    kept: Kept,
    behaviour: Behaviour,
    *,
    time_zone: str | None = None,
    max_attendees: int | None = None,
) -> Json:
    """Return an event as an answer shows it, with times in the offset of the calendar's zone or ``time_zone``."""
    zone = time_zone or calendar.time_zone
    if kept.erased or (kept.cancelled and not behaviour.deleted_details):
        body = _guaranteed(kept)
    else:
        body = _whole(calendar, kept, max_attendees)
    for key in ("start", "end", "originalStartTime"):
        if key in body:
            body[key] = times.shown(body[key], zone)
    return {"kind": "calendar#event", "etag": etag(kept), **body}


def _guaranteed(kept: Kept) -> Json:
    keys = ("id",) if kept.erased else _GUARANTEED
    return {**{key: copy.deepcopy(kept.body[key]) for key in keys if key in kept.body}, "status": "cancelled"}


def _whole(calendar: CalendarState, kept: Kept, max_attendees: int | None) -> Json:
    body = {key: value for key, value in copy.deepcopy(kept.body).items() if _UNSAID.get(key) != value}
    body["htmlLink"] = f"https://www.google.com/calendar/event?eid={body['id']}"
    body.setdefault("reminders", {"useDefault": True})
    for attendee in body.get("attendees", []):
        if attendee["email"] == body["organizer"]["email"]:
            attendee["organizer"] = True
        if attendee["email"] == calendar.id:
            attendee["self"] = True
    if max_attendees is not None and len(body.get("attendees", [])) > max_attendees:
        body["attendees"] = [attendee for attendee in body["attendees"] if attendee.get("self")]
        body["attendeesOmitted"] = True
    return body
