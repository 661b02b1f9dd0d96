"""One VEVENT: what it says in our words, and how to change one thing about it (RFC 5545, section 3.6.1)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from icalendar import vCalAddress, vDDDTypes
from icalendar.parser import Contentline

from config.values import canonical_email
from daemon.model import Answer, Mark, on_the_wall
from daemon.model.exchange import answers_of
from integrations.formats.ics.content_lines import Component, Line, Malformed, Property, escaped, plain
from integrations.formats.ics.zones import Zones

OURS = "X-PEERLOOP-"
MARK = f"{OURS}MARK"
_UTC = ZoneInfo("UTC")
_MOST_EXCEPTIONS = 5_000  # of an event; a weekly one has fewer in fifty years
_MOST_GUESTS = 5_000  # of an event; a team has 500 members
_NUMBER = re.compile("[0-9]{1,9}")
_FIRST_YEAR, _LAST_YEAR, _LONGEST = 1900, 2900, timedelta(days=1000)


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall time with the zone that it is meant in."""

    wall: datetime
    zone: tzinfo

    @property
    def zone_name(self) -> str:
        """The IANA's name of the zone, where it has one."""
        return str(getattr(self.zone, "key", self.zone))

    @property
    def at(self) -> datetime:
        """The moment, aware."""
        known = isinstance(self.zone, ZoneInfo)
        return on_the_wall(self.wall, self.zone_name) if known else self.wall.replace(tzinfo=self.zone)

    def wall_in(self, zone: tzinfo) -> datetime:
        """What the clocks of another zone show then, naive."""
        return self.wall if zone == self.zone else self.at.astimezone(zone).replace(tzinfo=None)


