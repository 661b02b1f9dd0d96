"""How series are made, once, or found: under ids that we choose, one generation after another.

Google never gives the id of a deleted event away again. A series that a person deleted and the lead wants back has the
id of the next generation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from integrations.google_calendar import faults
from integrations.google_calendar.client import Account, Call
from integrations.google_calendar.faults import Answer, Json
from integrations.google_calendar.marks import is_cancelled, series_id, series_mark

_ROUNDS = 12


@dataclass
class Opening:
    """A series to be made, of what ``new`` returns for an id, or only to be found, perhaps under an id already known.

    In the end ``master`` is what it is now, or ``error`` why it cannot be had; neither where there is none.
    """

    key: str
    new: Callable[[str], Json] | None
    title: str
    known_id: str = ""
    master: Json | None = None
    error: str = ""
    generation: int = 0
    looking: bool = False
    done: bool = False

    def call(self, calendar: str) -> Call:
        """Return what to ask next: for the series to be made, or after an id that is taken, what has it."""
        event_id = self.known_id or series_id(self.key, calendar, self.generation)
        if self.new is None or self.looking:
            return Call("get", {"calendarId": calendar, "eventId": event_id})
        everything = {"sendUpdates": "all", "conferenceDataVersion": 1, "supportsAttachments": True}
        return Call("insert", {"calendarId": calendar, "body": self.new(event_id), **everything})

    def take(self, call: Call, answer: Answer) -> None:
        """Go on from an answer."""
        if answer.done:
            self._found(answer.body, made=call.method == "insert")
        elif call.method == "insert" and (answer.status == 409 or answer.unknown):
            self.looking = True
        elif call.method == "get" and answer.missing and self.new:
            self.looking = False  # it was never made
        else:
            self.done = True
            self.error = "" if call.method == "get" and answer.missing else faults.of_event(answer, self.title)

    def _found(self, raw: Json, made: bool) -> None:
        if is_cancelled(raw):
            self.generation, self.looking = self.generation + 1, False
            self.done = bool(self.known_id)
        elif made or self.new is None or series_mark(raw, self.key):
            self.master, self.done = raw, True
        else:
            self.done = True
            self.error = f"“{self.title}” cannot be made: its id in the calendar is taken by an event that is not ours."


def open_all(account: Account, calendar: str, openings: Sequence[Opening]) -> None:
    """Make or find series, all at once.

    Raises:
        Refused, Unavailable: the connection does not work, or the calendar is not there.
    """
    for attempt in range(_ROUNDS):
        due = [one for one in openings if not one.done and not one.master]
        if not due:
            return
        calls = [one.call(calendar) for one in due]
        answers = account.run(calls)
        for one, call, answer in zip(due, calls, answers, strict=True):
            if call.method == "insert" and answer.missing:
                raise faults.of_calendar(answer, calendar, account.name)
            one.take(call, answer)
        if any(call.method == "insert" and answer.unknown for call, answer in zip(calls, answers, strict=True)):
            account.pause(attempt)
    for one in openings:
        if not one.done and not one.master:
            one.error = faults.of_event(Answer(0), one.title)
