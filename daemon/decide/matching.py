"""The cheapest way to fill several roles with different people: the assignment problem. Pure.

A few roles are filled by a search, best first, which settles ties by a hash. What that takes grows with every role as a
power does, so more of them are filled by the Hungarian method (H. W. Kuhn, 1955), which is exact as well.
"""

import heapq
from bisect import insort
from collections.abc import Sequence

NO_ONE = ""
"""Stands for a role left unfilled in ``cheapest``."""
FEW = 4
"""So many roles are filled by a search."""
NEVER = 1e12
"""What it costs to give somebody a role that they cannot have."""

Candidate = tuple[float, str, str]
"""Cost, tie-breaker, e-mail."""


def cheapest(options: Sequence[Sequence[Candidate]]) -> tuple[str, ...]:
    """Return the cheapest way to fill roles with different people.

    ``options`` has for each role its candidates; ``NO_ONE`` is one of each, and may take several. Of the others only as
    many of each count as there are roles, for no more can be taken by other roles.
    """
    near = [_nearest(role, len(options)) for role in options]
    return _searched(near) if len(near) <= FEW else _matched(near)


def add_to_price(role: list[Candidate], email: str, more: float) -> None:
    """Let somebody cost more among the candidates of a role, the cheapest of whom comes first."""
    if more:
        place = next(place for place, (_, _, other) in enumerate(role) if other == email)
        cost, tie, _ = role.pop(place)
        insort(role, (cost + more, tie, email))


def _nearest(role: Sequence[Candidate], most: int) -> list[Candidate]:
    return sorted(one for one in role if one[2] == NO_ONE) + heapq.nsmallest(most, (one for one in role if one[2]))


def _searched(options: Sequence[Sequence[Candidate]]) -> tuple[str, ...]:
    """Search best first: what is still to be filled costs at least its cheapest candidate."""
    floors = [min(role)[0] for role in options]
    heap: list[tuple[float, tuple[str, ...], tuple[str, ...]]] = [(sum(floors), (), ())]
    while True:
        estimate, ties, picks = heapq.heappop(heap)
        if len(picks) == len(options):
            return picks
        for cost, tie, email in options[len(picks)]:
            if email == NO_ONE or email not in picks:
                heapq.heappush(heap, (estimate + cost - floors[len(picks)], (*ties, tie), (*picks, email)))


def _matched(options: Sequence[Sequence[Candidate]]) -> tuple[str, ...]:
    """Fill one role after the other, each time along the cheapest chain of people who change their roles."""
    people = [email for _, email in sorted({(tie, email) for role in options for _, tie, email in role if email})]
    people += [NO_ONE] * len(options)
    prices = [{email: cost for cost, _, email in role} for role in options]
    costs = [[price.get(email, NEVER) for email in people] for price in prices]
    holders = _Matching(costs).holders()
    return tuple(people[holders.index(number)] for number in range(len(options)))


class _Matching:
    """The Hungarian method, with potentials: rows are roles, columns people, of which there are as many or more."""

    def __init__(self, costs: Sequence[Sequence[float]]) -> None:
        self._costs = costs
        self._of_rows = [0.0] * len(costs)
        self._of_columns = [0.0] * len(costs[0])
        self._holders: list[int | None] = [None] * len(costs[0])

    def holders(self) -> list[int | None]:
        """Return for each column the row that has it."""
        for row in range(len(self._costs)):
            self._add(row)
        return self._holders

    def _add(self, row: int) -> None:
        """Give a row a column, moving others along the cheapest chain to a free one."""
        least, before = [float("inf")] * len(self._holders), [-1] * len(self._holders)
        chain, column, at = dict[int, int](), -1, row
        while True:
            nearest = self._look_from(at, column, chain, least, before)
            self._shift(row, least[nearest], chain, least)
            column, holder = nearest, self._holders[nearest]
            if holder is None:
                break
            chain[column] = at = holder
        while column >= 0:
            earlier = before[column]
            self._holders[column] = row if earlier < 0 else self._holders[earlier]
            column = earlier

    def _look_from(self, row: int, came: int, chain: dict[int, int], least: list[float], before: list[int]) -> int:
        """Note what each column costs that is reached from a row, and return the cheapest outside of the chain."""
        for column, cost in enumerate(self._costs[row]):
            if column not in chain:
                reduced = cost - self._of_rows[row] - self._of_columns[column]
                if reduced < least[column]:
                    least[column], before[column] = reduced, came
        return min((column for column in range(len(least)) if column not in chain), key=least.__getitem__)

    def _shift(self, row: int, by: float, chain: dict[int, int], least: list[float]) -> None:
        self._of_rows[row] += by
        for column, holder in chain.items():
            self._of_rows[holder] += by
            self._of_columns[column] -= by
        for column in range(len(least)):
            if column not in chain:
                least[column] -= by
