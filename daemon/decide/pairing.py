"""Who pairs with whom: everybody present is in one pair, or in one three where their number is odd.

Each is kept from their last three partners where possible: a pair costs the more, the more lately the two have met.
The search takes one person after the other, most constrained first, tries their partners from the cheapest up, and
goes back while that can save something. For a dozen people it ends with the best there is; for more, after ``STEPS``
steps at the latest, with the best it has seen. Announced pairs change only for those who would be left alone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from daemon.decide.overlaps import Duties
from daemon.decide.roster import Outline
from daemon.model import Session
from daemon.model.settled import NOTHING_SETTLED, Settled
from daemon.model.words import listed

LAST_PARTNERS = 3
"""How many partners back two people are kept from meeting again."""
REPEAT = 10
"""What it costs for each of two to meet one of their last partners; meeting the very last costs a little more."""
STEPS, LOOKED_AT = 20_000, 400_000
"""How many steps a search may take, and how many people be looked at in them: enough for a dozen people."""

Pair = tuple[str, ...]


class Partners:
    """Who has met whom how often and how lately; sessions are added in time order."""

    def __init__(self, settled: Settled = NOTHING_SETTLED) -> None:
        self._recent = {email: list(others) for email, others in settled.partners.items()}
        self._times = {frozenset(both.split(" ")): times for both, times in settled.met.items()}
        self._known = defaultdict[str, set[str]](set)
        for both in self._times:
            for one in both:
                self._known[one] |= both - {one}

    @property
    def recent(self) -> dict[str, tuple[str, ...]]:
        """Everybody's last partners, the latest first."""
        return {email: tuple(others) for email, others in self._recent.items()}

    @property
    def met_so_far(self) -> dict[str, int]:
        """How often two people have met, by both their e-mails with a space between."""
        return {" ".join(sorted(both)): times for both, times in self._times.items()}

    def met(self, pairs: Iterable[Pair]) -> None:
        """Count the pairs of a session."""
        for group in pairs:
            for one in group:
                others = sorted(set(group) - {one})
                earlier = [other for other in self._recent.get(one, ()) if other not in others]
                self._recent[one] = [*others, *earlier][:LAST_PARTNERS]
            for number, one in enumerate(group):
                for other in group[:number]:
                    both = frozenset((one, other))
                    self._known[one].add(other)
                    self._known[other].add(one)
                    self._times[both] = self._times.get(both, 0) + 1

    def cost(self, one: str, other: str) -> int:
        """Return how much is against pairing two people: nothing, unless either is one of the other's last partners."""
        return self._against(one, other) + self._against(other, one)

    def times(self, one: str, other: str) -> int:
        """Return how often two people have met."""
        return self._times.get(frozenset((one, other)), 0)

    def known(self, one: str) -> frozenset[str]:
        """Return whom somebody has met."""
        return frozenset(self._known[one])

    def met_lately(self, people: Iterable[str]) -> dict[str, set[str]]:
        """Return for each of some people those of them whose last partner they are, or who are one of theirs."""
        found: dict[str, set[str]] = {one: set() for one in people}
        for one in found:
            for other in self._recent.get(one, ()):
                if other in found and other != one:
                    found[one].add(other)
                    found[other].add(one)
        return found

    def _against(self, one: str, other: str) -> int:
        recent = self._recent.get(one, ())
        return REPEAT + LAST_PARTNERS - recent.index(other) if other in recent else 0


def pair(
    present: Sequence[str],
    partners: Partners,
    seed: str,
    decided: Sequence[Pair] = (),
    announced: Sequence[Pair] = (),
) -> tuple[Pair, ...]:
    """Return pairs of all who are present, with one three where their number is odd; no pair for one person.

    ``decided`` pairs are formed as far as their people are present, ``announced`` ones as far as that leaves nobody
    alone. ``seed`` breaks ties, by hash.
    """
    fixed = _among(decided, set(present))
    kept = _among(announced, set(present) - {one for group in fixed for one in group})
    settled = {one for group in (*fixed, *kept) for one in group}
    loose = [one for one in present if one not in settled]
    if len(loose) % 2 and (opened := _open_a_three(kept, loose, partners, seed)):
        kept, found = opened
    elif len(loose) == 1:
        return _sorted(_joined(loose[0], kept, partners, seed, fixed))
    else:
        found = _Search(partners, seed).best(loose)[1]
    return _sorted((*fixed, *kept, *found))


