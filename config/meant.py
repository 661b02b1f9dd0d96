"""What somebody meant who wrote a notation in a way of their own: its right form, for the message of the fault.

Each function takes what was written and returns how it is to be written, or None where that cannot be told. They are
guesses, to be shown and never acted upon; of what is longer than any notation nothing is guessed.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

Guessed = TypeVar("Guessed")
More = ParamSpec("More")
LONGEST = 100
"""Characters of what is guessed from: some of the patterns take long for long texts, however little these say."""

_NUMBERS = {
    **{"": 1, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8},
    **{"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "other": 2, "second": 2, "third": 3, "fourth": 4},
}
_UNITS = {
    r"min(ute)?s?": (1, "minute"),
    r"h((ou)?rs?)?": (1, "hour"),
    r"d(ays?)?|daily": (1, "day"),
    r"w((ee)?ks?)?|weekly": (1, "week"),
    r"fortnight(s|ly)?|biweek(s|ly)?": (2, "week"),
    r"mo(nth)?s?|monthly": (1, "month"),
    r"bimonth(s|ly)?": (2, "month"),
    r"quarter(s|ly)?": (3, "month"),
    r"y((ea)?rs?)?|yearly|annual(ly)?": (12, "month"),
}
_DAY = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|(?P<d2>\d{1,2})\.(?P<m2>\d{1,2})\.(?P<y2>\d{4})")
_UNTIL = ("", "to", "until", "till", "through", "bis")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{1,2}))?(?::\d\d(?:\.\d+)?)?\s*(?:h|uhr|o'clock)?\s*([ap]\.?m\.?)?")
_ZONE = re.compile(
    r"(?<=\d)\s*(Z|[A-Z]{3,5}([+-]\d{1,2}(:?\d\d)?)?|[A-Z][a-z]+/[\w/+-]+|(?<=:\d\d)[+-]\d{1,2}(:?\d\d)?)$"
)
_TO = re.compile(r"\s*(?:\.{2,}|[-–—…]|\bto\b|\buntil\b|\bbis\b)\s*")
_ORDINALS = {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}


def _guess(from_text: Callable[Concatenate[str, More], Guessed]) -> Callable[Concatenate[str, More], Guessed | None]:
    @wraps(from_text)
    def guessed(text: str, /, *more: More.args, **named: More.kwargs) -> Guessed | None:
        return from_text(text, *more, **named) if len(text) <= LONGEST else None

    return guessed


@_guess
def duration(text: str) -> str | None:
    """Return ``2 weeks`` for ``2weeks``, ``biweekly`` or ``a fortnight``; months become the weeks nearest to them."""
    count, unit = _amount(text) or (0, "")
    if unit == "month":
        count, unit = round(count * 365.25 / 12 / 7), "week"
    return f"{count} {unit}{'s' * (count != 1)}" if count else None


@_guess
def interval(text: str) -> str | None:
    """Return ``2 weeks`` for ``biweekly`` or ``every other week``, and ``3 months`` for ``quarterly``."""
    count, unit = _amount(text) or (0, "")
    if unit not in ("week", "month") or not 0 < count < 100:
        return None
    return unit if count == 1 else f"{count} {unit}s"


@_guess
def minutes(text: str) -> str | None:
    """Return ``60`` for ``1 hour`` or ``60min``, and ``45..75`` for ``45-75 minutes``."""
    if match := re.fullmatch(r"(\d+)\s*(?:\.{2,}|[-–—]|to)\s*(\d+)(?:\s*m(?:in(?:ute)?s?)?)?", text.strip().casefold()):
        return f"{match[1]}..{match[2]}"
    if match := re.fullmatch(r"(\d+)\s*m?", text.strip().casefold()):
        return match[1]
    count, unit = _amount(text) or (0, "")
    long = {"minute": 1, "hour": 60}.get(unit, 0) * count
    return str(long) if long else None


@_guess
def number(text: str) -> int | None:
    """Return 3 for ``3 times`` or ``three``."""
    match = re.fullmatch(r"(\d{1,3}|[a-z]+)( ?[a-z]+)?", text.strip().casefold())
    return _count(match[1]) if match else None


@_guess
def day(text: str) -> str | None:
    """Return ``2026-03-01`` for ``2026/3/1``, ``20260301`` or ``1.3.2026``; of ``1/3/2026`` nobody knows the month."""
    written = re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", text.strip())
    match = _DAY.fullmatch(written)
    return _day(match) if match else None


@_guess
def dates(text: str) -> str | None:
    """Return ``2026-12-24..2027-01-02`` for ``2026-12-24 - 2027-01-02`` or ``24.12.2026 to 2.1.2027``."""
    found, rest = [_day(match) for match in _DAY.finditer(text)], _DAY.sub("", text).strip(" .-–—/…")
    if len(found) == 2 and all(found) and rest.casefold() in _UNTIL:
        return f"{found[0]}..{found[1]}"
    return day(text)


@_guess
def clock(text: str) -> str | None:
    """Return ``15:00`` for ``3pm``, ``15.00``, ``15h``, ``1500`` or ``15:00 CET``."""
    plain = re.sub(r"^(\d\d)(\d\d)$", r"\1:\2", without_zone(text))
    match = _CLOCK.fullmatch(plain.casefold())
    if not match:
        return None
    # YAML takes 15.30 for the number 15.3, so what is missing behind a dot is a zero at the end.
    hour, minute, half = int(match[1]), int((match[2] or "0").ljust(2, "0")), (match[3] or "").replace(".", "")
    if half:
        hour = hour % 12 + 12 * (half == "pm") if 0 < hour < 13 else 24
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


@_guess
def working_hours(text: str) -> str | None:
    """Return ``09:00-17:00`` for ``9-17``, ``9am to 5pm`` or ``9-5``."""
    parts = _TO.split(text.strip())
    if len(parts) != 2:
        return None
    start, end = clock(parts[0]), "24:00" if re.fullmatch("24(:00)?|midnight", parts[1]) else clock(parts[1])
    if start and end and end <= start and end < "12:00":
        end = clock(f"{end} pm")
    return f"{start}-{end}" if start and end and start < end else None


@_guess
def moment(text: str) -> str | None:
    """Return ``2027-01-06 14:00`` for ``2027-01-06 2pm``, ``6.1.2027, 14:00`` or ``2027-01-06T14:00:00+01:00``."""
    match = _DAY.search(text)
    rest = f"{text[: match.start()]} {text[match.end() :]}" if match else ""
    at = clock(re.sub(r"^\s*(T|,|at\b|um\b)?\s*|[\s,]+$", "", rest))
    return f"{_day(match)} {at}" if match and at and _day(match) else None


def without_zone(text: str) -> str:
    """Return a time without the name or offset of a time zone at its end."""
    return _ZONE.sub("", text.strip()).strip() if len(text) <= LONGEST else text.strip()


@_guess
def time_before(text: str) -> str | None:
    """Return ``7 days`` for ``a week before``."""
    return duration(re.sub(r"(?i)\s*\b(before|earlier|ahead).*$", "", text))


def several(text: str) -> list[str]:
    """Return the names in a text that names several."""
    return [name.strip() for name in re.split(r"[,&+]|\band\b", text)]


@_guess
def chase_rule(text: str) -> str | None:
    """Return ``every 2 working days`` for ``every 2 days``, and ``2 days before`` for ``2 days``."""
    if re.match(r"(?i)every\b|\w+ly$", text):
        count, unit = _amount(re.sub(r"(?i)\b(working|business|week)[ -]?(?=day)", "", text)) or (0, "")
        number = count * {"day": 1, "week": 5}.get(unit, 0)
        return (f"every {number} working days" if number > 1 else "every working day") if number else None
    count, unit = _amount(re.sub(r"(?i)\s*\b(before|earlier|ahead).*$", "", text)) or (0, "")
    number = count * {"day": 1, "week": 7}.get(unit, 0)
    return f"{number} day{'s' * (number != 1)} before" if number else None


@_guess
def weekday_of_month(text: str, ordinals: tuple[str, ...], days: tuple[str, ...]) -> str | None:
    """Return ``first tuesday`` for ``1st Tue`` or ``first Tuesday of the month``."""
    words = re.sub(r"\b(of|in)\b.*$|\bthe\b", "", text.casefold()).split()
    known = {word: [name for name in (*ordinals, *days) if name == _ORDINALS.get(word, word)] for word in words}
    known |= {word: [name for name in days if name.startswith(word)] for word in words if not known[word] and word[2:]}
    found = [names[0] for names in known.values() if len(names) == 1]
    nth, which = [one for one in found if one in ordinals], [one for one in found if one in days]
    return f"{nth[0]} {which[0]}" if len(words) == 2 and nth and which else None


def _day(match: re.Match[str]) -> str | None:
    year, month, of_month = (int(match[name] or match[f"{name}2"]) for name in ("y", "m", "d"))
    try:
        return date(year, month, of_month).isoformat()
    except ValueError:
        return None


def _count(word: str) -> int | None:
    return int(word) if word.isdigit() else _NUMBERS.get(word)


def _amount(text: str) -> tuple[int, str] | None:
    """Return how many of which unit are meant."""
    plain = re.sub(r"^(every|each|once (a|every))\s+", "", text.strip().casefold()).replace("bi-", "bi")
    match = re.fullmatch(r"(\d{1,4}|[a-z]+(?= )|)[ -]*([a-z]+)", plain)
    count = _count(match[1]) if match else None
    unit = next((unit for name, unit in _UNITS.items() if match and re.fullmatch(name, match[2])), None)
    return (count * unit[0], unit[1]) if count is not None and unit else None
