"""Whether an answer has the shape of Google's: what stands in between, or is broken, may answer anything as JSON.

Only what is ours among the events is looked at, for of the others nothing is read.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integrations.google_calendar.marks import name_of

Check = Callable[[Any], bool]


def is_as_asked(method: str, body: object) -> bool:
    """Whether the answer to a call can be read."""
    if not isinstance(body, dict):
        return False
    if method in ("list", "instances"):
        items = body.get("items")
        return isinstance(items, list) and all(map(_is_listed, items)) and _is_token(body.get("nextPageToken"))
    if method == "query":
        return _is_mapping_of(_is_person)(body.get("calendars"))
    return isinstance(body.get("id"), str) and _is_event(body)


def _is_listed(item: Any) -> bool:
    return isinstance(item, dict) and (name_of(item) is None or _is_event(item))


def _is_token(told: Any) -> bool:
    return told is None or isinstance(told, str)


def _is_event(raw: Mapping[str, Any]) -> bool:
    return all(name not in raw or holds(raw[name]) for name, holds in _EVENT.items())


def _is_person(told: Any) -> bool:
    busy = told.get("busy", []) if isinstance(told, dict) else None
    return isinstance(busy, list) and all(isinstance(one, dict) and _is_span(one) for one in busy)


def _is_span(one: Mapping[str, Any]) -> bool:
    return all(_is_moment(one.get(name)) for name in ("start", "end"))


def _is_text(told: Any) -> bool:
    return isinstance(told, str)


def _is_time(told: Any) -> bool:
    """Whether something is a time of day, or a day."""
    return isinstance(told, dict) and _is_text(told.get("timeZone", "")) and _is_moment(told.get("dateTime"), True)


def _is_moment(told: Any, may_lack: bool = False) -> bool:
    try:
        return may_lack if told is None else datetime.fromisoformat(told).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_list_of(holds: Check) -> Check:
    return lambda told: isinstance(told, list) and all(map(holds, told))


def _is_mapping_of(holds: Check) -> Check:
    return lambda told: isinstance(told, dict) and all(map(holds, told.values()))


def _is_guest(told: Any) -> bool:
    return isinstance(told, dict) and all(_is_text(told.get(name, "")) for name in ("email", "responseStatus"))


def _is_properties(told: Any) -> bool:
    return isinstance(told, dict) and _is_mapping_of(_is_text)(told.get("private", {}))


_EVENT: Mapping[str, Check] = {
    **dict.fromkeys(("id", "status", "summary", "description", "etag", "iCalUID", "htmlLink"), _is_text),
    **dict.fromkeys(("start", "end", "originalStartTime"), _is_time),
    "recurringEventId": _is_text,
    "recurrence": _is_list_of(_is_text),
    "attendees": _is_list_of(_is_guest),
    "extendedProperties": _is_properties,
}
"""What each part of an event that is read has to be."""