def pair_up(
    outlines: Sequence[Outline], held: Sequence[Session], duties: Duties, settled: Settled = NOTHING_SETTLED
) -> dict[str, tuple[Pair, ...]]:
    """Return the pairs of each session that has them, by its key; ``held`` are those of the past, in time order.

    Whoever has a duty, or is in a pair, at that time already is in none, unless too few others are left for one. What
    was announced comes first.
    """
    partners, found = Partners(settled), dict[str, tuple[Pair, ...]]()
    for session in settled.later(held):
        partners.met(session.pairs)
    for outline in sorted(outlines, key=lambda outline: not _announced(outline)):
        need = outline.need
        if need.pairs:
            outline.engaged = _engaged(outline, duties, found)
            present = [one for one in outline.able if one not in outline.engaged]
            found[need.slot.key] = pair(present, partners, need.slot.key, need.decided_pairs, _announced(outline))
            partners.met(found[need.slot.key])
    return found


def _announced(outline: Outline) -> tuple[Pair, ...]:
    return outline.need.announced.pairs if outline.need.announced else ()


def _engaged(outline: Outline, duties: Duties, found: Mapping[str, tuple[Pair, ...]]) -> frozenset[str]:
    """Return who has something else to do at the time of a session, as far as it has pairs without them.

    The lead's pairs stand, and near a session those that were announced.
    """
    need = outline.need
    fixed = {one for group in need.decided_pairs for one in group}
    fixed |= {one for group in _announced(outline) for one in group} if need.is_frozen else set()
    elsewhere = [found.get(other.need.slot.key, ()) for other in duties.overlapping(outline)]
    paired = {one for pairs in elsewhere for group in pairs for one in group}
    free, holders = [one for one in outline.able if one not in fixed], duties.holders(need.slot)
    engaged = frozenset(one for one in free if one in paired or duties.near(need.slot, one, holders)[0])
    return engaged if len(outline.able) - len(engaged) > 1 else frozenset()


def pair_note(
    present: Sequence[str], pairs: Sequence[Pair], names: Mapping[str, str], engaged: Sequence[str] = ()
) -> str:
    """Return what people should know of the pairs: who is three, or engaged, or that nobody is there to pair with."""
    if len(present) < 2:
        who = f"Only {names[present[0]]} can come" if present else "Nobody can come"
        return f"{who}: there is nobody to pair with."
    threes = (listed([names[one] for one in group]) for group in pairs if len(group) > 2)
    elsewhere = [f"In another session then: {listed([names[one] for one in engaged])}."] if engaged else []
    return "\n".join([*(f"Three together: {three}." for three in threes), *elsewhere])


def session_of(outline: Outline, pairs: tuple[Pair, ...], names: Mapping[str, str]) -> Session:
    """Return the session that has come of an outline and its pairs."""
    need = outline.need
    assignments = tuple(outline.standing[role] for role in need.roles)
    engaged = [one for one in outline.able if one in outline.engaged]
    note = pair_note(list(outline.able), pairs, names, engaged) if need.pairs else ""
    before = replace(need.announced or Session(need.slot), called_off_by=None, note=note)
    return replace(before, slot=need.slot, assignments=assignments, pairs=pairs, topic=need.topic)


def _sorted(groups: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(tuple(sorted(group)) for group in groups))


def _among(groups: Sequence[Pair], present: set[str]) -> tuple[Pair, ...]:
    """Return what is left of the groups with those present; nobody stands in two, or alone."""
    left, found = set(present), []
    for group in groups:
        there = tuple(one for one in dict.fromkeys(group) if one in left)
        if len(there) > 1:
            found.append(there)
            left -= set(there)
    return tuple(found)


