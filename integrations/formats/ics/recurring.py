"""A recurring event in a calendar file: its master, its overrides, and the instances that were taken out.

Instances are named by their wall time in the zone of the master. The mark of an instance that is called off has no
override to stand on: it stands on the master, as ``X-PEERLOOP-CANCELLED:2026-12-10T12:15 MARK``.
"""

import re
from collections.abc import Container, Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from config.checks.rule import NO_RULE, late
from daemon.model import Mark, SeriesEvent, SessionEvent
from daemon.model.names import SPLIT, numbered, session_mark, split_key, wall_of
from integrations.formats.ics.content_lines import Line, Malformed, escaped
from integrations.formats.ics.vevent import OURS, Moment, Vevent, in_our_time

CANCELLED, ZONE = f"{OURS}CANCELLED", f"{OURS}ZONE"
_UID_SUFFIX = "@peerloop"
_INSTANCE = "%Y-%m-%dT%H:%M"
_WITHIN_A_DAY = re.compile(r"FREQ=(SECOND|MINUTE|HOUR)LY|BY(HOUR|MINUTE|SECOND)=", re.IGNORECASE)
_STANDS_STILL = re.compile(r"INTERVAL=(?!0*[1-9][0-9]*(;|$))", re.IGNORECASE)
_ENDS = re.compile("(UNTIL|COUNT)=", re.IGNORECASE)
_UTC = ZoneInfo("UTC")
_NEVER = Moment(datetime(1970, 1, 1), _UTC)  # noqa: DTZ001, a wall time


def uid_of(key: str) -> str:
    """Return the UID of a series' event, the same whenever it is made: ``platform.lunch-learn.1@peerloop``."""
    return quote(key, safe="/").replace(".", "%2E").replace("/", ".") + _UID_SUFFIX


def _key_of(uid: str) -> str:
    """Return the key that a UID of ours was made from, or nothing; programs that drop our properties keep the UID."""
    return unquote(uid.removesuffix(_UID_SUFFIX).replace(".", "/")) if uid.endswith(_UID_SUFFIX) else ""


@dataclass(frozen=True, slots=True)
class Override:
    """An event that stands for one instance; ``instance`` is None where that cannot be read."""

    vevent: Vevent
    instance: datetime | None


