"""Figures of a programme: what was done, and whether the turns were fair. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from daemon.model import Session, State

OVER = frozenset({State.HELD, State.DOCUMENTED, State.CLOSED})
"""The states of a session that has taken place."""


@dataclass(frozen=True, slots=True)
class Turns:
    """How many turns a member has taken, and how many were due to them; of all members the sums are the same."""

    taken: int
    due: float


def held(sessions: Iterable[Session]) -> list[Session]:
    """Return the sessions that have taken place, the latest first."""
    past = (session for session in sessions if session.state in OVER)
    return sorted(past, key=lambda session: (session.slot.starts_at, session.key), reverse=True)


def turns(sessions: Iterable[Session]) -> dict[str, Turns]:
    """Return the turns of everybody who had one, or could have had one, in sessions that have taken place.

    Each turn was due, in proportion to their shares, to all who could have taken it.
    """
    taken, due = Counter[str](), defaultdict[str, float](float)
    for session in sessions:
        for one in session.assignments if session.state in OVER else ():
            if one.member:
                taken[one.member] += 1
                could = one.eligible or {one.member: 1.0}
                total = sum(could.values())
                for email, share in could.items():
                    due[email] += share / total
    return {email: Turns(taken[email], round(due[email], 2)) for email in sorted(taken.keys() | due.keys())}
