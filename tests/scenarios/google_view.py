"""A Google calendar as a calendar program shows it, and what a person does to it there.

It is read from what the stand-in keeps, past its API and past all of peerloop but the keys in the ids.
"""

import html
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import icalendar

from integrations.google_calendar.marks import name_of
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.scenarios.programme import Place, place_of, rule_of, start_of, text_of

Json = dict[str, Any]
ANSWERS = {"needsAction": "NEEDS-ACTION", "accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE"}
STATUSES = {answer: status for status, answer in ANSWERS.items()}


def view_of(google: GoogleCalendarServer, calendar_id: str) -> icalendar.Calendar:
    """Return what a calendar shows."""
    calendar = icalendar.Calendar.new()
    kept = google.snapshot()[calendar_id]
    for raw in kept.values():
        if raw["status"] != "cancelled":
            calendar.add_component(_event(raw, [one for one in kept.values() if _is_left_out(one, raw)]))
    return calendar


def _is_left_out(one: Json, series: Json) -> bool:
    return bool(one["status"] == "cancelled" and one.get("recurringEventId") == series["id"])


def _event(raw: Json, left_out: list[Json]) -> icalendar.Event:
    event = icalendar.Event.new(
        uid=uid_of(raw),
        stamp=datetime(2026, 11, 1, tzinfo=UTC),
        start=_moment(raw["start"]),
        end=_moment(raw["end"]),
        summary=raw.get("summary"),
        description=html.unescape(raw["description"]) if raw.get("description") else None,
        location=raw.get("location"),
    )
    if "originalStartTime" in raw:
        event.add("RECURRENCE-ID", _moment(raw["originalStartTime"]))
    for line in raw.get("recurrence", ()):
        event.add("RRULE", icalendar.vRecur.from_ical(line.removeprefix("RRULE:")))
    for one in sorted(left_out, key=lambda one: str(one["id"])):
        event.add("EXDATE", _moment(one["originalStartTime"]))
    _add_what_people_add(event, raw)
    return event


def _add_what_people_add(event: icalendar.Event, raw: Json) -> None:
    for guest in raw.get("attendees", ()):
        partstat = ANSWERS[guest["responseStatus"]]
        event.add("ATTENDEE", icalendar.vCalAddress.new(guest["email"], partstat=partstat))
    for name, value in raw.get("extendedProperties", {}).get("shared", {}).items():
        event.add(name, value)
    for reminder in raw.get("reminders", {}).get("overrides", ()):
        event.add_component(icalendar.Alarm.new_display("Now!", -timedelta(minutes=reminder["minutes"])))


def uid_of(raw: Json) -> str:
    """Return the UID by which the view shows an event."""
    name = name_of(raw)
    return quote(name.key.replace("/", ".")) + "@peerloop" if name else str(raw["iCalUID"])


def _moment(said: Json) -> datetime:
    return datetime.fromisoformat(said["dateTime"]).astimezone(ZoneInfo(said["timeZone"]))


def edit_as(
    google: GoogleCalendarServer, calendar_id: str, before: icalendar.Calendar, after: icalendar.Calendar
) -> None:
    """Do to a calendar what a person has made of the view of it."""
    kept = {place_of(_event(raw, [])): raw for raw in google.snapshot()[calendar_id].values() if _is_there(raw)}
    shown: dict[Place, icalendar.Event] = {place_of(event): event for event in after.events}
    moved = {text_of(event, "UID") for event in before.events if _is_moved_whole(event, shown.get(place_of(event)))}
    for uid in moved:
        _move_all(google, calendar_id, kept[uid, ""]["id"], shown[uid, ""])
    gone, back = _series_in(before) - _series_in(after), _series_in(after) - _series_in(before)
    for uid in gone:
        google.delete(calendar_id, kept[uid, ""]["id"])
    for uid in back:
        google.bring_back(calendar_id, _deleted_series(google, calendar_id, uid))
    whole = moved | gone | back
    shown = {place: event for place, event in shown.items() if place[0] not in whole}
    for place, event in ((place_of(event), event) for event in before.events):
        if place[0] in whole:
            continue  # what becomes of single dates then is the calendar's to say
        if place not in shown:
            google.delete(calendar_id, kept[place]["id"])
        else:
            _edit(google, calendar_id, kept[place], event, shown.pop(place))
    for place, event in shown.items():
        if place[1]:
            google.bring_back(calendar_id, _deleted(google, calendar_id, place))
            continue
        start, end, uid = start_of(event), start_of(event) + event.duration, text_of(event, "UID")
        google.add_event(calendar_id, text_of(event, "SUMMARY"), start, end, iCalUID=uid)


