"""What comes in and what goes out: requests, and errors as the client expects them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.fakes.google_calendar.discovery import Json
from tests.fakes.loopback import Answer as Answer

_COST = {"events.patch": 3}
_SIGNING_IN = ("authorize", "token")
_FREE = ("", "batch", *_SIGNING_IN)


@dataclass
class Request:
    """A request as it was seen.

    ``name`` is the method's, such as ``events.insert``; ``batch``, ``authorize`` and ``token`` are theirs. ``status``
    is what was answered, None while nothing has been, or nothing was. ``at`` is when it came, in seconds of the
    monotonic clock.
    """

    method: str
    path: str
    name: str
    query: Mapping[str, Sequence[str]]
    body: Json | str | None
    headers: dict[str, str]
    in_batch: bool = False
    status: int | None = None
    at: float = field(default_factory=time.monotonic)

    @property
    def quota_units(self) -> int:
        """What it costs: a patch three, any other call one, a batch what its calls cost."""
        return 0 if self.name in _FREE else _COST.get(self.name, 1)

    @property
    def event_id(self) -> str | None:
        """The id that the path or, for an insert, the body names."""
        parts = self.path.split("/events/")
        if len(parts) == 2:
            return parts[1].split("/")[0]
        return self.body.get("id") if isinstance(self.body, dict) else None


class Requests(list[Request]):
    """Every request, those inside batches after the batch that they came in."""

    @property
    def round_trips(self) -> int:
        """How many there were over HTTP to the API: a batch is one, signing in is none."""
        return sum(not request.in_batch and request.name not in _SIGNING_IN for request in self)

    @property
    def quota_units(self) -> int:
        """What they cost together."""
        return sum(request.quota_units for request in self)

    @property
    def names(self) -> list[str]:
        """The names of the methods, in order."""
        return [request.name for request in self]

    @property
    def counted(self) -> "Requests":
        """All but asking who is busy, and the batches that ask nothing else."""
        names = [*self.names, ""]
        return Requests(
            request
            for at, request in enumerate(self)
            if "freebusy.query" not in (request.name, names[at + 1] if request.name == "batch" else "")
        )

    @property
    def writes(self) -> "Requests":
        """Those that change events, or try to."""
        kinds = ("events.insert", "events.update", "events.patch", "events.delete")
        return Requests(request for request in self if request.name in kinds)


_KNOWN: dict[str, tuple[int, str, str]] = {
    "invalid": (400, "global", "Invalid Value"),
    "required": (400, "global", "Required"),
    "parseError": (400, "global", "Parse Error"),
    "timeRangeEmpty": (400, "calendar", "The specified time range is empty."),
    "timeRangeTooLong": (400, "calendar", "The requested time range is too long."),
    "cannotUseDefaultRemindersAndSpecifyOverride": (
        400,
        "calendar",
        "Cannot specify both default reminders and overrides at the same time.",
    ),
    "authError": (401, "global", "Invalid Credentials"),
    "rateLimitExceeded": (403, "usageLimits", "Rate Limit Exceeded"),
    "userRateLimitExceeded": (403, "usageLimits", "User Rate Limit Exceeded"),
    "quotaExceeded": (403, "usageLimits", "Calendar usage limits exceeded."),
    "forbidden": (403, "global", "Forbidden"),
    "insufficientPermissions": (403, "global", "Request had insufficient authentication scopes."),
    "requiredAccessLevel": (403, "calendar", "You need to have writer access to this calendar."),
    "forbiddenForNonOrganizer": (
        403,
        "calendar",
        "Shared properties can only be changed by the organizer of the event.",
    ),
    "forbiddenForServiceAccounts": (
        403,
        "calendar",
        "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.",
    ),
    "notFound": (404, "global", "Not Found"),
    "duplicate": (409, "global", "The requested identifier already exists."),
    "deleted": (410, "global", "Resource has been deleted"),
    "fullSyncRequired": (410, "calendar", "Sync token is no longer valid, a full sync is required."),
    "updatedMinTooLongAgo": (410, "calendar", "The requested minimum modification time lies too far in the past."),
    "conditionNotMet": (412, "global", "Precondition Failed"),
    "backendError": (503, "global", "Backend Error"),
    "notImplemented": (501, "global", "This stand-in does not serve the method."),
}


class ApiError(Exception):
    """An answer that is an error: ``reason`` as the API names it, the status and the sentence that go with it."""

    def __init__(self, reason: str, message: str | None = None, *, status: int | None = None) -> None:
        usual, self.domain, sentence = _KNOWN[reason]
        self.reason = reason
        self.status = status or usual
        self.message = message or sentence
        super().__init__(f"{self.status} {reason}: {self.message}")

    def body(self) -> Json:
        """Return the body of the answer."""
        error = {"domain": self.domain, "reason": self.reason, "message": self.message}
        return {"error": {"code": self.status, "message": self.message, "errors": [error]}}
