"""Time zones of a calendar file: what its TZIDs mean, and the VTIMEZONEs it must define (RFC 5545, section 3.6.5)."""

import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby, islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Timezone
from icalendar.timezone import tzp

from integrations.formats.ics.others import unfolded

_LATE = datetime(9900, 1, 1)  # noqa: DTZ001, from which a rule without a date soon comes to the end of time
_HALF_A_YEAR, _FIRST_YEAR, _MOST_RULES = timedelta(days=180), 1600, 50
"""A rule is of a change that comes once a year; some programs have all of them begin in 1601."""
_LONGEST = 20_000  # characters of a definition; one of a century of changes has a tenth of that
_START = re.compile(r"^DTSTART[^:\r\n]*:(\d{4})", re.I | re.M)
_RULE = re.compile(r"^RRULE[^:\r\n]*:([^\r\n]*)", re.I | re.M)
_INTERVAL = re.compile("0*[1-9][0-9]*")
"""How many years apart; the library counts on for ever where they are none."""
_OF_A_DAY = {"BYHOUR", "BYMINUTE", "BYSECOND"}
_PARTS = {"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYSETPOS", "WKST", "UNTIL", "COUNT"}


class Zones:
    """What TZIDs mean: the IANA's zones, Windows' names and vendors' prefixes for them, else the file's definition."""

    def __init__(self, definitions: Mapping[str, str]) -> None:
        self._definitions = definitions
        self.told = frozenset(definitions.items())
        """What the file says of zones, to be told from another."""
        self._known: dict[str, tzinfo | None] = {}

    def get(self, tzid: str) -> tzinfo | None:
        """Return the zone of a TZID, or None where nobody knows it."""
        if tzid not in self._known:
            self._known[tzid] = _public_zone(tzid) or self._defined(tzid)
        return self._known[tzid]

    def _defined(self, tzid: str) -> tzinfo | None:
        if tzid not in self._definitions:
            return None
        try:
            if _is_endless(self._definitions[tzid]):
                return None
            definition = Timezone.from_ical(self._definitions[tzid])
            zone = definition.to_tz(lookup_tzid=False) if isinstance(definition, Timezone) else None
        except (ValueError, KeyError, AttributeError, TypeError):  # whatever the library meets in a broken one
            return None
        return zone if isinstance(zone, tzinfo) else None


def _is_endless(definition: str) -> bool:
    """Whether the library, which counts out every change of a zone, would take for ever: by the second, or for none."""
    text = unfolded(definition.upper())
    rules, starts = _RULE.findall(text), _START.findall(text)
    is_long = len(definition) > _LONGEST or len(rules) > _MOST_RULES
    is_old = bool(rules) and any(int(year) < _FIRST_YEAR for year in starts)
    return is_long or is_old or any(map(_is_no_yearly_rule, rules))


def _is_no_yearly_rule(rule: str) -> bool:
    parts = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in rule.split(";"))}
    if (
        parts.keys() - _PARTS - _OF_A_DAY
        or parts.get("FREQ") != "YEARLY"
        or not _INTERVAL.fullmatch(parts.get("INTERVAL", "1"))
    ):
        return True
    days = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("UNTIL", "COUNT"))
    found = [*islice(rrulestr(days, dtstart=_LATE), 2)]
    return len(found) < 2 or found[1] - found[0] < _HALF_A_YEAR


def _public_zone(tzid: str) -> tzinfo | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            zone = tzp.timezone(tzid)
        except (ValueError, OSError):
            return None
    return zone if isinstance(zone, ZoneInfo) else None


class Observance(NamedTuple):
    """A time during which a zone keeps one offset."""

    name: str
    offset: timedelta
    daylight: bool


class Onset(NamedTuple):
    """When an observance begins: in local time by the offset before it, as RFC 5545 asks."""

    before: timedelta
    observance: Observance
    wall: datetime


@lru_cache(maxsize=64)
def vtimezone(zone: str, first: date, last: date) -> tuple[str, ...]:
    """Return the content lines inside a VTIMEZONE that is right from ``first`` until ``last``."""
    ordered = sorted(_onsets(ZoneInfo(zone), first, last), key=lambda onset: (onset[:2], onset.wall))
    lines = [f"TZID:{zone}"]
    for (before, observance), onsets in groupby(ordered, key=lambda onset: onset[:2]):
        lines += _subcomponent(before, observance, [onset.wall for onset in onsets])
    return tuple(lines)


def _onsets(zone: ZoneInfo, first: date, last: date) -> Iterator[Onset]:
    """Look at every day, since some zones leave daylight saving for a few weeks only (Africa/Casablanca)."""
    day = datetime(first.year, first.month, first.day, tzinfo=UTC)
    now = _observance(zone, day)
    yield Onset(now.offset, now, day.replace(tzinfo=None))
    while day.date() < last:
        following = day + timedelta(days=1)
        after = _observance(zone, following)
        if after != now:
            change = _change(zone, day, following)
            yield Onset(now.offset, after, (change + now.offset).replace(tzinfo=None))
        day, now = following, after


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the second at which the observance changes."""
    was = _observance(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _observance(zone, middle) == was else (before, middle)
    return after


def _observance(zone: ZoneInfo, moment: datetime) -> Observance:
    local = moment.astimezone(zone)
    return Observance(local.tzname() or zone.key, local.utcoffset() or timedelta(), bool(local.dst()))


def _subcomponent(before: timedelta, observance: Observance, onsets: list[datetime]) -> list[str]:
    kind = "DAYLIGHT" if observance.daylight else "STANDARD"
    start, *others = (f"{wall:%Y%m%dT%H%M%S}" for wall in onsets)
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{start}",
        *([f"RDATE:{','.join(others)}"] if others else []),
        f"TZNAME:{observance.name}",
        f"TZOFFSETFROM:{_offset(before)}",
        f"TZOFFSETTO:{_offset(observance.offset)}",
        f"END:{kind}",
    ]


def _offset(offset: timedelta) -> str:
    seconds = abs(int(offset.total_seconds()))
    sign = "-" if offset < timedelta() else "+"
    text = f"{sign}{seconds // 3600:02}{seconds % 3600 // 60:02}"
    return f"{text}{seconds % 60:02}" if seconds % 60 else text
