"""Files of other tools, read for `peerloop init --from`: calendars, yaml2ics, yaml2ical, and a CSV of people."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from daemon.cli.found import WEEKDAYS, Found, cadence_of, in_week

Row = Mapping[str, Any]
COLUMNS = ("name", "email", "timezone", "share", "joined", "leaves", "knows", "onboarded")
"""The columns of people that are taken; `mail` and `e-mail` are `email` as well."""
OF_EVENTS = ("summary", "begin", "end", "duration", "repeat", "timezone")
"""What is taken of an event of yaml2ics."""
OF_MEETINGS = ("time", "day", "frequency", "duration", "start_date", "skip_dates")
"""What is taken of a meeting of yaml2ical."""
EVERY = {"weekly": "week", "biweekly-odd": "2 weeks", "biweekly-even": "2 weeks"}
UNITS = {"weeks": "WEEKLY", "months": "MONTHLY", "years": "YEARLY", "days": "DAILY"}


class Unreadable(ValueError):
    """A file that is none of those that can be read."""


def read(path: Path, found: Found, today: date) -> None:
    """Add what a file says.

    Raises:
        Unreadable: it is none of those that can be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None
    kinds: dict[str, Callable[[str, Found, date], None]] = {".csv": _people, ".ics": _calendar, ".ical": _calendar}
    reader = kinds.get(path.suffix.lower(), _yaml)
    try:
        reader(text, found, today)
    except Unreadable as error:
        raise Unreadable(f"{path}: {error}") from None


# people


def _people(text: str, found: Found, _today: date) -> None:
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = {column: column.strip().lower() for column in rows.fieldnames or ()}
    names = {column: "email" if name in ("mail", "e-mail") else name for column, name in names.items()}
    if "email" not in names.values():
        raise Unreadable("its first line names no column email")
    for column in (column for column, name in names.items() if name not in COLUMNS):
        found.leave(f"the column {column}", "a team's file has no such thing of its members")
    for number, row in enumerate(rows, 2):
        told = {names[key]: value.strip() for key, value in row.items() if key in names and value and value.strip()}
        _person({key: value for key, value in told.items() if key in COLUMNS}, found, f"line {number}")


def _person(told: dict[str, Any], found: Found, where: str) -> None:
    if "@" not in told.get("email", ""):
        found.leave(where, f"{told.get('name') or 'somebody'} has no e-mail")
        return
    name = told.get("name") or told["email"].partition("@")[0]
    knows = {"knows": re.split(r"\s*[,;|]\s*", told.pop("knows"))} if "knows" in told else {}
    share = (
        {"share": float(told.pop("share").replace(",", "."))} if re.fullmatch(r"[\d.,]+", told.get("share", "")) else {}
    )
    found.add_member({"name": name, **{key: value for key, value in told.items() if key != "name"}, **share, **knows})


# calendars


def _calendar(text: str, found: Found, _today: date) -> None:
    import icalendar

    try:
        calendar: Any = icalendar.Calendar.from_ical(text)
    except ValueError as error:
        raise Unreadable(f"is no calendar: {error}") from None
    found.team = found.team or str(calendar.get("X-WR-CALNAME", ""))
    found.timezone = found.timezone or str(calendar.get("X-WR-TIMEZONE", ""))
    for event in calendar.walk("VEVENT"):
        _event(event, found)
    for kind in sorted({part.name for part in calendar.subcomponents} - {"VEVENT", "VTIMEZONE"}):
        found.leave(kind, "only events are taken")


def _event(event: Any, found: Found) -> None:
    name, starts = str(event.get("SUMMARY", "")).strip() or "Session", event.decoded("DTSTART", None)
    if not isinstance(starts, datetime):
        found.leave(f"“{name}”", "it lasts all day, or does not say when it begins")
    elif "RECURRENCE-ID" in event:
        found.leave(
            f"“{name}” of {starts:%Y-%m-%d %H:%M}", "it was changed for that date alone; write it under sessions"
        )
    elif "RRULE" not in event:
        found.leave(f"“{name}” of {starts:%Y-%m-%d %H:%M}", "it takes place once")
    else:
        _recurring(event, name, starts, found)


