"""Checks of recurrence rules (RFC 5545, section 3.3.10)."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from config.faults import listing, suggestion

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = (
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYWEEKNO", "BYYEARDAY"),
    "BYSETPOS",
)
FAR_AHEAD = timedelta(days=3660)
"""A rule without a date for so long, ten years and some days, is refused; 29 February, the rarest sensible one, takes
eight years."""

ANY_DAY = date(2026, 1, 1)
"""From when a rule is counted that names no day."""
NO_RULE = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What dateutil raises of what is none."""
_EXAMPLE = "FREQ=MONTHLY;BYDAY=-1FR"
_FOREIGN = re.compile(r"[\r\n]|DTSTART|EXDATE|RDATE|EXRULE")
_FORM = re.compile(r"(RRULE:)?[A-Z-]+=[^;=\s]+(;[A-Z-]+=[^;=\s]+)*")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


def rule_problems(rule: str, starts: date | None, at: time) -> Iterator[str]:
    """Yield what is wrong with a rule that is counted from ``starts``."""
    form = list(_form_problems(rule.strip().upper()))
    yield from form
    if form:
        return
    parts = dict(pairs_of(rule))
    if starts is None and (int(parts.get("INTERVAL", 1)) > 1 or "COUNT" in parts):
        yield "INTERVAL and COUNT need a day to count from; add starts, as in starts: 2026-01-05"
    if problem := _unsound(parts, starts or ANY_DAY, at):
        yield problem


def pairs_of(rule: str) -> list[tuple[str, str]]:
    """Return the parts of a rule, each with its value."""
    pairs = (part.partition("=") for part in rule.strip().upper().removeprefix("RRULE:").split(";"))
    return [(name, value) for name, _, value in pairs]


def _form_problems(rule: str) -> Iterator[str]:
    if _FOREIGN.search(rule):
        yield (
            f"rrule holds the rule alone, such as {_EXAMPLE}; write DTSTART as starts and at, "
            "and cancel single sessions under sessions"
        )
    elif not _FORM.fullmatch(rule):
        yield f"rrule is made of NAME=VALUE with semicolons between and no blanks; write it as {_EXAMPLE}"
    else:
        names, parts = [name for name, _ in pairs_of(rule)], dict(pairs_of(rule))
        for name in parts:
            yield from _name_problems(name, names.count(name))
        yield from _value_problems(parts)


def _name_problems(name: str, times: int) -> Iterator[str]:
    if name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        yield f"{name} has no place in rrule; write the time of day as at"
    elif name not in PARTS:
        yield f"{name} is no part of a rule{suggestion(name, PARTS) or f'; the parts are {listing(PARTS)}'}"
    elif times > 1:
        yield f"{name} is in the rule twice; delete one"


def _value_problems(parts: dict[str, str]) -> Iterator[str]:
    if parts.get("FREQ") not in FREQUENCIES:
        yield f"a rule needs a frequency of days or longer; write FREQ= and one of {listing(FREQUENCIES)}"
    for name in ("INTERVAL", "COUNT"):
        if name in parts and not _NUMBER.fullmatch(parts[name]):
            yield f"{name} has to be a number from 1 to 9999; correct it"
    if "UNTIL" in parts and not _is_until(parts["UNTIL"]):
        yield "UNTIL is not a date; write it as UNTIL=20271231"
    if "UNTIL" in parts and "COUNT" in parts:
        yield "UNTIL and COUNT exclude each other; delete one"


def _is_until(text: str) -> bool:
    try:
        return bool(_UNTIL.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def _unsound(parts: dict[str, str], starts: date, at: time) -> str | None:
    """Return what is wrong with what a rule means, or None."""
    from dateutil.rrule import rrulestr  # takes a hundredth of a second, which only teams with rules should pay

    rule = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("COUNT", "UNTIL"))
    first = datetime.combine(late(starts), at)
    try:
        fires = next(iter(rrulestr(rule, dtstart=first)), None)
    except NO_RULE:
        return f"this is not a recurrence rule of RFC 5545; check its values, as in {_EXAMPLE}"
    if fires is None or fires - first > FAR_AHEAD:
        return f"this rule has no date within ten years, counted from {starts}; check its parts"
    if "UNTIL" in parts and datetime.fromisoformat(parts["UNTIL"]).date() - starts < fires.date() - first.date():
        return f"this rule has no date before its UNTIL, counted from {starts}; check UNTIL"
    return None


def late(day: date) -> date:
    """Return a day shortly before the year 9999, from which weekdays and leap years go on as from ``day``.

    Where there is no date, dateutil looks for one until that year, which from today takes it seconds.
    """
    years = (year for year in range(9960, 9989) if year % 4 == day.year % 4)
    return next(
        day.replace(year=year) for year in years if date(year, 3, 1).weekday() == date(day.year, 3, 1).weekday()
    )
