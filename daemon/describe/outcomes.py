"""Does the programme help? What can be counted of it, over the whole team, with what goes with so few. Pure.

Everything is reckoned up to the end of the last full week, so that it stays the same meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from operator import itemgetter
from statistics import median
from types import MappingProxyType

from config.cached import cached_property
from config.onboarding import Newcomer, Newcomers
from config.team import Member, Team
from daemon.describe.figures import in_time, two_sprints, was_due
from daemon.describe.intervals import Interval, Shift, proportion_interval, ratio_interval, shift_interval
from daemon.learn.answers import TO_ANSWER
from daemon.model import OVER, Session, State
from daemon.model.members import Email
from daemon.model.memory import Item, Memory
from daemon.model.needs import BugReports
from daemon.model.settled import Counted, Sums, TaughtArea
from daemon.model.words import FACILITATOR, local

FEWEST = 5
"""Of fewer people nothing is told that comes of what they do: it could be traced to one of them."""
ONBOARDING_CLAIM, BUGS_CLAIM = 0.15, 0.10
"""By what part a programme of peer learning is said to shorten onboarding, and to lessen bug reports."""
LEAST_WEEKS, MOST_WEEKS = 4, 12
"""How long before and after an area is first taught its bug reports are counted."""
WEEK = timedelta(weeks=1)
TEACHING = ("presenter", "author")
NOTHING_BEFORE: Mapping[str, TaughtArea] = MappingProxyType({})


@dataclass(frozen=True)
class Proportion:
    """How many of those that could be counted are so; ``people`` stand behind it, None where it comes of nobody.

    It is an estimate, with an interval, unless everything was counted.
    """

    some: int
    of: int
    people: frozenset[Email] | None = None
    is_estimate: bool = True

    @property
    def is_shown(self) -> bool:
        """Whether there is something to tell, and it cannot be traced to one person."""
        return self.of > 0 and (self.people is None or len(self.people) >= FEWEST)

    @property
    def value(self) -> float | None:
        """The proportion, from 0 to 1."""
        return self.some / self.of if self.is_shown else None

    @property
    def interval(self) -> Interval | None:
        """The proportions that go with what was counted."""
        return proportion_interval(self.some, self.of) if self.is_shown and self.is_estimate else None

    def __add__(self, other: "Proportion") -> "Proportion":
        """Return the proportion of both together."""
        people = None if self.people is None or other.people is None else self.people | other.people
        return Proportion(self.some + other.some, self.of + other.of, people, self.is_estimate)


@dataclass(frozen=True)
class Onboarding:
    """How many days newcomers took, of those who joined ``before`` the programme began and ``after`` that.

    Who had as much time as the slowest before, and is not there yet, has taken infinitely long.
    """

    since: date | None = None
    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()
    unread: str = ""

    @property
    def medians(self) -> tuple[float | None, float | None]:
        """The days that half of each group took at most; None of a group that is too small to tell."""
        before, after = (median(group) if len(group) >= FEWEST else None for group in (self.before, self.after))
        return before, after

    @cached_property
    def change(self) -> tuple[float, Interval] | None:
        """By how many days it takes longer since, and what goes with that; None where too few are known."""
        interval = shift_interval(self.before, self.after) if None not in self.medians else None
        return (Shift(self.before, self.after).middle, interval) if interval else None

    @property
    def claim(self) -> float | None:
        """By how many days it would take longer, a negative number, if what is claimed were so."""
        before = self.medians[0]
        return None if before is None else -ONBOARDING_CLAIM * before


@dataclass(frozen=True)
class Bugs:
    """Bug reports in areas that were taught, over equally long times before and after each was taught first.

    ``weeks`` is how long that was, of each area. It is not ``known`` where no source tells of any.
    """

    known: bool = False
    weeks: tuple[int, ...] = ()
    before: int = 0
    after: int = 0

    @property
    def ratio(self) -> tuple[float, Interval] | None:
        """How many times as many there were afterwards, and what goes with that; None where there were none at all."""
        if not self.before + self.after:
            return None
        return self.after / self.before if self.before else inf, ratio_interval(self.before, self.after)

    def __add__(self, other: "Bugs") -> "Bugs":
        """Return the bug reports of both together."""
        both = self.before + other.before, self.after + other.after
        return Bugs(self.known or other.known, (*self.weeks, *other.weeks), *both)


@dataclass(frozen=True)
class Outcomes:
    """What can be told of a programme, of what was before ``until``.

    ``shared_areas`` are areas that two people know or more. ``keepers`` tells, for the lead alone, what only one knows.
    """

    until: date
    onboarding: Onboarding
    bugs: Bugs
    items: Proportion
    sessions: Proportion
    can_now: Proportion
    led: Proportion
    shared_areas: Proportion
    keepers: tuple[tuple[str, Email], ...]


def outcomes(team: Team, memory: Memory, newcomers: Newcomers, reports: BugReports, now: datetime) -> Outcomes:
    """Return what can be told of a team's programme; ``now`` is aware."""
    until = last_monday(local(now, team).date())
    past = [one for one in memory.settled.later(memory.sessions.values()) if one.slot.day < until]
    held, before = _held(memory, until), memory.settled.outcomes
    members = _members(team, until)
    leads = frozenset(one.email for one in members if FACILITATOR not in one.excused)
    have_led = leads & {*_led(held), *before.led}
    areas = known_areas(members, held, before.areas)
    shared = sum(len(people) > 1 for people in areas.values())
    return Outcomes(
        until,
        onboarding(newcomers, (team.outcomes.since if team.outcomes else None) or before.first, held, until),
        bug_reports(held, reports, until, before.areas),
        _items(team, memory.items.values(), until) + _of(before.items),
        _sessions(past, memory) + _of(before.sessions, is_of_people=False),
        _can_now(held, until) + _of(before.can_now),
        Proportion(len(have_led), len(leads), leads, is_estimate=False),
        Proportion(shared, len(areas), frozenset(one.email for one in members), is_estimate=False),
        known_to_one(team, memory, until),
    )


