"""How fair the rotation is: simulated team-years with fixed seeds, and the figures that they have to reach.

``python -m tests.bench.fairness`` prints the table.

*Planned afresh*, one role: teams of 4 to 12, 52 weekly sessions, everybody away 15 % of the time in blocks of one to
three weeks, all of it known. Of each team-year: the worst distance, at any moment and over everybody, between the
sessions somebody led and those due to them (of each session, one part in the number of people present), and how often
somebody led two in a row.

*Announced*, two roles (three in the last rows, beside the fewest back-to-back duties that any plan could have): every
week the sessions of the next twelve weeks are planned; what was announced stands. 4 to 12 people and a joiner (in week
4 to 44, known 0 to 8 weeks before), one of them leaves (after week 8 to 48, known 0 to 12 weeks before), absences as
above become known 0 to 16 weeks before, 5 % of the duties are declined in their week. Plans reach beyond the year's
end, as they do in life. Somebody's fair share is all duties of the year times their part of all weeks of presence (a
declined week is one); the *spread* is the greatest less the least of duties / fair share. Who was present in fewer than
``LEAST_WEEKS`` weeks is not compared there, as their fair share is near a single duty; the row "of everybody" compares
them too. *Other changes* are announced duties that moved though their holder could come, and not for the joiner, on
whose balance only sessions more than two weeks away may change.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from statistics import mean

from config.team import Member, Rotation
from daemon.decide.rotation import Need, rotate
from daemon.model import Session, Slot

WEEKS = 52
AHEAD = 12
KEEP = timedelta(weeks=2)
LEAST_WEEKS = 8
FIRST = datetime(2026, 1, 8, 12, 15, tzinfo=UTC)
NEVER = 10_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; ``limit`` is the most that it may be, None where it is only told."""

    name: str
    value: float
    limit: float | None = None


def slot(week: int) -> Slot:
    """Return the session of a week."""
    start = FIRST + timedelta(weeks=week)
    wall = start.replace(tzinfo=None)
    return Slot("team/talk", wall, "UTC", wall, start, 45, "talk")


def week_of(at: Slot) -> int:
    return (at.starts_at - FIRST) // timedelta(weeks=1)


def people(count: int, chance: random.Random) -> list[Member]:
    """Return members whose addresses say nothing of their order."""
    return [Member(name=f"P{n}", email=f"{chance.randrange(16**6):06x}-{n}@example.com") for n in range(count)]


def blocks(weeks: int, chance: random.Random) -> list[range]:
    """Return absences of one to three weeks that make up 15 % of the time."""
    found, week = [], 0
    while week < weeks:
        if chance.random() < 0.15 / 0.85 / 2:
            found.append(range(week, week + chance.randint(1, 3)))
            week = found[-1].stop
        week += 1
    return found


def back_to_back(sessions: Sequence[Session]) -> int:
    """Return how often somebody had a duty in two sessions in a row."""
    called = [set(session.roles.values()) for session in sessions]
    return sum(len(one & other) for one, other in pairwise(called))


def planned_afresh(seed: int) -> tuple[float, int]:
    """Return of a team-year with one role the worst distance from what is due, and the duties back to back."""
    chance = random.Random(seed)
    members = people(chance.randint(4, 12), chance)
    away = {(m.email, week) for m in members for block in blocks(WEEKS, chance) for week in block}

    def absent(member: Member, at: Slot) -> str | None:
        return "is away" if (member.email, week_of(at)) in away else None

    sessions = rotate([Need(slot(week), ("facilitator",)) for week in range(WEEKS)], members, Rotation(), [], absent)
    due, done, worst = dict.fromkeys((m.email for m in members), 0.0), Counter[str](), 0.0
    for week, session in enumerate(sessions):
        present = [email for email in due if (email, week) not in away]
        for email in present:
            due[email] += 1 / len(present)
        done.update(session.roles.values())
        worst = max(worst, *(abs(done[email] - due[email]) for email in due))
    return worst, back_to_back(sessions)


@dataclass(slots=True)
class Life:
    """When a member comes, leaves and is away, each with the week in which it becomes known."""

    member: Member
    away: tuple[tuple[range, int], ...]
    joins: int = 0
    join_known: int = 0
    leaves: int = NEVER
    leave_known: int = NEVER

    def absent(self, week: int, now: int) -> str | None:
        """Return why the member cannot come in a week, as far as that is known in the week ``now``."""
        if week < self.joins:
            return "has not joined yet"
        if week >= self.leaves and now >= self.leave_known:
            return "has left"
        return "is away" if any(week in block and now >= known for block, known in self.away) else None


def lives(chance: random.Random) -> list[Life]:
    """Return a team with a joiner, a leaver, and absences that become known 0 to 16 weeks before."""
    team = []
    for member in people(chance.randint(4, 12) + 1, chance):
        away = tuple((block, block.start - chance.randint(0, 16)) for block in blocks(WEEKS + AHEAD, chance))
        team.append(Life(member, away))
    joiner, leaver = chance.sample(team, 2)
    joiner.joins = chance.randint(4, 44)
    joiner.join_known = joiner.joins - chance.randint(0, 8)
    leaver.leaves = chance.randint(8, 48)
    leaver.leave_known = leaver.leaves - chance.randint(0, 12)
    return team


