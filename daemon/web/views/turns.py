"""Turns taken beside the fair share, as a chart and as a table, and each person's turns one by one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.describe.figures import Turns
from daemon.describe.figures import turns as turns_of
from daemon.model import OVER, Assignment, Session
from daemon.web.charts import bars
from daemon.web.look import Look


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has taken, what was due to them, and the turns themselves, the latest first."""

    email: str
    taken: int
    due: float
    turns: Sequence[tuple[Session, Assignment]]
    coming: int

    @property
    def more_than_due(self) -> float:
        """How many turns more than their share they have taken; below 0 that many fewer."""
        return round(self.taken - self.due, 1) + 0.0  # no -0.0


def turns(look: Look) -> dict[str, Any]:
    """Return what the page of turns shows."""
    everything = (*look.memory.before, *look.memory.sessions.values())
    taken, had, ahead = turns_of(everything), _turns_by_person(everything), _ahead(look)
    members = [member.email for member in look.team.members]
    people = [*members, *(email for email in taken if email not in members)]
    figures = [(email, taken.get(email, Turns(0, 0.0))) for email in people]
    loads = [Load(email, one.taken, one.due, had[email], ahead[email]) for email, one in figures]
    return {"loads": loads, "chart": bars([(look.name(one.email), float(one.taken), one.due) for one in loads])}


def _turns_by_person(sessions: Sequence[Session]) -> Mapping[str, list[tuple[Session, Assignment]]]:
    had = defaultdict[str, list[tuple[Session, Assignment]]](list)
    for session in sorted(sessions, key=lambda one: one.slot.starts_at, reverse=True):
        for one in session.assignments if session.state in OVER else ():
            if one.member:
                had[one.member].append((session, one))
    return had


def _ahead(look: Look) -> Mapping[str, int]:
    found = defaultdict[str, int](int)
    for session in look.memory.sessions.values():
        for one in session.assignments if session.takes_place and session.slot.starts_at > look.now else ():
            if one.member:
                found[one.member] += 1
    return found
