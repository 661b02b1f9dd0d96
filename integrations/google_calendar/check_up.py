"""Whether a connection can do what peerloop needs of a calendar, tried step by step without anybody being told."""

from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from daemon.model import Check
from daemon.ports import PortError
from integrations.google_calendar import faults
from integrations.google_calendar.client import Account, Call
from integrations.google_calendar.events import with_meet
from integrations.google_calendar.faults import Json
from integrations.steps import tried

_SIGN_IN, _FIND = "it signs in", "it finds the calendar"
_WRITE, _INVITE, _SEE = "it may write", "it may invite", "it may see when people are busy"
_GUEST = "peerloop-doctor@example.invalid"
_MEET = "it may add Meet links"
_TITLE = "peerloop doctor tries whether it may write; this may be deleted"
_LEFT = "Delete that event, of 1 January 2000, in the calendar."


def check_up(
    account: Account, calendar: str, unseen: Callable[[], Sequence[str]], meet: bool = False
) -> Iterator[Check]:
    """Yield the steps, that of ``meet`` links where they are wanted.

    ``unseen`` asks for free and busy times and returns the people whose are not shown.
    """
    may = (_WRITE, _INVITE, *([_MEET] if meet else []))
    try:
        (listed,) = account.run([Call("list", {"calendarId": calendar, "maxResults": 1})])
    except PortError as error:
        yield Check(_SIGN_IN, False, str(error))
        yield from (Check(what, None) for what in (_FIND, *may, _SEE))
        return
    yield Check(_SIGN_IN, True)
    if listed.done:
        yield Check(_FIND, True, ", ".join(filter(None, map(listed.body.get, ("summary", "timeZone")))))
        yield from _tried(account, calendar, meet)
    else:
        yield Check(_FIND, False, str(faults.of_calendar(listed, calendar, account.name)))
        yield from (Check(what, None) for what in may)
    yield tried(_SEE, lambda: _hidden(unseen()))


def _tried(account: Account, calendar: str, meet: bool) -> Iterator[Check]:
    """Make an event in the far past, invite to it somebody who does not exist, and delete it."""
    event = _event()
    its = {"calendarId": calendar, "sendUpdates": "none"}
    named = {**its, "eventId": event["id"]}
    unwritten = _fault(account, Call("insert", {**its, "body": event}))
    invited = {**event, "attendees": [{"email": _GUEST}]}
    uninvited = unwritten or _fault(account, Call("update", {**named, "body": invited}))
    linked = Call("update", {**named, "conferenceDataVersion": 1, "body": with_meet(event)})
    unlinked = unwritten or (_fault(account, linked) if meet else "")
    undeleted = _fault(account, Call("delete", named))  # it may be there even where its answer was lost
    left = f"{undeleted} {_LEFT}" if undeleted else ""
    yield Check(_WRITE, not (unwritten or left), unwritten or left)
    yield Check(_INVITE, None if unwritten else not uninvited, "" if unwritten else uninvited)
    if meet:
        yield Check(_MEET, None if unwritten else not unlinked, "" if unwritten else unlinked)


def _event() -> Json:
    start, end = ({"dateTime": f"2000-01-01T0{hour}:00:00Z"} for hour in (1, 2))
    event = {"id": f"peerloopdoctor{uuid4().hex}", "summary": _TITLE, "start": start, "end": end}
    return {**event, "transparency": "transparent", "reminders": {"useDefault": False}}


def _fault(account: Account, call: Call) -> str:
    """Return what is wrong with a write, or nothing."""
    try:
        (answer,) = account.run([call])
    except PortError as error:
        return str(error)
    if answer.refuses_meet:
        return faults.no_meet()
    well = answer.done or (call.method == "delete" and answer.missing)
    return "" if well else faults.of_event(answer, _TITLE)


def _hidden(people: Sequence[str]) -> str:
    """Return of people whose times are not shown what that means, and what to do; nothing of none."""
    advice = "they count as not away. Let them share their calendars with the account, at least free and busy times"
    return f"but not {', '.join(people)}: {advice}." if people else ""
