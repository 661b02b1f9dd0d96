"""list and instances: what is shown, page by page, and since a sync token."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from tests.fakes.google_calendar import content, recurrence, shown, times
from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.state import CalendarState, Kept
from tests.fakes.google_calendar.world import Call, World

_NOT_WITH_TOKEN = (
    "iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin",
)  # fmt: skip
_GIVES_NO_TOKEN = tuple(key for key in _NOT_WITH_TOKEN if key != "timeMin")
_TO_BE_REPEATED = ("singleEvents", "showDeleted", "eventTypes", "maxAttendees", "timeZone", "showHiddenInvitations")


def list_events(call: Call) -> Json:
    """Answer ``events.list``: everything, or what has changed since a sync token."""
    calendar, asked = call.calendar(), call.parameters
    _check(asked)
    finish_conferences(calendar)
    since, time_min = 0, asked.get("timeMin")
    if "syncToken" in asked:
        token = _open_sync_token(call, calendar)
        since, time_min = token["version"], token["timeMin"]
    chosen = [kept for kept in _candidates(calendar, asked, since) if _fits(calendar, kept, asked, since, time_min)]
    page = _page(call, chosen, calendar)
    if "nextPageToken" not in page and not any(key in asked for key in _GIVES_NO_TOKEN):
        page["nextSyncToken"] = _sealed(_sync_token(call.world, calendar, asked, time_min, page.pop("version")))
    page.pop("version", None)
    return page


def instances(call: Call) -> Json:
    """Answer ``events.instances``: what a series amounts to."""
    calendar, asked = call.calendar(), call.parameters
    finish_conferences(calendar)
    series = calendar.find(call.path["eventId"])
    if series.cancelled:
        raise ApiError("deleted")
    if not series.is_series:
        raise ApiError("invalid", "The event is no recurring one.")
    chosen = [
        kept
        for kept in calendar.instances(series.body["id"], _instant(asked.get("timeMax")))
        if (asked.get("showDeleted") or not kept.cancelled)
        and _is_within(calendar, kept, asked.get("timeMin"), asked.get("timeMax"))
        and asked.get("originalStart") in (None, _original_start(kept))
    ]
    page = _page(call, chosen, calendar)
    del page["version"]
    return page


def _original_start(kept: Kept) -> str:
    start = kept.body["originalStartTime"]
    return str(start.get("date") or start["dateTime"])


def finish_conferences(calendar: CalendarState) -> None:
    """Make the Meet links that were still being made."""
    for kept in list(calendar.events.values()):
        if content.finish_conference(kept.body):
            calendar.save(kept.body)


def _check(asked: Json) -> None:
    if "syncToken" in asked:
        unwanted = [key for key in _NOT_WITH_TOKEN if key in asked]
        if unwanted or asked.get("showDeleted") is False:
            raise ApiError("invalid", f"Not together with syncToken: {unwanted or 'showDeleted=false'}")
    if asked.get("orderBy") == "startTime" and not asked.get("singleEvents"):
        raise ApiError("invalid", "The requested ordering is not available for the particular query.")
    if len(asked.get("privateExtendedProperty", [])) > 1:
        raise ApiError("invalid", "More than one privateExtendedProperty: whether both must match is not agreed upon.")
    earliest, latest = _instant(asked.get("timeMin")), _instant(asked.get("timeMax"))
    if earliest and latest and earliest >= latest:
        raise ApiError("timeRangeEmpty")


def _candidates(calendar: CalendarState, asked: Json, since: int) -> Iterator[Kept]:
    """Yield the newer events, series as one or as their instances."""
    for kept in list(calendar.events.values()):
        if kept.version <= since or (kept.erased and not since):
            continue
        if not asked.get("singleEvents"):
            yield kept
        elif kept.is_series and not kept.cancelled:
            yield from calendar.instances(kept.body["id"], _instant(asked.get("timeMax")))
        elif not kept.is_exception or kept.erased or calendar.events[kept.body["recurringEventId"]].version <= since:
            yield kept


def _fits(calendar: CalendarState, kept: Kept, asked: Json, since: int, time_min: str | None) -> bool:
    if kept.erased:
        return True
    if kept.cancelled and not _shows_cancelled(kept, asked, since):
        return False
    if kept.cancelled and since:
        return True
    return _is_within(calendar, kept, time_min, asked.get("timeMax")) and _matches(kept, asked)


def _shows_cancelled(kept: Kept, asked: Json, since: int) -> bool:
    single = bool(asked.get("singleEvents"))
    return bool(since or asked.get("showDeleted") or "updatedMin" in asked or (kept.is_exception and not single))


def _is_within(calendar: CalendarState, kept: Kept, time_min: str | None, time_max: str | None) -> bool:
    earliest, latest = _instant(time_min), _instant(time_max)
    if latest and calendar.start_of(kept.body) >= latest:
        return False
    if earliest is None:
        return True
    if not kept.is_series:
        return calendar.start_of(kept.body, "end") > earliest
    starts = recurrence.expand(kept.body["recurrence"], times.moment(kept.body["start"]))
    lasts = times.duration(kept.body)
    return any(times.instant(start, calendar.time_zone) + lasts > earliest for start in starts)


def _matches(kept: Kept, asked: Json) -> bool:
    body = kept.body
    for group, key in (("private", "privateExtendedProperty"), ("shared", "sharedExtendedProperty")):
        properties = body.get("extendedProperties", {}).get(group, {})
        pairs = [constraint.partition("=") for constraint in asked.get(key, [])]
        if any(kept.cancelled or properties.get(name) != value for name, _, value in pairs):
            return False
    if asked.get("iCalUID") not in (None, body["iCalUID"]):
        return False
    if "eventTypes" in asked and body["eventType"] not in asked["eventTypes"]:
        return False
    if "updatedMin" in asked and datetime.fromisoformat(body["updated"]) < datetime.fromisoformat(asked["updatedMin"]):
        return False
    searched = " ".join(str(body.get(key, "")) for key in ("summary", "description", "location", "attendees"))
    return str(asked.get("q", "")).lower() in searched.lower()


def _page(call: Call, chosen: Iterable[Kept], calendar: CalendarState) -> Json:
    """Return one page, by keys that no change between two pages shifts; ``version`` is the listing's beginning."""
    asked, behaviour = call.parameters, call.world.behaviour
    mark: Json = {"query": _fingerprint(call), "after": None, "version": calendar.version}
    if "pageToken" in asked:
        mark = _opened(asked["pageToken"], "pageToken")
        if mark["query"] != _fingerprint(call):
            raise ApiError("invalid", "The pageToken belongs to another query.")
    left = sorted(((_key(calendar, kept, asked), kept) for kept in chosen), key=lambda pair: pair[0])
    left = [pair for pair in left if mark["after"] is None or pair[0] > mark["after"]]
    size = min(asked.get("maxResults", 250), 2500)
    if behaviour.first_page_empty and "pageToken" not in asked:
        size, mark["after"] = 0, ["", ""]
    page = _head(calendar) | {"version": mark["version"]}
    page["items"] = [_shown(call, calendar, kept) for _, kept in left[:size]]
    if len(left) > size or (size == 0):
        page["nextPageToken"] = _sealed({**mark, "after": left[size - 1][0] if size else ["", ""]})
    return page


