"""JQL, Jira's own language: what a lead wrote in it, narrowed to what can count."""

import re
from datetime import date

_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")
_ORDER = re.compile(r"\border\s+by\b", re.I)
_OR = re.compile(r"\bor\b", re.I)
_STATE = re.compile(
    r"\b(?:status|statuscategory|resolution|resolutiondate|resolved)\s*(?:[=!<>~]|(?:in|not|is|was|changed)\b)", re.I
)
"""A condition on the state of issues."""
_NEWEST_FIRST = "ORDER BY created DESC"


def open_ones(query: str) -> str:
    """Return a query for the issues that are not done; for all, where the lead's own says in which state they are.

    It keeps its order, and without one puts the newest first.
    """
    where, order = _parts(query)
    if _STATE.search(_plain(where)):
        return f"{where} {order or _NEWEST_FIRST}"
    return f"{_and(where)}statusCategory != Done {order or _NEWEST_FIRST}"


def made_since(query: str, first: date) -> str:
    """Return a query for the issues, done or not, that were made from a day on, the newest first."""
    return f'{_and(_parts(query)[0])}created >= "{first}" {_NEWEST_FIRST}'


def _and(where: str) -> str:
    """Return conditions to which more can be added; that of ``or`` would else reach into them."""
    if not where:
        return ""
    return f"({where}) AND " if _OR.search(_plain(where)) else f"{where} AND "


def _parts(query: str) -> tuple[str, str]:
    """Return the conditions of a query, and its order."""
    line = " ".join(query.split())
    found = _ORDER.search(_plain(line))
    return (line[: found.start()].strip(), line[found.start() :]) if found else (line, "")


def _plain(query: str) -> str:
    """Return a query without what stands in quotes, each sign in its place."""
    return _QUOTED.sub(lambda found: " " * len(found[0]), query)
