"""A breaker a connection: a server that is down is left alone for a while; no pass need find it out anew."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar

from config.connection import Connection
from daemon.ports import PortError, Unavailable

Result = TypeVar("Result")
FAILURES = 3
"""So many failures, and no success in between, mean that a server is down."""
PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
"""For how long it is left alone, first and at most; the pause doubles each time that it is down still."""
LONGEST_TRY = timedelta(minutes=3)
"""For how long it is left to the one who tries for all; each exchange takes a minute at most."""
AGAIN = "It is asked again in a while."

GUARDED = ("observe", "write", "busy", "gather")
"""What is asked of a port in a pass; a check-up is to see for itself."""


class Breaker:
    """Knows whether a connection is up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures, self._tries = 0, 0
        self.failed = 0
        """How often it could not be used since the program started."""
        self._rests_until = datetime.max.replace(tzinfo=UTC)
        self._why = ""

    def call(
        self, clock: Callable[[], datetime], ping: Callable[[], object], ask: Callable[..., Result], *arguments: Any
    ) -> Result:
        """Ask for something, unless the connection is left alone now; the first who asks after that tries for all.

        ``clock`` tells the time, aware. One that was set back prolongs no pause. Before the connection is left alone,
        ``ping`` asks whether it answers anything at all: if it does, only what was asked fails, and is no matter of
        others.

        Raises:
            Unavailable: it is left alone.
        """
        was_down = self._admit(clock())
        try:
            result = ask(*arguments)
        except Unavailable as error:
            if self._is_too_much() and _answers(ping):
                self._succeeded(but_for=1)
                raise
            self._failed(error, clock(), was_down)
            if was_down:  # which was said so, and is no news
                raise type(error)(f"{error} {AGAIN}") from error
            raise
        except PortError:
            self._succeeded()  # it said no, so it is there
            raise
        self._succeeded()
        return result

    def is_down(self) -> bool:
        """Whether the connection is left alone for now, or the next who asks tries for all."""
        with self._lock:
            return self._failures >= FAILURES

    def _admit(self, now: datetime) -> bool:
        """Return whether it was down when it was asked last."""
        with self._lock:
            if was_down := self._failures >= FAILURES:
                if timedelta() < self._rests_until - now <= LONGEST_PAUSE:
                    raise Unavailable(f"{self._why} {AGAIN}")
                self._rests_until = now + LONGEST_TRY
            return was_down

    def _is_too_much(self) -> bool:
        """Whether one more failure is one for which it is left alone."""
        with self._lock:
            return self._failures + 1 >= FAILURES

    def _failed(self, error: Unavailable, now: datetime, was_down: bool) -> None:
        with self._lock:
            self._failures, self.failed, self._why = self._failures + 1, self.failed + 1, error.to_all
            self._tries += was_down  # many that were under way together say but once that it is down
            self._rest(now)

    def _rest(self, now: datetime) -> None:
        self._rests_until = now + min(LONGEST_PAUSE, PAUSE * 2 ** min(10, self._tries))

    def _succeeded(self, but_for: int = 0) -> None:
        with self._lock:
            self._failures, self._tries, self.failed = 0, 0, self.failed + but_for


def _answers(ping: Callable[[], object]) -> bool:
    try:
        ping()
    except PortError:
        return False
    return True


@lru_cache(maxsize=256)
def breaker_of(_connection: Connection) -> Breaker:
    """Return the one breaker of a connection."""
    return Breaker()


class Guarded:
    """A port behind the breaker of its connection; its ``ping`` asks the server something that is of no team."""

    def __init__(self, port: Any, breaker: Breaker, clock: Callable[[], datetime]) -> None:
        self._port, self._breaker, self._clock = port, breaker, clock

    def __getattr__(self, name: str) -> Any:
        """Return what the port offers."""
        offered = getattr(self._port, name)
        return partial(self._breaker.call, self._clock, self._port.ping, offered) if name in GUARDED else offered
