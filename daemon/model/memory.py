"""What is known of one team, as one value: the ledger hands it out, a pass makes the next one of it."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from daemon.model import Attempt, Fingerprint, Kind, Observed, Session, Slot, Span
from daemon.model.members import Email
from daemon.model.needs import Gathered
from daemon.model.settled import NOTHING_SETTLED, Settled
from daemon.model.statements import NOTHING_SAID, Statements
from daemon.model.words import unmarked


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """A series as it was first planned: its key for good, its present name, and the day from which it counts.

    One that began anew under another name, before the lead said what it had been called, ``became`` the other: by that
    key it goes on, with the sessions of both behind it.
    """

    key: str
    name: str
    starts: date
    became: str = ""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What a calendar is told of a series.

    ``starts`` is the wall time of the first instance (DTSTART), ``rrule`` the value of RRULE. It has an UNTIL only if
    the lead wrote one, and then in UTC, as section 3.3.10 wants it beside a DTSTART with a zone.
    """

    starts: datetime
    rrule: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One recurring event of a series: a changed cadence ends it (``until``, wall time) and starts the next.

    ``written`` is what the team's file asked for when a person gave the event another time for all its dates; None of
    one that is as its file has it. ``followed`` is the wall time after which the next one goes on, which a person made
    of all following dates. ``minutes`` is how long its sessions last if a person changed that for all of them, and
    ``instead_of`` how long the file had them last then; None once it says otherwise, and so has its way.
    """

    key: str
    series: str
    number: int
    starts: datetime
    zone: str
    rrule: str
    until: datetime | None = None
    written: Recurrence | None = None
    followed: datetime | None = None
    minutes: int | None = None
    instead_of: int | None = None

    @property
    def length(self) -> int | None:
        """How many minutes its sessions last by a person's decision; None where it is as the file has it."""
        return self.minutes if self.instead_of is not None else None

    @property
    def last(self) -> datetime | None:
        """The wall time after which it has no instance; None where it goes on."""
        return min((end for end in (self.until, self.followed) if end), default=None)

    def has(self, instance: datetime) -> bool:
        """Whether an instance, by its wall time, lies neither before its start nor after its end."""
        return self.starts <= instance and (self.last is None or instance <= self.last)


@dataclass(frozen=True, slots=True)
class Record:
    """A resource of ours: what we applied last, what we were about to apply, and what was there when last seen.

    What is observed and equals ``applied`` or ``intended`` is our own doing; anything else is a person's. ``answered``
    is when a guest's present answer was first seen, of those who have changed it since the first look. ``begun`` is
    how we set about making a page, as long as we do not know that it is there.
    """

    key: str
    kind: Kind
    applied: Fingerprint = field(default_factory=dict)
    intended: Fingerprint = field(default_factory=dict)
    guests: tuple[Email, ...] = ()
    observed: Observed | None = None
    answered: Mapping[str, datetime] = field(default_factory=dict)
    begun: Attempt | None = None

    @property
    def is_unfinished(self) -> bool:
        """Whether the making of a page was cut short: some wikis make one in several steps, which are then repeated."""
        return self.kind is Kind.PAGE and bool(self.intended) and not self.applied

    def ours(self, name: str) -> frozenset[str]:
        """Return the digests that a field has when nobody but us has touched it.

        What its own mark says is one of them: it came with what we wrote, so where a person has brought back an earlier
        version, with the mark of that time, that is ours as well, and out of date.
        """
        marked = self.observed.mark.applied if self.observed and self.observed.mark else {}
        return frozenset(known[name] for known in (marked, self.applied, self.intended) if name in known)


@dataclass(frozen=True, slots=True)
class FreeBusy:
    """When members have no time, by e-mail, as their calendars said on the day they were last ``asked`` about.

    Of those who are missing nothing is known.
    """

    asked: date | None = None
    spans: Mapping[Email, tuple[Span, ...]] = field(default_factory=dict)


