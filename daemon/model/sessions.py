"""Sessions: a slot of a series, who does what in it and why, and what it is about."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.model.asked import Asked, Verdict
from daemon.model.members import Email

Span = tuple[datetime, datetime]
"""From when until when, both aware."""


def on_the_wall(wall: datetime, zone: str) -> datetime:
    """Return the aware moment at which the clocks of ``zone`` show ``wall``.

    RFC 5545, section 3.3.5: a time that a spring change skips is read with the offset before it (02:30 becomes
    03:30); a time that an autumn change repeats means its first occurrence.
    """
    there = ZoneInfo(zone)
    first = datetime.combine(wall, wall.time().replace(fold=0) if wall.fold else wall.time(), there)
    return first.astimezone(UTC).astimezone(there)


def is_moment(one: datetime, other: datetime) -> bool:
    """Whether two aware times are the same moment.

    Python holds those of two zones unequal where one of them lies in an hour that an autumn change repeats (PEP 495).
    """
    return one.astimezone(UTC) == other.astimezone(UTC)


class State(StrEnum):
    """The life of a session."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    HELD = "held"
    DOCUMENTED = "documented"
    CLOSED = "closed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


OVER = frozenset({State.HELD, State.DOCUMENTED, State.CLOSED})
"""The states of a session that has taken place."""


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
    def is_moved(self) -> bool:
        """Whether it starts at another time than it was to."""
        return not is_moment(self.starts_at, self.original_start)

    @property
    def ends_at(self) -> datetime:
        """The end, aware; minutes are elapsed time."""
        return (self.starts_at.astimezone(UTC) + timedelta(minutes=self.minutes)).astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> date:
        """The local date on which it takes place."""
        return self.starts_at.astimezone(ZoneInfo(self.zone)).date()


@lru_cache(maxsize=4096)
def slot_key(series: str, wall: datetime) -> str:
    """Return the identity of a slot as text: ``platform/lunch-learn/2026-12-10T12:15``."""
    return f"{series}/{wall.isoformat(timespec='minutes')}"


def moved(slot: Slot, starts_at: datetime, minutes: int | None = None) -> Slot:
    """Return the slot taking place at another time; its identity stays."""
    return replace(slot, starts_at=starts_at, minutes=minutes or slot.minutes)


class CalledOffBy(StrEnum):
    """Who, or what, keeps a session from taking place; why, in words for people, stands beside it."""

    PEOPLE = "people"
    """Somebody deleted it in the calendar."""
    SERIES = "series"
    """Somebody deleted its whole series in the calendar: it takes place again when that goes on."""
    LEAD = "lead"
    """The lead cancelled it in the YAML."""
    RULE = "rule"
    """A public holiday, a blackout or a sprint without enough working days."""
    END = "end"
    """Its series has ended before it, in the YAML or in the calendar."""
    CADENCE = "cadence"
    """Its series takes place on other dates now, fewer ones than before."""

    RENAMED = "renamed"
    """Its series had begun anew under another name: the session takes place as one of that."""

    @property
    def is_deletion(self) -> bool:
        """Whether somebody deleted something in the calendar."""
        return self in (CalledOffBy.PEOPLE, CalledOffBy.SERIES)

    @property
    def is_of_series(self) -> bool:
        """Whether all that was to come of a series is off with it."""
        return self in (CalledOffBy.SERIES, CalledOffBy.END)

    @property
    def state(self) -> State:
        """What becomes of a session that is called off so."""
        return State.SKIPPED if self is CalledOffBy.RULE else State.CANCELLED


