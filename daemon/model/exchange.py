"""What goes to a calendar or wiki and what comes back: observations, writes, and how a check-up went."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from config.values import canonical_email
from daemon.model.members import Email
from daemon.model.resources import ACCEPTED, SUGGESTED, Fingerprint, Kind, Mark, Resource


class Answer(StrEnum):
    """What a guest answered to an invitation (RFC 5545, PARTSTAT)."""

    NONE = "needs-action"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


def answers_of(given: Iterable[tuple[str, Answer]]) -> dict[str, Answer]:
    """Return each guest's answer by their e-mail; of one who is invited twice, an answer counts before none."""
    answers: dict[str, Answer] = {}
    for email, answer in given:
        known = answers.get(canonical_email(email), Answer.NONE)
        answers[canonical_email(email)] = known if answer is Answer.NONE else answer
    return answers


@dataclass(frozen=True, slots=True)
class RelativeDay:
    """A day that depends on when it was written: so many ``days`` later, a ``weekday``, or a day of some year.

    Monday is weekday 0, as in ``datetime``.
    """

    days: int | None = None
    weekday: int | None = None
    month: int | None = None
    day: int | None = None

    def counted_from(self, written: date) -> date:
        """Return the day that is meant by who wrote this on a day: of weekdays the next one after it.

        A day of a year is one to come, or one that has just gone by.
        """
        if self.days is not None:
            return written + timedelta(days=self.days)
        if self.weekday is not None:
            return written + timedelta(days=(self.weekday - written.weekday() - 1) % 7 + 1)
        return next(day for day in self._in_years_from(written.year - 1) if day >= written - JUST_GONE_BY)

    def _in_years_from(self, first: int) -> Iterator[date]:
        for year in range(first, first + 10):  # a 29 February is never further away
            with suppress(ValueError, TypeError):
                yield date(year, self.month or 1, self.day or 1)


JUST_GONE_BY = timedelta(days=14)
"""So long ago, a day without a year is rather one that is past than one a year ahead."""


@dataclass(frozen=True, slots=True)
class ActionItem:
    """A task that people wrote on a page; ``assignee`` is what they wrote after the @, or an e-mail, ``due`` a day.

    ``written`` are the words for the day, where they are no date in full (``Fri``), and ``unclear`` words that stand
    for one and leave open which. ``otherwise`` are the other ways to read its words, where the first @ may stand before
    no person: text and assignee. ``dropped`` says that its box tells that it will not be done.
    """

    page: str
    id: str
    text: str
    assignee: str | None = None
    due: date | RelativeDay | None = None
    done: bool = False
    otherwise: tuple[tuple[str, str | None], ...] = ()
    dropped: bool = False
    written: str = ""
    unclear: str = ""
    together: tuple[str, ...] = ()
    besides: str = ""


@dataclass(frozen=True, slots=True)
class WriteUp:
    """What people wrote of a session: what they take away, the recording's address, whether all agreed, who was there.

    ``consent`` is None where nobody was asked or nobody has answered; no answer of one is a no. ``attended`` are
    e-mails where people are known, else what stands on the page. ``needs`` are questions and wishes below headings of
    that name, ``marked`` lines with a mark such as ``#learn``, each beside its mark in small letters; neither names
    anybody.
    """

    takeaways: tuple[str, ...] = ()
    recording: str | None = None
    consent: bool | None = None
    attended: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    marked: tuple[tuple[str, str], ...] = ()


class Said(StrEnum):
    """What a sentence of a transcript announces."""

    DECISION = "decision"
    LESSON = "lesson"
    SURPRISE = "surprise"
    PROMISE = "promise"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A sentence of a transcript that may be worth keeping: who said it, and how many seconds after its beginning.

    ``due`` is the day by which a promise is to be kept, counted from the day on which it was said.
    """

    kind: Said
    text: str
    speaker: str = ""
    at: int | None = None
    due: date | RelativeDay | None = None


UNHEARD = "has a transcript that cannot be read"
"""How it begins in ``Observed.not_read`` that a page's transcript cannot be read."""


