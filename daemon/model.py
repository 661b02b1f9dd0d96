"""The values that flow: slots become sessions, sessions become events and pages, and those become a plan.

Everything here is frozen and knows no clock, no disk and no vendor. A *wall* time is a naive local
datetime; everything named ``…_at`` is aware. Members are named by their e-mail.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from config.team import Topic

Fingerprint = Mapping[str, str]
"""Of each field of a resource, a short digest of its value: enough to see who changed what."""


Span = tuple[datetime, datetime]
"""From when until when, both aware."""


def on_the_wall(wall: datetime, zone: str) -> datetime:
    """Return the aware moment at which the clocks of ``zone`` show ``wall``.

    RFC 5545, section 3.3.5: a time that a spring change skips is read with the offset before it (02:30 becomes
    03:30); a time that an autumn change repeats means its first occurrence.
    """
    there = ZoneInfo(zone)
    return wall.replace(tzinfo=there, fold=0).astimezone(UTC).astimezone(there)


class State(StrEnum):
    """The life of a session."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    HELD = "held"
    DOCUMENTED = "documented"
    CLOSED = "closed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Slot:
    """One occurrence of a series, before anybody is assigned.

    Its identity is ``series`` (the series' key) and ``wall``, its original local start, whatever moves later.
    ``recurrence_id`` is the instance of the calendar's rule that it stands for, in wall time; it differs from
    ``wall`` only where the cadence counts working days.
    """

    series: str
    wall: datetime
    zone: str
    recurrence_id: datetime
    starts_at: datetime
    minutes: int
    format: str

    @property
    def key(self) -> str:
        """The slot's identity as text, as it stands in marks and in the ledger."""
        return slot_key(self.series, self.wall)

    @property
    def original_start(self) -> datetime:
        """The original start, aware, in the series' zone."""
        return on_the_wall(self.wall, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The end, aware; minutes are elapsed time."""
        return (self.starts_at.astimezone(UTC) + timedelta(minutes=self.minutes)).astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> date:
        """The local date on which it takes place."""
        return self.starts_at.astimezone(ZoneInfo(self.zone)).date()


def slot_key(series: str, wall: datetime) -> str:
    """Return the identity of a slot as text: ``platform/lunch-learn/2026-12-10T12:15``."""
    return f"{series}/{wall.isoformat(timespec='minutes')}"


@dataclass(frozen=True, slots=True)
class Skip:
    """A slot on which no session takes place, and why: skipped by rule, or cancelled by somebody."""

    slot: Slot
    reason: str
    state: State = State.SKIPPED


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a role went to whom it went.

    ``kind`` is one of ``lead`` (decided in the YAML), ``owner`` (owns the topic), ``turn`` (the rotation),
    ``in-order``, ``replacement`` (the announced member cannot), ``kept`` (announced before). ``text`` is a sentence
    for people; ``ranked`` are those who could serve instead, next in line first.
    """

    kind: str
    text: str
    ranked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A member in a role in a slot; ``member`` is None where nobody could serve.

    ``eligible`` are the shares of those who could have served when it was decided: each of them is entitled to
    their part of this duty.
    """

    role: str
    member: str | None
    reason: Reason
    eligible: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """A slot with its assignments and its topic. ``pairs`` is for formats that put everybody into a pair.

    ``event`` is the key of the SeriesEvent it is an instance of, ``page`` the key of its page.
    """

    slot: Slot
    assignments: tuple[Assignment, ...] = ()
    pairs: tuple[tuple[str, ...], ...] = ()
    topic: Topic | None = None
    topic_reason: str = ""
    state: State = State.PLANNED
    note: str = ""
    """Why it was cancelled, or what else people should know."""
    event: str = ""
    page: str = ""

    @property
    def key(self) -> str:
        """The slot's identity."""
        return self.slot.key

    @property
    def roles(self) -> dict[str, str]:
        """Who does what: role to e-mail, filled roles only, in the format's order."""
        return {a.role: a.member for a in self.assignments if a.member}

    @property
    def unfilled(self) -> tuple[str, ...]:
        """The roles that nobody could take."""
        return tuple(a.role for a in self.assignments if not a.member)

    @property
    def takes_place(self) -> bool:
        """Whether it was not called off."""
        return self.state not in (State.SKIPPED, State.CANCELLED)


class Kind(StrEnum):
    """What a resource is."""

    SERIES = "series"
    SESSION = "session"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class SeriesEvent:
    """A recurring event: one cadence of one series, from ``starts`` (wall time of the first instance) on.

    ``until`` (wall time) is said of a series that has ended: it has no instance after it; where there is none before it
    either, the event is to be removed. ``guests`` maps e-mail to name.
    """

    key: str
    starts: datetime
    zone: str
    minutes: int
    rrule: str
    summary: str
    description: str = ""
    guests: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    kind: Kind = Kind.SERIES

    @property
    def content(self) -> dict[str, object]:
        """What is compared, field by field; of a series that has ended only when it did.

        Guests are compared apart, for people may add their own.
        """
        if self.until is not None:
            return {"until": self.until}
        return {
            "when": (self.starts, self.zone, _rule_parts(self.rrule)),
            "until": self.until,
            "minutes": self.minutes,
            "summary": self.summary,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One instance of a series where it differs from the rule: who, what about, when else, or called off.

    ``event`` is the key of its SeriesEvent and ``recurrence_id`` the instance's wall time in the zone of that series.
    ``page`` is the key of the page to link: the writer appends its address to the description once it is known.
    """

    key: str
    event: str
    recurrence_id: datetime
    zone: str
    starts_at: datetime
    minutes: int
    summary: str
    description: str = ""
    cancelled: bool = False
    page: str | None = None
    kind: Kind = Kind.SESSION

    @property
    def content(self) -> dict[str, object]:
        """What is compared, field by field; of a session that is called off only that it is."""
        if self.cancelled:
            return {"cancelled": True}
        return {
            "cancelled": False,
            "when": (self.starts_at, self.minutes),
            "summary": self.summary,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class Bar:
    """What a chart shows of one person: what they took, and what was due to them."""

    label: str
    taken: float
    due: float


CHART = "turns.png"
"""The name under which a region shows its page's chart, as a Markdown image whose text says all that is in it."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the wiki shows of a session, or of the programme.

    ``region`` is ours to write; ``body`` is only ever what a new page starts with; both are Markdown. ``name`` is a
    file-like name derived from the key, for wikis whose addresses are chosen; ``year`` is what it is filed under, if
    anything. A new page gets the ``labels``, and ``values`` are what a wiki's own template may show, by name.
    """

    key: str
    name: str
    title: str
    region: str
    body: str
    year: int | None = None
    labels: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    chart: tuple[Bar, ...] = ()
    kind: Kind = Kind.PAGE

    @property
    def content(self) -> dict[str, object]:
        """What is compared, field by field; the body belongs to people from the moment it exists."""
        return {"title": self.title, "region": self.region}


Resource = SeriesEvent | SessionEvent | Page
Event = SeriesEvent | SessionEvent


def fingerprint(content: Mapping[str, object]) -> Fingerprint:
    """Return the digest of each value by its meaning: instants in UTC, text without trailing or doubled blanks."""
    return {name: _digest(value) for name, value in content.items()}


def _digest(value: object) -> str:
    return hashlib.sha256(_meaning(value).encode("utf-8", "replace")).hexdigest()[:10]


def _meaning(value: object) -> str:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, tuple):
        return "\x1f".join(map(_meaning, value))
    if isinstance(value, str):
        return "\n".join(" ".join(line.translate(UNSEEN).split()) for line in value.splitlines()).strip()
    return repr(value)


def _rule_parts(rrule: str) -> tuple[str, ...]:
    """Return what an RRULE means: its parts and their values in any order, what is so by default left out."""
    parts = (part.partition("=") for part in rrule.upper().split(";"))
    said = sorted(f"{name}={','.join(sorted(value.split(',')))}" for name, _, value in parts)
    return tuple(part for part in said if part not in BY_DEFAULT and not part.startswith("UNTIL="))


BY_DEFAULT = ("INTERVAL=1", "WKST=MO")
"""What a recurrence rule means without saying so (RFC 5545, section 3.3.10)."""
UNSEEN = dict.fromkeys((*range(9), *range(14, 28), 127))
"""Control characters, which calendars cannot hold and nobody sees."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What makes a resource ours: its key, the fingerprint of what was applied, and the roles in short form.

    As text: ``KEY field=digest,… role=e-mail,…``, each part percent-encoded, so that it fits one line anywhere.
    Besides the roles ``roles`` holds the topic, format and pairs: enough to rebuild a lost ledger.
    """

    key: str
    applied: Fingerprint
    roles: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join((_quoted(self.key), _pairs_text(self.applied), _pairs_text(self.roles)))

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """Return the mark that ``text`` is, or None where it is none."""
        parts = text.split(" ")
        if len(parts) != 3 or not parts[0]:
            return None
        return cls(unquote(parts[0]), _pairs(parts[1]), _pairs(parts[2]))


def _quoted(text: str) -> str:
    return quote(text, safe="/:@+")


def _pairs_text(pairs: Mapping[str, str]) -> str:
    return ",".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs.items()) or "-"


def _pairs(text: str) -> dict[str, str]:
    halves = (pair.partition("=") for pair in text.split(",") if "=" in pair)
    return {unquote(name): unquote(value) for name, _, value in halves}


class Answer(StrEnum):
    """What a guest answered to an invitation (RFC 5545, PARTSTAT)."""

    NONE = "needs-action"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


@dataclass(frozen=True, slots=True)
class ActionItem:
    """A task that people wrote on a page; ``assignee`` is what they wrote after the @, or an e-mail, ``due`` a date."""

    page: str
    id: str
    text: str
    assignee: str | None = None
    due: date | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What people wrote of a session: what they take away, the recording's address, whether all agreed, who was there.

    ``consent`` is None where nobody was asked or nobody has answered; no answer of one is a no. ``attended`` are
    e-mails where people are known, else what stands on the page.
    """

    takeaways: tuple[str, ...] = ()
    recording: str | None = None
    consent: bool | None = None
    attended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """What a calendar or wiki shows now of one resource of ours.

    ``shown`` is the fingerprint of what is there, ``mark`` what its own mark says, ``url`` where a person finds it,
    ``version`` what a write must name to be sure that nobody was faster. ``event`` is the key of the series that a
    session is an instance of, ``until`` (wall time) when a series ends. ``gone`` is said of what a person deleted;
    ``trouble`` of what cannot be written, in words for people (region gone, region twice, a doubled mark).
    """

    key: str
    kind: Kind
    shown: Fingerprint
    mark: Mark | None = None
    url: str | None = None
    version: str = ""
    event: str = ""
    title: str = ""
    starts_at: datetime | None = None
    minutes: int | None = None
    until: datetime | None = None
    cancelled: bool = False
    gone: bool = False
    guests: tuple[str, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    items: tuple[ActionItem, ...] = ()
    told: Told = Told()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What has changed since ``cursor`` was handed out; a ``complete`` one lists everything there is of ours."""

    cursor: str
    seen: tuple[Observed, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Write:
    """One resource to be created (``fields`` None) or changed in just these ``fields``, ``mark`` in the same call.

    ``version`` is the observed one, for a conditional write; ``former`` are guests to be taken off. A series that gets
    an ``until`` loses the overrides past it in the same write.
    """

    resource: Resource
    mark: Mark
    fields: frozenset[str] | None = None
    version: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """How a write went: what the resource now shows, or in ``error`` what went wrong, in words for people."""

    key: str
    observed: Observed | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to one person; ``message_id`` is chosen by us and says what it is, so that a repeat is seen as one."""

    message_id: str
    to: str
    to_name: str
    subject: str
    text: str
    date: datetime
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that did not go out, what kept it from it, and whether it was given up."""

    message: Message
    why: str
    for_good: bool


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something one person is to hear in their next digest; ``key`` makes sure that they hear it once."""

    key: str
    team: str
    to: str
    kind: str
    text: str
    url: str | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a connection's check-up: ``what`` was looked at, and whether it is well.

    ``well`` is None where it could not be looked at, because an earlier step failed. ``told`` is what was found or,
    where it is not well, how to mend it.
    """

    what: str
    well: bool | None
    told: str = ""


def moved(slot: Slot, starts_at: datetime, minutes: int | None = None) -> Slot:
    """Return the slot taking place at another time; its identity stays."""
    return replace(slot, starts_at=starts_at, minutes=minutes or slot.minutes)
