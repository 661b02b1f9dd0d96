"""Looking ahead: who may take a duty such that everybody can still be kept within a turn of what is due to them.

Nobody's count need ever be more than one turn from what is due (the chairman assignment problem; R. Tijdeman, Discrete
Mathematics 32, 1980). These are unit tasks with release times and deadlines: a member's next turn may begin once it
leaves them at most a turn ahead, and must be had before they are more than a turn behind. Earliest deadline first finds
a way if there is any, so the turns to come are played like that.

They are played once for all who might take the duty, as if nobody did. Who does is *ahead* of that play by a turn,
which makes no difference before the play gives them their next one: that goes to whoever is the most pressing
*instead*, who is then ahead by a turn, and so on. So it has only to be known who is ahead in the end.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence

BOUND = 1.0 + 1e-9
"""How far, in turns, a count may be from what is due, where those present permit it."""


class LookAhead:
    """The turns after duty ``number``, of twice as many as there are members.

    ``due`` is what is due to each member up to and with each duty, and ``done`` what they did before this one; of each
    duty it is known who ``could`` take it, and its ``holders`` so far.
    """

    def __init__(
        self,
        number: int,
        due: Mapping[str, Sequence[float]],
        done: Mapping[str, float],
        could: Sequence[Mapping[str, float]],
        holders: Sequence[str | None],
    ) -> None:
        self._due, self._could, self._holders = due, could, holders
        self._left = {email: due[email][number] - (did + 1) for email, did in done.items()}
        self._done = dict(done)
        self._deadline = {email: self._deadline_of(email) for email in done}
        self._deadlines = Counter(self._deadline.values())
        self._turns: list[tuple[str, str | None]] = []
        """Who was given each turn that was open, and who would have it instead were they ahead."""
        self._last = min(len(could), number + 2 * len(done))
        overdue = [email for email, deadline in self._deadline.items() if deadline <= number]
        self._needed = self._needed_of(overdue, number) if overdue else self._play(number + 1)
        self._becomes = self._found_ahead()

    def is_safe(self, email: str) -> bool:
        """Return whether everybody can be kept within a turn of what is due once ``email`` takes the duty."""
        if self._left[email] < -BOUND:
            return False
        ahead = self._becomes.get(email, email)
        return ahead is not None and (self._needed is None or ahead in self._needed)

    def _found_ahead(self) -> dict[str, str | None]:
        """Return who is ahead in the end if somebody is from the start, where that is not they themselves; None if
        there is a turn that nobody could be given."""
        becomes: dict[str, str | None] = {}
        for email, instead in reversed(self._turns):
            becomes[email] = instead and becomes.get(instead, instead)
        return becomes

    def _play(self, first: int) -> set[str] | None:
        """Play until somebody is overdue, or the end; return who has to be ahead then, None where it may be anybody."""
        for later in range(first, self._last):
            if not self._turn(later):
                return set()
            if self._deadlines[later]:
                overdue = [email for email, deadline in self._deadline.items() if deadline == later]
                return self._needed_of(overdue, later)
        return None

    def _needed_of(self, overdue: Sequence[str], number: int) -> set[str]:
        """Return who has to be ahead where some are overdue after a duty: nobody helps if these are several, or if all
        cannot be kept from that with one of them ahead."""
        if len(overdue) > 1:
            return set()
        self._count(overdue[0])
        before, self._turns = self._turns, []
        is_kept = self._deadline[overdue[0]] > number and self._play_on(number + 1)
        self._turns = before
        return set(overdue) if is_kept else set()

    def _play_on(self, first: int) -> bool:
        """Play to the end; return whether nobody was overdue."""
        return all(self._turn(later) and not self._deadlines[later] for later in range(first, self._last))

    def _turn(self, number: int) -> bool:
        """Give a turn to whom it is given, or to the most pressing; return whether somebody has it who could."""
        if holder := self._holders[number]:
            if holder in self._done:
                self._count(holder)
            return True
        due, done, deadline = self._due, self._done, self._deadline.__getitem__
        released = [email for email in self._could[number] if due[email][number] - done[email] >= 1 - BOUND]
        if not released:
            return not self._could[number]
        pressing = min(released, key=deadline)
        self._count(pressing)
        if due[pressing][number] - done[pressing] < 1 - BOUND:
            released.remove(pressing)
        self._turns.append((pressing, min(released, key=deadline, default=None)))
        return True

    def _count(self, email: str) -> None:
        """Count a turn of a member."""
        self._done[email] += 1
        self._deadlines[self._deadline[email]] -= 1
        self._deadline[email] = self._deadline_of(email)
        self._deadlines[self._deadline[email]] += 1

    def _deadline_of(self, email: str) -> int:
        """Return the last duty that keeps a member from being more than a turn behind."""
        return bisect_right(self._due[email], self._done[email] + BOUND)
