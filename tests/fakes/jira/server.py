"""Jira on loopback: the HTTP server, what people do in it, and what a test sees of it."""

import base64
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes.google_calendar.exchange import Request
from tests.fakes.jira.faults import Faults
from tests.fakes.jira.jql import Query
from tests.fakes.jira.state import ApiError, Behaviour, Issue, State
from tests.fakes.loopback import Answer, Listener

Flavour = Literal["cloud", "data-center"]
_PARAMETERS = {
    "cloud": {"jql", "fields", "maxResults", "nextPageToken"},
    "data-center": {"jql", "fields", "maxResults", "startAt"},
}
_USUAL = ("summary", "components", "labels", "created", "status", "project", "issuetype")
_STRANGER = "Client must be authenticated to access this resource."
_SIGN_IN = b"<html><head><title>Unauthorized (401)</title></head><body>Encountered a problem</body></html>"


class JiraServer:
    """A context manager: it listens from entering to leaving, on 127.0.0.1 and a free port.

    ``context`` is the path that all resources are below; another one is answered with a page, as a web server does.
    """

    def __init__(
        self,
        flavour: Flavour = "cloud",
        *,
        context: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.flavour: Flavour = flavour
        self.context, self.clock = context, clock
        self.state, self.behaviour, self.faults = State(), Behaviour(), Faults()
        self.user, self.token = "bot@example.com", "a-token-for-tests"
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self._lock = threading.Lock()
        self._listener = Listener(self, "jira")
        self.url = f"{self._listener.url}{context}"

    def __enter__(self) -> Self:
        self._listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__()

    @property
    def names(self) -> list[str]:
        """What was asked for, in order."""
        return [request.name for request in self.requests]

    # what people do

    def add_project(self, key: str) -> None:
        """Add a project without an issue."""
        self.state.projects.add(key)

    def person_reports(
        self,
        summary: str,
        *,
        project: str = "PLAT",
        kind: str = "Bug",
        components: Iterable[str] = (),
        labels: Iterable[str] = (),
        created: datetime | None = None,
    ) -> str:
        """Make an issue; return its key."""
        with self._lock:
            key = f"{project}-{len(self.state.issues) + 1}"
            made = created or self.clock()
            self.state.issues[key] = Issue(key, summary, made, kind, "To Do", tuple(components), tuple(labels))
            return key

    def person_moves(self, key: str, status: str) -> None:
        """Give an issue another status, such as Done."""
        with self._lock:
            self.state.issues[key].status = status

    def person_renames(self, key: str, summary: str) -> None:
        """Give an issue other words."""
        with self._lock:
            self.state.issues[key].summary = summary

    def person_deletes(self, key: str) -> None:
        """Delete an issue."""
        with self._lock:
            del self.state.issues[key]

    # what is answered

    def received(self, method: str, target: str, headers: dict[str, str], content: bytes) -> Answer | None:
        """Answer a request as it came."""
        url = urlsplit(target)
        path = url.path.removeprefix(self.context) if url.path.startswith(f"{self.context}/rest/") else ""
        query = parse_qs(url.query, keep_blank_values=True)
        request = Request(method, path, self._name(path), query, None, headers)
        with self._lock:
            self.requests.append(request)
            fault = self.faults.take(request)
        answer: Answer | None = Answer(500)
        if not fault or fault.done:
            with self._lock:
                answer = self._do(request)
        if fault and answer:
            answer = fault.answer(answer)
            time.sleep(fault.seconds)
        request.status = answer.status if answer else None
        return answer

    def _name(self, path: str) -> str:
        root = "/rest/api/3" if self.flavour == "cloud" else "/rest/api/2"
        search = f"{root}/search/jql" if self.flavour == "cloud" else f"{root}/search"
        return {search: "search", f"{root}/myself": "myself", f"{root}/serverInfo": "server"}.get(path, "")

    def _do(self, request: Request) -> Answer:
        try:
            if not request.path:
                return Answer(404, b"<html><head><title>Not here</title></head></html>", "text/html")
            if request.path == "/rest/api/3/search":
                raise ApiError(
                    410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
                )
            if not request.name or request.method != "GET":
                raise ApiError(404, f"null for uri: {request.path}")
            return {"search": self._search, "myself": self._myself, "server": self._server}[request.name](request)
        except ApiError as error:
            return Answer.of(error.status, {"errorMessages": [*error.messages], "errors": {}})
        except Exception:
            self.complaints.append(traceback.format_exc())
            return Answer(500)

    def _is_known(self, request: Request) -> bool:
        pair = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        expected = f"Basic {pair}" if self.flavour == "cloud" else f"Bearer {self.token}"
        return request.headers.get("authorization") == expected

    def _stranger(self) -> Answer:
        if self.flavour == "cloud":
            return Answer.of(401, {"message": _STRANGER, "status-code": 401})
        return Answer(401, _SIGN_IN, "text/html")

    def _myself(self, request: Request) -> Answer:
        if not self._is_known(request):
            return self._stranger()
        return Answer.of(200, {"displayName": "Peer learning", "emailAddress": self.user, "timeZone": "UTC"})

    def _server(self, request: Request) -> Answer:
        return Answer.of(200, {"baseUrl": self.behaviour.base_url or self.url, "version": "1001.0.0"})

    def _search(self, request: Request) -> Answer:
        if unknown := {*request.query} - _PARAMETERS[self.flavour]:
            self.complaints.append(f"parameters that it does not have: {sorted(unknown)}")
        if not self._is_known(request) and self.flavour == "data-center":
            return self._stranger()
        query = Query(request.query.get("jql", [""])[-1], self.state, self.clock())
        if not query.is_bounded and self.flavour == "cloud":
            raise ApiError(
                400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
            )
        # to a stranger Cloud shows what everybody may see, here nothing, and says so in a header only
        found = query.found() if self._is_known(request) else []
        headers = {} if self._is_known(request) else {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
        return Answer.of(200, self._listed(request, found), headers)

    def _listed(self, request: Request, found: list[Issue]) -> dict[str, Any]:
        most = min(int(request.query.get("maxResults", ["50"])[-1]), self.behaviour.largest_page)
        names = request.query.get("fields", [",".join(_USUAL)])[-1].split(",")
        if self.flavour == "data-center":
            start = int(request.query.get("startAt", ["0"])[-1])
            shown = [self._shown(one, names) for one in found[start : start + most]]
            return {"startAt": start, "maxResults": most, "total": len(found), "issues": shown}
        token = request.query.get("nextPageToken", ["0"])[-1]
        is_empty = self.behaviour.empty_pages and not token.endswith("again")
        start = int(token.removesuffix("again"))
        shown = [] if is_empty else [self._shown(one, names) for one in found[start : start + most]]
        end = start + len(shown)
        following = f"{start}again" if is_empty else str(end) if end < len(found) else None
        return {"issues": shown, "isLast": following is None, **({"nextPageToken": following} if following else {})}

    def _shown(self, one: Issue, names: list[str]) -> dict[str, Any]:
        fields = {
            "summary": one.summary,
            "created": one.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "components": [{"id": "10000", "name": name} for name in one.components],
            "labels": [*one.labels],
            "status": {"name": one.status, "statusCategory": {"key": one.category.casefold(), "name": one.category}},
            "project": {"key": one.project},
            "issuetype": {"name": one.type},
        }
        shown = {name: fields[name] for name in names if name in fields}
        return {"id": "1", "key": one.key, "self": f"{self.url}/rest/api/issue/1", "fields": shown}
