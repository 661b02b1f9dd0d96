"""From a request to an answer: the method, the checks against the discovery document, who may, what it does."""

import json
from collections.abc import Callable

from tests.fakes.google_calendar import discovery, free_busy, listing, writes
from tests.fakes.google_calendar.discovery import Json, Method
from tests.fakes.google_calendar.exchange import Answer, ApiError, Request
from tests.fakes.google_calendar.sign_in import Tokens
from tests.fakes.google_calendar.state import CalendarState
from tests.fakes.google_calendar.world import Call, World

ROOT = "/calendar/v3/"


def perform(world: World, tokens: Tokens, request: Request) -> Answer:
    """Do what a request to the API asks for."""
    try:
        call = _call(world, tokens, request)
        served = SERVED.get(call.method.name)
        if served is None:
            world.complaints.append(f"{call.method.name} is not served here")
            raise ApiError("notImplemented")
        result = served(call)
        _check_answer(call, result)
    except ApiError as error:
        return Answer.of(error.status, error.body())
    if result is None:
        return Answer(204)
    if call.method.http == "GET" and call.headers.get("if-none-match") == result.get("etag", ""):
        return Answer(304)
    fields = call.parameters.get("fields")
    return Answer.of(200, discovery.select(result, fields) if fields else result)


def name_of(http: str, path: str) -> str:
    """Return the name of the method that a path is for, "" where there is none."""
    found = discovery.route(http, path.removeprefix(ROOT)) if path.startswith(ROOT) else None
    return found[0].name if found else ""


def _call(world: World, tokens: Tokens, request: Request) -> Call:
    found = discovery.route(request.method, request.path.removeprefix(ROOT))
    if not found or not request.path.startswith(ROOT):
        raise ApiError("notFound")
    method, path = found
    identity = tokens.identity(request.headers.get("authorization"))
    if identity.scopes is not None and not identity.scopes & method.scopes:
        raise ApiError("insufficientPermissions")
    parameters, faults = discovery.typed(method, request.query)
    body = _body(method, request)
    faults += discovery.faults_in(body, method.request, nullable=request.method == "PATCH") if method.request else []
    if "fields" in parameters and method.response:
        faults += discovery.faults_in_fields(parameters["fields"], method.response)
    if faults:
        world.complaints += faults
        raise ApiError("invalid", "; ".join(faults))
    return Call(world, method, parameters, path, body, identity, request.headers)


def _body(method: Method, request: Request) -> Json:
    if method.request is None:
        return {}
    if not isinstance(request.body, dict):
        raise ApiError("parseError")
    return request.body


def _check_answer(call: Call, result: Json | None) -> None:
    """Complain of an answer of ours that the discovery document does not know."""
    if (result is None) != (call.method.response is None):
        call.world.complaints.append(f"the stand-in's own answer to {call.method.name} is {result!r}")
    elif call.method.response:
        faults = discovery.faults_in(result, call.method.response)
        call.world.complaints += [f"the stand-in's own answer: {fault}" for fault in faults]


def _get(call: Call) -> Json:
    calendar = call.calendar()
    listing.finish_conferences(calendar)
    return writes.answered(call, calendar, calendar.find(call.path["eventId"]))


def _calendar(call: Call) -> Json:
    calendar = call.calendar()
    return {"kind": "calendar#calendar", "etag": '"c1"', **_named(calendar)}


def _entry(call: Call) -> Json:
    return _entry_of(call, call.calendar())


def _entries(call: Call) -> Json:
    items = [_entry_of(call, calendar) for calendar in call.world.calendars.values()]
    return {"kind": "calendar#calendarList", "etag": '"l1"', "nextSyncToken": "list", "items": items}


def _entry_of(call: Call, calendar: CalendarState) -> Json:
    entry = {"kind": "calendar#calendarListEntry", "etag": '"e1"', **_named(calendar), "selected": True}
    entry |= {"accessRole": "owner" if calendar.writable else "reader", "defaultReminders": []}
    return entry | ({"primary": True} if calendar.id == call.identity.email else {})


def _named(calendar: CalendarState) -> Json:
    return {"id": calendar.id, "summary": calendar.id, "timeZone": calendar.time_zone, "dataOwner": calendar.owner}


SERVED: dict[str, Callable[[Call], Json | None]] = {
    "events.list": listing.list_events,
    "events.get": _get,
    "events.insert": writes.insert,
    "events.update": writes.update,
    "events.patch": writes.patch,
    "events.delete": writes.delete,
    "events.instances": listing.instances,
    "calendars.get": _calendar,
    "calendarList.get": _entry,
    "calendarList.list": _entries,
    "freebusy.query": free_busy.query,
}


def parsed(text: bytes) -> Json | str | None:
    """Return a request's body: JSON where it is an object, else its text, None where there is none."""
    if not text:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return text.decode("utf-8", "replace")
    return value if isinstance(value, dict) else text.decode()
