"""Working days: the weekdays somebody works, less the public holidays of where they are.

Of a team, of a member who lives elsewhere, or of nowhere in particular. Days are dates in the zone of whoever is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from config.parts import DAY_NAMES

LONGEST_REST = 366
"""Days after which the search for a working day is given up."""

ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=1024)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """Return the public holidays of one calendar year, each with its name in the country's own language.

    ``country`` and ``subdivision`` are codes of ISO 3166 that the ``holidays`` package knows; observed days ("in lieu")
    are among them. A year for which it has no data is empty.
    """
    import holidays  # takes a few hundredths of a second, which only teams with holidays should pay

    entity = getattr(holidays, country)
    # Named, because left out it would be taken from the environment, and skips would read differently elsewhere.
    named = entity(subdiv=subdivision, years=year, language=entity.default_language)
    return MappingProxyType(dict(named))


@dataclass(frozen=True)
class WorkingDays:
    """The ``weekdays`` (English, lower case), less the holidays of ``country`` and ``subdivision``."""

    country: str | None = None
    subdivision: str | None = None
    weekdays: tuple[str, ...] = DAY_NAMES[:5]

    def holiday(self, day: date) -> str | None:
        """Return the name of the public holiday on ``day``, whatever its weekday, or None."""
        return public_holidays(self.country, self.subdivision, day.year).get(day) if self.country else None

    def works(self, day: date) -> bool:
        """Return whether ``day`` is a working day."""
        return DAY_NAMES[day.weekday()] in self.weekdays and self.holiday(day) is None

    def next(self, day: date) -> date:
        """Return the first working day after ``day``.

        Raises:
            ValueError: there is none within a year.
        """
        return self._nearest(day, ONE_DAY)

    def previous(self, day: date) -> date:
        """Return the last working day before ``day``.

        Raises:
            ValueError: there is none within a year.
        """
        return self._nearest(day, -ONE_DAY)

    def add(self, day: date, n: int) -> date:
        """Return the nth working day after ``day``, and ``day`` itself for 0.

        Raises:
            ValueError: n is negative, or there is no working day within a year.
        """
        if n < 0:
            raise ValueError(f"cannot add {n} working days: the number must not be negative")
        for _ in range(n):
            day = self.next(day)
        return day

    def between(self, a: date, b: date) -> int:
        """Return how many working days lie after ``a``, up to and including ``b``; 0 where b is not after a.

        So ``between(a, add(a, n)) == n``.
        """
        if b <= a:
            return 0
        worked = [DAY_NAMES.index(name) for name in set(self.weekdays)]
        # Ordinal 1 is a Monday, hence the weekday w falls on every seventh ordinal from w + 1.
        days = sum((b.toordinal() - 1 - w) // 7 - (a.toordinal() - 1 - w) // 7 for w in worked)
        return days - sum(a < day <= b and day.weekday() in worked for day in self._holidays(a.year, b.year))

    def _holidays(self, first: int, last: int) -> list[date]:
        if not self.country:
            return []
        years = range(first, last + 1)
        return [day for year in years for day in public_holidays(self.country, self.subdivision, year)]

    def _nearest(self, day: date, step: timedelta) -> date:
        for _ in range(LONGEST_REST):
            day += step
            if self.works(day):
                return day
        raise ValueError(f"there is no working day within {LONGEST_REST} days of {day - LONGEST_REST * step}")
