"""The text of a team's calendar file: what it shows of ours, and how writes change it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from config.zones import RELEASE
from daemon.model import Observed, Page, SeriesEvent, SessionEvent, Write
from daemon.model.names import instance_key
from integrations.formats.ics.content_lines import Component, Line, Malformed, escaped, parse, plain
from integrations.formats.ics.recurring import Recurring, tell_of_the_parted, tell_parts_apart
from integrations.formats.ics.rewrite import Outrun, SessionChange, change_series, new_series
from integrations.formats.ics.vevent import Vevent
from integrations.formats.ics.viewer import Viewer
from integrations.formats.ics.zones import Zones, vtimezone
from integrations.local.copies import one_each
from integrations.local.definitions import COVERS, RULES

_OF_OUR_ZONES = {"BEGIN", "END", "TZID", COVERS, RULES}
_OURS = "peerloop"
"""What every event of ours, or its UID, says somewhere."""
_TZID = re.compile(r"^[^:]*;TZID=\"?([^;:\"]+)", re.IGNORECASE)
_YEAR = re.compile(r"[:,=](\d{4})\d{4}T")
_DATES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RRULE")
_YEARS_AHEAD = 10
_YEARS_AT_MOST = 50


def new_calendar(name: str) -> str:
    """Return the text of a calendar without events, called ``name``, that programs read every quarter of an hour."""
    shown = escaped(plain(name).replace("\n", " "))
    contents = [
        "VERSION:2.0",
        "PRODID:-//peerloop//local calendar//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{shown}",
        f"X-WR-CALNAME:{shown}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
    ]
    return Component.made("VCALENDAR", contents, "\r\n").text


class CalendarFile:
    """A calendar file taken apart. ``url`` is where a person finds it.

    Raises:
        Malformed: the text is no calendar.
    """

    def __init__(self, text: str, url: str) -> None:
        self._url = url
        self._seen: tuple[Observed, ...] | None = None
        self._load(text)

    @property
    def text(self) -> str:
        """The file's text as it is now."""
        return self._root.text

    def observed(self) -> tuple[Observed, ...]:
        """Return all that there is of ours."""
        if self._seen is None:
            self._seen = one_each(seen for recurring in self._ours for seen in Viewer(recurring, self._url).observe())
        return self._seen

    def apply(self, writes: Sequence[Write], now: datetime) -> list[str]:
        """Make the changes, and return for each why it could not be made, or nothing.

        Without any, only the zones that it defines are brought up to date.
        """
        text, there = self.text, {seen.key: seen for seen in self.observed()}
        self._seen = None
        try:
            faults = [self._change(write, there, now) for write in writes]
        except Malformed:  # so what one of them did in part is to be undone, and for that the text is kept each time
            self._load(text)
            faults = [self._apply(write, there, now) for write in writes]
        if self.text != text or not writes:
            self._define_zones(now)
        return faults

    def _apply(self, write: Write, there: Mapping[str, Observed], now: datetime) -> str:
        text = self.text
        try:
            return self._change(write, there, now)
        except Malformed as fault:
            self._load(text)
            return f"An event of ours in {self._url} cannot be read: {fault}. Mend that line, or take the event away."

    def _change(self, write: Write, there: Mapping[str, Observed], now: datetime) -> str:
        event = write.resource
        if isinstance(event, SeriesEvent):
            fault = self._fault(write, there.get(event.key))
            return fault or self._write_series(event, write, now)
        if isinstance(event, SessionEvent):
            seen = there.get(event.key) or there.get(instance_key(event.event, event.recurrence_id))
            series = there.get(event.event)
            fault = (series.trouble if series else "") or self._fault(write, seen)
            return fault or self._write_session(event, write, now)
        return f"{event.title} is a page, and {self._url} a calendar."

    def _fault(self, write: Write, seen: Observed | None) -> str:
        if seen and seen.trouble:
            return seen.trouble
        if write.version and (not seen or seen.version != write.version):
            return self._outrun(write)
        return ""

    def _outrun(self, write: Write) -> str:
        named = write.resource.title if isinstance(write.resource, Page) else write.resource.summary
        return f"Somebody changed “{named}” in {self._url} at the same moment; the next pass looks again."

    def _write_series(self, event: SeriesEvent, write: Write, now: datetime) -> str:
        recurring = self._series(event.key)
        if recurring and write.fields is not None:
            change_series(self._calendar, recurring, write, now)
        elif write.fields is not None:
            return "" if event.until else self._outrun(write)
        elif not recurring:
            self._calendar.parts.insert(-1, new_series(event, write.mark, now, self._calendar.end))
        self._group()
        return ""

    def _write_session(self, event: SessionEvent, write: Write, now: datetime) -> str:
        recurring = self._series(event.event)
        if not recurring or not recurring.master:
            return f"The series of “{event.summary}” is not in {self._url}, so this date of it cannot be written."
        try:
            SessionChange(self._calendar, recurring, write, event, now).apply()
        except Outrun:
            return self._outrun(write)
        return ""

    def _series(self, key: str) -> Recurring | None:
        return next((recurring for recurring in self._ours if recurring.key == key and recurring.master), None)

    def _load(self, text: str) -> None:
        self._root = parse(text, _OURS)
        self._calendar = self._root.components("VCALENDAR")[0]
        self._group()

    def _group(self) -> None:
        """Find our events: those of a UID go together."""
        definitions = {_tzid(component): component.text for component in self._calendar.components("VTIMEZONE")}
        zones = Zones(definitions)
        by_uid: dict[str, list[Vevent]] = {}
        for component in self._calendar.components("VEVENT"):
            vevent = Vevent(component, zones)
            by_uid.setdefault(vevent.uid, []).append(vevent)
        groups = (Recurring(vevents) for vevents in by_uid.values())
        self._ours = [recurring for recurring in groups if recurring.is_ours]
        tell_parts_apart(self._ours)
        tell_of_the_parted(self._ours)

    def _define_zones(self, now: datetime) -> None:
        """Let each zone that our events name be defined from before the first of them to some years from now."""
        vevents = [vevent for recurring in self._ours for vevent in recurring.vevents]
        parts = (part for vevent in vevents for part in vevent.component.parts)
        lines = [part for part in parts if part.name in _DATES and isinstance(part, Line)]
        written = {int(year) for line in lines for year in _YEAR.findall(line.content)}
        years = {now.year, *(year for year in written if abs(year - now.year) < _YEARS_AT_MOST)}
        first, last = date(min(years) - 1, 1, 1), date(max(years) + 2, 1, 1)
        defined = {_tzid(component): component for component in self._calendar.components("VTIMEZONE")}
        for zone in sorted({match[1] for line in lines if (match := _TZID.match(line.content))}):
            if zone not in defined or _is_out_of_date(defined[zone], first, last):
                self._define(zone, defined.get(zone), first, last.replace(year=last.year + _YEARS_AHEAD))

    def _define(self, zone: str, former: Component | None, first: date, last: date) -> None:
        try:
            contents = [*vtimezone(zone, first, last), f"{COVERS}:{first:%Y%m%d}/{last:%Y%m%d}", f"{RULES}:{RELEASE}"]
        except (ValueError, LookupError, OSError):
            return  # a name of some program's own, which its definition explains
        made = Component.made("VTIMEZONE", contents, self._calendar.end)
        if former:
            theirs = (line for line in former.parts if isinstance(line, Line) and line.name not in _OF_OUR_ZONES)
            made.parts[2:2] = theirs
            self._calendar.parts[self._calendar.parts.index(former)] = made
        else:
            self._calendar.parts.insert(_after_head(self._calendar), made)


def _tzid(definition: Component) -> str:
    return next((line.content.partition(":")[2].strip() for line in definition.lines("TZID")), "")


def _is_out_of_date(definition: Component, first: date, last: date) -> bool:
    """Whether a definition of ours has other rules than this release's, or does not cover the days that it should.

    Others' definitions are left to them.
    """
    covers, rules = (
        next((line.content.partition(":")[2].strip() for line in definition.lines(name)), None)
        for name in (COVERS, RULES)
    )
    if covers is None:
        return False
    start, _, end = covers.partition("/")
    return rules != RELEASE or start > f"{first:%Y%m%d}" or end < f"{last:%Y%m%d}"


def _after_head(calendar: Component) -> int:
    """The place behind the calendar's own properties and zones, before all that may name a zone."""
    inner = (
        place for place, part in enumerate(calendar.parts) if isinstance(part, Component) and part.name != "VTIMEZONE"
    )
    return next(inner, len(calendar.parts) - 1)
