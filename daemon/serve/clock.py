"""A clock that has leapt is doubted: by a wrong one nothing is planned, and nobody is written to.

That a programme rests for some weeks is nothing strange; that it rests for longer, or goes back in time, may be the
clock. A second look confirms it, and until then a clock that is set from elsewhere may have been set right.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from config.values import YEARS
from daemon.ledger import Looks

LEAP, BACK = timedelta(weeks=5), timedelta(days=1)
"""So much later, or earlier, than the last pass of all is doubted when a process begins."""
SLIP = timedelta(hours=1)
"""So much may the clock differ from the time that has gone by, while a process runs."""
SECOND_LOOK = timedelta(minutes=3)
"""How long after the first look a daemon's second one is."""
LASTS = timedelta(days=1)
"""How long a first look counts as one."""


def since_boot() -> float:
    """Return how many seconds the machine has been running; where the system tells that, the time it slept counts."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock:
    """The clock of this machine, as a process looks at it now and then; ``looks`` outlast the process."""

    def __init__(
        self,
        now: Callable[[], datetime],
        looks: Looks,
        second_look: timedelta = SECOND_LOOK,
        gone_by: Callable[[], float] = since_boot,
    ) -> None:
        """Take what tells the time, aware, and what tells how many seconds have gone by, whatever becomes of that."""
        self._now, self._looks, self._second_look, self._gone_by = now, looks, second_look, gone_by
        self._trusted: tuple[datetime, float] | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether it says what cannot be, however often one looks."""
        return not YEARS.start < self._now().year < YEARS.stop - 1

    def moment(self) -> datetime | None:
        """Return the time; None where it has leapt since it was trusted last, so that nothing is to be begun by it."""
        now = self._now()
        return None if self._trusted and abs(self._leap(now)) > SLIP else now

    def doubt(self) -> str | None:
        """Return why it is doubted, in words for people; None where it is trusted."""
        if self.is_wrong:
            known = f"{YEARS.start + 1} to {YEARS.stop - 2}"
            return f"it is out of the years {known}, which cannot be. Nothing is written before it is set right"
        now, doubted = self._now(), self._looks.last("doubted")
        if self._has_leapt(now):
            if doubted is None or not timedelta() <= now - doubted <= LASTS:
                self._looks.note("doubted", now)
                return self._why(now)
            if now - doubted < self._second_look:
                return self._why(now)
        last = self._looks.last("trusted")
        if doubted or last is None or now.astimezone(UTC).date() != last.astimezone(UTC).date():
            self._looks.note("trusted", now)
        self._trusted = now, self._gone_by()
        return None

    def _has_leapt(self, now: datetime) -> bool:
        if self._trusted:
            return abs(self._leap(now)) > SLIP
        last = self._looks.last("trusted")
        return last is not None and not -BACK <= now - last <= LEAP

    def _why(self, now: datetime) -> str:
        return (
            f"it says {now.astimezone(UTC):%Y-%m-%d} now{self._seen_in(now)}. "
            "Nothing is written before a second look says the same"
        )

    def _seen_in(self, now: datetime) -> str:
        if self._trusted:
            leap = self._leap(now)
            return f", and has leapt {_words(abs(leap))} {'ahead' if leap > timedelta() else 'back'}"
        last = self._looks.last("trusted")
        return f"; at the last pass it said {last.astimezone(UTC):%Y-%m-%d}" if last else ""

    def _leap(self, now: datetime) -> timedelta:
        """Return how much further it went than time has gone by since it was trusted in this process."""
        assert self._trusted
        then, counted = self._trusted
        return now - then - timedelta(seconds=self._gone_by() - counted)


def _words(leap: timedelta) -> str:
    hours = round(leap / timedelta(hours=1))
    return f"{round(hours / 24):,} days" if hours >= 48 else f"{hours} hour{'s' if hours > 1 else ''}"
