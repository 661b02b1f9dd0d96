"""insert, update, patch and delete, and whom they tell."""

import copy
import re

from tests.fakes.google_calendar import content, recurrence, shown
from tests.fakes.google_calendar.content import Options
from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.state import CalendarState, Kept
from tests.fakes.google_calendar.world import Behaviour, Call, LeftBehind, Mail, World

_SHARED = ("summary", "description", "location", "start", "end", "recurrence", "status", "attendees")
"""What only the organiser can change."""
_TOLD = ("summary", "description", "location", "start", "end", "recurrence", "status", "conferenceData", "attachments")
"""The fields whose change guests are told of."""


def insert(call: Call) -> Json:
    """Create an event, with the client's id or one of the server's."""
    calendar = _writable(call)
    _check_may_invite(call)
    event_id = call.body.get("id")
    if event_id is not None and not re.fullmatch(r"[a-v0-9]{5,1024}", event_id):
        raise ApiError("invalid", "Invalid resource id value.")
    if call.body.get("status") == "cancelled":
        raise ApiError("invalid", "An event cannot be created cancelled.")
    event = content.replaced(_fresh(call, calendar, event_id), call.body, _options(call))
    event = content.settled(event, calendar.time_zone, call.world.behaviour, call.world.complaints.append)
    if event_id in calendar.events:
        raise ApiError("duplicate")
    kept = calendar.save(event)
    _tell(call.world, None, event, call.parameters.get("sendUpdates"))
    return answered(call, calendar, kept)


def _fresh(call: Call, calendar: CalendarState, event_id: str | None) -> Json:
    chosen = event_id or call.world.new_id()
    return {
        "id": chosen,
        "iCalUID": call.body.get("iCalUID", f"{chosen}@google.com"),
        "sequence": 0,
        "eventType": call.body.get("eventType", "default"),
        "creator": {"email": call.identity.email},
        "organizer": {"email": calendar.id, "self": True},
    }


def update(call: Call) -> Json:
    """Replace an event or an instance whole."""
    return _change(call, replace=True)


def patch(call: Call) -> Json:
    """Merge into an event or an instance."""
    return _change(call, replace=False)


def _change(call: Call, *, replace: bool) -> Json:
    calendar = _writable(call)
    _check_may_invite(call)
    current = calendar.find(call.path["eventId"])
    _check_match(call, current)
    make = content.replaced if replace else content.patched
    before = copy.deepcopy(current.body)
    after = make(copy.deepcopy(current.body), call.body, _options(call))
    if call.world.behaviour.ignores_other_organisers and not before["organizer"].get("self"):
        return answered(call, calendar, current)
    _check_immutable(call, before, after)
    _check_revival(call, calendar, current, after)
    if after["status"] == "cancelled":
        kept = _cancelled(call, calendar, current, after)
    else:
        after = content.settled(after, calendar.time_zone, call.world.behaviour, call.world.complaints.append)
        kept = rewrite(calendar, before, after, inherit=call.world.behaviour.exceptions_inherit)
    _tell(call.world, before, kept.body, call.parameters.get("sendUpdates"))
    return answered(call, calendar, kept)


def _cancelled(call: Call, calendar: CalendarState, current: Kept, after: Json) -> Kept:
    if current.cancelled:
        return calendar.save(after)
    calendar.cancel(after["id"], told=call.world.behaviour.deleted_series_tells_of_exceptions)
    return calendar.events[after["id"]]


def rewrite(calendar: CalendarState, before: Json, after: Json, *, inherit: bool) -> Kept:
    """Keep a changed event; a series that has become another one loses its exceptions."""
    moved = any(before.get(key) != after.get(key) for key in ("start", "end", "recurrence"))
    after["sequence"] = max(before["sequence"] + moved, after["sequence"])
    kept = calendar.save(after)
    if "recurrence" in before:
        if _is_another_series(before, after):
            calendar.erase_exceptions(after["id"], told=True)
        elif inherit:
            _pass_on(calendar, before, after)
    return kept


def _is_another_series(before: Json, after: Json) -> bool:
    """Say whether start or rule have changed; a series that only ends elsewhere, or leaves out a day, is the same."""
    if before["start"] != after["start"] or "recurrence" not in after:
        return True
    return recurrence.shape(before["recurrence"]) != recurrence.shape(after["recurrence"])


def _pass_on(calendar: CalendarState, before: Json, after: Json) -> None:
    for kept in calendar.exceptions(after["id"]):
        body = copy.deepcopy(kept.body)
        for key in ("summary", "description", "location", "conferenceData", "hangoutLink", "extendedProperties"):
            if before.get(key) != after.get(key) and body.get(key) == before.get(key):
                body.pop(key, None)
                body |= {key: copy.deepcopy(after[key])} if key in after else {}
        _pass_on_guests(body, before, after)
        if body != kept.body:
            calendar.save(body)