class Year:
    """A year of a team, lived week by week as the programme does."""

    def __init__(self, seed: int, roles: tuple[str, ...] = ("facilitator", "presenter")) -> None:
        self.roles = roles
        self.chance = random.Random(seed)
        self.team = {life.member.email: life for life in lives(self.chance)}
        self.declined: set[tuple[str, int]] = set()
        self.announced: dict[int, Session] = {}
        self.held: list[Session] = []
        self.forced = self.for_joiner = self.other = 0
        for week in range(WEEKS):
            self._live(week)

    def _live(self, week: int) -> None:
        somebody_joins = any(life.join_known == week for life in self.team.values() if life.joins)
        self._pass(week, FIRST + timedelta(weeks=week) + KEEP if somebody_joins else None)
        for email in self.announced[week].roles.values():
            if self.chance.random() < 0.05:
                self.declined.add((email, week))
        self._pass(week, None)
        self.held.append(self.announced.pop(week))

    def _pass(self, now: int, change_from: datetime | None) -> None:
        members = [life.member for life in self.team.values() if life.join_known <= now]
        needs = [self._need(week) for week in range(now, now + AHEAD)]
        absent = partial(self._absent, now=now)
        for need, after in zip(needs, rotate(needs, members, Rotation(), self.held, absent, change_from), strict=True):
            if need.announced:
                self._compare(need.announced, after, absent, change_from)
            self.announced[week_of(need.slot)] = after

    def _need(self, week: int) -> Need:
        declined = frozenset(email for email, when in self.declined if when == week)
        announced = self.announced.get(week)
        return Need(slot(week), self.roles, announced=announced, declined=declined)

    def _absent(self, member: Member, at: Slot, now: int) -> str | None:
        if (member.email, week_of(at)) in self.declined:
            return "has declined"
        return self.team[member.email].absent(week_of(at), now)

    def _compare(
        self,
        before: Session,
        after: Session,
        absent: Callable[[Member, Slot], str | None],
        change_from: datetime | None,
    ) -> None:
        for role, email in before.roles.items():
            if after.roles.get(role) != email:
                forced = absent(self.team[email].member, before.slot) is not None
                may_move = change_from is not None and before.slot.starts_at >= change_from
                self.forced += forced
                self.for_joiner += may_move and not forced
                self.other += not may_move and not forced

    def spread(self, least_weeks: int) -> float:
        """Return the greatest less the least of duties / fair share, of those present so many weeks."""
        present = {
            email: sum(life.absent(week, NEVER) is None for week in range(WEEKS)) for email, life in self.team.items()
        }
        duties = Counter(email for session in self.held for email in session.roles.values())
        rate = duties.total() / sum(present.values())
        ratios = [duties[email] / (rate * weeks) for email, weeks in present.items() if weeks >= least_weeks]
        return max(ratios) - min(ratios)

    def least_back_to_back(self) -> int:
        """Return how many duties are back to back at the least, whoever knows all absences and declines beforehand.

        Two sessions in a row share as many people as they need more than there are for both.
        """
        there = [self._there(week) for week in range(WEEKS)]
        needed = [min(len(self.roles), len(people)) for people in there]
        return sum(max(0, sum(needed[n : n + 2]) - len(there[n] | there[n + 1])) for n in range(WEEKS - 1))

    def _there(self, week: int) -> set[str]:
        return {e for e, life in self.team.items() if not life.absent(week, NEVER) and (e, week) not in self.declined}


def afresh_figures(seeds: Sequence[int]) -> list[Figure]:
    """Return what planning afresh reaches over the team-years of these seeds."""
    worst, twice = zip(*map(planned_afresh, seeds), strict=True)
    return [
        Figure("planned afresh: worst distance from what is due, mean", mean(worst), 0.90),
        Figure("planned afresh: worst distance from what is due, greatest", max(worst), 1.20),
        Figure("planned afresh: back-to-back duties a year", mean(twice), 0.08),
    ]


def announced_figures(seeds: Sequence[int]) -> list[Figure]:
    """Return what announcing twelve weeks ahead reaches over the team-years of these seeds."""
    years = [Year(seed) for seed in seeds]
    return [
        Figure("announced: spread, mean", mean(year.spread(LEAST_WEEKS) for year in years), 0.24),
        Figure("announced: spread of everybody, mean", mean(year.spread(1) for year in years)),
        Figure("announced: back-to-back duties a year", mean(back_to_back(year.held) for year in years), 10),
        Figure("announced: forced changes a year", mean(year.forced for year in years)),
        Figure("announced: changes for a joiner", mean(year.for_joiner for year in years)),
        Figure("announced: other changes", sum(year.other for year in years), 0),
    ]


def three_role_figures(seeds: Sequence[int]) -> list[Figure]:
    """Return what three roles a session come to, beside the least that is possible: in small teams it is not small."""
    years = [Year(seed, ("facilitator", "presenter", "note-taker")) for seed in seeds]
    done = mean(back_to_back(year.held) for year in years)
    least = mean(year.least_back_to_back() for year in years)
    return [
        Figure("announced, three roles: spread, mean", mean(year.spread(LEAST_WEEKS) for year in years), 0.24),
        Figure("announced, three roles: back-to-back duties a year", done),
        Figure("announced, three roles: beside the least that is possible", done / least, 2),
    ]


def figures() -> list[Figure]:
    """Return all figures: 400 team-years planned afresh, 200 announced, 40 with three roles."""
    return [*afresh_figures(range(400)), *announced_figures(range(200)), *three_role_figures(range(40))]


def main() -> None:
    """Print the table."""
    for figure in figures():
        limit = "" if figure.limit is None else f"  at most {figure.limit:.2f}"
        print(f"{figure.name:<60}{figure.value:>8.3f}{limit}")


if __name__ == "__main__":
    main()
