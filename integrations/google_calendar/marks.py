"""How events of ours are known: by ids that we choose, and by marks in private extended properties.

The id of a series is ``peerloop``, a generation, a digest of the calendar and the key itself, so that even a deleted
event, of which Google keeps little more than the id, says what it was. The mark of an instance called off, which loses
its properties, stands on its series.

Of “this and following” Google makes another series: its id is that of the first with ``_R`` and its start in UTC, it
has a copy of the marks, and the ids of its instances begin like those of the first.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from config.values import YEARS
from daemon.model import Mark, on_the_wall
from daemon.model.names import SPLIT, split_key, split_off
from daemon.model.names import session_mark as ours
from integrations.google_calendar.faults import Json

MARK, OFF, ZONE, NO_MEET = "peerloop-mark", "peerloop-off-", "peerloop-zone", "peerloop-no-meet"
STAMP = "%Y%m%dT%H%M%SZ"
_OURS = "peerloop-"
_VALUE = 1000
_HOSTS = {"group.calendar.google.com": "g", "gmail.com": "m"}
"""How links abbreviate calendars."""
_ID = re.compile(r"((peerloop(\d\d)[0-9a-v]{8}([0-9a-v]+))(?:_R(\d{8}T\d{6})Z?)?)(?:_(\d{8}T\d{6}Z|\d{8}))?")
_OFF_KEPT, _OFF_AT_MOST = timedelta(weeks=8), 20_000  # characters; an event holds 32 kB


class Name(NamedTuple):
    """What an id of ours says: the series' own id and key, its generation, and of an instance its original start.

    An instance of a series that was split may only say which was the first.
    """

    series_id: str
    key: str
    generation: int
    instance: datetime | None


def series_id(key: str, calendar: str, generation: int = 0) -> str:
    """Return the id of a series. Guests of two calendars share one space of ids, hence the digest of the calendar."""
    place = _base32(hashlib.sha256(calendar.encode()).digest()[:5])
    return f"peerloop{generation:02d}{place}{_base32(key.encode())}"


def _base32(data: bytes) -> str:
    return base64.b32hexencode(data).decode().lower().rstrip("=")


def name_of(raw: Json) -> Name | None:
    """Return what the id of an event says if it is one of ours: of a series of ours, or an instance of one."""
    match = _ID.fullmatch(str(raw.get("id", "")))
    its = _ID.fullmatch(str(raw.get("recurringEventId", ""))) or match
    if not match or not its:
        return None
    text = its[4].upper()
    try:
        key = base64.b32hexdecode(text + "=" * (-len(text) % 8)).decode()
    except ValueError:
        return None
    since = stamped(f"{its[5]}Z") if its[5] else None
    named = split_key(key, since) if since else key
    return Name(its[1], named, int(its[3]), _original_start(raw) or stamped(match[6] or ""))


def _original_start(raw: Json) -> datetime | None:
    try:
        return _near(datetime.fromisoformat(raw["originalStartTime"]["dateTime"]))
    except (LookupError, TypeError, ValueError):
        return None


def instance_of(raw: Json) -> datetime | None:
    """Return the original start, in UTC, of an instance of a series of ours; None of anything else."""
    name = name_of(raw)
    return name.instance if name else None


def instance_id(series: str, instance: datetime) -> str:
    """Return the id of an instance of a series, by its original start."""
    return f"{first_part(series)}_{instance.astimezone(UTC).strftime(STAMP)}"


def first_part(event_id: str) -> str:
    """Return the id of a series, or of the first of those into which a person split it, by that of any event of it."""
    return event_id.partition("_")[0]


def part_id(first: str, key: str) -> str:
    """Return the id of a series by that of the first of those into which a person split it; ``key`` is its own."""
    since = split_off(key)
    return f"{first}_R{since.strftime(STAMP).rstrip('Z')}" if since else first


def address_of(series: str, instance: datetime, calendar: str) -> str:
    """Return where a person finds an instance: Google's links hold its id and the calendar's, in base64."""
    name, _, host = calendar.partition("@")
    place = f"{name}@{_HOSTS.get(host, host)}"
    told = base64.urlsafe_b64encode(f"{instance_id(series, instance)} {place}".encode()).decode().rstrip("=")
    return f"https://www.google.com/calendar/event?eid={told}"


def is_cancelled(raw: Json) -> bool:
    """Whether an event was deleted, or an instance called off."""
    return raw.get("status") == "cancelled"


def properties_of(raw: Json) -> dict[str, str]:
    """Return the private extended properties of an event."""
    return dict(raw.get("extendedProperties", {}).get("private", {}))


def _said(properties: Mapping[str, str], name: str) -> str:
    """Return a text that may be longer than Google's 1024 characters and stands in several properties then."""
    parts = [properties.get(name, "")]
    while (following := f"{name}.{len(parts)}") in properties:
        parts.append(properties[following])
    return "".join(parts)


