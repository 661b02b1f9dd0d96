"""The part of JQL that is asked in: conditions with and, or and brackets, and an order.

https://support.atlassian.com/jira-software-cloud/docs/jql-fields/
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.fakes.jira.state import ApiError, Issue, State

Holds = Callable[[Issue], bool]
_TOKEN = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(>=|<=|!=|[=<>(),])|([^\s"'=<>!(),]+))""")
_EXACT: dict[str, Callable[[Issue], tuple[str, ...]]] = {
    "project": lambda one: (one.project,),
    "type": lambda one: (one.type,),
    "issuetype": lambda one: (one.type,),
    "status": lambda one: (one.status,),
    "statuscategory": lambda one: (one.category,),
    "labels": lambda one: one.labels,
    "component": lambda one: one.components,
    "key": lambda one: (one.key,),
}
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Query:
    """A query that was read: whether an issue fits, and in which order issues are."""

    def __init__(self, text: str, state: State, now: datetime) -> None:
        self._state, self._now, self._text = state, now, text
        self._words = [*_words(text)]
        self.is_bounded = bool(self._words) and self._words[0][0].lower() != "order"
        self.fits: Holds = self._either() if self.is_bounded else lambda _: True
        self.order, self.descending = self._ordered()

    def found(self) -> list[Issue]:
        """Return the issues that fit, in their order."""
        found = [one for one in self._state.issues.values() if self.fits(one)]
        keys: dict[str, Callable[[Issue], tuple[object, ...]]] = {
            "created": lambda one: (one.created, one.key),
            "key": lambda one: (one.project, int(one.key.rpartition("-")[2])),
        }
        if self.order not in keys:
            raise ApiError(400, f"Not able to sort using field '{self.order}'.")
        return sorted(found, key=keys[self.order], reverse=self.descending)

    def _next(self, *allowed: str) -> str | None:
        """Take the next word where it is one of these."""
        if self._words and self._words[0][0].lower() in allowed and not self._words[0][1]:
            return self._words.pop(0)[0].lower()
        return None

    def _take(self, what: str) -> str:
        if not self._words:
            raise ApiError(400, f"Error in the JQL Query: Expecting {what} before the end of the query.")
        return self._words.pop(0)[0]

    def _either(self) -> Holds:
        parts = [self._both()]
        while self._next("or"):
            parts.append(self._both())
        return lambda one: any(part(one) for part in parts)

    def _both(self) -> Holds:
        parts = [self._one()]
        while self._next("and"):
            parts.append(self._one())
        return lambda one: all(part(one) for part in parts)

    def _one(self) -> Holds:
        if self._next("("):
            inner = self._either()
            if not self._next(")"):
                raise ApiError(400, "Error in the JQL Query: Expecting ')' before the end of the query.")
            return inner
        name = self._take("a field")
        operator = self._operator(name)
        values = self._values(operator)
        return self._condition(name.lower(), operator, values)

    def _operator(self, name: str) -> str:
        found = self._next("=", "!=", ">=", "<=", ">", "<", "in")
        if found:
            return found
        got = self._words[0][0] if self._words else "the end"
        place = self._text.find(got) + 1
        raise ApiError(
            400,
            f"Error in the JQL Query: Expecting operator but got '{got}'. The valid operators are '=', '!=', '<', '>', "
            f"'<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'. (line 1, character {place})",
        )

    def _values(self, operator: str) -> list[str]:
        if operator != "in":
            return [self._take("a value")]
        if not self._next("("):
            raise ApiError(400, "Error in the JQL Query: Expecting a list.")
        values = [self._take("a value")]
        while self._next(","):
            values.append(self._take("a value"))
        self._next(")")
        return values

    def _condition(self, name: str, operator: str, values: list[str]) -> Holds:
        if name == "created":
            moment = self._moment(values[0])
            return {
                ">=": lambda one: one.created >= moment,
                ">": lambda one: one.created > moment,
                "<=": lambda one: one.created <= moment,
                "<": lambda one: one.created < moment,
            }[operator]
        if name not in _EXACT:
            raise ApiError(400, f"Field '{name}' does not exist or you do not have permission to view it.")
        for value in values if name == "project" else ():
            if value not in self._state.projects:
                raise ApiError(400, f"The value '{value}' does not exist for the field 'project'.")
        wanted = {value.casefold() for value in values}
        return lambda one: bool(wanted & {said.casefold() for said in _EXACT[name](one)}) is (operator != "!=")

    def _moment(self, text: str) -> datetime:
        if relative := re.fullmatch(r"-(\d+)([mhdw])", text):
            return self._now - timedelta(**{_UNITS[relative[2]]: int(relative[1])})
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as fault:
            raise ApiError(400, f"Date value '{text}' for field 'created' is invalid.") from fault

    def _ordered(self) -> tuple[str, bool]:
        if not self._words:
            return "key", False
        order, by, *rest = (word.lower() for word, _ in self._words)
        if (order, by) != ("order", "by") or not rest:
            got = self._words[0][0]
            raise ApiError(
                400, f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{got}'. (line 1, character 1)"
            )
        return rest[0], rest[1:] == ["desc"]


def _words(text: str) -> "list[tuple[str, bool]]":
    """Return the words of a query, each with whether it stood in quotes."""
    words, place, text = [], 0, text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            raise ApiError(400, f"Error in the JQL Query: The character '{text[place]}' is not allowed here.")
        double, single, sign, plain = match.groups()
        quoted = double if double is not None else single
        words.append((re.sub(r"\\(.)", r"\1", quoted), True) if quoted is not None else (sign or plain, False))
        place = match.end()
    return words
