"""Planned faults: what a network, a proxy and a busy site do, and answers as real sites gave them."""

from tests.fakes.google_calendar import faults
from tests.fakes.google_calendar.faults import Fault
from tests.fakes.loopback import Answer

_PAGE = '<!doctype html><html lang="en"><head><title>{0}</title></head><body><h1>{0}</h1></body></html>'
_RECORDED: dict[str, tuple[int, str, str]] = {
    "missing scope": (401, "application/json", '{"code": 401, "message": "Unauthorized; scope does not match"}'),
    "scoped token": (401, "text/html;charset=utf-8", _PAGE.format("HTTP Status 401 – Unauthorized")),
    "forbidden": (403, "application/json", '{"errorMessages": ["You do not have permission"], "errors": {}}'),
    "firewall": (403, "text/html", _PAGE.format("Attention Required! | Cloudflare")),
    "gateway": (502, "text/html", _PAGE.format("502 Bad Gateway")),
    "maintenance": (503, "text/html", _PAGE.format("Down for maintenance")),
    "sign-in page": (200, "text/html", _PAGE.format("Log in")),
}
"""Status, type of content, content."""


class Faults(faults.Faults):
    """A plan. ``nth``, ``times`` and ``on`` are as for Google's stand-in: ``on`` is ``search``, ``myself`` or
    ``server``. A connection that is closed is not asked again by the transport.
    """

    def recorded(self, form: str, nth: int = 1, times: int = 1, on: str = "") -> None:
        """Answer in one of the forms of real sites, such as ``firewall``, instead of doing it."""
        status, kind, content = _RECORDED[form]
        self.plan(Fault(False, lambda _: Answer(status, content.encode(), kind)), nth, times, on)

    def throttle(self, nth: int = 1, times: int = 1, on: str = "", *, retry_after: int | None = 1) -> None:
        """Answer 429."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        answer = Answer.of(429, {"errorMessages": ["Rate limit exceeded"], "errors": {}}, headers)
        self.plan(Fault(False, lambda _: answer), nth, times, on)

    def fail(
        self,
        status: int = 503,
        nth: int = 1,
        times: int = 1,
        on: str = "",
        *,
        done: bool = False,
        in_batch: bool = False,
    ) -> None:
        """Answer 5xx."""
        answer = Answer.of(status, {"errorMessages": ["Service Unavailable"], "errors": {}})
        self.plan(Fault(done, lambda _: answer), nth, times, on, in_batch)
