"""When each series takes place: its cadence becomes slots, and the days on which it does not, with the reason.

The arithmetic is on naive wall times, which are put into the team's zone last, so a session keeps its wall clock
across a change of the clocks. Every cadence is a recurrence rule (RFC 5545, section 3.3.10), the same that a calendar
is told. Only a sprint's session may lie elsewhere than the rule has it, since it counts working days.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, islice, repeat
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.cached import cached_property
from config.cadence import Cadence, SprintCadence
from config.formats import formats_of
from config.parts import DAY_NAMES
from config.team import Blackout, Decision, Holidays, Series, Sprint, Team
from daemon.decide.decisions import decided_series, decisions_of
from daemon.decide.recurring import Recurring, given
from daemon.decide.working_days import WorkingDays
from daemon.model import CalledOffBy, Skip, Slot, on_the_wall
from daemon.model.memory import Recurrence

DAYS_TRIED = 5
"""How many working days after a public holiday are looked at for a session that it moves."""
MOVED_AT_MOST = timedelta(days=40)
"""No country has so many days off in a row that a session is moved farther."""
NEARBY = timedelta(days=400)
"""How far around a date without a session the nearest sessions are looked for."""


def starts_of(series: Series, fallback: date) -> date:
    """Return the day a series starts: as its cadence says, else ``fallback``."""
    return series.cadence.starts or fallback


def recurrence(series: Series, team: Team, starts: date) -> Recurrence:
    """Return the rule of a series, from its first session on or after ``starts`` on.

    DTSTART of a sprint's session is its nominal day: a few days before ``starts`` where holidays delay the session.

    Raises:
        ValueError: the rule has no instance on or after ``starts``.
    """
    course = _Course.of(series, team, starts)
    for instance in course.instances(course.starts, date.max):
        return Recurrence(instance.recurrence_id, course.recurring.rrule)
    raise ValueError(f"{series.name}: its rule {course.recurring.rrule} has no date on or after {course.starts}")


def occurrences(
    series: Series, team: Team, key: str, starts: date, first: date, last: date, reach: date | None = None
) -> tuple[Slot | Skip, ...]:
    """Return what becomes of a series from ``first`` to ``last``, both inclusive, in the order of time.

    Whatever the lead moved further away than that is among it up to ``reach``.

    A session belongs to the local date on which it takes place, a skip to its original date. ``key`` is the series'
    own. Nothing is before ``starts``, from which the turns of the formats are counted too: one for each session that
    no holiday and no blackout forbids, even if the lead calls it off, for what was announced must keep its format.
    """
    course = _Course.of(series, team, starts)
    decided = decisions_of(series, team)
    moved = {on: on_the_wall(to, course.zone).date() for on, decision in decided.items() if (to := decision.move_to)}
    until = max(last, reach or last)
    moved_in = [on for on, day in moved.items() if first <= day <= until]
    found = _outcomes(series, team, key, course, min([course.reach(first), *moved_in]), max([last, *moved_in]))
    within = [(place, outcome) for place, outcome in found if first <= place.date() <= until]
    return tuple(outcome for _, outcome in sorted(within, key=lambda each: each[0]))


def decision_faults(
    team: Team, now: datetime, starts_of: Callable[[Series], date]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what is wrong with the lead's decisions from today on, today in the team's zone: paths and sentences.

    A decision is wrong on a date on which its series has no session, and about a role that the format of that session
    does not have. To cancel what a holiday or a blackout forbids already is not wrong, nor is anything past; and a
    series that does not exist is somebody else's fault.
    """
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    for number, decision in enumerate(team.sessions):
        series = decided_series(decision, team)
        if series and decision.on >= today:
            course = _Course.of(series, team, starts_of(series))
            for where, text in _faults(decision, series, team, course):
                yield ("sessions", number, where), text


def blackout_on(day: date, blackouts: Sequence[Blackout]) -> str:
    """Return why nothing takes place on ``day``; empty where no blackout says so."""
    reason = next((blackout.reason for blackout in blackouts if day in blackout.dates), "") if blackouts else ""
    return f"blackout: {reason}" if reason not in ("", "blackout") else reason


class _Instance(NamedTuple):
    """One recurrence of a cadence: its original wall time, the rule's, where it takes place, and what forbids it."""

    wall: datetime
    recurrence_id: datetime
    place: datetime
    obstacle: str = ""