class Vevent:
    """One VEVENT of a file. Whatever is asked raises ``Malformed`` where the line that says it cannot be read."""

    def __init__(self, component: Component, zones: Zones) -> None:
        self.component = component
        self.zones = zones

    # what it says

    @property
    def uid(self) -> str:
        """The UID, or nothing."""
        return self._identity("UID")

    @property
    def related(self) -> list[str]:
        """The UIDs of the events that it says it belongs to (RFC 5545, section 3.8.4.5)."""
        return [line.content.partition(":")[2].strip() for line in self.component.lines("RELATED-TO")]

    @property
    def mark(self) -> Mark | None:
        """Our mark, if it carries one."""
        return Mark.parse(self._identity(MARK))

    @property
    def is_override(self) -> bool:
        """Whether it stands for one instance of a series."""
        return bool(self.component.lines("RECURRENCE-ID"))

    @property
    def changes_all_following(self) -> bool:
        """Whether it stands for one instance and all after it."""
        found = self._first("RECURRENCE-ID")
        return bool(found and found.params.get("RANGE"))

    @property
    def is_cancelled(self) -> bool:
        """Whether it is called off and still shown."""
        return self.text("STATUS").upper() == "CANCELLED"

    @property
    def is_all_day(self) -> bool:
        """Whether it starts with a date instead of a time."""
        found = self._first("DTSTART")
        return bool(found and len(found.value) == len("20261210"))

    @property
    def tzid(self) -> str:
        """The TZID of its start as it is written there; of a start in UTC, UTC."""
        found = self._first("DTSTART")
        return found.params.get("TZID", "UTC") if found else "UTC"

    @property
    def rule(self) -> str:
        """The RRULE without its UNTIL, or nothing."""
        return ";".join(part for part in self._rule_parts() if not part.upper().startswith("UNTIL="))

    def text(self, name: str) -> str:
        """Return the value of a text property, or nothing."""
        found = self._first(name)
        return found.value if found else ""

    def moment(self, name: str, default: tzinfo) -> Moment:
        """Return what a date-time property means; ``default`` is the zone of a time that names none."""
        found = self._first(name)
        if not found:
            raise Malformed(f"{name} is missing")
        return self._moment(found.value, found.params.get("TZID"), default)

    def minutes(self, default: tzinfo) -> int:
        """Return how long it lasts, in minutes of elapsed time."""
        start = self.moment("DTSTART", default).at
        if self._first("DTEND"):
            return _minutes(self.moment("DTEND", default).at.astimezone(UTC) - start.astimezone(UTC))
        duration = _value(self.text("DURATION") or "PT0S")
        if not isinstance(duration, timedelta):
            raise Malformed("DURATION is no duration")
        return _minutes(duration or timedelta(days=self.is_all_day))

    def until(self, start: Moment) -> datetime | None:
        """Return the wall time of the last instance, or None of a series without an end."""
        end = next((part[6:] for part in self._rule_parts() if part.upper().startswith("UNTIL=")), None)
        if end is None:
            return None
        moment = self._moment(end, None, start.zone)
        wall = datetime.combine(moment.wall_in(start.zone).date(), start.wall.time())
        same = len(end) == len("20261210") or Moment(wall, start.zone).at == moment.at
        return wall if same else moment.wall_in(start.zone)

    def exceptions(self, start: Moment) -> list[datetime]:
        """Return the wall times of the instances that EXDATE takes out."""
        lines = self.component.lines("EXDATE")
        if sum(line.content.count(",") + 1 for line in lines) > _MOST_EXCEPTIONS:
            raise Malformed(f"EXDATE takes more than {_MOST_EXCEPTIONS:,} dates out")
        return [wall for line in lines for wall in self._excepted(line, start)]

    def answers(self) -> dict[str, Answer]:
        """Return each guest's answer, by e-mail."""
        return answers_of((_email(guest), _answer(guest.params.get("PARTSTAT", ""))) for guest in self._attendees())

    def _attendees(self) -> list[Property]:
        if len(self.component.lines("ATTENDEE")) > _MOST_GUESTS:
            raise Malformed(f"it has more than {_MOST_GUESTS:,} guests")
        return self.component.properties("ATTENDEE")

    def _identity(self, name: str) -> str:
        """What says whose it is must never be in the way of telling what is wrong with it."""
        try:
            return self.text(name).strip()
        except Malformed:
            return ""

    def _first(self, name: str) -> Property | None:
        lines = self.component.lines(name)
        return lines[0].property if lines else None

    def _rule_parts(self) -> list[str]:
        found = self._first("RRULE")
        return [part for part in found.value.strip().split(";") if part] if found else []

    def _moment(self, value: str, tzid: str | None, default: tzinfo) -> Moment:
        found = _value(value)
        zone = self.zones.get(tzid) if tzid else default
        if isinstance(found, datetime) and not (found.tzinfo or zone):
            raise Malformed(f"nobody knows the time zone “{str(tzid)[:40]}”, nor does the file define it readably")
        zone = zone or default
        if isinstance(found, datetime):
            return Moment(found.replace(tzinfo=None), _UTC if found.tzinfo else zone)
        if isinstance(found, date):
            return Moment(datetime.combine(found, time()), zone)
        raise Malformed(f"“{value[:40]}” is no date")

    def _excepted(self, line: Line, start: Moment) -> list[datetime]:
        found = line.property
        dates = [value.strip() for value in found.value.split(",") if value.strip()]
        moments = [(value, self._moment(value, found.params.get("TZID"), start.zone)) for value in dates]
        return [
            datetime.combine(moment.wall, start.wall.time()) if len(value) == 8 else moment.wall_in(start.zone)
            for value, moment in moments
        ]

    # how to change it; each leaves alone what says so already

    def say(self, name: str, text: str) -> None:
        """Set a property with text from people; none is written for no text."""
        text = plain(text)
        if self.text(name) != text:
            self.component.replace(name, *([f"{name}:{escaped(text)}"] if text else []))

    def say_mark(self, mark: Mark) -> None:
        """Set our mark."""
        self.say(MARK, str(mark))

    def call_on(self) -> None:
        """Take back that it is called off."""
        if self.is_cancelled:
            self.component.replace("STATUS", "STATUS:CONFIRMED")

    def invite(self, guests: Mapping[str, str], former: Iterable[str] = ()) -> None:
        """Add guests, e-mail to name, where they are missing, and take the former ones off; all else stays."""
        leaving = set(map(canonical_email, former))
        attending = self.component.lines("ATTENDEE") if leaving else []
        self.component.remove(line for line in attending if _email(line.property) in leaving)
        there = self.answers()
        for email, name in guests.items():
            if canonical_email(email) not in there:
                self.component.add(_attendee(email, name))

    def readmit(self, instances: Set[datetime], start: Moment) -> None:
        """Put back instances that EXDATE takes out."""
        told = ((line, self._excepted(line, start)) for line in self.component.lines("EXDATE"))
        lines = [(line, walls) for line, walls in told if not instances.isdisjoint(walls)]
        self.component.remove(line for line, _ in lines)
        for line, walls in lines:
            name, _, values = line.content.rpartition(":")
            dates = [value for value in values.split(",") if value.strip()]
            if rest := [value for value, wall in zip(dates, walls, strict=True) if wall not in instances]:
                self.component.add(f"{name}:{','.join(rest)}")

    @contextmanager
    def revised(self, now: datetime) -> Iterator[None]:
        """Say when it was changed, if it was, and count it, unless only our marks were (RFC 5545, section 3.8.7.4)."""
        text, said = self.component.text, self._said()
        yield
        if self.component.text == text:
            return
        if self._said() != said:
            self.component.replace("SEQUENCE", f"SEQUENCE:{self.sequence + 1}")
        self.component.replace("DTSTAMP", f"DTSTAMP:{utc(now)}")
        self.component.replace("LAST-MODIFIED", f"LAST-MODIFIED:{utc(now)}")

    def _said(self) -> list[str]:
        lines = (part for part in self.component.parts if isinstance(part, Line))
        return [line.content for line in lines if not line.name.startswith(OURS)]

    @property
    def sequence(self) -> int:
        """How often it has been revised."""
        number = self.text("SEQUENCE").strip()
        return int(number) if _NUMBER.fullmatch(number) else 0


