"""freebusy.query: when people have no time."""

from datetime import UTC, datetime, timedelta

from tests.fakes.google_calendar import times
from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.state import CalendarState, Kept
from tests.fakes.google_calendar.world import Call, World

Span = tuple[datetime, datetime]
_LONGEST = timedelta(days=62)


def query(call: Call) -> Json:
    """Answer for each calendar asked for, unreadable ones with errors, all in a 200."""
    start, end = (_bound(call.body, key) for key in ("timeMin", "timeMax"))
    if end <= start:
        raise ApiError("timeRangeEmpty")
    if end - start > _LONGEST:
        raise ApiError("timeRangeTooLong")
    asked = [item.get("id", "") for item in call.body.get("items", [])]
    calendars = {}
    for place, name in enumerate(asked):
        too_many = place >= min(50, call.body.get("calendarExpansionMax", 50))
        calendars[name] = _error("tooManyCalendarsRequested") if too_many else _answer(call.world, name, (start, end))
    if len(asked) > 50:
        call.world.complaints.append(f"freebusy is asked for {len(asked)} calendars: 50 at most")
    return {"kind": "calendar#freeBusy", "timeMin": _text(start), "timeMax": _text(end), "calendars": calendars}


def _bound(body: Json, key: str) -> datetime:
    if key not in body:
        raise ApiError("required", f"Missing {key}.")
    value = datetime.fromisoformat(body[key])
    if value.tzinfo is None:
        raise ApiError("invalid", f"{key} has no time zone offset.")
    return value.astimezone(UTC)


def _answer(world: World, name: str, span: Span) -> Json:
    readable = name in world.busy or name in world.calendars
    if name in world.unreadable or not readable:
        return _error("notFound")
    found = [*world.busy.get(name, []), *_busy_by_events(world, name, span)]
    clipped = [(max(start, span[0]), min(end, span[1])) for start, end in found]
    merged = _merged([(start, end) for start, end in clipped if start < end])
    return {"busy": [{"start": _text(start), "end": _text(end)} for start, end in merged]}


def _error(reason: str) -> Json:
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}


def _busy_by_events(world: World, name: str, span: Span) -> list[Span]:
    found = []
    for calendar in world.calendars.values():
        for kept in list(calendar.events.values()):
            if not kept.is_exception and not kept.cancelled:
                single = [kept] if not kept.is_series else calendar.instances(kept.body["id"], span[1])
                found += [_span(calendar, one) for one in single if _takes_time(world, calendar, one, name)]
    return found


def _takes_time(world: World, calendar: CalendarState, kept: Kept, name: str) -> bool:
    if kept.cancelled or kept.body.get("transparency") == "transparent":
        return False
    if calendar.id == name:
        return True
    answers = {attendee["email"]: attendee["responseStatus"] for attendee in kept.body.get("attendees", [])}
    return world.behaviour.invitations_make_busy and answers.get(name, "declined") != "declined"


def _span(calendar: CalendarState, kept: Kept) -> Span:
    return calendar.start_of(kept.body), calendar.start_of(kept.body, "end")


def _merged(spans: list[Span]) -> list[Span]:
    """Join what overlaps or touches, as the answer does."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _text(value: datetime) -> str:
    return times.instant(value).strftime("%Y-%m-%dT%H:%M:%SZ")