def _head(calendar: CalendarState) -> Json:
    return {
        "kind": "calendar#events",
        "etag": f'"p{calendar.version:08d}"',
        "summary": calendar.id,
        "updated": calendar.now(),
        "timeZone": calendar.time_zone,
        "accessRole": "owner" if calendar.writable else "reader",
        "defaultReminders": [],
    }


def _shown(call: Call, calendar: CalendarState, kept: Kept) -> Json:
    asked = call.parameters
    return shown.event(
        calendar,
        kept,
        call.world.behaviour,
        time_zone=asked.get("timeZone"),
        max_attendees=asked.get("maxAttendees"),
    )


def _key(calendar: CalendarState, kept: Kept, asked: Json) -> list[str]:
    first = ""
    if asked.get("orderBy") == "updated":
        first = kept.body["updated"]
    elif asked.get("orderBy") == "startTime":
        first = calendar.start_of(kept.body).isoformat()
    return [first, kept.body["id"]]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _fingerprint(call: Call) -> str:
    asked = {key: value for key, value in call.parameters.items() if key != "pageToken"}
    text = json.dumps([call.method.name, call.path, asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sync_token(world: World, calendar: CalendarState, asked: Json, time_min: str | None, version: int) -> Json:
    repeated = {key: asked[key] for key in _TO_BE_REPEATED if key in asked}
    return {
        "calendar": calendar.id,
        "version": version,
        "epoch": world.token_epoch,
        "repeated": repeated,
        "timeMin": time_min,
    }


def _open_sync_token(call: Call, calendar: CalendarState) -> Json:
    asked = call.parameters
    token = _opened(asked["syncToken"], "syncToken")
    if token.get("epoch") != call.world.token_epoch or token.get("calendar") != calendar.id:
        raise ApiError("fullSyncRequired")
    repeated = {key: asked[key] for key in _TO_BE_REPEATED if key in asked}
    if repeated != token["repeated"]:
        raise ApiError("invalid", f"The first listing was asked with {token['repeated']}, this one with {repeated}.")
    return token


def _sealed(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, sort_keys=True).encode()).decode()


def _opened(token: str, name: str) -> Json:
    try:
        value: Json = json.loads(base64.urlsafe_b64decode(token))
    except ValueError as fault:
        reason = "fullSyncRequired" if name == "syncToken" else "invalid"
        raise ApiError(reason, f"Invalid {name}.") from fault
    return value
