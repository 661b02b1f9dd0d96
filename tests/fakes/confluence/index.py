"""The search index, which is late, and the part of CQL that a wiki adapter asks in.

https://developer.atlassian.com/server/confluence/advanced-searching-using-cql/
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.fakes.confluence.exchange import ApiError
from tests.fakes.confluence.state import Page, User
from tests.fakes.confluence.world import World

_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(>=|<=|!=|[=~<>(),])|([^\s"=~<>!(),]+))')


@dataclass(frozen=True)
class Entry:
    """What the index knows of a page."""

    page_id: str
    space: str
    title: str
    parent: str
    ancestors: tuple[str, ...]
    labels: tuple[str, ...]
    modified: datetime
    created: datetime
    type: str = "page"


@dataclass
class Index:
    """What can be searched. A change is found ``lag`` requests after it was made; with None only after
    ``catch_up()``.
    """

    world: World
    lag: int | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    waiting: list[tuple[int, str]] = field(default_factory=list)
    requests: int = 0

    def tick(self) -> None:
        """Count a request, and learn what has waited for long enough."""
        self.requests += 1
        self.note()
        while self.lag is not None and self.waiting and self.waiting[0][0] + self.lag < self.requests:
            self._learn(self.waiting.pop(0)[1])

    def note(self) -> None:
        """Put what has changed in the queue."""
        self.waiting += [(self.requests, page_id) for page_id in self.world.changed]
        self.world.changed.clear()

    def catch_up(self) -> None:
        """Learn everything that has changed."""
        self.note()
        for _, page_id in self.waiting:
            self._learn(page_id)
        self.waiting.clear()

    def _learn(self, page_id: str) -> None:
        self.entries.pop(page_id, None)
        page = self.world.state.pages.get(page_id)
        if page and page.status == "current":
            self.entries[page_id] = self._entry(page)

    def _entry(self, page: Page) -> Entry:
        above = tuple(one.id for one in self.world.ancestors(page))
        return Entry(
            page.id,
            page.space,
            page.title,
            page.parent or "",
            above,
            tuple(page.labels),
            page.modified,
            page.created,
            "folder" if page.is_folder else "page",
        )

    def search(self, cql: str) -> list[Page]:
        """Return the pages that the index finds and that are still there, as they are now.

        Raises:
            ApiError: 400, the query cannot be read.
        """
        query = read(cql, self.world.clock())
        found = [entry for entry in self.entries.values() if all(fits(entry, clause) for clause in query.clauses)]
        found.sort(key=lambda entry: (_ORDER[query.order](entry), entry.page_id), reverse=query.descending)
        pages = [self.world.state.pages.get(entry.page_id) for entry in found]
        return [page for page in pages if page and not page.hidden and page.status == "current"]


class Clause(NamedTuple):
    """One condition: any of the values will do."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass
class Query:
    """Conditions that all hold, and an order."""

    clauses: list[Clause]
    order: str = "id"
    descending: bool = False


def read(cql: str, now: datetime) -> Query:
    """Read a query; ``now("-4h")`` in it counts from ``now``.

    Raises:
        ApiError: 400.
    """
    words = _words(cql)
    query = Query([])
    try:
        while words or not query.clauses:
            query.clauses.append(_clause(words, now))
            if words and words[0].lower() == "order":
                _read_order(words, query)
            elif words and words.pop(0).lower() != "and":
                raise ValueError("only and is known here")
    except (IndexError, ValueError, KeyError) as fault:
        raise ApiError(400, f"Could not parse cql : {cql} ({fault})") from fault
    return query


def _words(cql: str) -> list[str]:
    words, place = [], 0
    cql = cql.strip()
    while place < len(cql):
        match = _TOKEN.match(cql, place)
        if not match:
            raise ApiError(400, f"Could not parse cql : {cql}")
        quoted, operator, plain = match.groups()
        words.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else operator or plain)
        place = match.end()
    return words


