"""Exports: tables and JSON in which other tools hand out what they know, such as incidents' follow-ups or a survey.

Columns are known by their names, whatever their case: those of incident.io's follow-ups (API v2), of Rootly's action
items (JSON:API), and plain ones. What is done or will not be done is no need any more. Whoever is assigned is not read.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from integrations.formats.need_words import NEEDS, need
from integrations.formats.page_words import undecorated

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
_DAY_IN_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}")


class Unreadable(ValueError):
    """An export that is none; the message says why, in words for people, and goes on after its name."""


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


def rows_of(name: str, data: bytes) -> tuple[list[Row], bool]:
    """Return the rows of an export, and whether there were more of them than are read.

    Raises:
        Unreadable: it is neither a table with a line of headings nor JSON with a list of things.
    """
    found = _things(data) if name.lower().endswith(".json") else _table(data)
    read = [found_row for _, found_row in zip(range(MOST_ROWS + 1), found, strict=False)]
    return [row for thing in read[:MOST_ROWS] for row in _rows(thing)], len(read) > MOST_ROWS


def _table(data: bytes) -> Iterator[Mapping[str, Any]]:
    text = _decoded(data)
    try:
        dialect = csv.Sniffer().sniff(text[:4096].partition("\n")[0], ",;\t")
    except csv.Error:
        dialect = csv.excel
    lines = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
    if not lines.fieldnames or not any(_says_something(str(name)) for name in lines.fieldnames):
        known = ", ".join(_TEXT[:4])
        raise Unreadable(f"has no column of needs in its first line; name one of them {known}, or by its question")
    try:
        yield from lines
    except csv.Error as error:
        raise Unreadable(f"is no table: {error} in line {lines.line_num}; save it as CSV again") from None


def _says_something(name: str) -> bool:
    return name.strip().casefold() in (*_TEXT, *_AREA) or bool(NEEDS.match(undecorated(name)))


def _things(data: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        found = json.loads(_decoded(data))
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise Unreadable(f"is no JSON: {why}; export it again") from None
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), None)
    if not isinstance(found, list):
        raise Unreadable("holds no list of things; export it again")
    for thing in found:
        if isinstance(thing, dict):
            inner = thing.get("attributes")
            yield {**thing, **inner} if isinstance(inner, dict) else thing


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        raise Unreadable("is not in UTF-8; save it as UTF-8") from None


def _rows(thing: Mapping[str, Any]) -> Iterator[Row]:
    """Yield what a thing says: of a survey an answer for each question that asks for needs."""
    by_name = {str(name).strip().casefold(): value for name, value in thing.items() if name is not None}
    answers = [value for name, value in by_name.items() if NEEDS.match(undecorated(name))]
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


def _word(value: Any) -> str:
    """Return what a value says in a word or a line: of a list its first, of a thing its name."""
    if isinstance(value, list):
        return _word(value[0]) if value else ""
    if isinstance(value, dict):
        return _word(_first(value, ("name", "title", "reference", "label", "value")))
    return " ".join(str(value).split())[:1200] if isinstance(value, str | int | float) else ""


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
