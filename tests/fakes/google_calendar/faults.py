"""Planned faults: what a network, a quota and a tired backend do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import Answer, ApiError, Request


@dataclass(frozen=True)
class Fault:
    """What befalls a request: whether it is ``done`` all the same, how long it takes, what becomes of the answer.

    ``answer`` is given the true answer where it is done; None means that the connection is closed without any.
    """

    done: bool
    answer: Callable[[Answer], Answer | None]
    seconds: float = 0


@dataclass
class _Planned:
    fault: Fault
    on: str
    in_batch: bool
    waits: int
    left: int


@dataclass
class Faults:
    """A plan. In every method ``nth`` counts the requests from now on, 1 is the next; ``times`` says how many in a
    row fail; ``on`` narrows to a method such as ``events.insert``, or ``batch``, or ``token``, or a beginning such as
    ``events.``. With ``in_batch`` it is the calls inside batches that count, else the HTTP requests.
    """

    planned: list[_Planned] = field(default_factory=list)

    def plan(self, fault: Fault, nth: int = 1, times: int = 1, on: str = "", in_batch: bool = False) -> None:
        """Plan a fault."""
        self.planned.append(_Planned(fault, on, in_batch, nth - 1, times))

    def clear(self) -> None:
        """Plan nothing more."""
        self.planned.clear()

    def take(self, request: Request) -> Fault | None:
        """Return what befalls this request."""
        due = []
        for planned in self.planned:
            if planned.in_batch != request.in_batch or not request.name.startswith(planned.on) or not planned.left:
                continue
            if planned.waits:
                planned.waits -= 1
            else:
                due.append(planned)
        if not due:
            return None
        due[0].left -= 1
        return due[0].fault

    def lose_answer(self, nth: int = 1, times: int = 1, on: str = "", *, done: bool = True) -> None:
        """Do it, and close the connection without a word; without ``done``, close it without doing it."""
        self.plan(Fault(done, lambda _: None), nth, times, on)

    def refuse(
        self,
        reason: str,
        nth: int = 1,
        times: int = 1,
        on: str = "",
        *,
        in_batch: bool = False,
        status: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Answer an error instead of doing it: ``rateLimitExceeded``, ``quotaExceeded``, ``authError``, ``notFound``,
        ``fullSyncRequired``, ``conditionNotMet``, ``backendError`` …; ``status=429`` with ``retry_after`` seconds.
        """
        error = ApiError(reason, status=status)
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        answer = Answer.of(error.status, error.body(), headers)
        self.plan(Fault(False, lambda _: answer), nth, times, on, in_batch)

    def throttle(self, nth: int = 1, times: int = 1, on: str = "", *, retry_after: int | None = 1) -> None:
        """Answer 429."""
        self.refuse("rateLimitExceeded", nth, times, on, status=429, retry_after=retry_after)

    def fail(
        self, status: int = 503, nth: int = 1, times: int = 1, on: str = "", *, done: bool, in_batch: bool = False
    ) -> None:
        """Answer 5xx, having done it or not."""
        error = ApiError("backendError", status=status)
        self.plan(Fault(done, lambda _: Answer.of(error.status, error.body())), nth, times, on, in_batch)

    def html(self, nth: int = 1, times: int = 1, on: str = "", *, status: int = 200, done: bool = False) -> None:
        """Answer a web page, as a proxy or a sign-in portal does."""
        page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
        self.plan(Fault(done, lambda _: Answer(status, page, "text/html; charset=UTF-8")), nth, times, on)

    def truncate(self, nth: int = 1, times: int = 1, on: str = "") -> None:
        """Do it, and answer half of the JSON."""
        self.plan(Fault(True, _half), nth, times, on)

    def slow(self, seconds: float, nth: int = 1, times: int = 1, on: str = "") -> None:
        """Do it, and answer late."""
        self.plan(Fault(True, lambda answer: answer, seconds), nth, times, on)

    def empty_listing(self, nth: int = 1, times: int = 1) -> None:
        """Answer a listing as if the calendar were empty."""
        self.plan(Fault(True, _emptied), nth, times, "events.list")

    def lagging_listing(self, misses: Callable[[Json], bool], nth: int = 1, times: int = 1) -> None:
        """Answer a listing as it was before the events that ``misses`` tells were written."""
        self.plan(Fault(True, lambda answer: _without(answer, misses)), nth, times, "events.list")


def _without(answer: Answer, misses: Callable[[Json], bool]) -> Answer:
    body: Json = json.loads(answer.content)
    return Answer.of(answer.status, {**body, "items": [item for item in body["items"] if not misses(item)]})


def _half(answer: Answer) -> Answer:
    return Answer(answer.status, answer.content[: len(answer.content) // 2], answer.content_type, answer.headers)


def _emptied(answer: Answer) -> Answer:
    body: Json = json.loads(answer.content)
    return Answer.of(answer.status, {**body, "items": []})