@dataclass(frozen=True, slots=True)
class Skip:
    """A slot on which no session takes place, by whom or what, and why: skipped by rule, or cancelled by somebody."""

    slot: Slot
    reason: str
    by: CalledOffBy = CalledOffBy.RULE

    @property
    def state(self) -> State:
        """What becomes of its session."""
        return self.by.state


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a role went to whom it went.

    ``kind`` is one of ``lead`` (decided in the YAML), ``owner`` (owns the topic), ``turn`` (the rotation),
    ``in-order``, ``replacement`` (the announced member cannot), ``kept`` (announced before), ``declined`` (whoever had
    it declined too late to be replaced, and who did it is not known), by what people said one of ``BY_WORD``, or
    ``corrected`` afterwards, or of what nobody has yet ``sought`` (whoever had it cannot make it) or ``offered`` (to
    volunteers). ``text`` is a sentence for people; ``ranked`` are those who could serve instead, next in line first.
    """

    kind: str
    text: str
    ranked: tuple[Email, ...] = ()


BY_WORD = frozenset({"taken", "volunteered", "given", "swapped", "handed-back"})
"""The kinds of reason of a role that somebody has because people said so: no joiner and no rule takes it from them."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A member in a role in a slot; ``member`` is None where nobody could serve.

    ``eligible`` are the shares of those who could have served when it was decided: each of them is entitled to
    their part of this duty. What nobody has yet waits ``until`` a moment for somebody who wants it, and is given out
    then; ``former`` is who had it before.
    """

    role: str
    member: Email | None
    reason: Reason
    eligible: Mapping[Email, float] = field(default_factory=dict)
    until: datetime | None = None
    former: Email | None = None

    @property
    def waits(self) -> bool:
        """Whether it is kept for somebody who wants it."""
        return self.member is None and self.until is not None


@dataclass(frozen=True, slots=True)
class Topic:
    """What a session is about: with an area and where the need came from.

    ``was`` are earlier titles, ``owner`` the e-mail of who brings it, ``votes`` how many people want it, ``added`` the
    day since when it waits, ``answers`` the ids of the needs that it answers. ``by_members`` of the votes were not
    counted by the lead's file: members gave them themselves.
    """

    title: str
    was: tuple[str, ...] = ()
    area: str | None = None
    why: str | None = None
    link: str | None = None
    owner: Email | None = None
    votes: int = 0
    added: date | None = None
    whiteboard: str | None = None
    answers: tuple[str, ...] = ()
    by_members: int = 0

    @property
    def names(self) -> frozenset[str]:
        """All titles that it has and had."""
        return frozenset((self.title, *self.was))


def backlog(team: Team) -> tuple[Topic, ...]:
    """Return the topics that the lead has written down."""
    return tuple(Topic(**dict(written)) for written in team.topics)


@dataclass(frozen=True, slots=True)
class Session:
    """A slot with its assignments and its topic. ``pairs`` is for formats that put everybody into a pair.

    ``event`` is the key of the SeriesEvent it is an instance of, ``page`` the key of its page.
    """

    slot: Slot
    assignments: tuple[Assignment, ...] = ()
    pairs: tuple[tuple[Email, ...], ...] = ()
    topic: Topic | None = None
    topic_reason: str = ""
    state: State = State.PLANNED
    called_off_by: CalledOffBy | None = None
    note: str = ""
    """Why it does not take place; of one that does, what people should know of its pairs."""
    event: str = ""
    page: str = ""
    written_for: date | None = None
    """The date in whose event, which is no more, or for whose session people wrote the topic."""
    by_hand: tuple[datetime, int] | None = None
    """When it takes place, and for how many minutes, as people had it in a recurring event that has ended since."""
    asked: Asked | None = None
    """What those who were there are asked about it, weeks later."""
    declined: tuple[Email, ...] = ()
    """Who had declined it in a recurring event that has ended since."""

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
        """The roles that nobody has, be it that they wait for somebody who wants them."""
        return tuple(a.role for a in self.assignments if not a.member)

    @property
    def was_deleted(self) -> bool:
        """Whether somebody deleted it, or its whole series, in the calendar."""
        return self.called_off_by is not None and self.called_off_by.is_deletion

    @property
    def is_off_with_series(self) -> bool:
        """Whether it does not take place because its whole series does not."""
        return self.called_off_by is not None and self.called_off_by.is_of_series

    @property
    def has_no_date(self) -> bool:
        """Whether it is no date of its series any more, rather than one that was called off."""
        return self.called_off_by in (CalledOffBy.END, CalledOffBy.CADENCE, CalledOffBy.RENAMED)

    @property
    def gaps(self) -> tuple[Assignment, ...]:
        """The roles that nobody could take; one that waits for somebody who wants it is none of them."""
        return tuple(a for a in self.assignments if not a.member and not a.waits)

    @property
    def takes_place(self) -> bool:
        """Whether it was not called off."""
        return self.state not in (State.SKIPPED, State.CANCELLED)

    def verdict_on(self, titles: Container[str]) -> Verdict | None:
        """Return what people's answers make of a topic, by all its titles; None where they were not asked about it."""
        return self.asked.verdict if self.asked and self.asked.topic in titles else None


@dataclass(frozen=True, slots=True)
class Engagement:
    """A duty that somebody has in a session to come, of whichever team; ``title`` names that to people.

    Of two, the one with the lower ``number`` was announced first, for that time.
    """

    number: int
    team: str
    session: str
    email: Email
    starts_at: datetime
    ends_at: datetime
    title: str


def held(sessions: Iterable[Session]) -> list[Session]:
    """Return the sessions that have taken place, the latest first."""
    past = (session for session in sessions if session.state in OVER)
    return sorted(past, key=lambda session: (session.slot.starts_at, session.key), reverse=True)


def called_off(session: Session, by: CalledOffBy, why: str) -> Session:
    """Return the session as it is when it does not take place; ``why`` is in words for people."""
    return replace(session, state=by.state, called_off_by=by, note=why)
