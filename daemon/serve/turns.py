"""Turns: of all that is done side by side, little computes at a moment.

Threads share one interpreter: of hundreds that compute, each has it for one moment in hundreds. So what nobody waits
for waits for a turn, and gives it back while it waits for a server; what somebody waits for has one at once. Who keeps
a turn for long does not compute all the time, but waits for something that nobody knows of here: it counts no more.
Threads that help somebody, as those of an exchange, have none of their own.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from daemon.ports import left_by

Seconds = float
MOST = 2
"""So many turns there are."""
LONG: Seconds = 5.0
"""A turn that was kept for so long keeps nobody else from one."""


@dataclass(slots=True)
class Turns:
    """The turns of a process."""

    most: int = MOST
    long: Seconds = LONG
    _taken: dict[int, Seconds] = field(default_factory=dict)
    """When each was taken, by the threads that have one."""
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def one(self, is_urgent: Callable[[], bool], waited: Callable[[Seconds], None] = lambda _: None) -> Iterator[None]:
        """Give the caller a turn, for which it waits unless what it does is urgent, or becomes so meanwhile.

        Each time that it has, it is told how long it ``waited``.
        """
        mine = threading.get_ident()

        def take() -> None:
            begun = time.monotonic()
            self._take(mine, is_urgent)
            waited(time.monotonic() - begun)

        take()
        try:
            with left_by(lambda: self._away(mine, take)):
                yield
        finally:
            self._give_back(mine)

    def hurry(self) -> None:
        """Look again what is urgent."""
        with self._changed:
            self._changed.notify_all()

    @contextmanager
    def _away(self, whose: int, take: Callable[[], None]) -> Iterator[None]:
        if threading.get_ident() != whose:  # a helper of theirs, who has no turn
            yield
            return
        self._give_back(whose)
        try:
            yield
        finally:
            take()

    def _take(self, whose: int, is_urgent: Callable[[], bool]) -> None:
        with self._changed:
            while not is_urgent() and (wait := self._until_free()) > 0:
                self._changed.wait(wait)
            self._taken[whose] = time.monotonic()

    def _until_free(self) -> Seconds:
        """Return after how many seconds there is a turn at the latest."""
        since = sorted(self._taken.values())
        return since[-self.most] + self.long - time.monotonic() if len(since) >= self.most else 0

    def _give_back(self, whose: int) -> None:
        with self._changed:
            self._taken.pop(whose, None)
            self._changed.notify()
