"""What the sessions that have begun came to: who is short of how many turns, and whose turn is next. Pure."""

from config.team import Rotation
from daemon.decide.fairness import Books, Queue
from daemon.decide.roster import Roster
from daemon.model import BY_WORD, Assignment, Session, Slot
from daemon.model.settled import FIRST_IN_LINE, Line, Settled


class LookedBack:
    """The books and the queues of a team, after what is ``settled`` and each session that is counted in time order.

    ``minutes`` is the length of an average duty.
    """

    def __init__(self, roster: Roster, rule: Rotation, minutes: float, settled: Settled) -> None:
        self.books = Books(roster.members, minutes, settled)
        self._roster, self._in_order, self._settled = roster, rule.rule == "in-order", settled
        self._queues: dict[tuple[str, str], Queue] = {}
        self._known = set(settled.could)

    def count(self, session: Session) -> None:
        """Count who did what in a session, and who could have."""
        for one in session.assignments:
            if one.member:
                could = one.eligible or self._roster.could_serve(session.slot, one.role)
                self.books.past(session.slot, one.role, one.member, could)
                if self._in_order:
                    self.serve(session.slot, one, self._known.difference(could))
                    self._known.update(could)

    def queue(self, slot: Slot, role: str) -> Queue:
        """Return the turns of a role of a series in the order of the file."""
        key = (slot.series, role)
        if key not in self._queues:
            excused = self._roster.excused(role)
            line = self._settled.lines.get(slot.series, {}).get(role, FIRST_IN_LINE)
            self._queues[key] = Queue([email for email in self._roster.members if email not in excused], line)
        return self._queues[key]

    def serve(self, slot: Slot, assignment: Assignment, missing: set[str]) -> None:
        """Go on after who has a role of a session, and owe it to those of ``missing`` who were in the team then."""
        members = self._roster.members
        there = {e for e in missing if e in members and (members[e].joined or slot.day) <= slot.day}
        if assignment.member:
            by_people = assignment.reason.kind in ("lead", *BY_WORD)
            self.queue(slot, assignment.role).served(assignment.member, there, by_people)

    @property
    def lines(self) -> dict[str, dict[str, Line]]:
        """Where turns in the order of the file stand, by series and role."""
        found: dict[str, dict[str, Line]] = {}
        for (series, role), queue in self._queues.items():
            found.setdefault(series, {})[role] = queue.line
        return found

    @property
    def could(self) -> tuple[str, ...]:
        """Everybody who could have served, where turns are in the order of the file."""
        return tuple(sorted(self._known))