class Progress(StrEnum):
    """The life of an action item; an open one that vanished from its page is gone, one whose page vanished is lost."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"
    GONE = "gone"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Item:
    """An action item as it was last seen; ``key`` is its identity for good: its page and the first ``id`` it had there.

    ``session`` is the key of its session. ``handle`` is whom it names as it is written there, ``assignee`` the e-mail
    that this means, None where that is nobody's or not clear whose. ``together`` are
    those named in one row with it. ``since`` is the day it was first seen, ``ended`` the day it was first seen done,
    dropped, gone or lost, ``due`` the day by which it is due, as its page says if it
    is ``dated``, else counted from its session; all are dates in the team's zone. One that was long over at first sight
    has no ``ended``. ``place`` counts the items before it on its page; None where it is there no more. ``written`` and
    ``unclear`` are as its page has them (``ActionItem``): a day that depends on when it was written is counted once.
    ``heard`` is the number of the latest statement of it that was taken in, and ``showed`` what its page said then.
    """

    key: str
    page: str
    id: str
    text: str
    session: str
    since: date
    due: date
    handle: str | None = None
    assignee: Email | None = None
    dated: bool = False
    state: Progress = Progress.OPEN
    ended: date | None = None
    place: int | None = None
    written: str = ""
    unclear: str = ""
    together: tuple[Email, ...] = ()
    heard: int = 0
    showed: str = ""

    @property
    def words(self) -> str:
        """What it says, for people who read it elsewhere than on its page."""
        return unmarked(self.text)

    @property
    def people(self) -> tuple[Email, ...]:
        """Everybody whose it is, the first before the others."""
        return (self.assignee, *self.together) if self.assignee else ()


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that is known of a team between two passes.

    ``basis`` is who and what rule the announced assignments were made for; ``cursors`` say, by port, up to where its
    changes have been seen; ``free_busy`` tells who has no time; ``items`` are all action items that were ever seen;
    ``sources`` are what each source of needs showed last. ``before`` are the sessions that were held while the team was
    known by another key, as those of its series of today. ``statements`` is everything that people said, which only
    the ledger adds to, ``heard`` the number of the latest of it that the sessions have followed. ``settled`` is what
    those sessions came to that are not among the ``sessions``, nor anything of them among the rest.
    """

    team: str
    name: str
    basis: Mapping[str, str] = field(default_factory=dict)
    cursors: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, KnownSeries] = field(default_factory=dict)
    generations: Mapping[str, Generation] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    free_busy: FreeBusy = FreeBusy()
    items: Mapping[str, Item] = field(default_factory=dict)
    sources: Mapping[str, Gathered] = field(default_factory=dict)
    before: tuple[Session, ...] = ()
    statements: Statements = field(default=NOTHING_SAID, compare=False)
    heard: int = 0
    settled: Settled = field(default=NOTHING_SETTLED, compare=False)

    def generation(self, series: str) -> Generation | None:
        """Return the recurring event that a series has now, the latest of its generations."""
        return max(self.generations_of(series), key=lambda generation: generation.number, default=None)

    def generations_of(self, series: str) -> list[Generation]:
        """Return the recurring events that a series has and had."""
        return [generation for generation in self.generations.values() if generation.series == series]

    def generation_of(self, slot: Slot) -> Generation | None:
        """Return the recurring event that a slot is an instance of: the latest one where none has it."""
        own = self.generations_of(slot.series)
        having = [generation for generation in own if generation.has(slot.recurrence_id)]
        return max(having or own, key=lambda generation: generation.number, default=None)

    def by_start(self) -> list[Session]:
        """Return the sessions by when they take place."""
        return sorted(self.sessions.values(), key=lambda session: (session.slot.starts_at, session.key))

    def observed(self, key: str) -> Observed | None:
        """Return what was last seen of a resource."""
        record = self.records.get(key)
        return record.observed if record else None

    def shown(self, kinds: Container[Kind]) -> tuple[Observed, ...]:
        """Return what was there of some kinds of resource when last seen."""
        seen = (record.observed for record in self.records.values() if record.kind in kinds)
        return tuple(observed for observed in seen if observed and not observed.gone)

    def with_records(self, *records: Record) -> "Memory":
        """Return the memory with these records in place of the ones of the same keys."""
        return replace(self, records={**self.records, **{record.key: record for record in records}})


def arrived(before: Memory, after: Memory) -> list[str]:
    """Return the keys of the resources of which it is known now that what was about to be written was."""
    if before.records is after.records:
        return []
    intended = (key for key, record in before.records.items() if record.intended)
    return [key for key in intended if (known := after.records.get(key)) and not known.intended]
