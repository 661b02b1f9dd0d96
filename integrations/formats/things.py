"""What an export holds, before anybody asks what it means: things with named values, from a table or from JSON.

A table that is small as a file may be as large as the memory once it is read, when it has a hundred thousand columns:
one that is wider than people's exports are is refused.
"""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from io import BytesIO, TextIOWrapper
from typing import Any

MOST_COLUMNS = 500
"""How many columns a table may have."""
_QUOTED = re.compile(r'"[^"]*+(?:"|\Z)')
_LONGEST_NUMBER = 20  # digits
Thing = Mapping[str, Any]


class Unreadable(ValueError):
    """An export that is none; the message says why, in words for people, and goes on after its name.

    ``line`` and ``column`` count from 1, and say where.
    """

    def __init__(self, why: str, line: int = 1, column: int = 1) -> None:
        super().__init__(why)
        self.line, self.column = line, column


def table(data: bytes) -> Iterator[Thing]:
    """Yield the lines of a table below its first, which names the columns; an empty one of these is no thing.

    The first thing is that line itself: the columns, without values.

    Raises:
        Unreadable: it is no table, or a wider one than is read.
    """
    first = _decoded(data[:4096], whole=len(data) <= 4096).partition("\n")[0]
    _decoded(data)
    file = TextIOWrapper(BytesIO(data.replace(b"\0", b"")), "utf-8-sig", newline="")
    lines = csv.reader(file, delimiter=_delimiter(first), skipinitialspace=True)
    try:
        columns = next(lines, [])
        if len(columns) > MOST_COLUMNS:
            raise Unreadable(f"has {len(columns):,} columns, and no more than {MOST_COLUMNS} are read; leave some out")
        yield dict.fromkeys(columns)
        yield from (dict(zip(columns, line, strict=False)) for line in lines if line)
    except csv.Error:
        number = lines.line_num
        why = f"is no table in line {number}: a quotation mark is not closed, or a cell is too long"
        raise Unreadable(f"{why}; save it as CSV again", number) from None


def _delimiter(line: str) -> str:
    """Return which sign stands between the columns: of the usual ones that which is there most often outside of quotes.

    The standard library's Sniffer takes hours for some lines.
    """
    return max(",;\t", key=_QUOTED.sub("", line).count)


class Json:
    """The things in a JSON text; ``odd`` says whether there are numbers in it that are none, or that are too large."""

    def __init__(self, data: bytes) -> None:
        """Read it.

        Raises:
            Unreadable: it is no JSON, or holds no list.
        """
        self.odd = False
        self.things = _listed(self._loaded(_decoded(data)))

    def _loaded(self, text: str) -> Any:
        try:
            return json.loads(text, parse_constant=self._no_number, parse_int=self._whole, parse_float=self._broken)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise Unreadable(f"is no JSON from {where} on; export it again", error.lineno, error.colno) from None
        except RecursionError:
            raise Unreadable("is no JSON that is read: it is nested too deeply; export it again") from None

    def _no_number(self, _: str) -> Any:
        self.odd = True
        return None

    def _whole(self, digits: str) -> int | None:
        return int(digits) if len(digits) <= _LONGEST_NUMBER else self._no_number(digits)

    def _broken(self, digits: str) -> float | None:
        number = float(digits[:1000])  # nobody tells more apart
        return number if math.isfinite(number) and len(digits) < 1000 else self._no_number(digits)


def _listed(found: Any) -> Iterator[Thing]:
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), None)
    if not isinstance(found, list):
        raise Unreadable("holds no list of things; export it again")
    for thing in found:
        if isinstance(thing, dict):
            inner = thing.get("attributes")
            yield {**thing, **inner} if isinstance(inner, dict) else thing


def _decoded(data: bytes, whole: bool = True) -> str:
    """Return the text of a file; of the beginning of one, which is not ``whole``, but for half a character."""
    try:
        return data.decode("utf-8-sig", "strict" if whole else "ignore").replace("\0", "")
    except UnicodeDecodeError as error:
        line, start = data.count(b"\n", 0, error.start) + 1, data.rfind(b"\n", 0, error.start) + 1
        column = len(data[start : error.start].decode("utf-8", "replace")) + 1
        raise Unreadable(f"is not in UTF-8, as in line {line}; save it as UTF-8", line, column) from None
