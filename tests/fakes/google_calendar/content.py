"""What a write makes of an event: checks, replacement, merging, limits, the Meet link."""

import copy
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.google_calendar import recurrence, times
from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.world import Behaviour

_KEPT_BY_GOOGLE = (
    "id", "created", "updated", "creator", "organizer", "iCalUID", "sequence", "recurringEventId",
    "originalStartTime", "eventType", "hangoutLink",
)  # fmt: skip
"""What a request cannot change, or what a full replacement keeps when the request does not say it."""

_IGNORED = ("kind", "etag", "htmlLink", "created", "updated", "creator", "organizer", "hangoutLink", "attendeesOmitted")


@dataclass(frozen=True)
class Options:
    """The query parameters that decide what of a body counts."""

    conference: bool
    attachments: bool


def replaced(current: Json, body: Json, options: Options) -> Json:
    """Return what a full replacement makes: everything that the body leaves out is gone."""
    result = {key: current[key] for key in _KEPT_BY_GOOGLE if key in current}
    result |= {key: value for key, value in _given(body, options).items() if key not in ("id", "eventType")}
    result.setdefault("status", "confirmed")
    if "attendees" in result and body.get("attendeesOmitted"):
        result["attendees"] = _only_answers(current, result)
    return _with_unsent(result, current, options)


def patched(current: Json, body: Json, options: Options) -> Json:
    """Return what a patch makes: objects are merged, arrays replaced, null deletes."""
    result = copy.deepcopy(current)
    given = _given(body, options)
    if given.get("attendees") and body.get("attendeesOmitted"):
        given["attendees"] = _only_answers(current, given)
    _merge(result, given)
    return result


def _given(body: Json, options: Options) -> Json:
    given = {key: copy.deepcopy(value) for key, value in body.items() if key not in _IGNORED}
    if not options.conference:
        given.pop("conferenceData", None)
    if not options.attachments:
        given.pop("attachments", None)
    return given


def _with_unsent(result: Json, current: Json, options: Options) -> Json:
    if not options.conference and "conferenceData" in current:
        result["conferenceData"] = current["conferenceData"]
    if not options.attachments and "attachments" in current:
        result["attachments"] = current["attachments"]
    return result


def _only_answers(current: Json, given: Json) -> list[Json]:
    """Merge guests into those kept, as a body does that says it does not have them all."""
    merged = {attendee["email"]: attendee for attendee in current.get("attendees", [])}
    merged |= {attendee["email"]: attendee for attendee in given["attendees"]}
    return list(merged.values())


def _merge(into: Json, given: Json) -> None:
    for key, value in given.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def settled(event: Json, calendar_zone: str, behaviour: Behaviour, complain: Callable[[str], None]) -> Json:
    """Return the event as it is kept, after what Google silently does to it.

    Raises:
        ApiError: Google would refuse it.
    """
    _settle_times(event, calendar_zone)
    _settle_recurrence(event)
    _settle_attendees(event)
    _settle_properties(event, complain)
    _settle_conference(event, behaviour)
    _check_reminders(event)
    if len(event.get("attachments", [])) > 25:
        raise ApiError("invalid", "An event has at most 25 attachments.")
    return event


def _settle_times(event: Json, calendar_zone: str) -> None:
    for key in ("start", "end"):
        if not event.get(key):
            raise ApiError("required", f"Missing {key} time.")
        if event.get("recurrence") and "dateTime" in event[key] and "timeZone" not in event[key]:
            raise ApiError("required", f"Missing time zone definition for {key} time.")
        event[key] = times.normalised(event[key], key, calendar_zone)
    if ("date" in event["start"]) != ("date" in event["end"]):
        raise ApiError("invalid", "Start and end times must either both be date or both be dateTime.")
    if times.duration(event).total_seconds() <= 0:
        raise ApiError("timeRangeEmpty")


def _settle_recurrence(event: Json) -> None:
    if not event.get("recurrence"):
        event.pop("recurrence", None)
    elif "recurringEventId" in event:
        raise ApiError("invalid", "An instance cannot recur.")
    else:
        recurrence.check(event["recurrence"], times.moment(event["start"]))


def _settle_attendees(event: Json) -> None:
    attendees: dict[str, Json] = {}
    for attendee in event.get("attendees", []):
        email = attendee.get("email")
        if not email:
            raise ApiError("required", "Missing attendee email.")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
            raise ApiError("invalid", "Invalid attendee email.")
        attendee.setdefault("responseStatus", "needsAction")
        for key in ("self", "organizer"):
            attendee.pop(key, None)
        attendees.setdefault(email.lower(), attendee)
    event.pop("attendees", None)
    if attendees:
        event["attendees"] = list(attendees.values())


def _settle_properties(event: Json, complain: Callable[[str], None]) -> None:
    groups = event.get("extendedProperties", {})
    for properties in groups.values():
        for key, value in list(properties.items()):
            if len(key) > 44:
                complain(f"the extended property {key!r} is dropped: a key has at most 44 characters")
                del properties[key]
            elif len(value) > 1024:
                complain(f"the extended property {key!r} is cut: a value has at most 1024 characters")
                properties[key] = value[:1024]
    pairs = [pair for properties in groups.values() for pair in properties.items()]
    if len(pairs) > 300 or sum(len((key + value).encode()) for key, value in pairs) > 32 * 1024:
        raise ApiError("invalid", "Extended properties: at most 300, and 32 kB, an event.")
    if not pairs:
        event.pop("extendedProperties", None)


def _check_reminders(event: Json) -> None:
    reminders = event.get("reminders", {})
    overrides = reminders.get("overrides", [])
    if reminders.get("useDefault") and overrides:
        raise ApiError("cannotUseDefaultRemindersAndSpecifyOverride")
    if len(overrides) > 5 or any(not 0 <= override.get("minutes", -1) <= 40320 for override in overrides):
        raise ApiError("invalid", "At most five reminders, of 0 to 40320 minutes.")


def _settle_conference(event: Json, behaviour: Behaviour) -> None:
    data = event.get("conferenceData")
    if not data:
        event.pop("conferenceData", None)
        event.pop("hangoutLink", None)
        return
    request = data.get("createRequest")
    if not request or ("status" in request and data.get("conferenceId") == _meeting(request)):
        return
    if (
        not behaviour.allows_meet
        or not request.get("requestId")
        or request.get("conferenceSolutionKey", {}).get("type") != "hangoutsMeet"
    ):
        raise ApiError("invalid", "Invalid conference type value.")
    made = {**request, "status": {"statusCode": "pending" if behaviour.meet_pending else "success"}}
    event["conferenceData"] = {"createRequest": made}
    event.pop("hangoutLink", None)
    if not behaviour.meet_pending:
        finish_conference(event)


def finish_conference(event: Json) -> bool:
    """Make the Meet link that a request has asked for; say whether there was one to make."""
    request = event.get("conferenceData", {}).get("createRequest")
    if not request or "conferenceId" in event["conferenceData"]:
        return False
    code = _meeting(request)
    link = f"https://meet.google.com/{code}"
    event["hangoutLink"] = link
    event["conferenceData"] = {
        "createRequest": {**request, "status": {"statusCode": "success"}},
        "conferenceId": code,
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
        "entryPoints": [{"entryPointType": "video", "uri": link, "label": link.removeprefix("https://")}],
    }
    return True


def _meeting(request: Json) -> str:
    letters = (
        hashlib.sha256(request["requestId"].encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
    )
    return f"{letters[:3]}-{letters[3:7]}-{letters[7:10]}"
