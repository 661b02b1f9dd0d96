"""Recurrence lines (RFC 5545), expanded on the wall clock of the series' zone."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.times import Moment

_LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[^:]+)?):(.+)")
_LIMIT = 1500


def check(lines: Sequence[str], start: Moment) -> None:
    """Refuse lines that Google would not take, and some that it takes but that readers understand differently.

    Raises:
        ApiError: naming the line.
    """
    for line in lines:
        match = _LINE.fullmatch(line)
        if not match:
            raise ApiError("invalid", f"Invalid recurrence rule: {line}")
        if match[1].endswith("RULE"):
            _check_rule(line, match[3], start)
        else:
            _check_dates(line, match[2], match[3], start)
    if not any(True for _ in expand(lines, start)):
        raise ApiError("invalid", "The recurrence has no instance.")
    if not any(line.startswith("RRULE") for line in lines):
        return
    rules = [line for line in lines if line.startswith("RRULE")]
    if next(expand(rules, start)) != start:
        raise ApiError("invalid", f"The start {start} is no instance of its own rule, {rules[0]}")


def _check_rule(line: str, rule: str, start: Moment) -> None:
    until = _parts(rule).get("UNTIL")
    form = r"\d{8}T\d{6}Z" if isinstance(start, datetime) else r"\d{8}"
    if until and not re.fullmatch(form, until):
        raise ApiError("invalid", f"Invalid recurrence rule, UNTIL has the wrong type: {line}")
    try:
        _rule(rule, start)
    except (ValueError, KeyError, TypeError) as fault:
        raise ApiError("invalid", f"Invalid recurrence rule: {line}: {fault}") from fault


def _check_dates(line: str, parameters: str, values: str, start: Moment) -> None:
    if isinstance(start, datetime):
        fits = parameters == f";TZID={start.tzinfo}" and re.fullmatch(r"\d{8}T\d{6}(,\d{8}T\d{6})*", values)
    else:
        fits = parameters == ";VALUE=DATE" and re.fullmatch(r"\d{8}(,\d{8})*", values)
    if not fits:
        raise ApiError("invalid", f"{line}: dates are to be written as local times in the series' own zone")


def expand(lines: Sequence[str], start: Moment) -> Iterator[Moment]:
    """Yield the original starts in order, at most some 1,500 of them."""
    for count, local in enumerate(_rules(lines, start)):
        if count >= _LIMIT:
            return
        yield _moment(local, start)


def occurs(lines: Sequence[str], start: Moment, at: Moment) -> bool:
    """Say whether a series has an instance whose original start is ``at``."""
    if isinstance(start, datetime) != isinstance(at, datetime):
        return False
    local = _local(at)
    day = timedelta(days=1)
    found = _rules(lines, start).between(local - day, local + day, inc=True)
    return any(_moment(candidate, start) == at for candidate in found)


def shape(lines: Sequence[str]) -> list[str]:
    """Return what of the rules is no mere end: changing it makes another series of it."""
    kept = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match and match[1].endswith("RULE"):
            parts = {key: value for key, value in _parts(match[3]).items() if key not in ("UNTIL", "COUNT")}
            kept.append(f"{match[1]}:{sorted(parts.items())}")
    return sorted(kept)


def split(lines: Sequence[str], start: Moment, at: datetime) -> tuple[list[str], list[str]]:
    """Return the lines of the series that ends just before ``at``, and of the one that goes on from there."""
    before = sum(1 for found in expand([line for line in lines if line.startswith("RRULE")], start) if found < at)
    first, second = [], []
    for line in lines:
        if not line.startswith("RRULE:"):
            first.append(line)
            second.append(line)
            continue
        parts = _parts(line.removeprefix("RRULE:"))
        if "COUNT" in parts:
            first.append(_line({**parts, "COUNT": str(before)}))
            second.append(_line({**parts, "COUNT": str(int(parts["COUNT"]) - before)}))
        else:
            until = (at.astimezone(UTC) - timedelta(seconds=1)).strftime("%Y%m%dT%H%M%SZ")
            first.append(_line({**parts, "UNTIL": until}))
            second.append(line)
    return first, second


def _line(parts: dict[str, str]) -> str:
    return "RRULE:" + ";".join(f"{key}={value}" for key, value in parts.items())


def _parts(rule: str) -> dict[str, str]:
    return {key.upper(): value for key, _, value in (part.partition("=") for part in rule.split(";"))}


def _rules(lines: Sequence[str], start: Moment) -> rruleset:
    rules = rruleset()
    if not any(line.startswith("RRULE") for line in lines):
        rules.rdate(_local(start))
    for line in lines:
        match = _LINE.fullmatch(line)
        assert match, line
        if match[1] == "RRULE":
            rules.rrule(_rule(match[3], start))
        elif match[1] == "EXRULE":
            rules.exrule(_rule(match[3], start))
        else:
            add = rules.rdate if match[1] == "RDATE" else rules.exdate
            for text in match[3].split(","):
                add(datetime.fromisoformat(text))
    return rules


def _rule(rule: str, start: Moment) -> rrule:
    parts = _parts(rule)
    if until := parts.get("UNTIL"):
        parts["UNTIL"] = _local_until(until, start)
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    read = rrulestr(text, dtstart=_local(start))
    assert isinstance(read, rrule)
    return read


def _local_until(until: str, start: Moment) -> str:
    if not isinstance(start, datetime):
        return until
    utc = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return utc.astimezone(start.tzinfo).strftime("%Y%m%dT%H%M%S")


def _local(value: Moment) -> datetime:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else datetime.combine(value, time())


def _moment(local: datetime, start: Moment) -> Moment:
    """Give a local time back its zone; one that the clocks skip is moved on by as much as they are."""
    if not isinstance(start, datetime):
        return local.date()
    assert isinstance(start.tzinfo, ZoneInfo)
    return local.replace(tzinfo=start.tzinfo).astimezone(UTC).astimezone(start.tzinfo)
