"""The wall times at which a cadence recurs, and the recurrence rule that says the same to a calendar.

RFC 5545, section 3.3.10. Weeks and months are counted here, by the day and far faster than by a general rule; a rule
that a team lead wrote is left to dateutil. Times are naive, of the team's zone.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from config.cached import cached_property
from config.cadence import Cadence, MonthlyCadence, RuleCadence, SprintCadence, WeeklyCadence
from config.parts import DAY_NAMES, ORDINALS
from config.team import Sprint
from daemon.model import on_the_wall

MONTHS = 12


@dataclass(frozen=True)
class Recurring:
    """A cadence whose intervals are counted from ``anchor``; a sprint's is nominal."""

    cadence: Cadence
    sprint: Sprint | None
    zone: str
    anchor: date

    @cached_property
    def rule(self) -> str:
        """The rule as text, without UNTIL."""
        return ";".join(part for part in self._written.split(";") if not part.startswith("UNTIL="))

    @cached_property
    def until(self) -> datetime | None:
        """The wall time after which it does not recur."""
        return _until(self._written, self.zone)

    @property
    def rrule(self) -> str:
        """The rule as a calendar is told it."""
        if self.until is None:
            return self.rule
        return f"{self.rule};UNTIL={on_the_wall(self.until, self.zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"

    def walls(self, first: date, last: date) -> Iterator[datetime]:
        """Yield the wall times from ``first`` to ``last``, both inclusive, in order; none of a sprint's."""
        match self.cadence:
            case WeeklyCadence():
                return _weekly(self.cadence, self.anchor, first, last)
            case MonthlyCadence():
                return _monthly(self.cadence, self.anchor, first, last)
            case RuleCadence():
                return self._by_rule(self.cadence, first, last)
            case SprintCadence():
                return iter(())

    @cached_property
    def _written(self) -> str:
        match self.cadence:
            case WeeklyCadence(on=on, interval=interval):
                days = ",".join(day[:2].upper() for day in DAY_NAMES if day in on)
                return f"FREQ=WEEKLY;INTERVAL={interval};WKST=MO;BYDAY={days}"
            case MonthlyCadence(interval=interval):
                nth, weekday = _nth_weekday(self.cadence)
                return f"FREQ=MONTHLY;INTERVAL={interval};BYDAY={nth}{DAY_NAMES[weekday][:2].upper()}"
            case SprintCadence():
                length = given(self.sprint).length.days
                return f"FREQ=DAILY;INTERVAL={length}" if length % 7 else f"FREQ=WEEKLY;INTERVAL={length // 7}"
            case RuleCadence(rrule=rrule):
                return rrule.strip().upper().removeprefix("RRULE:")

    def _by_rule(self, cadence: RuleCadence, first: date, last: date) -> Iterator[datetime]:
        from dateutil.rrule import rrulestr  # takes a hundredth of a second, which only teams with rules should pay

        dtstart = datetime.combine(self.anchor, cadence.at)
        begin, end = datetime.combine(first, time.min), datetime.combine(last, time.max)
        end = min(end, self.until) if self.until else end
        walls = rrulestr(self.rule, dtstart=_forwarded(dtstart, self.rule, first))
        return (wall for wall in takewhile(end.__ge__, walls) if wall >= begin)


def given(sprint: Sprint | None) -> Sprint:
    """Return the team's sprint.

    Raises:
        ValueError: it has none.
    """
    if sprint is None:
        raise ValueError("a series recurs every sprint, but the team has no sprint: write sprint: {starts, length}")
    return sprint


def _weekly(cadence: WeeklyCadence, anchor: date, first: date, last: date) -> Iterator[datetime]:
    """Yield the wall times of a weekly cadence, by the days' ordinals; weeks begin on Monday."""
    monday, step = anchor.toordinal() - anchor.weekday(), 7 * cadence.interval
    begin, end = max(first, anchor).toordinal(), last.toordinal()
    weekdays = [n for n, day in enumerate(DAY_NAMES) if day in cadence.on]
    for week in range(monday + max(0, begin - monday) // step * step, end + 1, step):
        for weekday in weekdays:
            if begin <= week + weekday <= end:
                yield datetime.combine(date.fromordinal(week + weekday), cadence.at)


def _monthly(cadence: MonthlyCadence, anchor: date, first: date, last: date) -> Iterator[datetime]:
    """Yield the wall times of a monthly cadence; a month without a fifth such weekday has none."""
    (nth, weekday), step = _nth_weekday(cadence), cadence.interval
    begin, month = max(first, anchor), _month(anchor)
    for number in range(month + max(0, _month(begin) - month) // step * step, _month(last) + 1, step):
        day = _day_of(number // MONTHS, number % MONTHS + 1, nth, weekday)
        if day and begin <= day <= last:
            yield datetime.combine(day, cadence.at)


def _month(day: date) -> int:
    return day.year * MONTHS + day.month - 1


def _nth_weekday(cadence: MonthlyCadence) -> tuple[int, int]:
    """Return which weekday of the month is meant, -1 for the last, and which weekday, 0 for Monday."""
    ordinal, day = cadence.on.split()
    return -1 if ordinal == "last" else ORDINALS.index(ordinal) + 1, DAY_NAMES.index(day)


def _day_of(year: int, month: int, nth: int, weekday: int) -> date | None:
    begins, length = monthrange(year, month)
    days = range(1 + (weekday - begins) % 7, length + 1, 7)
    return date(year, month, days[nth - 1 if nth > 0 else nth]) if nth <= len(days) else None


def _until(rule: str, zone: str) -> datetime | None:
    """Return the wall time of a rule's UNTIL, which may be in UTC, local, or a date, meaning all of that day."""
    value = next((part[6:] for part in rule.split(";") if part.startswith("UNTIL=")), None)
    if value is None:
        return None
    moment = datetime.fromisoformat(value if "T" in value else f"{value}T235959")
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment.tzinfo else moment


def _forwarded(dtstart: datetime, rule: str, first: date) -> datetime:
    """Return a later start from which ``rule`` has the same instances on and after ``first``, where that is simple.

    It stays in step with the interval, and one interval early, for the first week of a rule may be cut short.
    """
    from dateutil.relativedelta import relativedelta

    parts = dict(part.split("=") for part in rule.split(";"))
    interval = int(parts.get("INTERVAL", 1))
    if "COUNT" in parts or first <= dtstart.date():
        return dtstart
    if parts["FREQ"] in ("DAILY", "WEEKLY"):
        step = interval * (7 if parts["FREQ"] == "WEEKLY" else 1)
        return dtstart + timedelta(days=max(0, (first - dtstart.date()).days // step - 1) * step)
    if parts["FREQ"] == "MONTHLY" and dtstart.day <= 28:
        months = (first.year - dtstart.year) * 12 + first.month - dtstart.month
        return dtstart + relativedelta(months=max(0, months // interval - 1) * interval)
    return dtstart
