"""How peerloop speaks to Google: one account a connection, sparing with calls, patient where Google asks for it.

Google's library is loaded with the first call, not before. Calls that belong together go in one batch, which is one
round trip and as many calls of the quota as it holds.
"""

import json
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPException
from typing import Any, Literal, cast

import tenacity

from config.values import legible
from daemon.ports import about_to_write, rest
from integrations.bounded import Room, TooLong
from integrations.counter import counter_of
from integrations.deadline import SECONDS, Deadline
from integrations.formats.letters import in_whole_letters
from integrations.google_calendar import faults
from integrations.google_calendar.connection import GoogleCalendar
from integrations.google_calendar.credentials import EVENTS, FREE_BUSY, credentials, of_sign_in
from integrations.google_calendar.faults import TOO_LONG, Answer, Json
from integrations.google_calendar.marks import name_of
from integrations.google_calendar.shapes import is_as_asked
from integrations.quota import Quota
from integrations.unreached import why_unreached

MOST_IN_A_BATCH = 50
_A_MINUTE = 590
"""So many calls a minute are made at the most, unless an operator says otherwise: Google's limit is 600."""
MOST_PAGES = 100
"""How many pages of a listing are asked for: a server may go on for ever."""
_ATTEMPTS = 6
_LOOKED_THROUGH = 20_000  # letters of what somebody else said
_LONGEST_WAIT = 32.0
_QUOTA_PAUSE = timedelta(hours=3)
_SERVICE_PATH = "/calendar/v3"
_SCOPES = {"events": EVENTS, "freebusy": FREE_BUSY}

_NONSENSE = Answer(0, message="the answer is not one of Google Calendar's")