def _recurring(event: Any, name: str, starts: datetime, found: Found) -> None:
    zone = getattr(starts.tzinfo, "key", None) or str(starts.tzinfo or "")
    found.timezone = found.timezone or zone
    if zone and zone != found.timezone:
        found.leave(f"“{name}”", f"its times are those of {zone}; they are written as they stand, look at them")
    exdates = event.get("EXDATE", [])
    left_out = [day.dt for each in (exdates if isinstance(exdates, list) else [exdates]) for day in each.dts]
    days = [day.date() if isinstance(day, datetime) else day for day in left_out]
    ends = event.decoded("DTEND", None)
    length = event.decoded("DURATION", None) or (ends - starts if ends else None)
    minutes = int(length.total_seconds() // 60) if length else 60
    found.add_series(name, cadence_of(event["RRULE"].to_ical().decode(), starts), minutes, days)
    guests = event.get("ATTENDEE", [])
    for guest in [event.get("ORGANIZER"), *(guests if isinstance(guests, list) else [guests])]:
        if guest is not None:
            email = re.sub(r"(?i)^mailto:", "", str(guest))
            _person({"email": email, "name": str(guest.params.get("CN", ""))}, found, f"a guest of “{name}”")
    _other(f"“{name}”", {"LOCATION", "DESCRIPTION", "URL", "RDATE"}.intersection(event), found)


def _other(what: str, keys: Iterable[str], found: Found) -> None:
    if names := sorted(key.lower() for key in keys):
        found.leave(what, f"what it says as {', '.join(names)} has no place in a team's file")


# YAML of other tools


def _yaml(text: str, found: Found, today: date) -> None:
    from config import yaml12

    read_ = yaml12.read(text.encode())
    root = read_.root
    if isinstance(root, dict) and isinstance(root.get("events"), list):
        found.team, found.timezone = (
            found.team or str(root.get("name", "")),
            found.timezone or str(root.get("timezone", "")),
        )
        _other("the calendar", root.keys() - {"name", "timezone", "events"}, found)
        for event in root["events"]:
            _of_yaml2ics(event if isinstance(event, dict) else {}, found)
    elif isinstance(root, dict) and isinstance(root.get("schedule"), list):
        _of_yaml2ical(root, found, today)
    else:
        raise Unreadable("it is no calendar (.ics), no CSV of people, and no file of yaml2ics or yaml2ical")


def _of_yaml2ics(event: Row, found: Found) -> None:
    from dateutil.parser import ParserError, parse

    name, begin, repeat = str(event.get("summary") or "Session"), str(event.get("begin", "")), event.get("repeat")
    try:
        starts = parse(begin)
    except (ParserError, OverflowError):
        found.leave(f"“{name}”", "it does not say when it begins")
        return
    if ":" not in begin or not isinstance(repeat, dict):
        found.leave(f"“{name}” of {begin}", "it takes place once" if ":" in begin else "it lasts all day")
        return
    interval = repeat.get("interval")
    unit, number = next(iter(interval.items())) if isinstance(interval, dict) and interval else ("", 0)
    if unit not in UNITS:
        found.leave(f"“{name}”", "how often it recurs is not said as an interval")
        return
    days, until = repeat.get("by_week_day"), str(repeat.get("until", ""))
    rule = f"FREQ={UNITS[unit]};INTERVAL={number}" + (f";BYDAY={','.join(days)}" if isinstance(days, list) else "")
    rule += f";UNTIL={parse(until):%Y%m%dT%H%M%SZ}" if until else ""
    except_on = [parse(str(day)).date() for day in repeat.get("except_on") or ()]
    found.add_series(name, cadence_of(rule, starts), _minutes(event, starts), except_on)
    rest = repeat.keys() - {"interval", "by_week_day", "until", "except_on"}
    _other(f"“{name}”", {*(event.keys() - set(OF_EVENTS)), *rest}, found)


def _minutes(event: Row, starts: datetime) -> int:
    from dateutil.parser import parse

    told = event.get("duration")
    if isinstance(told, dict):
        return int(60 * float(told.get("hours", 0)) + float(told.get("minutes", 0)))
    return int((parse(str(event["end"])) - starts).total_seconds() // 60) if "end" in event else 60


def _of_yaml2ical(root: Row, found: Found, today: date) -> None:
    name = str(root.get("project") or "Meeting")
    found.team, found.timezone = found.team or name, found.timezone or "UTC"
    _other(f"“{name}”", root.keys() - {"project", "schedule"}, found)
    for meeting in (one for one in root["schedule"] if isinstance(one, dict)):
        _meeting(name, meeting, found, today)


def _meeting(name: str, meeting: Row, found: Found, today: date) -> None:
    day, at, often = (
        str(meeting.get("day", "")).lower(),
        str(meeting.get("time", "")),
        str(meeting.get("frequency", "")),
    )
    clock = re.fullmatch(r"(\d{1,2}):?(\d{2})", at)
    where = f"“{name}” ({day or '?'} {at}, {often or 'no frequency'})"
    if day not in WEEKDAYS or clock is None or often not in EVERY:
        found.leave(where, "how often it recurs cannot be told; it is no weekly or biweekly meeting")
        return
    start = str(meeting.get("start_date", ""))
    since = datetime.strptime(start, "%Y%m%d").date() if re.fullmatch(r"\d{8}", start) else today  # noqa: DTZ007
    cadence = {"every": EVERY[often], "on": day, "at": f"{int(clock[1]):02}:{clock[2]}"}
    if often != "weekly":
        cadence["starts"] = str(in_week(often == "biweekly-odd", WEEKDAYS.index(day), since))
    elif start:
        cadence["starts"] = str(since)
    skipped = (str(one.get("skip_date", "")) for one in meeting.get("skip_dates") or () if isinstance(one, dict))
    days = [datetime.strptime(one, "%Y%m%d").date() for one in skipped if re.fullmatch(r"\d{8}", one)]  # noqa: DTZ007
    found.add_series(name, cadence, int(meeting.get("duration", 60)), days)
    _other(where, meeting.keys() - set(OF_MEETINGS), found)