def _in_parts(name: str, text: str) -> dict[str, str]:
    parts = [text[at : at + _VALUE] for at in range(0, len(text), _VALUE)]
    return {f"{name}.{number}" if number else name: part for number, part in enumerate(parts)}


def series_mark(raw: Json, key: str) -> Mark | None:
    """Return the mark of a series; one that was split off another has a copy of the mark of that."""
    mark = Mark.parse(_said(properties_of(raw), MARK))
    return replace(mark, key=key) if mark and _is_of_series(mark, key) else None


def _is_of_series(mark: Mark, key: str) -> bool:
    return mark.key.partition(SPLIT)[0] == key.partition(SPLIT)[0]


def session_mark(raw: Json, frame: "Frame") -> Mark | None:
    """Return the mark of an instance; Google hands that of the series down to it, and forgets it once called off."""
    mark, instance = ours(_said(properties_of(raw), MARK)), instance_of(raw)
    if mark:
        return mark
    return frame.off.get(instance) if instance and is_cancelled(raw) else None


def with_mark(raw: Json, mark: Mark, more: Mapping[str, str]) -> Json:
    """Return an event with our mark and more of our properties in place of what we had there; others' stay."""
    theirs = {name: value for name, value in properties_of(raw).items() if not name.startswith(_OURS)}
    properties = {**theirs, **_in_parts(MARK, str(mark)), **more}
    return {**raw, "extendedProperties": {**raw.get("extendedProperties", {}), "private": properties}}


@dataclass(frozen=True, slots=True)
class Frame:
    """What an instance has from its series; ``off`` are the marks of those called off, by original start in UTC."""

    key: str
    zone: str
    until: datetime | None = None
    off: Mapping[datetime, Mark] = field(default_factory=dict)

    def is_past_the_end(self, raw: Json) -> bool:
        """Whether an instance stands for a date after the last one of its series."""
        instance = instance_of(raw)
        return bool(self.until and instance and instance > on_the_wall(self.until, self.zone))


def stamped(text: str) -> datetime | None:
    """Return the moment of a date-time in UTC, or None where it is none, or in a year beyond all plans."""
    try:
        return _near(datetime.strptime(text, STAMP).replace(tzinfo=UTC))
    except ValueError:
        return None


def _near(moment: datetime) -> datetime | None:
    return moment.astimezone(UTC) if moment.year in YEARS else None


def series_properties(zone: str, off: Mapping[datetime, Mark], now: datetime) -> dict[str, str]:
    """Return what else a series carries: our name of its zone, and the marks of its instances called off of late."""
    properties = {ZONE: zone}
    for at in sorted(at for at in off if at > now - _OFF_KEPT):
        more = _in_parts(f"{OFF}{at.strftime(STAMP)}", str(off[at]))
        if sum(map(len, [*properties.values(), *more.values()])) > _OFF_AT_MOST:
            break
        properties |= more
    return properties


def off_marks(series: Json) -> dict[datetime, Mark]:
    """Return the marks of a series' instances called off, by their original start."""
    properties, off = properties_of(series), {}
    for name in properties:
        instance, mark = stamped(name.removeprefix(OFF)), ours(_said(properties, name))
        if name.startswith(OFF) and instance and mark:
            off[instance] = mark
    return off