def _open_a_three(
    kept: tuple[Pair, ...], loose: list[str], partners: Partners, seed: str
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]] | None:
    """Return the kept groups without the third of a three, and pairs of that third with those who are loose."""
    options = []
    for three in kept:
        for third in three if len(three) == 3 else ():
            rest = tuple(one for one in three if one != third)
            cost, found = _Search(partners, seed).best([*loose, third])
            options.append((cost, _tie(seed, third), tuple(rest if g is three else g for g in kept), found))
    return min(options)[2:] if options else None


def _joined(
    one: str, groups: tuple[Pair, ...], partners: Partners, seed: str, otherwise: tuple[Pair, ...] = ()
) -> tuple[Pair, ...]:
    """Return the groups with one more person in the best of them; in one of ``otherwise`` where there are none."""
    if not groups and not otherwise:
        return ()
    best = min(groups or otherwise, key=lambda group: _cost_of_joining(one, group, partners, seed))
    return tuple((*group, one) if group is best else group for group in (*groups, *otherwise))


def _cost_of_joining(one: str, group: Pair, partners: Partners, seed: str) -> tuple[int, int, int, str]:
    costs = sum(partners.cost(one, other) for other in group)
    return len(group), costs, sum(partners.times(one, other) for other in group), _tie(seed, group[0])


def _tie(seed: str, one: str) -> str:
    return hashlib.sha256(f"{seed} {one}".encode()).hexdigest()


class _Search:
    """A search for the cheapest pairs of some people, depth first, given up where it can only get worse."""

    def __init__(self, partners: Partners, seed: str) -> None:
        self._partners = partners
        self._seed = seed
        self._steps, self._looked_at = STEPS, LOOKED_AT
        self._found: tuple[int, tuple[Pair, ...]] | None = None
        self._people: list[str] = []
        self._ties: dict[str, str] = {}
        self._order: dict[str, list[str]] = {}

    def best(self, people: Sequence[str]) -> tuple[int, tuple[Pair, ...]]:
        """Return the pairs and what they cost; one person alone cannot be paired."""
        self._ties = {one: _tie(self._seed, one) for one in people}
        self._people = sorted(people, key=self._ties.__getitem__)
        met = self._partners.met_lately(people)
        self._extend(sorted(people, key=lambda one: (-len(met[one]), self._ties[one])), None, (), 0)
        return self._found or (0, ())

    def _ordered(self, one: str) -> list[str]:
        """Return whom somebody may be paired with, the cheapest first: strangers by a hash, then whom they know."""
        if one not in self._order:
            known, cost, times = self._partners.known(one), self._partners.cost, self._partners.times
            met = [other for other in self._people if other in known]
            strangers = [other for other in self._people if other not in known and other != one]
            self._order[one] = strangers + sorted(met, key=lambda other: (cost(one, other), times(one, other)))
        return self._order[one]

    def _is_vain(self, cost: int) -> bool:
        is_over = self._steps < 0 or self._looked_at < 0
        return self._found is not None and (is_over or cost >= self._found[0])

    def _extend(self, left: list[str], odd: str | None, pairs: tuple[Pair, ...], cost: int) -> None:
        self._steps, self._looked_at = self._steps - 1, self._looked_at - len(left)
        if not left:
            self._finish(odd, pairs, cost)
            return
        one, rest = left[0], left[1:]
        free = set(rest)
        for other in filter(free.__contains__, self._ordered(one)):
            both = cost + self._partners.cost(one, other)
            if self._is_vain(both):
                break  # whoever comes after costs as much, or more
            self._extend([person for person in rest if person != other], odd, (*pairs, (one, other)), both)
        if len(left) % 2 and odd is None and not self._is_vain(cost):
            self._extend(rest, one, pairs, cost)

    def _finish(self, odd: str | None, pairs: tuple[Pair, ...], cost: int) -> None:
        if odd is not None:
            groups = _joined(odd, pairs, self._partners, self._seed)
            cost += sum(self._partners.cost(odd, other) for group in groups if odd in group for other in group[:-1])
            pairs = groups
        if pairs and (self._found is None or cost < self._found[0]):
            self._found = (cost, pairs)
