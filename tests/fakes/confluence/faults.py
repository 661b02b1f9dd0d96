"""Planned faults: what a network, a proxy and a busy site do."""

import json

from tests.fakes.confluence.exchange import ApiError
from tests.fakes.google_calendar import faults
from tests.fakes.google_calendar.exchange import Answer
from tests.fakes.google_calendar.faults import Fault

_REASONS = {
    "unauthorized": (401, "Client must be authenticated to access this resource."),
    "forbidden": (403, "Current user not permitted to use Confluence"),
    "not-found": (404, "Not Found"),
    "conflict": (409, "Version must be incremented on update. Current version is: 7"),
    "too-large": (413, "The content of the request is too large"),
    "busy": (429, "Rate limit exceeded"),
    "internal": (500, "Internal server error"),
    "unavailable": (503, "Service Unavailable"),
}
_LIMITS = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Interval-Seconds": "1"}
"""What Data Center says beside Retry-After."""


class Faults(faults.Faults):
    """A plan. ``nth``, ``times`` and ``on`` are as for Google's stand-in: ``on`` is a name such as ``page.create`` or
    its beginning, such as ``page.``. A connection that is closed is not asked again by the transport; one answer lost
    is lost.
    """

    def __init__(self, *, second: bool) -> None:
        super().__init__()
        self._second = second

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
        done: bool = False,
    ) -> None:
        """Answer an error instead of doing it: ``unauthorized``, ``forbidden``, ``not-found``, ``conflict``,
        ``too-large``, ``busy``, ``internal``, ``unavailable``; having ``done`` it all the same if so wished.
        """
        usual, message = _REASONS[reason]
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        headers |= _LIMITS if reason == "busy" and not self._second else {}
        answer = ApiError(status or usual, message).answer(second=self._second, headers=headers)
        self.plan(Fault(done, lambda _: answer), nth, times, on, in_batch)

    def throttle(self, nth: int = 1, times: int = 1, on: str = "", *, retry_after: int | None = 1) -> None:
        """Answer 429."""
        self.refuse("busy", nth, times, on, retry_after=retry_after)

    def fail(
        self, status: int = 503, nth: int = 1, times: int = 1, on: str = "", *, done: bool, in_batch: bool = False
    ) -> None:
        """Answer 5xx, having done it or not."""
        self.refuse("unavailable", nth, times, on, status=status, done=done)

    def empty_listing(self, nth: int = 1, times: int = 1, on: str = "page.list") -> None:
        """Answer a listing as if there were nothing to list."""
        self.plan(Fault(True, _emptied), nth, times, on)


def _emptied(answer: Answer) -> Answer:
    body = {**json.loads(answer.content), "results": []}
    body["_links"].pop("next", None)
    return Answer.of(answer.status, body)
