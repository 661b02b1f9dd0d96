"""All that the server knows, beside the HTTP: calendars, who may do what, what was sent, what went wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Literal, NamedTuple

from tests.fakes.google_calendar.discovery import Json, Method
from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.state import CalendarState


@dataclass
class Behaviour:
    """Where nobody here knows how Google answers: how it answers here. What is built has to be safe with either;
    most defaults are the answers that are harder to live with.
    """

    revives: Literal["everything", "instances", "nothing"] = "instances"
    """What ``status: confirmed`` brings back after a deletion; the rest answers 403 ``forbidden``."""

    exceptions_inherit: bool = False
    """Whether a change of a series reaches the fields that its exceptions have not changed."""

    deleted_details: bool = False
    """Whether a cancelled event shows more than the fields it is guaranteed to have."""

    guest_changes_mail_everyone: bool = False
    """Whether ``sendUpdates=all`` also tells the other guests that somebody was added or removed."""

    ignores_other_organisers: bool = False
    """Whether a write by somebody else than the organiser is answered with a 200 and changes nothing; else a 403."""

    invitations_make_busy: bool = True
    """Whether free/busy of a guest shows the events that they are invited to and have not declined, ours too."""

    deleted_series_tells_of_exceptions: bool = True
    """Whether a listing since a token shows the exceptions of a deleted series as deleted too. Without it gcal_sync
    goes on showing them.
    """

    restored_series_keeps_exceptions: bool = False
    """Whether a series that comes back from the bin is again as it was, or with instances as its rule says."""

    split_series_keeps_exceptions: bool = False
    """Whether "this and following" takes along the exceptions whose dates the second series still has."""

    batch_order: Literal["given", "reversed"] = "reversed"
    """The order in which the calls of a batch are done: Google promises none. Answers keep the order of the calls."""

    allows_meet: bool = True
    """Whether the calendars may have Meet links: where a domain forbids them a request is answered with a 400."""

    meet_pending: bool = False
    """Whether a Meet link is still being made when the write is answered; the next read has it."""

    first_page_empty: bool = False
    """Whether the first page of every listing holds no items, only a token for the next."""

    outside_google: set[str] = field(default_factory=set)
    """Guests without a Google calendar: the ones that ``sendUpdates=externalOnly`` tells."""


class Mail(NamedTuple):
    """A message that ``sendUpdates`` has sent to a guest, about an event, a series or an instance."""

    to: str
    kind: Literal["invite", "update", "cancel"]
    event: str


class LeftBehind(NamedTuple):
    """An event that was deleted, or from which a guest was taken, without telling them: it stays on their calendar."""

    guest: str
    event: str


@dataclass(frozen=True)
class Identity:
    """Who calls: ``email`` is whom they act as; ``scopes`` is None where everything is allowed."""

    email: str
    scopes: frozenset[str] | None = None
    may_invite: bool = True


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class World:
    """What the methods of the API read and write."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    clock: Callable[[], datetime] = _now
    calendars: dict[str, CalendarState] = field(default_factory=dict)
    invitations: list[Mail] = field(default_factory=list)
    left_behind: list[LeftBehind] = field(default_factory=list)
    copies: dict[tuple[str, str], Json] = field(default_factory=dict)
    """What guests without a Google calendar were last written of an event, by guest and event; nothing: it is off."""
    complaints: list[str] = field(default_factory=list)
    busy: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    token_epoch: int = 0
    made: int = 0
    lock: RLock = field(default_factory=RLock)

    def add_calendar(self, calendar_id: str, time_zone: str, writable: bool, owner: str) -> CalendarState:
        """Add an empty calendar, or replace one."""
        calendar = CalendarState(calendar_id, time_zone, writable, owner, lambda: self.clock())
        self.calendars[calendar_id] = calendar
        return calendar

    def calendar(self, calendar_id: str, identity: Identity) -> CalendarState:
        """Return a calendar; ``primary`` is the caller's own, which a service account has too, empty.

        Raises:
            ApiError: 404.
        """
        if calendar_id == "primary":
            calendar_id = identity.email
            if calendar_id not in self.calendars:
                self.add_calendar(calendar_id, "UTC", True, identity.email)
        if calendar_id not in self.calendars:
            raise ApiError("notFound")
        return self.calendars[calendar_id]

    def new_id(self) -> str:
        """Return an event id of the server's own."""
        self.made += 1
        return f"made{self.made:06d}"


@dataclass(frozen=True)
class Call:
    """One call of a method: typed parameters, what the path names, the body, who calls, the headers in lower case."""

    world: World
    method: Method
    parameters: Json
    path: dict[str, str]
    body: Json
    identity: Identity
    headers: dict[str, str]

    def calendar(self) -> CalendarState:
        """Return the calendar that the path names."""
        return self.world.calendar(self.path["calendarId"], self.identity)
