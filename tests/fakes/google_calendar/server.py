"""Google Calendar on loopback: the HTTP server, and what a test sees of it."""

import copy
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Literal, Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes.google_calendar import api, batch, shown
from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import Answer, Request, Requests
from tests.fakes.google_calendar.faults import Faults
from tests.fakes.google_calendar.people import People
from tests.fakes.google_calendar.sign_in import GrantRefused, Tokens
from tests.fakes.google_calendar.world import Behaviour, Identity, LeftBehind, Mail, World
from tests.fakes.loopback import Listener

Watcher = Callable[[Literal["before", "after"], Request], None]
_ENDPOINTS = {"/batch/calendar/v3": "batch", "/token": "token", "/authorize": "authorize"}
_VOLATILE = ("etag", "created", "updated", "sequence", "htmlLink")


class GoogleCalendarServer(People):
    """A context manager: it listens from entering to leaving, on 127.0.0.1 and a free port.

    ``watchers`` are called before a request is done and after it, before it is answered: a place to kill a process.
    ``tokens.anonymous`` is who calls without a token; None refuses them.
    """

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.world = World()
        if clock:
            self.world.clock = clock
        self.requests = Requests()
        self.faults = Faults()
        self.tokens = Tokens(anonymous=Identity("organiser@example.com"))
        self.watchers: list[Watcher] = []
        self._listener = Listener(self, "google-calendar")
        self.url = self._listener.url

    def __enter__(self) -> Self:
        self._listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__()

    @property
    def api_endpoint(self) -> str:
        """Where the API is."""
        return f"{self.url}{api.ROOT}"

    @property
    def batch_uri(self) -> str:
        """Where batches go."""
        return f"{self.url}/batch/calendar/v3"

    @property
    def token_uri(self) -> str:
        """Where tokens come from."""
        return f"{self.url}/token"

    @property
    def client(self) -> Json:
        """What the file of an OAuth client says, a desktop application's."""
        addresses = {"auth_uri": f"{self.url}/authorize", "token_uri": self.token_uri}
        return {"installed": {"client_id": "client", "client_secret": "secret", **addresses}}

    @property
    def behaviour(self) -> Behaviour:
        """Where nobody knows how Google answers: how it answers here."""
        return self.world.behaviour

    @property
    def invitations(self) -> list[Mail]:
        """Every mail that a write has sent to a guest."""
        return self.world.invitations

    @property
    def left_behind(self) -> list[LeftBehind]:
        """What was deleted without telling its guests."""
        return self.world.left_behind

    @property
    def complaints(self) -> list[str]:
        """What a client should never have sent: to be empty at the end of a test."""
        return self.world.complaints

    def add_calendar(
        self, id: str, time_zone: str = "UTC", writable: bool = True, owner: str = "organiser@example.com"
    ) -> None:
        """Add an empty calendar."""
        self.world.add_calendar(id, time_zone, writable, owner)

    def add_service_account(self, email: str, *, delegation: bool = False) -> None:
        """Let a service account sign in, for other people too with ``delegation``."""
        self.tokens.service_accounts[email] = delegation

    def access_token(self, email: str = "organiser@example.com", *scopes: str) -> str:
        """Return an access token of a person's, for all scopes when none is named."""
        return self.tokens.issue(Identity(email, frozenset(scopes) if scopes else None))

    def refresh_token(self, email: str = "organiser@example.com", *scopes: str) -> str:
        """Return a refresh token of a person's."""
        token = f"refresh-{len(self.tokens.refresh) + 1}"
        self.tokens.refresh[token] = Identity(email, frozenset(scopes) if scopes else None)
        return token

    def kill_token(self, token_or_account: str) -> None:
        """Revoke a refresh token, or a service account's key; access tokens die with it."""
        self.tokens.dead.add(token_or_account)
        self.tokens.access.clear()

    def expire_sync_tokens(self) -> None:
        """Answer 410 to every sync token given so far."""
        self.world.token_epoch += 1

    def event(self, calendar: str, event_id: str) -> Json:
        """Return an event or an instance as it is kept, whole, also after a deletion.

        Raises:
            ApiError: there is none.
        """
        with self.world.lock:
            return copy.deepcopy(self.world.calendars[calendar].find(event_id).body)

    def instances(self, calendar: str, event_id: str, before: datetime | None = None) -> list[Json]:
        """Return what a series amounts to now, as ``events.instances`` does, up to ``before`` where it has no end."""
        with self.world.lock:
            state = self.world.calendars[calendar]
            found = state.instances(event_id, before)
            return [shown.event(state, kept, self.behaviour) for kept in found if not kept.cancelled]

    def snapshot(self) -> dict[str, dict[str, Json]]:
        """Return every event that is kept, by calendar and id, without what differs from one run to the next."""
        with self.world.lock:
            return {
                name: {
                    kept.body["id"]: {key: copy.deepcopy(kept.body[key]) for key in kept.body if key not in _VOLATILE}
                    for kept in sorted(state.events.values(), key=lambda kept: str(kept.body["id"]))
                    if not kept.erased
                }
                for name, state in self.world.calendars.items()
            }

    def saved(self) -> World:
        """Return a copy of all that it knows, to be put back with ``restore``."""
        with self.world.lock:
            return _copied(self.world)

    def restore(self, saved: World) -> None:
        """Be as it was when that was saved; only ``requests`` and ``complaints`` go on."""
        with self.world.lock:
            self.world = _copied(saved)

    def received(self, method: str, target: str, headers: dict[str, str], content: bytes) -> Answer | None:
        """Answer a request as it came."""
        url = urlsplit(target)
        query = url.query
        if headers.get("x-http-method-override") == "GET":  # how the client sends a long query
            method, query, content = "GET", content.decode(), b""
        request = Request(
            method=method,
            path=url.path,
            name=_ENDPOINTS.get(url.path) or api.name_of(method, url.path),
            query=parse_qs(query, keep_blank_values=True),
            body=api.parsed(content),
            headers=headers,
        )
        return self._serve(request, content)

    def _serve(self, request: Request, content: bytes) -> Answer | None:
        """Answer a request, or None where its connection is to be closed without an answer."""
        with self.world.lock:
            self.requests.append(request)
            fault = self.faults.take(request)
        self._tell("before", request)
        answer: Answer | None = Answer(500)
        if not fault or fault.done:
            answer = self._do(request, content)
        if fault and answer:
            answer = fault.answer(answer)
            time.sleep(fault.seconds)
        self._tell("after", request)
        request.status = answer.status if answer else None
        return answer

    def _tell(self, when: Literal["before", "after"], request: Request) -> None:
        for watcher in self.watchers:
            watcher(when, request)

    def _do(self, request: Request, content: bytes) -> Answer:
        if request.name == "batch":
            reverse = self.behaviour.batch_order == "reversed"
            kind = request.headers.get("content-type", "")
            return batch.perform(kind, content, request.headers, reverse, self._serve_inner)
        with self.world.lock:
            if request.name in ("authorize", "token"):
                return self._sign_in(request, content)
            try:
                return api.perform(self.world, self.tokens, request)
            except Exception as error:
                self.complaints.append(f"the stand-in itself failed: {''.join(traceback.format_exception(error))}")
                return Answer.of(500, {"error": {"code": 500, "message": repr(error), "errors": []}})

    def _serve_inner(self, request: Request) -> Answer:
        answer = self._serve(request, b"")
        return answer or Answer.of(503, {"error": {"code": 503, "message": "Backend Error", "errors": []}})

    def _sign_in(self, request: Request, content: bytes) -> Answer:
        try:
            if request.name == "authorize":
                return Answer(302, headers={"Location": self.tokens.authorize(request.query)})
            form = parse_qs(content.decode())
            return Answer.of(200, self.tokens.grant(form, request.headers.get("authorization", "")))
        except GrantRefused as refusal:
            return Answer.of(refusal.status, refusal.body)


def _copied(world: World) -> World:
    """Return another world in the same state, under the same lock and the same clock."""
    state = {
        name: copy.deepcopy(getattr(world, name))
        for name in ("calendars", "invitations", "left_behind", "copies", "busy", "unreadable")
    }
    return replace(world, **state)
