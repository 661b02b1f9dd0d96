"""What people are to hear, and the mails that say it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import ClassVar, NamedTuple

from daemon.model.asks import Ask, Link
from daemon.model.members import Email

THANKING = "thanks"
"""The kind of message that thanks somebody; who mutes it is not named on the page of thanks either."""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to one person; ``message_id`` is chosen by us and says what it is, so that a repeat is seen as one."""

    message_id: str
    to: Email
    to_name: str
    subject: str
    text: str
    date: datetime
    thread: str = ""
    account: str = ""
    """By which account it goes, and so what teams it may tell of; earlier releases did not say."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """That something of a team's, by its ``subject``, is out of order, or was until it ``ended``; ``text`` says how.

    ``since`` is when it was first seen; ``told`` whether that is on its way to the lead, or has arrived.
    """

    INFIX: ClassVar[str] = "/trouble/"

    team: str
    subject: str
    text: str
    since: datetime
    ended: datetime | None = None
    told: bool = False

    @property
    def key(self) -> str:
        """The key of what is said of it."""
        return f"{self.team}{self.INFIX}{self.subject}@{self.since.astimezone(UTC).isoformat()}"


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that is not known to have gone out, when its server last put it off, if it did, and whether that was
    ``unsure``: whether it took it nobody knows. Of one that ``failed`` others may have heard.
    """

    message: Message
    put_off_at: datetime | None = None
    unsure: bool = False
    failed: bool = field(default=False, compare=False)


class Miss(NamedTuple):
    """What kept a message from going out: its server put it off, or it was given up ``for_good``.

    Where that is ``unsure``, it may have gone out.
    """

    why: str
    for_good: bool = False
    put_off: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that did not go out, what kept it from it, and whether it was given up; where that is ``unsure``, it
    may have gone out.
    """

    message: Message
    why: str
    for_good: bool
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something one person is to hear in their next digest; ``key`` makes sure that they hear it once.

    ``kind`` is the name of its kind of message. What is ``lasting`` stays due though no later pass names it again.
    ``about`` is the key of the action item that it reminds its reader of. ``session`` and ``starts_at`` say which
    session it is of, ``subject`` what a mail is called that says it first, in place of the name of its kind.
    """

    key: str
    team: str
    to: Email
    kind: str
    text: str
    url: str | None = None
    due: date | None = None
    lasting: bool = False
    about: str | None = None
    session: str = ""
    starts_at: datetime | None = None
    subject: str = ""
    by: date | None = None
    """The day from which it is worth a mail of its own, where it can wait until then for one that says more."""
    asks: tuple[Ask, ...] = ()
    """What its reader is asked, each by a link of its own."""
    links: tuple[Link, ...] = ()
    """These links; they are made when the mail is."""
    was: str = ""
    """The part of its text that says how something was before it changed."""
    undoes: str = ""
    """How the key begins of what it takes back: where that is not said yet either, neither is."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """That a mail with a reminder, by its ``key``, of an action item really went out to somebody ``at`` a moment.

    ``item`` is the item's key; ``at`` is None where it is so long ago that the mail is forgotten.
    """

    key: str
    item: str
    to: str
    at: datetime | None


class Waits(NamedTuple):
    """How much a team has to tell somebody, by their address as it is written there."""

    to: Email
    team: str
    number: int


class Claim(NamedTuple):
    """A digest with what it says; what is ``left_out``, being over or for want of room, waits no more either."""

    message: Message
    said: Sequence[Reminder] = ()
    left_out: Sequence[Reminder] = ()


class Past(NamedTuple):
    """A digest that was claimed for a day, when it went out, if it did, whether it was given up, and its account."""

    day: date
    sent_at: datetime | None
    given_up: bool
    account: str = ""


@dataclass(frozen=True, slots=True)
class Had:
    """Which digests people lately had, by their addresses; each is asked for by an account."""

    digests: Mapping[str, Sequence[Past]]

    def any_on(self, addresses: Iterable[str], there: datetime, account: str = "") -> bool:
        """Whether a digest of somebody's was claimed for the day that it is ``there``, or another one sent on it."""
        today, zone, had = there.date(), there.tzinfo, [*self._of(addresses, account)]
        went_out = (one.sent_at.astimezone(zone).date() for one in had if one.sent_at)
        return today in (one.day for one in had) or today in went_out

    def last(self, addresses: Iterable[str], account: str = "") -> date | None:
        """Return the day of somebody's latest digest that went out or may go out yet."""
        return max((one.day for one in self._of(addresses, account) if not one.given_up), default=None)

    def _of(self, addresses: Iterable[str], account: str) -> Iterator[Past]:
        known = (one for address in addresses for one in self.digests.get(address, ()))
        return (one for one in known if one.account in ("", account))