@dataclass(frozen=True)
class _Course:
    """All that decides when a series takes place, apart from the lead's decisions; hashable, for the count of turns.

    Intervals are counted from ``anchor``; nothing is before ``starts``. ``weekdays`` are those on which the team works.
    """

    cadence: Cadence
    zone: str
    sprint: Sprint | None
    holidays: Holidays | None
    blackouts: tuple[Blackout, ...]
    weekdays: tuple[str, ...]
    anchor: date
    starts: date

    @classmethod
    def of(cls, series: Series, team: Team, starts: date) -> "_Course":
        anchor = starts_of(series, starts)
        days_off = (team.holidays, team.blackouts, team.working_days)
        return cls(series.cadence, team.timezone, team.sprint, *days_off, anchor, max(anchor, starts))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """It is asked for once a year since the series started, and blackouts may be many."""
        days_off = (self.sprint, self.holidays, self.blackouts, self.weekdays)
        return hash((self.cadence, self.zone, *days_off, self.anchor, self.starts))

    @cached_property
    def _blackouts(self) -> dict[int, tuple[Blackout, ...]]:
        """The blackouts that touch a year, as far as it was asked for."""
        return {}

    def _blackout(self, day: date) -> str:
        if day.year not in self._blackouts:
            first, last = date(day.year, 1, 1), date(day.year, 12, 31)
            touching = (one for one in self.blackouts if one.dates.first <= last and first <= one.dates.last)
            self._blackouts[day.year] = tuple(touching)
        return blackout_on(day, self._blackouts[day.year])

    @cached_property
    def working(self) -> WorkingDays:
        if self.holidays is None:
            return WorkingDays(weekdays=self.weekdays)
        return WorkingDays(self.holidays.country, self.holidays.subdivision, self.weekdays)

    @cached_property
    def recurring(self) -> Recurring:
        return Recurring(self.cadence, self.sprint, self.zone, self.anchor)

    def reach(self, first: date) -> date:
        """Return the earliest original date whose session may take place on ``first``.

        A holiday may have moved it over days off, a gap of the clocks to the day after.
        """
        moves = self.holidays is not None and self.holidays.then == "next-working-day"
        return max(self.starts, first - (MOVED_AT_MOST if moves else timedelta(days=1)))

    def instances(self, first: date, last: date) -> Iterator[_Instance]:
        """Yield the instances whose original date is from ``first`` to ``last``, in order."""
        first = max(first, self.starts)
        if isinstance(self.cadence, SprintCadence):
            return self._of_sprints(self.cadence, first, last)
        return (self._placed(wall, wall) for wall in self.recurring.walls(first, last))

    def turns_before(self, day: date) -> int:
        """Return how many instances without an obstacle precede ``day``."""
        years = sum(_turns_in(self, year) for year in range(self.starts.year, day.year))
        return years + (_turns(self, date(day.year, 1, 1), day - timedelta(days=1)) if day > self.starts else 0)

    def _of_sprints(self, cadence: SprintCadence, first: date, last: date) -> Iterator[_Instance]:
        sprint = given(self.sprint)
        length, offset = sprint.length.days, _nominal_offset(sprint, cadence.day, self.working)
        since, until = (first - sprint.starts).days, (last - sprint.starts).days
        for days in range(max(0, since // length) * length, until + 1, length):
            start = sprint.starts + timedelta(days=days)
            instance = self._of_sprint(start, length, cadence, start + timedelta(days=offset))
            if first <= instance.wall.date() <= last:
                yield instance

    def _of_sprint(self, start: date, length: int, cadence: SprintCadence, nominal: date) -> _Instance:
        all_days = (start + timedelta(days=n) for n in range(length))
        days = list(islice(filter(self.working.works, all_days), cadence.day))
        recurrence_id = datetime.combine(nominal, cadence.at)
        if len(days) == cadence.day:
            return self._placed(datetime.combine(days[-1], cadence.at), recurrence_id)
        reason = f"too few working days: {len(days)} in the sprint of {start}"
        return _Instance(recurrence_id, recurrence_id, recurrence_id, reason)

    def _free_day_after(self, holiday: date) -> date | None:
        """Return the working day to which a session on a holiday is moved: one without another of its series.

        Those that are moved before it take theirs first. None where the next ``DAYS_TRIED`` all have one.
        """
        first = max(holiday - MOVED_AT_MOST, self.starts)
        own = [wall.date() for wall in self.recurring.walls(first, holiday + MOVED_AT_MOST)]
        taken, place = set(own), None
        for day in (day for day in own if day <= holiday and self.working.holiday(day)):
            working = accumulate(repeat(day, DAYS_TRIED + 1), lambda before, _: self.working.next(before))
            place = next((one for one in islice(working, 1, None) if one not in taken), None)
            taken |= {place} if place else set()
        return place

    def _placed(self, wall: datetime, recurrence_id: datetime) -> _Instance:
        day = wall.date()
        holiday = self.working.holiday(day)
        moved_to = self._free_day_after(day) if holiday and self.holidays and self.holidays.then != "skip" else None
        if holiday and not moved_to:
            return _Instance(wall, recurrence_id, wall, f"public holiday: {holiday}")
        if blackout := self._blackout(day):
            return _Instance(wall, recurrence_id, wall, blackout)
        if not moved_to:
            return _Instance(wall, recurrence_id, wall)
        place = datetime.combine(moved_to, wall.time())
        return _Instance(wall, recurrence_id, place, self._blackout(place.date()))


def _turns(course: _Course, first: date, last: date) -> int:
    return sum(not instance.obstacle for instance in course.instances(first, last))


@lru_cache(maxsize=16384)
def _turns_in(course: _Course, year: int) -> int:
    """Count the turns of a whole year; kept, since every pass asks again for every year since the series started."""
    return _turns(course, date(year, 1, 1), date(year, 12, 31))


def _outcomes(
    series: Series, team: Team, key: str, course: _Course, first: date, last: date
) -> Iterator[tuple[datetime, Slot | Skip]]:
    """Yield what becomes of each instance by original date, after the local time at which that is."""
    formats, decided = formats_of(team), decisions_of(series, team)
    turn = course.turns_before(max(first, course.starts)) if len(series.turns) > 1 else 0
    for instance in course.instances(first, last):
        decision = decided.get(instance.wall.date())
        reason = instance.obstacle or (decision.cancel if decision and decision.cancel else "")
        place = instance.wall if reason else decision.move_to if decision and decision.move_to else instance.place
        format_name = series.turns[turn % len(series.turns)]
        minutes = (decision and decision.minutes) or series.minutes or formats[format_name].default
        starts_at = on_the_wall(place, course.zone)
        slot = Slot(key, instance.wall, course.zone, instance.recurrence_id, starts_at, minutes, format_name)
        if reason:
            yield place, Skip(slot, reason, CalledOffBy.RULE if instance.obstacle else CalledOffBy.LEAD)
        else:
            yield datetime.combine(starts_at, starts_at.time()), slot
        turn += not instance.obstacle


def _nominal_offset(sprint: Sprint, day: int, working: WorkingDays) -> int:
    """Return the days from a sprint's start to its nth day of the week that is worked, or to its last if it has fewer.

    Sprints that start on changing weekdays take the least that it is from any of them. So the nominal day is never
    after the session's, and the rule from its own first instance on is the same rule.
    """
    length = sprint.length.days
    starts = [sprint.starts] if length % 7 == 0 else [sprint.starts + timedelta(days=n) for n in range(7)]
    return min(_days_to(start, day, working, length) for start in starts)


def _days_to(start: date, day: int, working: WorkingDays, length: int) -> int:
    days = (n for n in range(length) if DAY_NAMES[(start + timedelta(days=n)).weekday()] in working.weekdays)
    return next(islice(days, day - 1, None), length - 1)


def _faults(decision: Decision, series: Series, team: Team, course: _Course) -> Iterator[tuple[str, str]]:
    """Yield the key and a sentence for each thing that is wrong with a decision."""
    found = list(course.instances(decision.on, decision.on))
    held = sum(not instance.obstacle for instance in found)
    if not held and found and decision.cancel:
        return  # it does not take place anyhow
    if not held:
        why = f" ({found[0].obstacle})" if found else ""
        yield "on", f"{series.name} has no session on {decision.on}{why}; {_advice(decision.on, course)}"
        return
    turn = course.turns_before(decision.on) if len(series.turns) > 1 else 0
    names = dict.fromkeys(series.turns[(turn + n) % len(series.turns)] for n in range(held))
    formats = formats_of(team)
    roles = dict.fromkeys(role for name in names for role in formats[name].roles)
    for role in decision.roles:
        if role not in roles:
            what = f"{series.name} on {decision.on} is of the format {' or '.join(names)}, which has no role {role!r}"
            yield role, f"{what}; its roles are: {', '.join(roles)}"


def _advice(day: date, course: _Course) -> str:
    """Return what a lead may have meant by a day without a session of its own."""
    around = course.instances(day - NEARBY, day + NEARBY)
    places = {instance.wall.date(): instance.place.date() for instance in around if not instance.obstacle}
    if moved := [original for original, place in places.items() if place == day]:
        return f"the session on that day was moved there from {moved[0]}; write that date"
    nearest = [original for original in places if original < day][-1:] + [near for near in places if near > day][:1]
    if not nearest:
        return f"there is none within {NEARBY.days} days either"
    return f"the nearest {'are' if len(nearest) > 1 else 'is'} {' and '.join(map(str, nearest))}"
