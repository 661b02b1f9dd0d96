"""The small notations of the YAML: dates and ranges of them, times of day, durations, minutes, addresses.

Each is parsed from the text a person writes; a wrong one raises ``ValueError`` with a sentence that
says what is wrong and how to write it. All are naive: the team's time zone gives them their meaning.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from config import meant


@dataclass(frozen=True, slots=True)
class DateRange:
    """Calendar days in the team's zone, both ends inclusive; a single day is a range of one."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"


@dataclass(frozen=True, slots=True)
class MinutesRange:
    """How long a format's sessions may last, in minutes, both ends inclusive."""

    least: int
    most: int

    def __contains__(self, minutes: int) -> bool:
        return self.least <= minutes <= self.most

    def __str__(self) -> str:
        return f"{self.least}" if self.least == self.most else f"{self.least}..{self.most}"


@dataclass(frozen=True, slots=True)
class Often:
    """So many times within a span of time."""

    times: int
    within: timedelta

    def __str__(self) -> str:
        return f"{self.times} in {self.within.days} days"


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The part of a working day in which a person may be written to, in that person's zone; the end is exclusive."""

    start: time
    end: time | None  # None: midnight, "24:00"

    def __contains__(self, moment: time) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{'24:00' if self.end is None else format(self.end, '%H:%M')}"


@dataclass(frozen=True, slots=True)
class DaysBefore:
    """A reminder ``days`` calendar days before an action item is due; 0 is the day itself."""

    days: int

    def __str__(self) -> str:
        return f"{self.days} day{'s' * (self.days != 1)} before" if self.days else "on the day"


@dataclass(frozen=True, slots=True)
class EveryWorkingDays:
    """A reminder every ``working_days`` working days once an action item is overdue."""

    working_days: int

    def __str__(self) -> str:
        return "every working day" if self.working_days == 1 else f"every {self.working_days} working days"


UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
YEARS = range(1970, 2200)
LONGEST = timedelta(weeks=520)
_NO_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""All but line ends that is seen by nobody, steers a terminal, or stands for half a letter and cannot be kept."""
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Control characters, line separators, and marks that turn the direction of writing."""


def legible(text: str) -> str:
    """Return what somebody else said as it may stand in a message, without what is no text or steers a terminal."""
    return _NO_TEXT.sub("\ufffd", text)


LONGEST_READ = 1_000
"""How many characters of one thing that is wrong people are told."""


def readable(text: str) -> str:
    """Return what is wrong in words that are not too many to be read: the first of them, and the last, which mend it.

    What people wrote may stand in it, such as a title, and that may be of any length.
    """
    if len(text) <= LONGEST_READ:
        return text
    return f"{text[: LONGEST_READ // 2].rstrip()} … {text[3 - LONGEST_READ // 2 :].lstrip()}"


def shown(value: object) -> str:
    """Return what a person wrote as it may stand in a message: quoted, on one line, not too long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list | tuple):
        return "a list" if isinstance(value, list | tuple) else "a mapping"
    text = str(value)
    cut = text if len(text) <= 60 else f"{text[:57]}..."
    return repr(cut) if isinstance(value, str) else cut


def slug(name: str) -> str:
    """Return a name as part of a key: lower case letters, digits and single hyphens; a digest when none is left."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "-".join(words) or hashlib.sha256(name.encode()).hexdigest()[:8]


def parse_line(text: str) -> str:
    """Return a name or title without blanks around it."""
    if found := CONTROL.search(text.strip()):
        what = "a line break" if found[0] in "\r\n\x85\u2028\u2029" else f"the control character U+{ord(found[0]):04X}"
        raise ValueError(f"{shown(text)} contains {what}; write it on one line, in plain characters")
    if not text.strip():
        raise ValueError("the text is empty; write something, or delete the line")
    return text.strip()


def parse_word(text: str) -> str:
    """Return the name of a role, a format or an area, in which a comma can only mean that there are several."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if "," in text:
        raise ValueError(f"{shown(text)} is one name with a comma in it; write a list, as in [{', '.join(names)}]")
    return text


_SPECIAL = r'\s<>@"(),;:\\\[\]'
EMAIL = rf"(?!.*=\?)[^{_SPECIAL}]+@[^{_SPECIAL}]+"
"""An address: it has no special signs (RFC 5322, section 3.2.3), and =? would be read as encoded (RFC 2047)."""


class NotAnEmail(ValueError):
    """What stands where an e-mail address should: perhaps a member's name."""


def canonical_email(email: str) -> str:
    """Return the one spelling of an address under which a person is known, whatever its case is elsewhere."""
    return email.lower()


def parse_email(text: str) -> str:
    """Return the address of ``ada@example.com``, in its canonical spelling.

    Raises:
        NotAnEmail: it is no address.
    """
    if len(text) > 254 or CONTROL.search(text) or not re.fullmatch(EMAIL, text):
        raise NotAnEmail(f"{shown(text)} is not an e-mail address; write it as ada@example.com")
    return canonical_email(text)