def outcomes_so_far(team: Team, memory: Memory, past: Sequence[Session], items: Iterable[Item], now: datetime) -> Sums:
    """Return what outcomes are counted from, of sessions and action items that are long over."""
    until, held = local(now, team).date(), [one for one in past if one.state in OVER]
    sessions, can_now, done = _sessions(past, memory), _can_now(held, until), _items(team, items, until)
    return Sums(
        min((one.slot.day for one in held), default=None),
        _counted(sessions),
        _counted(can_now),
        _counted(done),
        tuple(sorted(_led(held))),
        {area: TaughtArea(*told) for area, told in _areas_so_far(held)},
    )


def _counted(one: Proportion) -> Counted:
    return Counted(one.some, one.of, tuple(sorted(one.people or ())))


def _of(counted: Counted, is_of_people: bool = True) -> Proportion:
    return Proportion(counted.some, counted.of, frozenset(counted.people) if is_of_people else None)


def _led(held: Iterable[Session]) -> set[Email]:
    return {one.roles[FACILITATOR] for one in held if FACILITATOR in one.roles}


def _areas_so_far(held: Sequence[Session]) -> Iterator[tuple[str, tuple[str, str, date, tuple[Email, ...]]]]:
    weeks = _first_taught(held, {})
    about = sorted((one for one in held if one.topic and one.topic.area), key=lambda one: one.key)
    for area, week in weeks.items():
        own = [one for one in about if one.topic and one.topic.area and one.topic.area.casefold() == area]
        name = own[0].topic.area if own[0].topic else None
        yield area, (name or area, own[0].key, week, tuple(sorted({who for one in own for who in _taught_by(one)})))


def _taught_by(session: Session) -> set[Email]:
    roles = session.roles
    return {roles[role] for role in TEACHING if role in roles}


def known_to_one(team: Team, memory: Memory, until: date) -> tuple[tuple[str, Email], ...]:
    """Return the areas that only one person knows, of those who are in the team then, and who that is."""
    areas = known_areas(_members(team, until), _held(memory, until), memory.settled.outcomes.areas)
    return tuple((area, next(iter(people))) for area, people in areas.items() if len(people) == 1)


def _held(memory: Memory, until: date) -> list[Session]:
    own = memory.settled.later(memory.sessions.values())
    past = (*(one for one in own if one.slot.day < until), *memory.before)
    return [one for one in past if one.state in OVER]


def _members(team: Team, until: date) -> list[Member]:
    """Return who was in the team at the end of the week before."""
    return [
        one
        for one in team.members
        if not (one.joined and one.joined >= until) and not (one.leaves and one.leaves < until - timedelta(days=1))
    ]


def last_monday(day: date) -> date:
    """Return the day on which the week began that a day is in."""
    return day - timedelta(days=day.weekday())


