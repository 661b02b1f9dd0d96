"""The arithmetic of fair turns: what is due to each member, what they have done, and who would be owed too much.

An *balance* is kept of each thing that is shared out: each role of each series, counted in turns, and the load over all
of them, counted in minutes. Every duty entitles each member who could take it to ``share / shares of those who could``
of it. The *shortfall* of a member is what is due to them less what they did; over all members it sums to zero.

Giving each turn to the largest shortfall keeps the distances smallest on average, but not always below one turn.
``Balance.look_ahead`` tells where it would not.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from daemon.decide.looking_ahead import LookAhead
from daemon.model import Slot
from daemon.model.settled import FIRST_IN_LINE, NOTHING_SETTLED, Line, Settled, Share

NOTHING: Mapping[str, Share] = MappingProxyType({})


class Balance:
    """What is due to each member of one thing that is shared out, and who has it, in time order.

    Duties of the past are summed up; those ahead are numbered 0, 1, 2, … in the order in which they are added.
    """

    def __init__(self, members: Iterable[str], opening: Mapping[str, Share] = NOTHING) -> None:
        emails = list(members)
        self._opening = {email: opening.get(email, (0.0, 0.0))[0] for email in emails}
        self._done = {email: opening.get(email, (0.0, 0.0))[1] for email in emails}
        self._due: dict[str, list[float]] = {email: [] for email in self._done}
        self._held: dict[str, list[int]] = {email: [] for email in self._done}
        self._weights: list[float] = []
        self._could: list[Mapping[str, float]] = []
        self._holders: list[str | None] = []
        self._announced = 0

    @property
    def opening(self) -> dict[str, Share]:
        """What was due to each member of the past, and what they did."""
        return {email: (due, self._done[email]) for email, due in self._opening.items()}

    def past(self, holder: str, could: Mapping[str, float], weight: float = 1.0) -> None:
        """Count a duty that is over: ``could`` maps those who could have taken it to their shares."""
        total = sum(could.values())
        for email, share in could.items():
            if email in self._opening:
                self._opening[email] += weight * share / total
        if holder in self._done:
            self._done[holder] += weight

    def ahead(
        self, holder: str | None, could: Mapping[str, float], weight: float = 1.0, announced: bool = False
    ) -> int:
        """Add the next duty to come, given to ``holder`` or to nobody yet; return its number."""
        number, total = len(self._weights), sum(could.values())
        for email, due in self._due.items():
            before = due[-1] if due else self._opening[email]
            due.append(before + weight * could[email] / total if email in could else before)
        self._weights.append(weight)
        self._could.append(could)
        self._holders.append(None)
        self._announced = number + 1 if announced else self._announced
        self.give(number, holder)
        return number

    def give(self, number: int, holder: str | None) -> None:
        """Give a duty ahead to somebody else than before, or to nobody yet."""
        former = self._holders[number]
        if former in self._held:
            self._held[former].remove(number)
        if holder in self._held:
            insort(self._held[holder], number)
        self._holders[number] = holder

    def void(self, number: int) -> None:
        """Let a duty that nobody could take be due to nobody."""
        weight, could = self._weights[number], self._could[number]
        total = sum(could.values())
        for email, share in could.items():
            due = self._due[email]
            due[number:] = [value - weight * share / total for value in due[number:]]
        self._could[number] = {}

    def due(self, email: str, number: int) -> float:
        """Return what is due to a member up to and with duty ``number``."""
        return self._due[email][number]

    def done(self, email: str, number: int) -> float:
        """Return what a member did before duty ``number``."""
        return self._done[email] + sum(self._weights[held] for held in self._held[email] if held < number)

    def shortfall(self, email: str, number: int) -> float:
        """Return how much a member is short of at duty ``number``, on average from it to the last announced one.

        So whoever was announced for a turn soon is less short than whoever has none for weeks.
        """
        end = max(number + 1, self._announced)
        due, done = sum(self._due[email][number:end]), 0.0
        for held in self._held[email][: bisect_left(self._held[email], end)]:
            done += self._weights[held] * (end - max(held, number))
        return (due - done) / (end - number) - self._done[email]

    def now(self, email: str, number: int) -> float:
        """Return how much a member is short of at duty ``number``, whatever comes later."""
        return self._due[email][number] - self.done(email, number)

    def final(self, email: str) -> float:
        """Return how much a member is short of after all duties ahead, by what is given out of them."""
        due = self._due[email]
        given = sum(self._weights[held] for held in self._held[email])
        return (due[-1] if due else self._opening[email]) - self._done[email] - given

    def look_ahead(self, number: int) -> LookAhead:
        """Return what it comes to who takes duty ``number``, as things stand now."""
        done = {member: self.done(member, number) for member in self._due}
        return LookAhead(number, self._due, done, self._could, self._holders)


class Duty(NamedTuple):
    """A role of a session ahead, where it stands in its balance and in that of the load."""

    balance: Balance
    number: int
    load: int


class Books:
    """The accounts of a team: one for each role of each series, in turns, and one for the load, in minutes.

    ``minutes`` is the length of an average duty, in which the load is told; what is ``settled`` is counted already.
    """

    def __init__(self, members: Iterable[str], minutes: float, settled: Settled = NOTHING_SETTLED) -> None:
        self._members = list(members)
        self._minutes = minutes
        self._settled = settled
        self._load = Balance(self._members, settled.load)
        self._roles: dict[tuple[str, str], Balance] = {}

    def _balance(self, slot: Slot, role: str) -> Balance:
        key = (slot.series, role)
        if key not in self._roles:
            self._roles[key] = Balance(self._members, self._settled.turns.get(slot.series, {}).get(role, NOTHING))
        return self._roles[key]

    @property
    def turns(self) -> dict[str, dict[str, dict[str, Share]]]:
        """The shares of the past, by series and role."""
        found: dict[str, dict[str, dict[str, Share]]] = {}
        for (series, role), balance in self._roles.items():
            found.setdefault(series, {})[role] = balance.opening
        return found

    @property
    def opening_load(self) -> dict[str, Share]:
        """The shares of the past over all roles and series, in minutes."""
        return self._load.opening

    def past(self, slot: Slot, role: str, holder: str, could: Mapping[str, float]) -> None:
        """Count a duty that is over."""
        self._balance(slot, role).past(holder, could)
        self._load.past(holder, could, slot.minutes)

    def ahead(self, slot: Slot, role: str, holder: str | None, could: Mapping[str, float], announced: bool) -> Duty:
        """Add the next duty to come, given to ``holder`` or to nobody yet."""
        balance, load = self._balance(slot, role), self._load
        return Duty(
            balance, balance.ahead(holder, could, 1.0, announced), load.ahead(holder, could, slot.minutes, announced)
        )

    def give(self, duty: Duty, holder: str | None) -> None:
        """Give a duty ahead to somebody, or to nobody yet."""
        duty.balance.give(duty.number, holder)
        self._load.give(duty.load, holder)

    def void(self, duty: Duty) -> None:
        """Let a duty that nobody could take be due to nobody."""
        duty.balance.void(duty.number)
        self._load.void(duty.load)

    def load(self, email: str, duty: Duty) -> float:
        """Return how many average duties a member is short of, over all roles and series.

        It is the mean from this duty to the last announced one, so that a turn that is announced for soon counts.
        """
        return self._load.shortfall(email, duty.load) / self._minutes

    def load_now(self, email: str, duty: Duty) -> float:
        """Return how many average duties a member is short of at this one, whatever is given out after it."""
        return self._load.now(email, duty.load) / self._minutes

    def final_load(self, email: str) -> float:
        """Return how many average duties a member will be short of after all duties that are planned."""
        return self._load.final(email) / self._minutes


class Queue:
    """Turns in the order of the file: after who served last, except that whoever was skipped goes first."""

    def __init__(self, order: Sequence[str], line: Line = FIRST_IN_LINE) -> None:
        self._order = list(order)
        self._last = line.last
        self._owed = list(line.owed)
        self._passed = set(line.passed)

    @property
    def line(self) -> Line:
        """Where it stands."""
        return Line(self._last, tuple(self._owed), tuple(sorted(self._passed)))

    def next(self) -> list[str]:
        """Return everybody, the next in line first."""
        start = self._last + 1
        return self._owed + [email for email in self._order[start:] + self._order[:start] if email not in self._owed]

    def served(self, email: str, missing: Iterable[str], decided: bool = False) -> None:
        """Go on after ``email``; those of ``missing`` whom the turn skipped are owed it.

        Who makes up for a turn does not move the line, nor do two members whose turns the lead has swapped.
        """
        if email not in self._order:
            return
        if email in self._owed:
            self._owed.remove(email)
        elif not (decided and email in self._passed):
            place = self._order.index(email)
            skipped = self._between(place)
            self._owed += [member for member in skipped if member in missing and member not in self._owed]
            self._passed = set(skipped) if decided else set()
            self._last = place

    def _between(self, place: int) -> list[str]:
        start = self._last + 1
        return self._order[start:place] if start <= place else self._order[start:] + self._order[:place]
