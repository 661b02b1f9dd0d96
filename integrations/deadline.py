"""A deadline for a whole exchange with a server: what a socket's time-out does not bound is an answer that drips."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar, cast

from integrations.counter import Counter

Result = TypeVar("Result")
SECONDS = 60.0
"""How long one exchange may take."""


class Deadline:
    """Ends the exchanges of a connection that take too long: their threads are left behind, at most so many at once."""

    def __init__(self, counter: Counter, seconds: float = SECONDS, most: int = 8) -> None:
        self._counter, self._seconds = counter, seconds
        self._left_behind = threading.Semaphore(most)

    def within(self, exchange: Callable[[], Result]) -> Result:
        """Return what an exchange comes to, or raise what it raises.

        Raises:
            TimeoutError: it has not come to its end in time; whether it was done nobody knows. Or so many others have
                not that it was not begun.
        """
        self._counter.note_asked()
        if not self._left_behind.acquire(blocking=False):
            raise TimeoutError("it has not answered earlier questions yet")
        running = _Running(exchange, self._left_behind.release)
        running.start()
        running.join(self._seconds)
        if running.is_alive():
            raise TimeoutError(f"no whole answer within {self._seconds:g} seconds")
        return running.result()


class _Running(threading.Thread, Generic[Result]):
    """An exchange in a thread of its own, which may outlive whoever waits for it, but not the process."""

    def __init__(self, exchange: Callable[[], Result], at_its_end: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._exchange, self._at_its_end = exchange, at_its_end
        self._context = copy_context()  # what is logged meanwhile is of the same pass
        self._result: Result | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do it."""
        try:
            self._result = self._context.run(self._exchange)
        except BaseException as error:  # whoever waits for it is to see it
            self._error = error
        finally:
            self._at_its_end()

    def result(self) -> Result:
        """Return what it came to."""
        if self._error is not None:
            raise self._error
        return cast(Result, self._result)
