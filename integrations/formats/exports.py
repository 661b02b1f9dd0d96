"""Exports: tables and JSON in which other tools hand out what they know, such as incidents' follow-ups or a survey.

Columns are known by their names, whatever their case: those of incident.io's follow-ups (API v2), of Rootly's action
items (JSON:API), and plain ones. What is done or will not be done is no need any more. Whoever is assigned is not read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from integrations.formats.need_words import NEEDS, need
from integrations.formats.page_words import undecorated
from integrations.formats.things import Json, Thing, Unreadable, table

MOST_ROWS = 5_000
"""How many rows of an export are read."""
_TEXT = ("need", "topic", "text", "title", "summary", "follow-up", "question", "name")
_AREA = ("area", "component", "components", "service", "services", "labels", "category")
_LINK = ("link", "url", "permalink", "html_url", "short_url", "issue_permalink")
_DAY = ("seen", "date", "created", "created_at", "createdat", "timestamp", "submitted at", "day")
_TIMES = ("times", "count", "votes")
_STATUS = ("status", "state")
_WHERE = ("where", "incident", "reference", "source")
_OVER = frozenset(
    ("completed", "complete", "done", "closed", "resolved", "deleted", "not_doing", "cancelled", "canceled", "dropped")
)
_NOTHING = frozenset(("nan", "null", "none", "n/a", "#n/a", "undefined"))
"""What tools and people write where there is nothing to say."""
_ODD_NUMBERS = "has numbers that are none, such as NaN, or far too large; they are left out"
_LONGEST_NAME = 200  # characters of a column's name that are looked at
_DAY_IN_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of an export says, as far as it says it; a bug report may have no words."""

    text: str
    area: str | None
    link: str | None
    day: date | None
    times: int
    where: str | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Export:
    """What an export says; ``unread`` is what of it is not read, in words for people that go on after its name."""

    rows: Sequence[Row]
    unread: tuple[str, ...] = ()


def export_of(name: str, data: bytes) -> Export:
    """Return what an export says.

    Raises:
        Unreadable: it is neither a table with a line of headings nor JSON with a list of things.
    """
    if name.lower().endswith(".json"):
        found = Json(data)
        return _export(found.things, (_ODD_NUMBERS,) * found.odd)
    things = table(data)
    if not any(map(_says_something, next(things))):
        known = ", ".join(_TEXT[:4])
        raise Unreadable(f"has no column of needs in its first line; name one of them {known}, or by its question")
    return _export(things)


def _export(things: Iterable[Thing], unread: tuple[str, ...] = ()) -> Export:
    rows = [*islice((row for thing in things for row in _rows(thing)), MOST_ROWS + 1)]
    too_many = (f"has so many rows that only the first {MOST_ROWS:,} are read",) * (len(rows) > MOST_ROWS)
    return Export(rows[:MOST_ROWS], (*unread, *too_many))


def _says_something(name: str) -> bool:
    return (known := name.strip().casefold()[:_LONGEST_NAME]) in (*_TEXT, *_AREA) or _asks(known)


@lru_cache(maxsize=1024)
def _asks(name: str) -> bool:
    """Whether a column asks what people lack."""
    return bool(NEEDS.match(undecorated(name)))


def _rows(thing: Thing) -> Iterator[Row]:
    """Yield what a thing says: of a survey an answer for each question that asks for needs."""
    by_name = {name.strip().casefold()[:_LONGEST_NAME]: value for name, value in thing.items()}
    answers = [value for name, value in by_name.items() if _asks(name)]
    said = answers if answers else [_first(by_name, _TEXT)]
    for text in (need(_word(value)) for value in said):
        yield Row(
            text,
            _word(_first(by_name, _AREA)) or None,
            _link(by_name),
            _day(_word(_first(by_name, _DAY))),
            _count(_first(by_name, _TIMES)),
            _place(_first(by_name, _WHERE)),
            _word(_first(by_name, _STATUS)).casefold().replace(" ", "_") in _OVER,
        )


def _first(thing: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((thing[name] for name in names if thing.get(name)), None)


def _word(value: Any, depth: int = 3) -> str:
    """Return what a value says in a word or a line: of a list its first, of a thing its name.

    ``depth`` is how many of them may stand within one another.
    """
    if isinstance(value, list):
        return _word(value[0], depth - 1) if value and depth else ""
    if isinstance(value, dict):
        return _word(_first(value, ("name", "title", "reference", "label", "value")), depth - 1) if depth else ""
    said = " ".join(str(value).split())[:1200] if isinstance(value, str | int | float) else ""
    return "" if said.casefold() in _NOTHING else said


def _place(value: Any) -> str | None:
    """Return where it was noticed; an incident by its reference and its name."""
    parts = [value.get("reference"), value.get("name")] if isinstance(value, dict) else [value]
    return " ".join(filter(None, map(_word, parts)))[:200] or None


def _link(thing: Mapping[str, Any]) -> str | None:
    """Return the address of a thing, or else of what it belongs to."""
    inner = (value for value in thing.values() if isinstance(value, dict))
    found = (_word(_first(one, _LINK)) for one in (thing, *inner))
    return next((text for text in found if re.fullmatch(r"https?://[^\s<>\"]{1,1000}", text)), None)


def _day(text: str) -> date | None:
    found = _DAY_IN_TEXT.search(text)
    try:
        return datetime.strptime(found[0], "%Y-%m-%d").date() if found else None  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def _count(value: Any) -> int:
    text = _word(value)
    return max(1, min(int(text), 1_000_000)) if text.isdecimal() and len(text) < 10 else 1
