"""Where needs come from in Jira: each issue that a query finds, or components of which there are many.

Jira is asked at most once an hour: the cursor says when it was.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from urllib.parse import quote

from config.needs import NeedSource
from config.values import Often
from daemon.model import Check
from daemon.model.needs import Gathered, Sighting, monday_of
from integrations.formats.bug_reports import Report, by_week, recurring
from integrations.formats.need_words import need
from integrations.jira import jql
from integrations.jira.api import Api, Shown
from integrations.side_by_side import both
from integrations.steps import steps

MOST_NEEDS, MOST_REPORTS = 500, 2_000
"""How many issues are read: where each is a need, and where they are counted."""
EVERY = timedelta(hours=1)
"""How often Jira is asked at most."""
_COUNTED = timedelta(weeks=52)
"""How far back reports are counted at least: so one sees whether they become fewer."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Issue:
    """What is read of an issue; ``area`` is its first component."""

    key: str
    text: str
    day: date
    area: str | None


class JiraIssues:
    """The issues that a query of a team's ``needs`` finds; ``clock`` tells the time in the team's zone."""

    def __init__(self, api: Api, source: NeedSource, clock: Callable[[], datetime]) -> None:
        self._api, self._source, self._clock = api, source, clock
        self._query = source.query or ""

    def check_up(self) -> Iterator[Check]:
        """Look whether it signs in, and what the query finds."""
        return steps(("it signs in", self._api.me), ("it finds issues", self._number))

    def _number(self) -> str:
        """Return how many issues there are."""
        issues, more = self._api.issues(self._jql(self._clock().date()), self._query, 100)
        return f"{'more than ' * more}{len(issues)}"

    def ping(self) -> None:
        """Ask who we are."""
        self._api.me()

    def gather(self, cursor: str | None, /) -> Gathered | None:
        """Return what the issues say, or None where Jira was asked within the hour before."""
        now = self._clock()
        entry = _digest(repr(self._source), self._api.site.url)
        if not _is_due(cursor, entry, now):
            return None
        most, asked = MOST_REPORTS if self._source.many else MOST_NEEDS, self._jql(now.date())
        issues_of = partial(self._api.issues, asked, self._query, most)
        _, (found, more) = both(self._api.me, issues_of)  # a token that has ended would look like issues that are gone
        issues = [_issue(one, self._source.area, now) for one in found]
        cut = (_cut(self._query, most),) if more else ()
        told = _at(entry, now)
        if self._source.many:
            return replace(self._counted(issues, self._source.many, now.date(), told, cut), until=now.date())
        return Gathered(told, tuple(self._sighting(one) for one in issues if one.text), unread=cut)

    def _jql(self, today: date) -> str:
        if self._source.many:
            return jql.made_since(self._query, min(monday_of(today - _COUNTED), today - self._source.many.within))
        return jql.open_ones(self._query)

    def _counted(self, issues: Sequence[Issue], often: Often, today: date, told: str, cut: Sequence[str]) -> Gathered:
        """Return of which areas there are many, and how many in which week; a week that is not read whole is none."""
        reports = [Report(one.area, one.day) for one in issues if one.area]
        again = recurring(reports, often, today, "Jira", self._link("issues/?jql=", self._query))
        first = monday_of(issues[-1].day) if cut else date.min
        whole = [one for one in reports if monday_of(one.day) > first]
        nowhere = len(issues) - len(reports)
        unread = (*cut, *([_without_area(self._query, nowhere)] if nowhere else []))
        return Gathered(told, tuple(again), by_week(whole), unread)

    def _sighting(self, one: Issue) -> Sighting:
        return Sighting(one.text, one.key, one.day, self._link("browse/", one.key), one.area)

    def _link(self, place: str, said: str) -> str | None:
        """Return an address of Jira's that ends with what somebody said, whatever characters that has."""
        return f"{self._api.address}/{place}{quote(said, safe='', errors='replace')}" if self._api.address else None


def _cut(query: str, most: int) -> str:
    said = f"Jira has more than {most:,} issues for the query “{query}”, and only the first {most:,} are read"
    return f"{said}: narrow it in the team's needs."


def _without_area(query: str, number: int) -> str:
    said = f"Jira has issues without a component for the query “{query}”, {number:,} of them, which are counted nowhere"
    return f"{said}: give the entry of the team's needs an area, or the issues a component."


def _issue(shown: Shown, area: str | None, now: datetime) -> Issue:
    component = " ".join(shown.component.split())[:_LONGEST_NAME]
    return Issue(shown.key, need(shown.summary), _day(shown.created, now), component or area)


def _day(told: str, now: datetime) -> date:
    """Return the day in the team's zone on which an issue was made; today where that is not told."""
    try:
        return datetime.fromisoformat(told).astimezone(now.tzinfo).date()
    except (ValueError, OverflowError):
        return now.date()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _at(entry: str, now: datetime) -> str:
    return f"{entry} {now.astimezone(UTC).isoformat(timespec='seconds')}"


def _is_due(cursor: str | None, entry: str, now: datetime) -> bool:
    """Whether it is to be asked; a clock that was set back delays that by no more than an hour."""
    known, _, asked = (cursor or "").partition(" ")
    return known != entry or not timedelta() <= now - datetime.fromisoformat(asked) < EVERY