class Recurring:
    """The events of one UID. It has more than one master only where somebody copied it, and none where they took it."""

    def __init__(self, vevents: list[Vevent]) -> None:
        told = [(vevent, vevent.is_override) for vevent in vevents]
        self.masters = [vevent for vevent, is_override in told if not is_override]
        overrides = [vevent for vevent, is_override in told if is_override]
        self.master = self.masters[0] if self.masters else None
        self.start = _first_readable([*self.masters, *overrides])
        self.overrides = [Override(vevent, self._instance(vevent)) for vevent in overrides]
        marks = (master.mark for master in self.masters)
        named = (_key_of(uid) for vevent in vevents for uid in (vevent.uid, *vevent.related))
        self.key = next((mark.key for mark in marks if mark), "") or next(filter(None, named), "")
        self.parted = ""
        """The UID of events that stand for dates of it, and by which they are none, for it has another one."""

    @property
    def vevents(self) -> list[Vevent]:
        """Its events, masters first."""
        return [*self.masters, *(override.vevent for override in self.overrides)]

    @property
    def is_ours(self) -> bool:
        """Whether it carries a mark of ours, or a UID that we made."""
        return bool(self.key) or any(override.vevent.mark for override in self.overrides)

    @property
    def excepted(self) -> list[datetime]:
        """The instances that EXDATE takes out; Malformed where one cannot be read."""
        return self.master.exceptions(self.start) if self.master else []

    @property
    def cancelled_marks(self) -> dict[datetime, Mark]:
        """The marks of the instances that we called off; Malformed where an EXDATE cannot be read."""
        return {instance: mark for _, instance, mark in self._called_off()}

    def forget_cancelled(self, instances: Container[datetime]) -> None:
        """Take the marks of instances called off from the master."""
        if self.master:
            self.master.component.remove(line for line, instance, _ in self._called_off() if instance in instances)

    def _called_off(self) -> list[tuple[Line, datetime, Mark]]:
        """Return the lines that keep our marks, each with the instance that it is about now and the mark."""
        lines = self.master.component.lines(CANCELLED) if self.master else []
        found = [(line, *entry) for line in lines if (entry := _cancelled(line))]
        along = self._moved_along({instance for _, instance, _ in found})
        return [(line, along.get(instance, instance), mark) for line, instance, mark in found]

    def _moved_along(self, marked: set[datetime]) -> dict[datetime, datetime]:
        """Return where EXDATEs of ours are now which a program moved along with the series: it leaves our marks alone.

        They are all as far from what the marks say, and the series has no such dates any more.
        """
        excepted = set(self.excepted)
        free, lost = excepted - marked, marked - excepted
        lost -= self.having(lost) if free else lost
        moves = sorted((one - min(lost) for one in free), key=abs) if lost else []
        by = next((move for move in moves if all(one + move in free for one in lost)), None)
        return {} if by is None else {one: one + by for one in lost}

    def having(self, instances: Set[datetime]) -> Set[datetime]:
        """Return which of these instances the rule has, which EXDATE may take out.

        One that counts more than days may have any, and of one that has no dates nobody knows what it had.
        """
        told = self.master.rule if self.master else ""
        if not instances or _WITHIN_A_DAY.search(told) or _STANDS_STILL.search(told):
            return instances
        try:
            days = ";".join(part for part in told.split(";") if not _ENDS.match(part))
            if next(iter(rrulestr(days, dtstart=late(self.start.wall))), None) is None:
                return instances
            rule = rrulestr(told, dtstart=self.start.wall)
            return instances & {*rule.between(min(instances), max(instances), inc=True)}
        except NO_RULE:
            return instances

    def override(self, instance: datetime) -> Vevent | None:
        """Return the event that stands for an instance, if one does."""
        return next((there.vevent for there in self.overrides if there.instance == instance), None)

    def mark_of(self, vevent: Vevent) -> Mark | None:
        """Return an event's own mark; programs copy the mark of the series to an override that they make."""
        mark = vevent.mark
        return None if mark and vevent.is_override and not wall_of(mark.key) else mark

    @property
    def ends(self) -> datetime | None:
        """The moment after which it has no instance; None where it goes on, or where that cannot be read."""
        try:
            until = self.master.until(self.start) if self.master else None
        except Malformed:
            return None
        return Moment(until, self.start.zone).at if until else None

    @property
    def lost_zone(self) -> str:
        """The time zone in which its dates are counted, where a program put it into another one; else nothing."""
        told = self.master.text(ZONE) if self.master else ""
        ours, half_a_year = self.master.zones.get(told) if self.master and told else None, timedelta(days=182)
        walls = (self.start.wall, self.start.wall + half_a_year)
        is_same = ours is None or all(_offset(wall, ours) == _offset(wall, self.start.zone) for wall in walls)
        return "" if is_same else told

    def series_event(self, master: Vevent) -> SeriesEvent:
        """Return what a master says; Malformed where it cannot be read."""
        start = master.moment("DTSTART", _UTC)
        return SeriesEvent(
            key=self.key,
            starts=start.wall,
            zone=start.zone_name,
            minutes=master.minutes(start.zone),
            rrule=master.rule,
            summary=master.text("SUMMARY"),
            description=master.text("DESCRIPTION"),
            until=master.until(start),
        )

    def session_event(self, vevent: Vevent, key: str, instance: datetime) -> SessionEvent:
        """Return what an override says; Malformed where it cannot be read."""
        return SessionEvent(
            key=key,
            event=self.key,
            recurrence_id=instance,
            zone=self.start.zone_name,
            starts_at=vevent.moment("DTSTART", self.start.zone).at,
            minutes=vevent.minutes(self.start.zone),
            summary=vevent.text("SUMMARY"),
            description=vevent.text("DESCRIPTION"),
            cancelled=vevent.is_cancelled,
        )

    def plain_event(self, key: str, instance: datetime) -> SessionEvent:
        """Return what the master makes of an instance without an override; Malformed where it cannot be read."""
        master = self.masters[0]
        return SessionEvent(
            key=key,
            event=self.key,
            recurrence_id=instance,
            zone=self.start.zone_name,
            starts_at=Moment(instance, self.start.zone).at,
            minutes=master.minutes(self.start.zone),
            summary=master.text("SUMMARY"),
            description=master.text("DESCRIPTION"),
        )

    def _instance(self, override: Vevent) -> datetime | None:
        """Return for which instance an event stands; of one that names a day alone, that of the day."""
        try:
            wall = override.moment("RECURRENCE-ID", self.start.zone).wall_in(self.start.zone)
        except Malformed:
            return None
        is_day = len(override.text("RECURRENCE-ID").strip()) == len("20261210")
        return datetime.combine(wall, self.start.wall.time()) if is_day else wall


