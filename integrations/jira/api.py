"""What is asked of a Jira, whichever flavour: who we are, and which issues a query finds.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and https://developer.atlassian.com/server/jira/platform/rest/
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from config.cached import cached_property
from daemon.ports import Refused
from integrations.atlassian.faults import Answer, Json, of_reading
from integrations.atlassian.site import Site
from integrations.jira import faults
from integrations.jira.faults import JIRA

FIELDS = "summary,components,created"
"""What is read of an issue, and no more: nothing of it names anybody."""
_PAGE, _LONGEST = 100, 2_000
_GATEWAY = "https://api.atlassian.com/"
Place = dict[str, object]
"""Where a listing goes on: what the next request has to say besides."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is kept of an issue, no more than anybody needs of it; ``component`` is its first, if it has one."""

    key: str
    summary: str
    created: str
    component: str


class Api(ABC):
    """A flavour of Jira's API. Everything may raise a PortError."""

    kind: ClassVar[str]
    other: ClassVar[str]
    """The kinds of connection, of this flavour and of the other one."""
    root: ClassVar[str]

    def __init__(self, site: Site) -> None:
        self.site = site

    def me(self) -> str:
        """Return the name of whom we sign in as: to a stranger Cloud shows no issues, without a word of why."""
        answer = self._read("myself")
        if not answer.done:
            raise of_reading(JIRA, answer, "whom we sign in as")
        return str(answer.body.get("displayName", ""))

    def issues(self, jql: str, query: str, most: int) -> tuple[list[Shown], bool]:
        """Return the first issues that are found, so many at most, and whether there are more.

        ``query`` is what the lead wrote, ``jql`` what was made of it.
        """
        found, place = dict[str, Shown](), Place()
        for _ in range(2 * most // _PAGE + 2):  # some of its pages may be short, or empty
            body = self._searched(jql, query, place)
            listed = body.get("issues")
            if not isinstance(listed, list) or not all(map(_is_issue, listed)):
                raise faults.not_understood()
            found |= {one.key: one for one in map(_shown, listed)}
            following = self._next(body, place, len(listed))
            if following is None or following == place or len(found) > most:
                return [*found.values()][:most], len(found) > most
            place = following
        return [*found.values()][:most], True

    def _searched(self, jql: str, query: str, place: Place) -> Json:
        asked = {"jql": jql, "fields": FIELDS, "maxResults": _PAGE, **place}
        answer = self._read(self._search, asked)
        if answer.status == 400 and jql != query:  # what is wrong with it is told of what the lead wrote
            alone = self._read(self._search, {**asked, "jql": query, "maxResults": 1})
            answer = alone if alone.status == 400 else answer
        if not answer.done:
            raise faults.of_query(answer, query)
        body: Json = answer.body
        return body

    def _read(self, path: str, params: Place | None = None) -> Answer:
        answer = self.site.read(f"{self.root}/{path}", params)
        if answer.status in (404, 405, 410):
            raise faults.other_kind(self.site.name, self.kind, self.other)
        return answer

    @cached_property
    def address(self) -> str | None:
        """The address at which people find the issues; None behind a gateway which does not tell."""
        if not self.site.url.startswith(_GATEWAY):
            return self.site.url
        try:
            answer = self._read("serverInfo")
        except Refused:
            return None
        told = answer.body.get("baseUrl") if answer.done else None
        return told.rstrip("/") if isinstance(told, str) else None

    _search: ClassVar[str]

    @abstractmethod
    def _next(self, body: Json, place: Place, shown: int) -> Place | None:
        """Return where the listing goes on, None at its end."""


class Cloud(Api):
    """Jira Cloud: version 3, whose search hands out a token for its next page."""

    kind, other, root, _search = "jira-cloud", "jira-data-center", "rest/api/3", "search/jql"

    def _next(self, body: Json, place: Place, shown: int) -> Place | None:
        token = body.get("nextPageToken")
        return {"nextPageToken": token} if token and not body.get("isLast") else None


class DataCenter(Api):
    """Jira Data Center: version 2, whose search counts."""

    kind, other, root, _search = "jira-data-center", "jira-cloud", "rest/api/2", "search"

    def _next(self, body: Json, place: Place, shown: int) -> Place | None:
        start = place.get("startAt", 0)
        end = (start if isinstance(start, int) else 0) + shown
        return {"startAt": end} if shown and end < _number(body.get("total")) else None


def _number(told: Any) -> int:
    return told if isinstance(told, int) else 0


def _shown(issue: Json) -> Shown:
    fields = issue["fields"]
    components = fields.get("components")
    first = components[0] if isinstance(components, list) and components else None
    component = first.get("name") if isinstance(first, dict) else None
    return Shown(_cut(issue["key"]), _cut(fields.get("summary")), _cut(fields.get("created")), _cut(component))


def _cut(told: Any) -> str:
    return told[:_LONGEST] if isinstance(told, str) else ""


def _is_issue(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("key"), str) and isinstance(one.get("fields"), dict)