@dataclass(frozen=True, slots=True)
class TickBox:
    """A box in our part of a page: the title of its list, its words and its sign as they stand there.

    What is ``ticked`` has a sign that says so.
    """

    title: str
    words: str
    sign: str = " "
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A promise that somebody has ticked, as it stands on its page: its words, and what is in its box since.

    One that ``is_new`` stands there among the suggestions still.
    """

    words: str
    sign: str = " "
    is_new: bool = False


def accepted_among(boxes: Iterable[TickBox], rewritten: bool) -> tuple[Accepted, ...]:
    """Return the promises that have been accepted, in their order: those of an earlier look, then those just ticked.

    Where people have ``rewritten`` our part nothing new is accepted, for it would stay ticked where it stands.
    """
    found, fresh = dict[str, Accepted](), list[Accepted]()
    for box in boxes:
        if box.title == ACCEPTED:
            found.setdefault(box.words, Accepted(box.words, box.sign))
        elif box.title == SUGGESTED and box.ticked and not rewritten:
            fresh.append(Accepted(box.words, is_new=True))
    for one in fresh:
        found.setdefault(one.words, one)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Observed:
    """What a calendar or wiki shows now of one resource of ours.

    ``shown`` is the fingerprint of what is there, ``mark`` what its own mark says, ``url`` where a person finds it,
    ``version`` what a write must name to be sure that nobody was faster. ``event`` is the key of the series that a
    session is an instance of, and ``instance`` (wall time) where in that it stands now. ``until`` (wall time) is when a
    series ends, ``rrule`` by what rule it recurs, without that end. ``gone`` is said of what a person deleted;
    ``trouble`` of what cannot be written, in words for people (region gone, region twice, a doubled mark), and
    ``blank`` of a page on which people's part has no word. ``unread`` is what looks like an action item on a page,
    but cannot be read; ``not_read`` goes on after “the page …” where people wrote too much to be read, or its
    transcript cannot be read. ``topic`` is what people wrote as its topic in the table of our part of a page,
    ``only_topic`` is said where they have changed nothing else of that part since we wrote it. ``no_link`` is said
    of a series for which the calendar refused the video link that its team wants. ``transcript`` tells that one
    lies with a page, ``suggestions`` are what it suggests, once everyone has agreed to be recorded, ``accepted``
    the promises of it that people have ticked, which are among its ``items``. ``boxes`` are those of the list that asks
    whether people can do it now.
    """

    key: str
    kind: Kind
    shown: Fingerprint
    mark: Mark | None = None
    url: str | None = None
    version: str = ""
    event: str = ""
    instance: datetime | None = None
    title: str = ""
    starts_at: datetime | None = None
    minutes: int | None = None
    until: datetime | None = None
    rrule: str = field(default="", compare=False)  # the spelling; `when` holds its meaning
    cancelled: bool = False
    gone: bool = False
    guests: tuple[Email, ...] = ()
    answers: Mapping[Email, Answer] = field(default_factory=dict)
    items: tuple[ActionItem, ...] = ()
    write_up: WriteUp = WriteUp()
    trouble: str = ""
    blank: bool = False
    unread: tuple[str, ...] = ()
    topic: str = ""
    only_topic: bool = False
    not_read: str = ""
    no_link: bool = False
    transcript: bool = False
    suggestions: tuple[Suggestion, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    boxes: tuple[TickBox, ...] = ()

    @property
    def just_accepted(self) -> bool:
        """Whether somebody has just ticked a promise of a transcript."""
        return any(one.is_new for one in self.accepted)

    @property
    def tells_nothing(self) -> bool:
        """Whether a page is not there, cannot be read, or has been emptied: what it said may be true all the same."""
        return self.gone or self.blank or (bool(self.trouble) and not self.items)


@dataclass(frozen=True, slots=True)
class Observation:
    """What has changed since ``cursor`` was handed out; a ``complete`` one lists everything there is of ours."""

    cursor: str
    seen: tuple[Observed, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """When the pass began that last set about making a page, aware, and by which title first: perhaps it was made."""

    at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Write:
    """One resource to be created (``fields`` None) or changed in just these ``fields``, ``mark`` in the same call.

    ``version`` is the observed one, for a conditional write; ``former`` are guests to be taken off. A series that gets
    an ``until`` loses the overrides past it in the same write. ``begun`` is how it was begun before to make a page.
    """

    resource: Resource
    mark: Mark
    fields: frozenset[str] | None = None
    version: str = ""
    former: tuple[str, ...] = ()
    begun: Attempt | None = None

    def going_on_from(self, seen: Observed) -> "Write":
        """Return the change that this is of a resource which an earlier attempt has made, perhaps of other content.

        Its fields are those that show what was applied and are out of date; what a person changed since is none of
        them, and the mark goes on to say what was applied there.
        """
        applied = seen.mark.applied if seen.mark else {}
        due = {
            name: digest
            for name, digest in self.mark.applied.items()
            if name in applied and seen.shown.get(name) == applied[name] != digest
        }
        return replace(
            self, mark=replace(self.mark, applied={**applied, **due}), fields=frozenset(due), version=seen.version
        )


@dataclass(frozen=True, slots=True)
class Written:
    """How a write went: what the resource now shows, or in ``error`` what went wrong, in words for people.

    One that is ``outrun`` met something else than what was observed, of which what changes from now on may not tell.
    One that ``waits`` was not begun again: what came of an earlier attempt is still to show.
    """

    key: str
    observed: Observed | None = None
    error: str = ""
    outrun: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a connection's check-up: ``what`` was looked at, and whether it is well.

    ``well`` is None where it could not be looked at, because an earlier step failed. ``text`` is what was found or,
    where it is not well, how to mend it.
    """

    what: str
    well: bool | None
    text: str = ""