def stamp(name: str, wall: datetime, zone: str) -> str:
    """Return a date-time property as a content line: local with its zone, or in UTC."""
    text = f"{wall:%Y%m%dT%H%M%S}"
    quoted = f'"{zone}"' if set(zone) & set(",:;") else zone
    return f"{name}:{text}Z" if zone == "UTC" else f"{name};TZID={quoted}:{text}"


def moment_stamp(name: str, at: datetime, zone: tzinfo) -> str:
    """Return a moment as a content line: in ``zone``, or in UTC where a wall time there would not mean this moment."""
    wall = at.astimezone(zone).replace(tzinfo=None)
    if isinstance(zone, ZoneInfo) and on_the_wall(wall, zone.key) == at:
        return stamp(name, wall, zone.key)
    return f"{name}:{utc(at)}"


def utc(at: datetime) -> str:
    """Return a moment as a value in UTC."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def _value(text: str) -> object:
    try:
        value: object = vDDDTypes.from_ical(text.strip().upper())  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError) as error:
        raise Malformed(f"“{text[:40]}” is no date, time or duration") from error
    far = isinstance(value, date) and not in_our_time(value)
    if far or (isinstance(value, timedelta) and abs(value) > _LONGEST):
        raise Malformed(f"“{text[:40]}” is too far away or too long")
    return value


def in_our_time(day: date) -> bool:
    """Whether a date can be that of a session, and reckoned with in any zone."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


def _email(guest: Property) -> str:
    address = guest.value.strip()
    return canonical_email(address[7:] if address.lower().startswith("mailto:") else address)


def _answer(partstat: str) -> Answer:
    try:
        return Answer(partstat.lower())
    except ValueError:
        return Answer.NONE


def _attendee(email: str, name: str) -> str:
    guest = vCalAddress.new(plain(email).replace("\n", ""), cn=" ".join(plain(name).split()), rsvp=True)
    guest.params["ROLE"] = "REQ-PARTICIPANT"
    guest.params["PARTSTAT"] = "NEEDS-ACTION"
    return str(Contentline.from_parts("ATTENDEE", guest.params, guest))