Method = Literal["get", "list", "instances", "insert", "update", "delete", "query"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API; ``etag`` is what the event must still be."""

    method: Method
    arguments: Mapping[str, object]
    etag: str = ""
    resource: Literal["events", "freebusy"] = "events"

    def to_be_repeated(self, answer: Answer) -> bool:
        """Whether it can be made again as it is: it was not done, or does no harm."""
        return answer.busy or (answer.unknown and not self.writes and not answer.too_long)

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method in ("insert", "update", "delete")


@dataclass
class _Line:
    """The API as one scope shows it. A transport is not safe to share, so each exchange has one to itself."""

    service: Any
    credentials: Any
    free: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        weakref.finalize(self, _close, self.free)

    @contextmanager
    def http(self) -> Iterator[Any]:
        """Lend a transport, which refreshes the sign-in once when it is refused; it is kept for the next exchange."""
        from integrations.google_calendar.transport import Http

        http = self.free.pop() if self.free else Http(self.credentials)
        try:
            yield http
        finally:
            self.free.append(http)


def _close(transports: list[Any]) -> None:
    for http in transports:
        http.close()


class Account:
    """A connection to Google Calendar, shared by all teams that name it."""

    def __init__(
        self,
        name: str,
        connection: GoogleCalendar,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = rest,
    ) -> None:
        self.name = name
        self._connection = connection
        self._clock, self._sleep = clock, sleep
        self._traffic = counter_of(name)
        self._quota = Quota(name, connection.per_minute or _A_MINUTE, MOST_IN_A_BATCH, sleep, clock)
        self._deadline = Deadline(self._traffic)
        self._lines: dict[str, _Line] = {}
        self._stopped: dict[bool, tuple[float, str]] = {}  # by whether it was for a write

    def run(self, calls: Sequence[Call]) -> list[Answer]:
        """Make calls of one resource, in no certain order, in as few round trips as may be; answer in their order.

        What Google was too busy for is tried again, and so is reading. A write of which nobody knows whether it was
        done is answered as such.

        Raises:
            Refused, Unavailable: the connection as a whole does not work.
        """
        answers: dict[int, Answer] = {}

        def attempt() -> list[Answer]:
            due = [i for i, call in enumerate(calls) if i not in answers or call.to_be_repeated(answers[i])]
            answers.update(zip(due, self._send([calls[i] for i in due]), strict=True))
            return [answers[i] for i in due if calls[i].to_be_repeated(answers[i])]

        patiently = tenacity.Retrying(
            retry=tenacity.retry_if_result(bool),
            wait=_wait,
            stop=lambda state: state.attempt_number >= _ATTEMPTS or _has_taken_long(state) or _asked_too_long(state),
            sleep=self._sleep,
            retry_error_callback=lambda _state: None,
        )
        patiently(attempt)
        return [answers[i] for i in range(len(calls))]

    def pages(self, calls: Sequence[Call]) -> list[tuple[list[Json], Answer]]:
        """Make listings of one or more pages; return of each what is ours, and the answer with its last page or fault.

        What is too long for one answer is asked for in smaller pages: other events beside ours may say a lot.

        Raises:
            Refused, Unavailable: the connection as a whole does not work.
        """
        items: list[list[Json]] = [[] for _ in calls]
        rooms = [Room() for _ in calls]
        last: dict[int, Answer] = {}
        due = dict(enumerate(calls))
        for _ in range(MOST_PAGES):
            answers = self.run(list(due.values()))
            for (number, call), answer in zip(list(due.items()), answers, strict=True):
                ours = [*filter(name_of, answer.body.get("items", ()))]
                last[number] = answer = _unless_too_long(answer, ours, rooms[number])
                items[number] += ours
                if following := _following(call, answer):
                    due[number] = replace(call, arguments={**call.arguments, **following})
                else:
                    del due[number]
            if not due:
                break
        last |= dict.fromkeys(due, Answer(0, message="its listing has no end"))
        return [(items[number], last[number]) for number in range(len(calls))]

    def pause(self, attempt: int) -> None:
        """Wait before a write of unknown outcome is looked at, longer with each attempt, the first of which is 0."""
        self._sleep(min(_LONGEST_WAIT, 2.0**attempt))

    def seconds(self) -> float:
        """Return how much time has passed since some moment."""
        return self._clock()

    def _send(self, calls: Sequence[Call]) -> Iterator[Answer]:
        for first in range(0, len(calls), MOST_IN_A_BATCH):
            chunk = calls[first : first + MOST_IN_A_BATCH]
            self._check_not_stopped(chunk)
            self._quota.take(len(chunk))
            for call, answer in zip(chunk, self._sent(chunk), strict=True):
                self._check(call, answer)
                yield answer

    def _sent(self, calls: Sequence[Call]) -> list[Answer]:
        from google.auth.exceptions import GoogleAuthError

        try:
            line = self._line(_SCOPES[calls[0].resource])
            exchange = partial(_batch, line, calls) if len(calls) > 1 else lambda: [_single(line, calls[0])]
            if any(call.writes for call in calls):
                return self._deadline.within(exchange, about_to_write)
            return self._deadline.within(exchange)
        except TimeoutError as error:
            return [_meaning(error)] * len(calls)
        except GoogleAuthError as error:
            self._lines.clear()  # the next pass reads the secret anew
            raise of_sign_in(error, self._connection, self.name) from None

    def _check(self, call: Call, answer: Answer) -> None:
        if answer.busy:
            self._traffic.note_throttled()
        if answer.out_of_quota:
            until = datetime.now().astimezone() + _QUOTA_PAUSE
            self._stopped[call.writes] = (self._clock() + _QUOTA_PAUSE.total_seconds(), f"{until:%H:%M}")
            self._check_not_stopped([call])
        if error := faults.of_connection(answer, self.name):
            self._lines.clear()
            raise error

    def _check_not_stopped(self, calls: Sequence[Call]) -> None:
        """Let pass what Google has not stopped: where it takes no more writes, it may still be read."""
        for is_write, (until, named) in self._stopped.items():
            if self._clock() < until and (not is_write or any(call.writes for call in calls)):
                raise faults.out_of_quota(self.name, named, reads=is_write)

    def _line(self, scope: str) -> _Line:
        if scope not in self._lines:
            from googleapiclient.discovery import build_from_document  # type: ignore[import-untyped]

            from integrations.google_calendar.transport import Understood

            line = _Line(None, credentials(self._connection, self.name, scope))
            with line.http() as http:
                document = _document(self._connection.api_endpoint)
                line.service = build_from_document(document, http=http, model=Understood())
            self._lines[scope] = line
        return self._lines[scope]


def _document(endpoint: str | None) -> Json:
    """Return the description of the API, at another address where one is given: of its batches, too."""
    from googleapiclient.discovery_cache import get_static_doc  # type: ignore[import-untyped]

    document: Json = json.loads(get_static_doc("calendar", "v3"))
    if endpoint:
        root = endpoint.rstrip("/").removesuffix(_SERVICE_PATH) + "/"
        document |= {"rootUrl": root, "baseUrl": root + document["servicePath"]}
    return document


def _request(line: _Line, call: Call) -> Any:
    request = getattr(getattr(line.service, call.resource)(), call.method)(**call.arguments)
    if call.etag:
        request.headers["If-Match"] = call.etag
    return request


def _single(line: _Line, call: Call) -> Answer:
    request = _request(line, call)
    try:
        with line.http() as http:
            return _understood(call, request.execute(http=http))
    except Exception as error:
        return _meaning(error)


def _batch(line: _Line, calls: Sequence[Call]) -> list[Answer]:
    answers: dict[int, Answer] = {}

    def answered(number: str, body: object, error: Any) -> None:
        answers[int(number)] = _failure(error) if error else _understood(calls[int(number)], body)

    batch = line.service.new_batch_http_request(callback=answered)
    for number, call in enumerate(calls):
        batch.add(_request(line, call), request_id=str(number))
    otherwise = _NONSENSE
    try:
        with line.http() as http:
            batch.execute(http=http)
    except Exception as error:
        otherwise = _meaning(error)
    return [answers.get(number, otherwise) for number in range(len(calls))]  # those that were understood count


def _meaning(error: Exception) -> Answer:
    """Return what was answered where Google's library fails at it; what is not about the answer is raised again."""
    from google.auth.exceptions import GoogleAuthError
    from googleapiclient.errors import BatchError, HttpError  # type: ignore[import-untyped]

    if isinstance(error, GoogleAuthError):  # some of them are ValueErrors, too
        raise error
    if isinstance(error, HttpError) and not isinstance(error, BatchError):
        return _failure(error)
    if isinstance(error, TooLong):
        return Answer(0, reason=TOO_LONG, message=str(error))
    if isinstance(error, OSError | HTTPException):
        return Answer(0, message=why_unreached(error))
    if isinstance(
        error, BatchError | ValueError | LookupError | TypeError | AttributeError | ArithmeticError | RecursionError
    ):
        return _NONSENSE  # no JSON, no parts, brackets without an end: a proxy, a page to sign in to a network
    raise error


def _unless_too_long(answer: Answer, ours: list[Json], room: Room) -> Answer:
    """Return an answer of a listing, whose events of ours are kept, unless there is no room left for them."""
    try:
        room.take(ours)
    except TooLong as error:
        return Answer(0, message=str(error))
    return answer


def _following(call: Call, answer: Answer) -> Json | None:
    """Return what to ask for after an answer to a listing, if anything: its next page, or a smaller one."""
    most = call.arguments.get("maxResults", 0)
    if answer.too_long and isinstance(most, int) and most >= 10:
        return {"maxResults": most // 10}
    following = answer.body.get("nextPageToken")
    return {"pageToken": following} if following else None


def _understood(call: Call, body: object) -> Answer:
    if call.method == "delete":
        return Answer(204)
    return Answer(200, cast(Json, in_whole_letters(body))) if is_as_asked(call.method, body) else _NONSENSE


def _failure(error: Any) -> Answer:
    """Return what an error says. What is no JSON of Google's own is a proxy's word, or one of an outage: whatever its
    status, it tells nothing of what it was about.
    """
    status, wait = int(error.resp.status), _seconds(error.resp.get("retry-after"))
    try:
        told = json.loads(error.content)["error"]
        first = told["errors"][0]
        words = (first["reason"], told.get("message", ""), first.get("location", ""))
        reason, message, about = (legible(str(word)[:_LOOKED_THROUGH]) for word in words)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        said = f"not Google answered, but a proxy or an outage: {getattr(error, 'reason', '') or 'no words'}"
        return Answer(
            status if status == 429 or status >= 500 else 0, message=f"{said} (HTTP {status})", retry_after=wait
        )
    return Answer(status, {}, reason, message, about, wait)


def _seconds(retry_after: str | None) -> float:
    try:
        return max(0.0, float(retry_after or 0))
    except ValueError:
        return 0.0


def _wait(state: tenacity.RetryCallState) -> float:
    asked = _asked(state)
    return asked or min(_LONGEST_WAIT, tenacity.wait_exponential_jitter(initial=1, max=_LONGEST_WAIT)(state))


def _asked(state: tenacity.RetryCallState) -> float:
    answers: list[Answer] = state.outcome.result() if state.outcome else []
    return max((answer.retry_after for answer in answers), default=0.0)


def _has_taken_long(state: tenacity.RetryCallState) -> bool:
    return (state.seconds_since_start or 0) > SECONDS / 2


def _asked_too_long(state: tenacity.RetryCallState) -> bool:
    return _asked(state) > 2 * _LONGEST_WAIT
