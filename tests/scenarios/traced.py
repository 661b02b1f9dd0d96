"""A moment that remembers each later one at which something would be judged otherwise, had it been that by then."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partialmethod
from operator import ge, gt, le, lt
from typing import Any


class Traced(datetime):
    """Now, or a time before or after it; ``flips`` are the moments at which a comparison or a date becomes another.

    ``away`` is how long after now it is; ``zone`` is where it is a wall time of, if it is one.
    """

    flips: list[datetime]
    away: timedelta
    zone: tzinfo | None

    @classmethod
    def of(
        cls, moment: datetime, flips: list[datetime], away: timedelta = timedelta(), zone: tzinfo | None = None
    ) -> "Traced":
        told = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond)
        made = cls(*told, tzinfo=moment.tzinfo, fold=moment.fold)
        made.flips, made.away, made.zone = flips, away, zone
        return made

    @property
    def plain(self) -> datetime:
        told = (self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond)
        return datetime(*told, tzinfo=self.tzinfo, fold=self.fold)

    def at(self, moment: datetime) -> datetime:
        """Return what now is once this time is another."""
        there = moment.replace(tzinfo=self.zone) if moment.tzinfo is None else moment
        return there.astimezone(UTC) - self.away

    def astimezone(self, tz: tzinfo | None = None) -> "Traced":
        return Traced.of(self.plain.astimezone(tz), self.flips, self.away)

    def replace(self, *args: Any, **told: Any) -> "Traced":
        return Traced.of(self.plain.replace(*args, **told), self.flips, self.away, self.zone or self.tzinfo)

    def date(self) -> date:
        today = self.plain.date()
        self.flips.append(self.at(datetime.combine(today + timedelta(days=1), time(), self.tzinfo or self.zone)))
        return today

    def _compared(self, other: datetime, how: Callable[[Any, Any], bool]) -> bool:
        self.flips.append(self.at(other))
        return how(self.plain, other.plain if isinstance(other, Traced) else other)

    __lt__ = partialmethod(_compared, how=lt)
    __le__ = partialmethod(_compared, how=le)
    __gt__ = partialmethod(_compared, how=gt)
    __ge__ = partialmethod(_compared, how=ge)

    def __add__(self, other: timedelta) -> "Traced":
        return Traced.of(self.plain + other, self.flips, self.away + other, self.zone)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, timedelta):
            return self + -other
        return Length.of(self.plain - other, lambda length: self.flips.append(self.at(other + length)))

    def __rsub__(self, other: datetime) -> "Length":
        return Length.of(other - self.plain, lambda length: self.flips.append(self.at(other - length)))

    def __eq__(self, other: object) -> bool:
        return self.plain == other

    def __hash__(self) -> int:
        return hash(self.plain)


class Length(timedelta):
    """How long something is from now; what it is compared with is told."""

    tell: Callable[[timedelta], None]

    @classmethod
    def of(cls, length: timedelta, tell: Callable[[timedelta], None]) -> "Length":
        made = cls(length.days, length.seconds, length.microseconds)
        made.tell = tell
        return made

    def _compared(self, other: timedelta, how: Callable[[Any, Any], bool]) -> bool:
        self.tell(other)
        return how(timedelta(self.days, self.seconds, self.microseconds), other)

    __lt__ = partialmethod(_compared, how=lt)
    __le__ = partialmethod(_compared, how=le)
    __gt__ = partialmethod(_compared, how=gt)
    __ge__ = partialmethod(_compared, how=ge)