def _clause(words: list[str], now: datetime) -> Clause:
    name, operator = words.pop(0).lower(), words.pop(0).lower()
    if operator == "in":
        if words.pop(0) != "(":
            raise ValueError("a list stands in parentheses")
        end = words.index(")")
        values, words[: end + 1] = tuple(word for word in words[:end] if word != ","), []
        return Clause(name, "=", values)
    value = words.pop(0)
    if value.lower() == "now" and words[:1] == ["("]:
        end = words.index(")")
        span, words[: end + 1] = "".join(words[1:end]), []
        value = (now + _span(span)).isoformat()
    return Clause(name, operator, (value,))


def _span(text: str) -> timedelta:
    """Read how far from now: -30m, -4h, 1d, -2w."""
    units = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    return timedelta(**{units[text[-1]]: int(text[:-1])}) if text else timedelta()


def _read_order(words: list[str], query: Query) -> None:
    order, by, name, *rest = (word.lower() for word in words)
    if (order, by) != ("order", "by") or rest not in ([], ["asc"], ["desc"]):
        raise ValueError("order by")
    _ORDER[name]
    query.order, query.descending = name, rest == ["desc"]
    words.clear()


_ORDER: dict[str, Callable[[Entry], str]] = {
    "id": lambda entry: entry.page_id,
    "title": lambda entry: entry.title.casefold(),
    "created": lambda entry: entry.created.isoformat(),
    "lastmodified": lambda entry: entry.modified.isoformat(),
}
_EXACT: dict[str, Callable[[Entry], tuple[str, ...]]] = {
    "type": lambda entry: (entry.type,),
    "id": lambda entry: (entry.page_id,),
    "space": lambda entry: (entry.space,),
    "title": lambda entry: (entry.title,),
    "parent": lambda entry: (entry.parent,),
    "ancestor": lambda entry: entry.ancestors,
    "label": lambda entry: entry.labels,
}
_COMPARED: dict[str, Callable[[datetime, datetime], bool]] = {
    ">=": lambda one, other: one >= other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    "<": lambda one, other: one < other,
}


def fits(entry: Entry, clause: Clause) -> bool:
    """Say whether a page fulfils a condition.

    Raises:
        ApiError: 400, a field or an operator that is not known.
    """
    if clause.field in ("lastmodified", "created") and clause.operator in _COMPARED:
        moment = entry.modified if clause.field == "lastmodified" else entry.created
        return _COMPARED[clause.operator](moment, _moment(clause.values[0]))
    if clause.field not in _EXACT:
        raise ApiError(400, f"No field exists with name: {clause.field}")
    having = {value.casefold() for value in _EXACT[clause.field](entry)}
    if clause.operator == "~" and clause.field == "title":
        return all(word in entry.title.casefold() for word in clause.values[0].casefold().split())
    if clause.operator not in ("=", "!="):
        raise ApiError(400, f"The operator {clause.operator} is not supported for {clause.field}")
    return bool(having & {value.casefold() for value in clause.values}) is (clause.operator == "=")


def _moment(text: str) -> datetime:
    """Read a date and, at most, hours and minutes: CQL knows no seconds. They are in the zone of who asks: here UTC."""
    if "T" in text:
        return datetime.fromisoformat(text)
    for form in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ApiError(400, f"Could not parse date: {text}")


def users(world: World, cql: str) -> list[User]:
    """Return the people whose name has the words asked for.

    Raises:
        ApiError: 400, the query cannot be read.
    """
    clauses = read(cql, world.clock()).clauses
    if len(clauses) != 1 or clauses[0].field not in ("user", "user.fullname", "user.accountid"):
        raise ApiError(400, f"Could not parse cql : {cql}")
    field_, operator, (asked, *_) = clauses[0]
    if field_ == "user.fullname" and operator == "~":
        return [one for one in world.state.users.values() if asked.casefold() in one.name.casefold()]
    return [one for one in world.state.users.values() if asked == one.account_id]