def _offset(wall: datetime, zone: tzinfo) -> timedelta | None:
    return wall.replace(tzinfo=zone).utcoffset()


def tell_parts_apart(found: Iterable[Recurring]) -> None:
    """Give each later part of a series that a program has split for “this and all following” a key of its own.

    Such a program ends the first one, and copies it, with our mark and under a UID of its own, for what follows.
    """
    by_key: dict[str, list[Recurring]] = {}
    for one in sorted((one for one in found if one.master), key=lambda one: one.start.at):
        by_key.setdefault(one.key, []).append(one)
    for parts in by_key.values():
        for before, part in pairwise(parts):
            if before.ends and part.start.at > before.start.at:
                part.key = split_key(part.key, before.ends)


def tell_of_the_parted(found: Iterable[Recurring]) -> None:
    """Tell each series of its dates which a program has parted from it: it gave the series, or them, another UID."""
    all_of_them = list(found)
    alone = [one for one in all_of_them if not one.master]
    for series in (one for one in all_of_them if one.master):
        series.parted = next((one.vevents[0].uid for one in alone if _has_dates_of(one, series)), "")


def _has_dates_of(alone: Recurring, series: Recurring) -> bool:
    """Whether events without a master say that they are of a series, and are no copies of what stands for its dates."""
    event, of = series.key.partition(SPLIT)[0], numbered(series.key)[0]
    marks = [(series._instance(one.vevent), one.vevent.mark) for one in alone.overrides]
    ours = (at for at, mark in marks if alone.key == event or (not alone.key and mark and _series_in(mark) == of))
    return bool(series.having({at for at in ours if at} - {one.instance for one in series.overrides}))


def _series_in(mark: Mark) -> str:
    return mark.key.rpartition("/")[0] if wall_of(mark.key) else ""


def cancelled_content(instance: datetime, mark: Mark) -> str:
    """Return the content line that keeps the mark of an instance called off."""
    return f"{CANCELLED}:{escaped(f'{instance.strftime(_INSTANCE)} {mark}')}"


def _cancelled(line: Line) -> tuple[datetime, Mark] | None:
    try:
        name, _, text = line.property.value.strip().partition(" ")
        instance = datetime.strptime(name, _INSTANCE)  # noqa: DTZ007, a wall time
    except ValueError:
        return None
    mark = session_mark(text)
    return (instance, mark) if mark and in_our_time(instance) else None


def _first_readable(vevents: list[Vevent]) -> Moment:
    """Return when the first instance starts, masters first; without one, at least in which zone it did."""
    for vevent in vevents:
        try:
            return vevent.moment("RECURRENCE-ID" if vevent.is_override else "DTSTART", _UTC)
        except Malformed:
            continue
    return _NEVER
