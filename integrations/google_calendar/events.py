"""Our values as Google's event resources and back.

What an event says is compared by meaning, for Google may write it otherwise than we did: text as HTML, the parts of a
rule in another order, a time in the offset of another zone, a zone by another name.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.values import YEARS, canonical_email
from daemon.model import (
    UNSEEN,
    Answer,
    Kind,
    Observed,
    SeriesEvent,
    SessionEvent,
    Write,
    fingerprint,
    on_the_wall,
)
from daemon.model.exchange import answers_of
from daemon.model.names import instance_key
from daemon.model.resources import shown_by
from integrations.google_calendar.description import marked_up, plain
from integrations.google_calendar.faults import Json
from integrations.google_calendar.marks import (
    NO_MEET,
    STAMP,
    ZONE,
    Frame,
    instance_of,
    is_cancelled,
    off_marks,
    properties_of,
    series_mark,
    session_mark,
    stamped,
)

NEAR = timedelta(days=8)
"""How long before a session what it says is written to guests without a calendar at Google, once its page is there."""
_OF_THE_SERIES = frozenset(
    {"recurrence", "id", "etag", "kind", "iCalUID", "created", "updated", "htmlLink", "sequence", "creator"}
    | {"organizer", "start", "end", "status"}
)
"""What an instance does not have from its series."""


class Conflict(Exception):
    """A person made something of an event that peerloop cannot go on from; the message tells people what to do."""


class Outrun(Conflict):
    """An event is not any more as it was observed."""


# what an event says


def _time(raw: Json, which: str) -> datetime:
    if not raw.get(which, {}).get("dateTime"):
        title = raw.get("summary", "")
        raise Conflict(f"“{title}” in the calendar was made an all-day event; give it back its time of day.")
    moment = datetime.fromisoformat(raw[which]["dateTime"])
    if moment.year not in YEARS:
        title = raw.get("summary", "")
        raise Conflict(f"“{title}” in the calendar was put into the year {moment.year}; give it back its date.")
    return moment


def starts_at(raw: Json, otherwise: datetime = datetime.max.replace(tzinfo=UTC)) -> datetime:  # noqa: B008, a constant
    """Return when an event starts, or something else where it has no time of day."""
    try:
        return _time(raw, "start")
    except Conflict:
        return otherwise


def _minutes(raw: Json) -> int:
    return int((_time(raw, "end") - _time(raw, "start")).total_seconds() // 60)


def _zone(master: Json) -> str:
    """Return the zone of a series by our name of it, where Google only calls it something else (Asia/Calcutta)."""
    theirs, ours = master.get("start", {}).get("timeZone", "UTC"), properties_of(master).get(ZONE)
    there, here = _zone_called(theirs), _zone_called(ours)
    if there is None:
        title = master.get("summary", "")
        raise Conflict(f"“{title}” in the calendar is in a time zone that nobody knows, {theirs}.")
    if ours and here and ours != theirs:
        start = _time(master, "start")
        days = (start + timedelta(days=step) for step in range(0, 730, 10))
        if all(day.astimezone(there).utcoffset() == day.astimezone(here).utcoffset() for day in days):
            return ours
    return str(theirs)


def _zone_called(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # people, and other programs, may write anything there
        return None


def _rule(master: Json) -> str:
    return next((line[6:] for line in master.get("recurrence", ()) if line.upper().startswith("RRULE:")), "")


def _until(master: Json, zone: str) -> datetime | None:
    end = next((part[6:] for part in _rule(master).upper().split(";") if part.startswith("UNTIL=")), "")
    moment = stamped(f"{end}T235959Z" if len(end) == len("20261210") else end)
    return _wall(moment, zone) if moment else None


def read_series(master: Json, key: str) -> SeriesEvent:
    """Return what a series says.

    Raises:
        Conflict: it cannot be a series of ours any more.
    """
    zone = _zone(master)
    return SeriesEvent(
        key=key,
        starts=_wall(_time(master, "start"), zone),
        zone=zone,
        minutes=_minutes(master),
        rrule=_rule(master),
        summary=master.get("summary", ""),
        description=plain(master.get("description", "")),
        until=_until(master, zone),
    )


def read_session(raw: Json, key: str, frame: Frame) -> SessionEvent:
    """Return what an instance says.

    Raises:
        Conflict: it cannot be a session any more.
    """
    starts_at = _time(raw, "start")
    return SessionEvent(
        key=key,
        event=frame.key,
        recurrence_id=_wall(instance_of(raw) or starts_at, frame.zone),
        zone=frame.zone,
        starts_at=starts_at.astimezone(ZoneInfo(frame.zone)),
        minutes=_minutes(raw),
        summary=raw.get("summary", ""),
        description=plain(raw.get("description", "")),
    )


def _wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def frame_of(master: Json, key: str) -> Frame:
    """Return what instances have from a series, as far as it can be read."""
    try:
        zone = _zone(master)
    except Conflict:
        zone = "UTC"
    return Frame(key, zone, _until(master, zone), off_marks(master))


def observed_series(raw: Json, key: str) -> Observed:
    """Return what a calendar shows of a series."""
    seen = Observed(key, Kind.SERIES, {}, series_mark(raw, key), title=raw.get("summary", ""))
    try:
        event = read_series(raw, key)
    except Conflict as trouble:
        return _versioned(replace(seen, trouble=str(trouble)), raw)
    shown = shown_by(event, seen.mark)
    starts_at = on_the_wall(event.starts, event.zone)
    seen = replace(seen, shown=shown, starts_at=starts_at, minutes=event.minutes, until=event.until)
    no_link = NO_MEET in properties_of(raw) and "hangoutLink" not in raw
    seen = replace(seen, no_link=no_link, rrule=_ending(event.rrule, None, event.zone))
    return _filled(seen, event, raw)


def observed_session(raw: Json, frame: Frame) -> Observed:
    """Return what a calendar shows of an instance. Of one called off only that counts, for Google may say no more."""
    instance, mark = instance_of(raw), session_mark(raw, frame)
    wall = _wall(instance, frame.zone) if instance else None
    key = mark.key if mark else instance_key(frame.key, wall)
    seen = Observed(key, Kind.SESSION, {}, mark, event=frame.key, instance=wall)
    if is_cancelled(raw):
        starts_at = instance.astimezone(ZoneInfo(frame.zone)) if instance else None
        shown = fingerprint({"cancelled": True})
        return _versioned(replace(seen, shown=shown, starts_at=starts_at, cancelled=True), raw)
    try:
        event = read_session(raw, key, frame)
    except Conflict as trouble:
        return _versioned(replace(seen, title=raw.get("summary", ""), trouble=str(trouble)), raw)
    shown = fingerprint(event.content)
    return _filled(replace(seen, shown=shown, starts_at=event.starts_at, minutes=event.minutes), event, raw)


def _filled(seen: Observed, event: SeriesEvent | SessionEvent, raw: Json) -> Observed:
    guests = (guest for guest in raw.get("attendees", ()) if guest.get("email"))
    answers = answers_of((guest["email"], _answer(guest.get("responseStatus", ""))) for guest in guests)
    seen = replace(
        seen,
        url=raw.get("htmlLink"),
        title=event.summary,
        guests=tuple(sorted(answers)),
        answers=answers,
    )
    return _versioned(seen, raw)


def _answer(status: str) -> Answer:
    known = {"accepted": Answer.ACCEPTED, "declined": Answer.DECLINED, "tentative": Answer.TENTATIVE}
    return known.get(status, Answer.NONE)


def _versioned(seen: Observed, raw: Json) -> Observed:
    """Return what was seen with a version: a digest of what is shown to people, and the id of the event, for ``id_in``.

    It is no ETag. That changes with every answer of a guest, and an instance's with its series, though nothing that we
    compare has changed; so it only guards the write itself. Nor do the guests of an instance count, who come and go
    with those of its series: a write keeps those whom it finds.
    """
    mark = None if seen.cancelled else seen.mark  # which stands on the series
    guests = sorted(seen.guests) if seen.kind is Kind.SERIES else []
    told = f"{sorted(seen.shown.items())} {mark} {seen.cancelled} {guests}"
    return replace(seen, version=f"{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]} {raw['id']}")


def id_in(version: str) -> str:
    """Return the id of the event that a version, as ``Observed.version`` has it, was taken of."""
    return version.partition(" ")[2]


# how a write changes an event


def new_series(event: SeriesEvent, event_id: str, meet: bool) -> Json:
    """Return a series that is to be made, but for its mark."""
    body: Json = {"id": event_id, "summary": _line(event.summary), "recurrence": [f"RRULE:{event.rrule}"]}
    body |= _from_to(on_the_wall(event.starts, event.zone), event.minutes, event.zone)
    if event.description:
        body["description"] = marked_up(event.description)
    if event.guests:
        body["attendees"] = _invited(event.guests)
    return with_meet(body) if meet else body


def with_meet(event: Json) -> Json:
    """Return an event that asks for a Meet link, for the same one each time."""
    request_id = hashlib.sha256(event["id"].encode()).hexdigest()[:32]
    request = {"requestId": request_id, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    return {**event, "conferenceData": {"createRequest": request}}


def changed_series(raw: Json, write: Write, shown: SeriesEvent) -> Json:
    """Return a series with the named fields as the write has them, where they do not say so already."""
    event, body = write.resource, dict(raw)
    assert isinstance(event, SeriesEvent)
    due = _due(write, replace(shown, until=None), replace(event, until=None))
    if due & {"when", "minutes"}:
        starts, zone = (event.starts, event.zone) if "when" in due else (shown.starts, shown.zone)
        minutes = event.minutes if "minutes" in due else shown.minutes
        body |= _from_to(on_the_wall(starts, zone), minutes, zone)
    ends = "until" in (write.fields or ()) and event.until != shown.until
    if "when" in due or ends:
        rule = event.rrule if "when" in due else shown.rrule
        others = [line for line in raw.get("recurrence", ()) if not line.upper().startswith("RRULE:")]
        until = event.until if ends else shown.until
        body["recurrence"] = [f"RRULE:{_ending(rule, until, shown.zone)}", *others]
    return _worded(body, event, due)


def _ending(rule: str, until: datetime | None, zone: str) -> str:
    """Return a rule with its end, in UTC as beside a start with a zone (RFC 5545, section 3.3.10)."""
    ends = ("UNTIL=",) if until is None else ("UNTIL=", "COUNT=")
    parts = [part for part in rule.split(";") if not part.upper().startswith(ends)]
    return ";".join([*parts, f"UNTIL={on_the_wall(until, zone).astimezone(UTC).strftime(STAMP)}"] if until else parts)


def changed_session(raw: Json, write: Write, shown: SessionEvent) -> Json:
    """Return an instance with the named fields as the write has them, where they do not say so already."""
    event, body = write.resource, dict(raw)
    assert isinstance(event, SessionEvent)
    due = _due(write, shown, event)
    if "when" in due:
        body |= _from_to(event.starts_at, event.minutes, shown.zone)
    if "cancelled" in due:
        body["status"] = "cancelled" if event.cancelled else "confirmed"
    return _worded(body, event, due)


def restored(raw: Json, master: Json, key: str, instance: datetime) -> Json:
    """Return an instance as its series has it, with what else is said of it.

    Raises:
        Conflict: the series cannot be one of ours any more.
    """
    shown = read_series(master, key)
    inherited = {name: value for name, value in master.items() if name not in _OF_THE_SERIES}
    return {**inherited, **raw, **_from_to(instance, shown.minutes, shown.zone), "status": "confirmed"}


def is_news(before: Json, after: Json | None) -> bool:
    """Whether guests have to hear of a change: of an instance that it is called off, on again, or at another time; of
    a series that it is gone, ends, or has other guests.
    """
    if after is None or is_cancelled(before) or is_cancelled(after):
        return True
    if "recurrence" in before:
        return any(before.get(name) != after.get(name) for name in ("recurrence", "attendees"))
    return starts_at(before) != starts_at(after)


def is_to_be_seen(before: Json, after: Json | None, now: datetime) -> bool:
    """Whether a change that is no news has to reach guests who only know what Google writes to them: that of a series,
    and that of an instance that is near; and that a guest was taken off, which Google tells no other calendar either.
    """
    if after is None or _emails(before) - _emails(after):
        return True
    texts = any(before.get(name) != after.get(name) for name in ("summary", "description"))
    is_near = "recurrence" in before or now < starts_at(after, now) < now + NEAR
    return is_near and (texts or _emails(before) != _emails(after))


def says_the_same(before: Json, after: Json) -> bool:
    """Whether Google answers of an event after a write just what it said before."""
    names = ("status", "summary", "description", "start", "end", "recurrence", "extendedProperties", "conferenceData")
    return all(before.get(name) == after.get(name) for name in names) and _emails(before) == _emails(after)


def _emails(event: Json) -> set[str]:
    return {canonical_email(guest.get("email", "")) for guest in event.get("attendees", ())}


def with_guests(raw: Json, newcomers: Mapping[str, str], former: Iterable[str]) -> Json:
    """Return an event with guests added and taken off; everybody else stays, with all that Google says of them."""
    leaving, there = set(map(canonical_email, former)), list[Json](raw.get("attendees", ()))
    staying = [guest for guest in there if canonical_email(guest.get("email", "")) not in leaving]
    added = _invited(missing(raw, newcomers))
    return {**raw, "attendees": [*staying, *added]} if added or staying != there else raw


def missing(raw: Json, guests: Mapping[str, str]) -> dict[str, str]:
    """Return those of the guests who are not invited yet."""
    there = {canonical_email(guest.get("email", "")) for guest in raw.get("attendees", ())}
    return {email: name for email, name in guests.items() if canonical_email(email) not in there}


def _invited(guests: Mapping[str, str]) -> list[Json]:
    return [{"email": email, "displayName": _line(name)} for email, name in guests.items()]


def _due(write: Write, shown: SeriesEvent | SessionEvent, wanted: SeriesEvent | SessionEvent) -> frozenset[str]:
    """Return which fields have to be written: of those that a write names, else of all, what means another thing."""
    there, due = fingerprint(shown.content), fingerprint(wanted.content)
    return frozenset(
        name for name in due if there.get(name) != due[name] and (write.fields is None or name in write.fields)
    )


def _worded(body: Json, event: SeriesEvent | SessionEvent, due: frozenset[str]) -> Json:
    if "summary" in due:
        body["summary"] = _line(event.summary)
    if "description" in due:
        body["description"] = marked_up(event.description)
    return body


def _from_to(start: datetime, minutes: int, zone: str) -> Json:
    """Return start and end; minutes are elapsed time."""
    there = ZoneInfo(zone)
    end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(there)
    moments = {"start": start.astimezone(there), "end": end}
    return {name: {"dateTime": moment.isoformat(), "timeZone": zone} for name, moment in moments.items()}


def _line(text: str) -> str:
    return " ".join(text.translate(UNSEEN).encode("utf-8", "replace").decode().split())