def onboarding(newcomers: Newcomers, since: date | None, held: Sequence[Session], until: date) -> Onboarding:
    """Return how long newcomers took, before and since the programme began: its first session, unless that is told.

    Of those who joined since, whoever is quick is there first. So that they do not count before the slow ones do,
    each counts once as much time has gone by as anybody took before.
    """
    since = since or min((one.slot.day for one in held), default=None)
    if since is None:
        return Onboarding(unread=newcomers.unread)
    before = sorted(days for one in newcomers.people if one.joined < since and (days := _days(one, until)) < inf)
    enough = timedelta(days=max(before, default=0))
    had_time = (one for one in newcomers.people if since <= one.joined and one.joined + enough < _last(one, until))
    after = sorted(_days(one, until) for one in had_time) if before else ()
    return Onboarding(since, tuple(before), tuple(after), newcomers.unread)


def _days(one: Newcomer, until: date) -> float:
    return (one.onboarded - one.joined).days if one.onboarded and one.onboarded < until else inf


def _last(one: Newcomer, until: date) -> date:
    return min(one.leaves or until, until)


def bug_reports(
    held: Iterable[Session], reports: BugReports, until: date, so_far: Mapping[str, TaughtArea] = NOTHING_BEFORE
) -> Bugs:
    """Return the bug reports before and after the week in which each area was first taught.

    Before the first week of which there is any report, nothing is known, nor since they were last told as a whole.
    """
    if reports.until is None:
        return Bugs()
    counted, until = defaultdict[tuple[str, date], int](int), min(until, last_monday(reports.until))
    for (area, week), number in reports.weeks.items():
        counted[area.casefold(), week] += number
    known_since = min((week for _, week in counted), default=until)
    weeks, before, after = list[int](), 0, 0
    for area, first in sorted(_first_taught(held, so_far).items()):
        span = min(MOST_WEEKS, (first - known_since) // WEEK, (until - first) // WEEK - 1)
        if span >= LEAST_WEEKS:
            weeks.append(span)
            before += sum(counted.get((area, first - number * WEEK), 0) for number in range(1, span + 1))
            after += sum(counted.get((area, first + number * WEEK), 0) for number in range(1, span + 1))
    return Bugs(True, tuple(weeks), before, after)


def _first_taught(held: Iterable[Session], before: Mapping[str, TaughtArea]) -> dict[str, date]:
    """Return the Monday of the week in which each area was first taught."""
    first = {area: one.week for area, one in before.items()}
    for session in held:
        if session.topic and session.topic.area:
            area, week = session.topic.area.casefold(), last_monday(session.slot.day)
            first[area] = min(week, first.get(area, week))
    return first


def known_areas(
    members: Sequence[Member], held: Iterable[Session], before: Mapping[str, TaughtArea]
) -> dict[str, frozenset[Email]]:
    """Return who knows each area, as the team's file says, or has taught it; in the order of the areas' names.

    An area is the same in whatever case it is written; one that none of these members knows is left out.
    """
    names, known = dict[str, str](), defaultdict[str, set[Email]](set)
    for member in members:
        for name in member.knows:
            names.setdefault(name.casefold(), name)
            known[name.casefold()].add(member.email)
    taught = [(one.session, one.name, {*one.by}) for one in before.values()]
    taught += [(one.key, one.topic.area, _taught_by(one)) for one in held if one.topic and one.topic.area]
    for _, area, people in sorted(taught, key=itemgetter(0)):
        names.setdefault(area.casefold(), area)
        known[area.casefold()] |= people
    there = {one.email for one in members}
    return {names[key]: frozenset(people & there) for key, people in sorted(known.items()) if people & there}


def _items(team: Team, items: Iterable[Item], until: date) -> Proportion:
    judged = list(in_time(items, until, two_sprints(team)))
    people = frozenset(item.assignee for item, _ in judged if item.assignee)
    return Proportion(sum(done for _, done in judged), len(judged), people)


def _can_now(held: Iterable[Session], until: date) -> Proportion:
    """Return how many of the answers, weeks after a session, are a yes, once there was time to give them."""
    asked = [one.asked for one in held if one.asked and until - one.asked.on >= TO_ANSWER]
    people = frozenset(email for one in asked for email in one.answers)
    return Proportion(sum(one.can for one in asked), sum(one.answered for one in asked), people)


def _sessions(past: Iterable[Session], memory: Memory) -> Proportion:
    """Return how many sessions took place of those that no holiday or blackout prevented."""
    states = [one.state for one in past if one.takes_place or was_due(one, memory)]
    took_place = sum(state in OVER for state in states)
    return Proportion(took_place, took_place + states.count(State.CANCELLED))
