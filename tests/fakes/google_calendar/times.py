"""Starts and ends: what the API writes as ``{dateTime, timeZone}`` or ``{date}``, as moments."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import ApiError

Moment = date | datetime
"""An aware datetime in the event's own zone, or a date for an all-day event."""


def zone(name: str) -> ZoneInfo:
    """Return a zone of the IANA database.

    Raises:
        ApiError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as fault:
        raise ApiError("invalid", f"Invalid time zone definition: {name}") from fault


def moment(stored: Json) -> Moment:
    """Return the moment of a stored start or end."""
    if "date" in stored:
        return date.fromisoformat(stored["date"])
    return datetime.fromisoformat(stored["dateTime"]).astimezone(zone(stored["timeZone"]))


def stored(value: Moment, zone_name: str) -> Json:
    """Return a moment as it is kept."""
    if isinstance(value, datetime):
        return {"dateTime": value.astimezone(zone(zone_name)).isoformat(timespec="seconds"), "timeZone": zone_name}
    return {"date": value.isoformat()}


def normalised(given: Json, what: str, calendar_zone: str) -> Json:
    """Return a start or end of a request as it is kept.

    Raises:
        ApiError: it is neither a date nor a time, is both, or says no zone.
    """
    if ("date" in given) == ("dateTime" in given):
        raise ApiError("invalid", f"Invalid {what} time.")
    if "date" in given:
        return {"date": given["date"]}
    name = given.get("timeZone", calendar_zone)
    value = datetime.fromisoformat(given["dateTime"])
    if value.tzinfo is None:
        if "timeZone" not in given:
            raise ApiError("required", f"Missing time zone definition for {what} time.")
        value = value.replace(tzinfo=zone(name))
    return stored(value, name)


def shown(kept: Json, answer_zone: str) -> Json:
    """Return a kept start or end as the API shows it: with the offset of the answer's zone, not the event's."""
    if "date" in kept:
        return dict(kept)
    text = datetime.fromisoformat(kept["dateTime"]).astimezone(zone(answer_zone)).isoformat(timespec="seconds")
    return {"dateTime": text.replace("+00:00", "Z"), "timeZone": kept["timeZone"]}


def instant(value: Moment, day_zone: str = "UTC") -> datetime:
    """Return the instant at which a moment begins; a day begins at midnight of ``day_zone``."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.combine(value, time(), zone(day_zone)).astimezone(UTC)


def duration(event: Json) -> timedelta:
    """Return how long an event lasts, in elapsed time."""
    start, end = moment(event["start"]), moment(event["end"])
    return instant(end) - instant(start)


def later(value: Moment, by: timedelta) -> Moment:
    """Return a moment some elapsed time later."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) + by).astimezone(value.tzinfo)
    return value + by


def suffix(original_start: Moment) -> str:
    """Return what an instance's id adds to its series' id."""
    if isinstance(original_start, datetime):
        return original_start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return original_start.strftime("%Y%m%d")


def from_suffix(text: str, zone_name: str) -> Moment | None:
    """Return the original start that an instance's id names, in the series' zone; None when it names none."""
    if re.fullmatch(r"\d{8}", text):
        return _read(text, "%Y%m%d").date()
    if re.fullmatch(r"\d{8}T\d{6}Z", text):
        return _read(text, "%Y%m%dT%H%M%SZ").astimezone(zone(zone_name))
    return None


def _read(text: str, form: str) -> datetime:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError as fault:
        raise ApiError("notFound") from fault