def parse_url(text: str) -> str:
    """Return the address of a page or a mailbox: http, https or mailto."""
    if len(text) > 2000 or CONTROL.search(text) or not re.fullmatch(r"(?i:https?://[^/\s]|mailto:[^\s@]+@)\S*", text):
        raise ValueError(f"{shown(text)} is not a link; write it in full, with https:// (or http://, mailto:)")
    return text


def parse_date(text: str) -> date:
    """Return the day of ``2026-12-21``."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"{shown(text)} is not a date; {_advice(meant.day(text), '2026-12-31')}")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} does not exist in the calendar; check its day and month") from None
    if day.year not in YEARS:
        raise ValueError(f"{text} is too far away; check its year ({YEARS.start} to {YEARS.stop - 1})")
    return day


def parse_dates(text: str) -> DateRange:
    """Return the range of ``2026-12-21..2027-01-04``, or of a single date, where a list of them may stand."""
    if "," in text:
        several = [part.strip() for part in text.split(",") if part.strip()]
        listed = ", ".join(meant.dates(part) or part for part in several)
        raise ValueError(f"{shown(text)} is more than one range of dates; write a list, as in [{listed}]")
    return parse_date_range(text)


def parse_date_range(text: str) -> DateRange:
    """Return the range of ``2026-12-21..2027-01-04``, or of a single date."""
    if "," in text:
        raise ValueError(f"{shown(text)} is more than one range of dates; give each an entry of its own")
    first, dots, last = text.partition("..")
    if (right := meant.dates(text)) and (".." in right) and not (dots and _is_date(last.strip())):
        raise ValueError(f"{shown(text)} is not a range of dates; write it as {right}")
    dates = DateRange(parse_date(first.strip()), parse_date((last if dots else first).strip()))
    if dates.last < dates.first:
        raise ValueError(f"{text} ends before it begins; write the earlier date first")
    return dates


def _is_date(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text))


def parse_time(text: str) -> time:
    """Return the time of day of ``12:15``."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        right = meant.clock(text)
        quoted = f'"{right}"' if right else None
        advice = (quoted and _without_zone(text, quoted)) or _advice(quoted, '"14:30"')
        raise ValueError(f"{shown(text)} is not a time of day; {advice}")
    return time(int(match[1]), int(match[2]))


def _without_zone(text: str, right: str) -> str | None:
    """Return what to do about a time zone at the end of a time; None where none is there.

    The zone may be another one than the team's, so the time without it need not be what is meant.
    """
    has_zone = meant.without_zone(text) != text.strip()
    return f"every time is in the team's zone, so write it without one, as in {right}" if has_zone else None


def _advice(right: str | None, form: str) -> str:
    """Return what to do: write what was meant, or, where that is not known, something of this form."""
    return f"did you mean {right}?" if right else f"write it as {form}"


