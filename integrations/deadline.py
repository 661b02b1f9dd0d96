"""A deadline for a whole exchange with a server: what a socket's time-out does not bound is an answer that drips."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Generic, TypeVar, cast

from integrations.counter import Counter

Result = TypeVar("Result")
SECONDS = 60.0
"""How long one exchange may take."""
MOST = 8
"""So many exchanges of one connection are under way at once; who comes then waits for one of them."""


class Deadline:
    """Ends the exchanges of a connection that take too long: their threads are left behind.

    Until the server lets go of them, these count among those that are under way.
    """

    def __init__(self, counter: Counter, seconds: float = SECONDS, most: int = MOST) -> None:
        self._counter, self._seconds, self._most = counter, seconds, most
        self._under_way, self._left_behind = 0, 0
        self._changed = threading.Condition()

    def within(self, exchange: Callable[[], Result], first: Callable[[], None] = lambda: None) -> Result:
        """Return what an exchange comes to, or raise what it raises; ``first`` is done right before it begins.

        Raises:
            TimeoutError: it has not come to its end in time; whether it was done nobody knows. Or so many others have
                not that it was not begun.
        """
        self._counter.note_asked()
        self._await_turn()
        running = _Running(exchange, self._ended)
        try:
            first()
            _start(running)
        except BaseException:
            self._ended(running)
            raise
        running.join(self._seconds)
        if self._is_left_behind(running):
            raise TimeoutError(f"no whole answer within {self._seconds:g} seconds")
        return running.result()

    def _await_turn(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_free() or self._left_behind >= self._most, self._seconds)
            if not self._is_free():
                raise TimeoutError("it has not answered earlier questions yet")
            self._under_way += 1

    def _is_free(self) -> bool:
        return self._under_way < self._most

    def _is_left_behind(self, running: "_Running[Any]") -> bool:
        with self._changed:
            running.is_left_behind = not running.has_ended
            self._left_behind += running.is_left_behind
            self._changed.notify_all()
            return running.is_left_behind

    def _ended(self, running: "_Running[Any]") -> None:
        with self._changed:
            running.has_ended = True
            self._under_way -= 1
            self._left_behind -= running.is_left_behind
            self._changed.notify_all()


def _start(thread: threading.Thread) -> None:
    try:
        thread.start()
    except RuntimeError:
        raise TimeoutError("this machine has no thread left for it") from None


class _Running(threading.Thread, Generic[Result]):
    """An exchange in a thread of its own, which may outlive whoever waits for it, but not the process."""

    def __init__(self, exchange: Callable[[], Result], at_its_end: Callable[["_Running[Any]"], None]) -> None:
        super().__init__(daemon=True)
        self.has_ended = self.is_left_behind = False
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
            self._at_its_end(self)

    def result(self) -> Result:
        """Return what it came to."""
        if self._error is not None:
            raise self._error
        return cast(Result, self._result)
