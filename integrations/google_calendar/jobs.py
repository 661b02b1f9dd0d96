"""Each event is written until its outcome is known: read, changed, written back whole under its ETag.

Everything that people added stays, for what is written is what was read. After an answer that never came, and after
somebody else's change, the event is read again first; one that shows what it should by then is left alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from daemon.model import Observed, Write
from integrations.google_calendar import faults
from integrations.google_calendar.cache import Cache
from integrations.google_calendar.client import Account, Call, Method
from integrations.google_calendar.events import Conflict, Outrun, is_news, is_to_be_seen, says_the_same
from integrations.google_calendar.faults import Answer, Json

WHOLE: Json = {"conferenceDataVersion": 1, "supportsAttachments": True}
"""What a write must say so that nothing of an event is dropped."""
Told = Literal["all", "externalOnly", "none"]
"""Whom Google writes to of a change: guests who have no calendar at Google see nothing of what it does not write."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where is written: a calendar of an account, what is known of it, and whether there is to be a Meet link."""

    account: Account
    cache: Cache
    calendar: str
    now: datetime
    meet: bool

    def call(self, method: Method, etag: str = "", **arguments: object) -> Call:
        """Return a call about events of the calendar."""
        return Call(method, {"calendarId": self.calendar, **arguments}, etag)


class Job(ABC):
    """An event on its way from what it is, ``raw``, None while that is not known, to what it is to become.

    When it is ``done``, ``error`` says why it did not come so far, and ``outrun`` whether it met something else than
    what was observed; where there is no such event, ``raw`` is None then.
    """

    def __init__(self, place: Place, event_id: str, title: str, raw: Json | None = None) -> None:
        self.place, self.event_id, self.title, self.raw = place, event_id, title, raw
        self.error, self.outrun, self.done, self.tries = "", False, False, 0

    @abstractmethod
    def change(self, raw: Json) -> Json | None:
        """Return what becomes of the event; None deletes it. It is asked again after somebody else's change.

        Raises:
            Conflict: a person was faster, or made of it what can be no event of ours.
        """

    def call(self) -> Call | None:
        """Return what to ask for next; nothing where it shows what it should, or can never show it."""
        if self.raw is None:
            return self.place.call("get", eventId=self.event_id)
        try:
            return self._to_write(self.raw)
        except Conflict as why:
            self.settle(str(why), isinstance(why, Outrun))
            return None

    def _to_write(self, raw: Json) -> Call | None:
        body = self.change(raw)
        if body == raw:
            self.settle()
            return None
        if raw.get("attendeesOmitted"):
            raise Conflict(f"Google does not tell all guests of “{self.title}”, so it is left as it is.")
        etag, told = str(raw.get("etag", "")), self.told(raw, body)
        if body is None:
            return self.place.call("delete", etag, eventId=self.event_id, sendUpdates=told)
        return self.place.call("update", etag, eventId=self.event_id, sendUpdates=told, body=body, **WHOLE)

    def told(self, before: Json, after: Json | None) -> Told:
        """Return whom Google is to write of a change, which is in all guests' calendars afterwards but for ``none``."""
        if is_news(before, after):
            return "all"
        return "externalOnly" if is_to_be_seen(before, after, self.place.now) else "none"

    def take(self, call: Call, answer: Answer) -> None:
        """Go on from an answer."""
        reading = call.method == "get"
        if call.method == "update" and answer.done and self.raw and says_the_same(self.raw, answer.body):
            self.settle(faults.took_no_change(self.title))
        elif answer.done or (call.method == "delete" and answer.missing):
            self.know(answer.body or {"id": self.event_id, "status": "cancelled"})
            self.done = not reading
        elif reading and answer.missing:
            self.settle()
        elif not reading and (answer.unknown or answer.status in (409, 412)):
            self.raw, self.tries = None, self.tries + 1
            self.outrun = not answer.unknown
            self.error = faults.outrun(self.title) if self.outrun else faults.of_event(answer, self.title)
            self.done = self.tries == _TRIES
        else:
            self.settle(faults.of_event(answer, self.title))

    def know(self, raw: Json) -> None:
        """Go on from what the event is now."""
        self.raw, self.error, self.outrun = raw, "", False
        self.place.cache.keep([raw])

    def settle(self, error: str = "", outrun: bool = False) -> None:
        """Leave it at that."""
        self.error, self.outrun, self.done = error, outrun, True

    def expect(self, holds: bool) -> None:
        """Go on only if the event is what the write was made for.

        Raises:
            Outrun: it is not.
        """
        if not holds:
            raise Outrun(faults.outrun(self.title))


def meets(write: Write, seen: Observed) -> bool:
    """Whether a write meets what it was made for, or its own doing."""
    return not write.version or write.version == seen.version or write.mark == seen.mark


def is_behind(remembered: Observed, write: Write) -> bool:
    """Whether a process remembers something else than was observed last, by itself or by another one."""
    return bool(write.version) and write.version != remembered.version


def carry_out(place: Place, jobs: Iterable[Job]) -> None:
    """Do all jobs that are not done yet, each round of them in batches.

    Raises:
        Refused, Unavailable: the connection as a whole does not work, or the calendar is not there.
    """
    while due := [(job, call) for job in jobs if not job.done and (call := job.call())]:
        answers = place.account.run([call for _, call in due])
        for (job, call), answer in zip(due, answers, strict=True):
            job.take(call, answer)
        if any(answer.unknown and not job.done for (job, _), answer in zip(due, answers, strict=True)):
            place.account.pause(max(job.tries for job, _ in due) - 1)
