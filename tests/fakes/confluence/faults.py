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
_PAGE = '<!doctype html><html lang="en"><head><title>{0}</title></head><body><h1>{0}</h1></body></html>'
_XML = '<?xml version="1.0" encoding="UTF-8"?><status><status-code>{}</status-code><message>{}</message></status>'
_RECORDED: dict[str, tuple[int, str, str]] = {
    "scoped token": (401, "text/html;charset=utf-8", _PAGE.format("HTTP Status 401 – Unauthorized")),
    "missing scope": (401, "application/json", '{"code": 401, "message": "Unauthorized; scope does not match"}'),
    "revoked": (403, "application/json", '{"statusCode": 403, "message": "caller cannot\\naccess Confluence"}'),
    "firewall": (403, "text/html", _PAGE.format("Attention Required! | Cloudflare")),
    "forged": (403, "text/html;charset=UTF-8", _PAGE.format("XSRF check failed")),
    "no page": (404, "text/html;charset=UTF-8", _PAGE.format("Oops, you&#39;ve found a dead link")),
    "no resource": (404, "application/xml", _XML.format(404, "null for uri: http://wiki/rest/api/content")),
    "nothing": (404, "", ""),
    "late": (408, "text/html", _PAGE.format("408 Request Time-out")),
    "lock": (
        409,
        "application/json",
        '{"statusCode": 409, "message": "org.springframework.orm.ObjectOptimisticLockingFailureException: '
        'OptimisticLockException"}',
    ),
    "unreconciled": (501, "application/json", '{"statusCode": 501, "message": "Cannot update unreconciled page"}'),
    "gateway": (502, "text/html", _PAGE.format("502 Bad Gateway")),
    "maintenance": (503, "text/html", _PAGE.format("Down for maintenance")),
}
"""Answers as they were recorded at real sites: status, type of content, content."""
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

    def recorded(self, form: str, nth: int = 1, times: int = 1, on: str = "", *, done: bool = False) -> None:
        """Answer in one of the forms that were recorded at real sites, such as ``firewall`` or ``scoped token``."""
        status, kind, content = _RECORDED[form]
        self.plan(Fault(done, lambda _: Answer(status, content.encode(), kind)), nth, times, on)


def _emptied(answer: Answer) -> Answer:
    body = {**json.loads(answer.content), "results": []}
    body["_links"].pop("next", None)
    return Answer.of(answer.status, body)
