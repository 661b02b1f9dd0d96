"""A deadline for a whole exchange with a server: what a socket's time-out does not bound is an answer that drips."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from time import monotonic
from typing import Any, Generic, TypeVar, cast

from daemon.ports import waiting
from integrations.counter import Counter

Result = TypeVar("Result")
SECONDS = 60.0
"""How long one exchange may take."""
MOST = 8
"""So many exchanges of one connection are under way at once; who comes then waits for one of them."""
FORGOTTEN_AFTER = 600.0
"""After so many seconds one that was left behind takes no place any more: some, such as a look-up of a name, never end
even where all is mended."""
MOST_FORGOTTEN = 100
"""So many are forgotten, for each keeps a thread."""


class Deadline:
    """Ends the exchanges of a connection that take too long: their threads are left behind.

    Until the server lets go of them, or for ``forgotten_after`` seconds, these count among those that are
    under way.
    """

    def __init__(
        self, counter: Counter, seconds: float = SECONDS, most: int = MOST, forgotten_after: float = FORGOTTEN_AFTER
    ) -> None:
        self._counter, self._seconds, self._most, self._forgotten_after = counter, seconds, most, forgotten_after
        self._under_way, self._forgotten = set[_Running[Any]](), set[_Running[Any]]()
        self._changed = threading.Condition()

    def within(self, exchange: Callable[[], Result], first: Callable[[], None] = lambda: None) -> Result:
        """Return what an exchange comes to, or raise what it raises; ``first`` is done right before it begins.

        Raises:
            TimeoutError: it has not come to its end in time; whether it was done nobody knows. Or so many others have
                not that it was not begun.
        """
        self._counter.note_asked()
        running = _Running(exchange, self._ended)
        with waiting():  # from its place on, for who has one is not to wait for something else
            self._await_place(running)
            try:
                first()
                _start(running)
            except BaseException:
                self._ended(running)
                raise
            running.join(self._seconds)
            is_left_behind = self._is_left_behind(running)
        if is_left_behind:
            raise TimeoutError(f"no whole answer within {self._seconds:g} seconds")
        return running.result()

    def _await_place(self, running: "_Running[Any]") -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_free() or self._are_left_behind(), self._seconds)
            if not self._is_free():
                raise TimeoutError("earlier questions to it have not come to an end yet")
            self._under_way.add(running)

    def _is_free(self) -> bool:
        if len(self._under_way) >= self._most:
            self._forget()
        return len(self._under_way) < self._most

    def _are_left_behind(self) -> bool:
        return all(one.left_behind is not None for one in self._under_way)

    def _forget(self) -> None:
        since = monotonic() - self._forgotten_after
        old = [one for one in self._under_way if one.left_behind is not None and one.left_behind <= since]
        some = old[: max(0, MOST_FORGOTTEN - len(self._forgotten))]
        self._under_way.difference_update(some)
        self._forgotten.update(some)

    def _is_left_behind(self, running: "_Running[Any]") -> bool:
        with self._changed:
            running.left_behind = None if running.has_ended else monotonic()
            self._changed.notify_all()
            return not running.has_ended

    def _ended(self, running: "_Running[Any]") -> None:
        with self._changed:
            running.has_ended = True
            self._under_way.discard(running)
            self._forgotten.discard(running)
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
        self.has_ended = False
        self.left_behind: float | None = None
        """When nobody waited for it any more."""
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
        """Return what it came to, or raise it: once, for an error keeps all that was at hand where it was raised."""
        error, self._error = self._error, None
        try:
            if error is not None:
                raise error
        finally:
            del error
        return cast(Result, self._result)