def parse_datetime(text: str) -> datetime:
    """Return the local, naive moment of ``2027-01-06 14:00``."""
    day, separator, clock = text.replace("T", " ").partition(" ")
    if (right := meant.moment(text)) and not (_is_date(day) and re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", clock.strip())):
        advice = _without_zone(text, right) or f"did you mean {right}?"
        raise ValueError(f"{shown(text)} is not a date and time; {advice}")
    if not separator and meant.clock(text):
        raise ValueError(f"{shown(text)} lacks a date; write it as 2027-01-06 {meant.clock(text)}")
    if not separator:
        raise ValueError(f"{shown(text)} lacks a time; write it as {meant.day(text) or '2027-01-06'} 14:00")
    return datetime.combine(parse_date(day), parse_time(clock.strip()))


def parse_duration(text: str) -> timedelta:
    """Return the length of ``2 weeks``, ``24 hours``, ``7 days`` or ``5 minutes``."""
    match = re.fullmatch(r"([0-9]{1,6}) (minute|hour|day|week)s?", text.strip())
    if not match:
        advice = _advice(meant.duration(text), "2 weeks, 7 days, 24 hours or 5 minutes")
        raise ValueError(f"{shown(text)} is not a duration; {advice}")
    duration = int(match[1]) * UNITS[match[2]]
    if duration > LONGEST:
        raise ValueError(f"{text} is longer than ten years; write a shorter duration")
    return duration


def parse_positive_duration(text: str) -> timedelta:
    """Return a duration longer than none."""
    if not (duration := parse_duration(text)):
        raise ValueError(f"{shown(text)} is no time at all; write a longer duration, as in 2 weeks")
    return duration


def parse_days(text: str) -> timedelta:
    """Return a duration of whole days, at least one: ``2 weeks`` or ``10 days``."""
    duration = parse_positive_duration(text)
    if not re.search("day|week", text):
        raise ValueError(f"{shown(text)} is not a number of whole days; write it as 2 weeks or 10 days")
    return duration


def parse_often(text: str) -> Often:
    """Return how often something has to happen: ``3 in 4 weeks``."""
    times, found, within = text.partition(" in ")
    if not found or not times.strip().isdecimal() or int(times) < 1:
        raise ValueError(f"{shown(text)} does not say how often; write it as 3 in 4 weeks")
    return Often(int(times), parse_days(within.strip()))


def parse_mark(text: str) -> str:
    """Return what makes a line a need: a word after a number sign, such as ``#learn``."""
    if not re.fullmatch(r"#\w[\w-]{0,40}", text):
        raise ValueError(f"{shown(text)} is no mark; write it as #learn, in quotation marks")
    return text


def parse_need_id(text: str) -> str:
    """Return the id of a need: ``n-3f2a9c41``."""
    if not re.fullmatch("n-[0-9a-f]{8}", text):
        raise ValueError(f"{shown(text)} is not the id of a need; `peerloop needs` lists them, as in n-3f2a9c41")
    return text


def parse_every(text: str, unit: str) -> str:
    """Return the interval ``week`` or ``2 weeks`` as it is written; ``unit`` is week or month."""
    match = re.fullmatch(rf"{unit}|([0-9]{{1,2}}) {unit}s?", text)
    if not match or (match[1] and int(match[1]) < 1):
        right = meant.interval(text)
        raise ValueError(
            f"{shown(text)} is not an interval; "
            + (f"did you mean {right}?" if right else f"write {unit}, or 2 {unit}s")
        )
    return text


def parse_minutes(text: str) -> MinutesRange:
    """Return the range of ``45..75``, or of a single number of minutes."""
    match = re.fullmatch(r"([0-9]{1,4})(?:\.\.([0-9]{1,4}))?", text)
    if not match:
        right = meant.minutes(text)
        advice = f"did you mean {right}?" if right else "write 60, or 45..75"
        raise ValueError(f"{shown(text)} is not a number of minutes; {advice}")
    minutes = MinutesRange(int(match[1]), int(match[2] or match[1]))
    if not 0 < minutes.least <= minutes.most:
        raise ValueError(f"{text} is no range of minutes; write the smaller number first, above 0")
    if minutes.most > 1440:
        raise ValueError(f"{text} is longer than a day; write at most 1440 minutes")
    return minutes


def parse_working_hours(text: str) -> WorkingHours:
    """Return the hours of ``09:00-17:00``; ``24:00`` is the end of the day."""
    start, separator, end = (part.strip() for part in text.partition("-"))
    if not separator or not all(re.fullmatch("[0-9]{1,2}:[0-9]{2}", part) for part in (start, end)):
        advice = f"write them as {meant.working_hours(text) or '09:00-17:00'}"
        raise ValueError(f"{shown(text)} are not working hours; {advice}")
    hours = WorkingHours(parse_time(start), None if end == "24:00" else parse_time(end))
    if hours.end is not None and hours.end <= hours.start:
        raise ValueError(f"{text} ends before it begins; write them as 09:00-17:00")
    return hours


def parse_chase_rule(text: str) -> DaysBefore | EveryWorkingDays:
    """Return the rule of ``2 days before``, ``on the day`` or ``every 2 working days``."""
    if text == "on the day":
        return DaysBefore(0)
    if match := re.fullmatch(r"([0-9]{1,3}) days? before", text):
        return DaysBefore(int(match[1]))
    if (match := re.fullmatch(r"every (?:([0-9]{1,3}) )?working days?", text)) and int(match[1] or 1) > 0:
        return EveryWorkingDays(int(match[1] or 1))
    right = meant.chase_rule(text)
    advice = f"did you mean {right}?" if right else "write 2 days before, on the day, or every 2 working days"
    raise ValueError(f"{shown(text)} is no reminder; {advice}")


def parse_reminders(text: str) -> int:
    """Return the number of ``3 reminders``."""
    match = re.fullmatch(r"([0-9]{1,3})(?: reminders?)?", text)
    if not match or int(match[1]) < 1:
        advice = f"write it as {meant.number(text) or 3} reminders"
        raise ValueError(f"{shown(text)} is not a number of reminders; {advice}")
    return int(match[1])


def parse_open(text: str) -> timedelta:
    """Return how long before a session its page is opened, of ``7 days before``."""
    if not text.endswith(" before"):
        right = meant.time_before(text) or "7 days"
        raise ValueError(f"{shown(text)} is not understood; write it as {right} before")
    return parse_duration(text.removesuffix(" before"))


def duration_text(duration: timedelta) -> str:
    """Return a duration as a person writes it, in the largest unit of which it has several: ``2 weeks``, ``7 days``."""
    fitting = [(name, duration // unit) for name, unit in UNITS.items() if not duration % unit]
    name, count = next(((name, count) for name, count in reversed(fitting) if count > 1), fitting[0])
    return f"{count} {name}{'s' * (count != 1)}"