def _series_in(calendar: icalendar.Calendar) -> set[str]:
    return {text_of(event, "UID") for event in calendar.events if "RRULE" in event}


def _deleted_series(google: GoogleCalendarServer, calendar_id: str, uid: str) -> str:
    """Return the id of a series that is in the bin, the one that was made last."""
    gone = [raw for raw in google.snapshot()[calendar_id].values() if not _is_there(raw) and "recurrence" in raw]
    return max(str(raw["id"]) for raw in gone if uid_of(raw) == uid)


def _is_moved_whole(before: icalendar.Event, after: icalendar.Event | None) -> bool:
    return bool("RRULE" in before and after and start_of(before) != start_of(after))


def _move_all(google: GoogleCalendarServer, calendar_id: str, event_id: str, after: icalendar.Event) -> None:
    zone, start = google.event(calendar_id, event_id)["start"]["timeZone"], start_of(after)
    begin, end = ({"dateTime": one.isoformat(), "timeZone": zone} for one in (start, start + after.duration))
    google.edit(calendar_id, event_id, start=begin, end=end, recurrence=[f"RRULE:{rule_of(after)}"])


def _deleted(google: GoogleCalendarServer, calendar_id: str, place: Place) -> str:
    """Return the id of an instance that is in the bin."""
    kept = google.snapshot()[calendar_id]
    gone = [raw for raw in kept.values() if raw["status"] == "cancelled" and raw.get("recurringEventId") in kept]
    return next(
        str(raw["id"])
        for raw in gone
        if (uid_of(kept[raw["recurringEventId"]]), _moment(raw["originalStartTime"]).isoformat()) == place
    )


def _is_there(raw: Json) -> bool:
    return bool(raw["status"] != "cancelled")


def _edit(
    google: GoogleCalendarServer, calendar_id: str, raw: Json, before: icalendar.Event, after: icalendar.Event
) -> None:
    where = (calendar_id, raw["id"])
    if start_of(before) != start_of(after):
        google.move(*where, start_of(after), start_of(after) + after.duration)
    if fields := _edited(raw, before, after):
        google.edit(*where, **fields)
    answers = {guest.email.lower(): guest.params.get("PARTSTAT", "NEEDS-ACTION") for guest in before.attendees}
    invited = {guest.email.lower() for guest in after.attendees}
    if answers.keys() - invited:
        google.edit(*where, attendees=[guest for guest in raw["attendees"] if guest["email"].lower() in invited])
    for guest in after.attendees:
        if guest.email.lower() not in answers:
            google.invite(*where, guest.email)
        elif (answer := guest.params["PARTSTAT"]) != answers[guest.email.lower()]:
            google.respond(*where, guest.email.lower(), STATUSES[answer])


def _edited(raw: Json, before: icalendar.Event, after: icalendar.Event) -> Json:
    fields: Json = {}
    for name in ("SUMMARY", "LOCATION", "DESCRIPTION"):
        if (text := text_of(after, name)) != text_of(before, name):
            fields[name.lower()] = html.escape(text, quote=False) if name == "DESCRIPTION" else text
    alarms: list[Any] = after.walk("VALARM")
    if len(alarms) != len(before.walk("VALARM")):
        minutes = [-alarm["TRIGGER"].dt // timedelta(minutes=1) for alarm in alarms]
        overrides = [{"method": "popup", "minutes": one} for one in minutes[-5:]]
        fields["reminders"] = {"useDefault": False, "overrides": overrides}
    if added := {name: str(value) for name, value in after.items() if name.startswith("X-")}:
        fields["extendedProperties"] = {**raw.get("extendedProperties", {}), "shared": added}
    return fields
