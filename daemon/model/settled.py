"""What the sessions that are long over have come to, summed up, so that a pass need not recall each of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from daemon.model.members import Email
from daemon.model.sessions import OVER, Session

LATEST = 60
"""How many of the sessions that were held are recalled always: so many the home page tells of."""

Share = tuple[float, float]
"""What was due to somebody, and what they did of it."""
Taken = tuple[int, float]
"""How many turns somebody took, and how many were due to them."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where turns in the order of the file stand: the place of who served ``last``, and who is owed one."""

    last: int = -1
    owed: tuple[Email, ...] = ()
    passed: tuple[Email, ...] = ()


FIRST_IN_LINE = Line()
"""Where turns stand before anybody has had one."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A topic that was taught, with its area, and the key of the last settled session about it."""

    title: str
    area: str | None
    session: str


@dataclass(frozen=True, slots=True)
class TaughtArea:
    """An area as the session of that key calls it, the first about it; since which week it was taught, and by whom."""

    name: str
    session: str
    week: date
    by: tuple[Email, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of something are so, and who stands behind it."""

    some: int = 0
    of: int = 0
    people: tuple[Email, ...] = ()


@dataclass(frozen=True, slots=True)
class Sums:
    """What the outcomes of a programme are counted from: its ``first`` day, sessions that took place of those that were
    due, answers that were a yes, action items that were done in time, who has led, and each area that was taught, by
    its name in small letters."""

    first: date | None = None
    sessions: Counted = Counted()
    can_now: Counted = Counted()
    items: Counted = Counted()
    led: tuple[Email, ...] = ()
    areas: Mapping[str, TaughtArea] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """What all sessions that began ``before`` a moment came to. It is made of them, and made anew once they change.

    Those of them that still matter by themselves are recalled beside it. It holds until ``again``, for a team's file
    that says the same of them (``basis``), as long as nothing was said of them after the statement numbered ``heard``.
    ``shown`` tells, by port, whether that shows of those that are not recalled what it did.

    ``turns`` are shares of each role of each series, ``load`` those of all, in minutes; ``taken`` are everybody's turns
    in sessions that took place. ``lines`` are the turns in the order of the file, ``could`` who ever was in one.
    ``partners`` are everybody's last ones, ``met`` how often two were in a pair, by their e-mails with a space between.
    ``since`` tells, of a page of before, how many sessions of its series are not recalled that were held after it.
    ``ended`` are the recurring events that had ended before, each with its last instance.
    """

    before: datetime
    again: datetime
    basis: str = ""
    heard: int = 0
    shown: Mapping[str, str] = field(default_factory=dict)
    turns: Mapping[str, Mapping[str, Mapping[Email, Share]]] = field(default_factory=dict)
    load: Mapping[Email, Share] = field(default_factory=dict)
    taken: Mapping[Email, Taken] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, Line]] = field(default_factory=dict)
    could: tuple[Email, ...] = ()
    partners: Mapping[Email, tuple[Email, ...]] = field(default_factory=dict)
    met: Mapping[str, int] = field(default_factory=dict)
    topics: tuple[Taught, ...] = ()
    since: Mapping[str, int] = field(default_factory=dict)
    outcomes: Sums = Sums()
    ended: Mapping[str, datetime] = field(default_factory=dict)

    def covers(self, session: Session) -> bool:
        """Whether a session is among those that are summed up."""
        return session.slot.starts_at < self.before

    def counted(self, session: Session | None) -> tuple[object, ...] | None:
        """Return what counts of a session that is summed up; None of another, or of none."""
        if session is None or not self.covers(session):
            return None
        state = None if session.state in OVER else session.state
        return session.slot, session.assignments, session.pairs, session.topic, session.asked, session.event, state

    def covered(self, sessions: Iterable[Session]) -> list[Session]:
        """Return those of some sessions that are summed up."""
        return [one for one in sessions if self.covers(one)]

    def later(self, sessions: Iterable[Session]) -> list[Session]:
        """Return those of some sessions that are not summed up."""
        return [one for one in sessions if not self.covers(one)]


LONG_AGO = datetime.min.replace(tzinfo=UTC)
NOTHING_SETTLED = Settled(LONG_AGO, LONG_AGO)
"""Of a memory in which each session stands for itself."""


def turns_taken(sessions: Iterable[Session], so_far: Mapping[Email, Taken]) -> dict[Email, Taken]:
    """Return everybody's turns in sessions that have taken place, after those that they had ``so_far``.

    Each turn was due, in proportion to their shares, to all who could have taken it.
    """
    taken = {email: turns for email, (turns, _) in so_far.items()}
    due = {email: share for email, (_, share) in so_far.items()}
    for session in sessions:
        for one in session.assignments if session.state in OVER else ():
            if one.member:
                taken[one.member] = taken.get(one.member, 0) + 1
                could = one.eligible or {one.member: 1.0}
                total = sum(could.values())
                for email, share in could.items():
                    due[email] = due.get(email, 0.0) + share / total
    return {email: (taken.get(email, 0), due.get(email, 0.0)) for email in sorted(taken.keys() | due.keys())}
