"""Each event is written until its outcome is known: read, changed, written back whole under its ETag.

Everything that people added stays, for what is written is what was read. After an answer that never came, and after
somebody else's change, the event is read again first; one that shows what it should by then is left alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations.google_calendar import faults
from integrations.google_calendar.client import Account, Call
from integrations.google_calendar.events import Unreadable
from integrations.google_calendar.faults import Answer, Json
from integrations.google_calendar.shelf import Shelf

_ATTEMPTS = 5


class CannotBeDone(Exception):
    """A single write that is not done; the message tells people why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where is written: a calendar of an account, what is known of it, and how its team writes e-mails."""

    account: Account
    shelf: Shelf
    calendar: str
    now: datetime
    meet: bool
    spelling: Mapping[str, str]

    def event(self, event_id: str, **more: object) -> dict[str, object]:
        """Return the arguments of a call about an event."""
        return {"calendarId": self.calendar, "eventId": event_id, **more}


@dataclass
class Job:
    """An event to be brought from what it is, ``raw``, to what ``change`` makes of it; None deletes it.

    ``change`` may be asked again after somebody else's change, and then works on that; ``tells`` says whether guests
    are to hear of the difference, and ``absent`` why there is no such event.
    """

    event_id: str
    title: str
    change: Callable[[Json], Json | None]
    tells: Callable[[Json, Json | None], bool]
    raw: Json | None = None
    absent: str = ""
    done: bool = False
    error: str = ""

    def fail(self, error: str) -> None:
        """Leave it at that."""
        self.error, self.done = error, True


def carry_out(place: Place, jobs: Sequence[Job]) -> None:
    """Do all jobs, in batches; one that cannot be done says why in ``error``.

    Raises:
        Refused, Unavailable: the connection as a whole does not work.
    """
    for attempt in range(_ATTEMPTS):
        _read(place, [job for job in jobs if not job.done and job.raw is None])
        due = [(job, call) for job in jobs if not job.done and (call := _call(place, job))]
        if not due:
            return
        answers = place.account.run([call for _, call in due])
        for (job, call), answer in zip(due, answers, strict=True):
            _take(place, job, call, answer)
        if any(answer.unknown for answer in answers):
            place.account.pause(attempt)
    for job in jobs:
        if not job.done:
            job.fail(job.error or faults.outrun(job.title))


def _read(place: Place, jobs: Sequence[Job]) -> None:
    answers = place.account.run([Call("get", place.event(job.event_id)) for job in jobs])
    for job, answer in zip(jobs, answers, strict=True):
        if answer.done:
            job.raw = answer.body
            place.shelf.keep([job.raw])
        else:
            job.fail((answer.missing and job.absent) or faults.of_event(answer, job.title))


def _call(place: Place, job: Job) -> Call | None:
    """Return the call that a job still needs; none where it shows what it should."""
    assert job.raw is not None
    job.error = ""
    try:
        if job.raw.get("attendeesOmitted"):
            raise CannotBeDone(f"Google does not tell all guests of “{job.title}”, so it is left as it is.")
        body = job.change(job.raw)
    except (CannotBeDone, Unreadable) as why:
        job.fail(str(why))
        return None
    if body == job.raw:
        job.done = True
        return None
    arguments = place.event(job.event_id, sendUpdates="all" if job.tells(job.raw, body) else "none")
    etag = str(job.raw.get("etag", ""))
    if body is None:
        return Call("delete", arguments, etag)
    return Call("update", {**arguments, "body": body, "conferenceDataVersion": 1, "supportsAttachments": True}, etag)


def _take(place: Place, job: Job, call: Call, answer: Answer) -> None:
    if answer.done or (call.method == "delete" and answer.missing):
        job.raw, job.done = answer.body or {"id": job.event_id, "status": "cancelled"}, True
        place.shelf.keep([job.raw])
    elif answer.unknown or answer.status == 412:
        job.raw, job.error = None, faults.of_event(answer, job.title) if answer.unknown else ""
    else:
        job.fail(faults.of_event(answer, job.title))