def _pass_on_guests(body: Json, before: Json, after: Json) -> None:
    had, has = _by_email(before), _by_email(after)
    guests = {email: guest for email, guest in _by_email(body).items() if email in has or email not in had}
    guests |= {email: guest for email, guest in has.items() if email not in had and email not in guests}
    body.pop("attendees", None)
    if guests:
        body["attendees"] = copy.deepcopy(list(guests.values()))


def _by_email(event: Json) -> dict[str, Json]:
    return {attendee["email"]: attendee for attendee in event.get("attendees", [])}


def delete(call: Call) -> None:
    """Delete an event, a series, or an instance, which becomes a cancelled exception."""
    calendar = _writable(call)
    current = calendar.find(call.path["eventId"])
    if not current.cancelled:
        _check_match(call, current)
    before = copy.deepcopy(current.body)
    calendar.cancel(call.path["eventId"], told=call.world.behaviour.deleted_series_tells_of_exceptions)
    _tell(call.world, before, calendar.events[before["id"]].body, call.parameters.get("sendUpdates"))


def answered(call: Call, calendar: CalendarState, kept: Kept) -> Json:
    """Return an event as the answer to a call shows it."""
    return shown.event(
        calendar,
        kept,
        call.world.behaviour,
        time_zone=call.parameters.get("timeZone"),
        max_attendees=call.parameters.get("maxAttendees"),
    )


def _options(call: Call) -> Options:
    return Options(
        conference=call.parameters.get("conferenceDataVersion") == 1,
        attachments=bool(call.parameters.get("supportsAttachments")),
    )


def _writable(call: Call) -> CalendarState:
    calendar = call.calendar()
    if not calendar.writable:
        raise ApiError("requiredAccessLevel")
    return calendar


def _check_may_invite(call: Call) -> None:
    if call.body.get("attendees") and not call.identity.may_invite:
        raise ApiError("forbiddenForServiceAccounts")


def _check_match(call: Call, current: Kept) -> None:
    wanted = call.headers.get("if-match")
    if wanted not in (None, "*", shown.etag(current)):
        raise ApiError("conditionNotMet")


def _check_immutable(call: Call, before: Json, after: Json) -> None:
    body = call.body
    for key in ("recurringEventId", "eventType", "iCalUID"):
        if body.get(key, before.get(key)) != before.get(key):
            raise ApiError("invalid", f"{key} cannot be changed.")
    after["id"] = before["id"]
    if "originalStartTime" in before:
        after["originalStartTime"] = before["originalStartTime"]
    if body.get("sequence", before["sequence"]) < before["sequence"]:
        raise ApiError("invalid", "Invalid sequence value. It is below the current sequence number of the resource.")
    if not before["organizer"].get("self") and any(before.get(key) != after.get(key) for key in _SHARED):
        raise ApiError("forbiddenForNonOrganizer")


def _check_revival(call: Call, calendar: CalendarState, current: Kept, after: Json) -> None:
    if not current.cancelled:
        return
    if current.is_exception and calendar.events[current.body["recurringEventId"]].cancelled:
        raise ApiError("deleted")
    revives = call.world.behaviour.revives
    if revives == "everything" or (revives == "instances" and current.is_exception):
        return
    if after["status"] != "cancelled":
        raise ApiError("forbidden")
    if not current.is_exception:
        raise ApiError("deleted")


def _tell(world: World, before: Json | None, after: Json, send_updates: str | None) -> None:
    """Send what a write from ``before`` to ``after`` sends, and remember whom a silent deletion leaves behind."""
    mails = _mails(before, after, world.behaviour)
    outside = world.behaviour.outside_google
    sent = [mail for mail in mails if send_updates == "all" or (send_updates == "externalOnly" and mail.to in outside)]
    world.invitations += sent
    for mail in sent:
        if mail.to in outside:
            world.copies[mail.to, mail.event] = {} if mail.kind == "cancel" else copy.deepcopy(after)
    if send_updates not in ("all", "externalOnly"):
        world.left_behind += [LeftBehind(mail.to, mail.event) for mail in mails if mail.kind == "cancel"]
    if send_updates is None and mails:
        world.complaints.append(f"{after['id']} has guests and was written without sendUpdates")


def _mails(before: Json | None, after: Json, behaviour: Behaviour) -> list[Mail]:
    had = _guests(before) if before and before["status"] != "cancelled" else []
    has = _guests(after) if after["status"] != "cancelled" else []
    mails = [Mail(guest, "cancel", after["id"]) for guest in had if guest not in has]
    mails += [Mail(guest, "invite", after["id"]) for guest in has if guest not in had]
    if before and (_differs(before, after) or (mails and behaviour.guest_changes_mail_everyone)):
        mails += [Mail(guest, "update", after["id"]) for guest in has if guest in had]
    return mails


def _differs(before: Json, after: Json) -> bool:
    return any(before.get(key) != after.get(key) for key in _TOLD)


def _guests(event: Json) -> list[str]:
    own = event["organizer"]["email"]
    return [attendee["email"] for attendee in event.get("attendees", []) if attendee["email"] != own]
