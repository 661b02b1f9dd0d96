"""What lets nothing through is left alone for a minute: a delivery of a hundred mails asks it once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from daemon.ports import PortError

PAUSE = 60.0
"""For how many seconds it is left alone."""


class Pause:
    """That of one account or place; ``seconds`` is a clock."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._fault, self._until = PortError(), float("-inf")

    def check(self) -> None:
        """See that it is not left alone now.

        Raises:
            PortError: it is, for this.
        """
        if 0 < self._until - self._seconds() <= PAUSE:  # a clock that was set back prolongs nothing
            raise type(self._fault)(str(self._fault))

    def begin(self, fault: PortError) -> None:
        """Leave it alone, for a fault of it."""
        self._fault, self._until = fault, self._seconds() + PAUSE

    @contextmanager
    def around(self) -> Iterator[None]:
        """Let the caller use it, and leave it alone where that fails.

        Raises:
            PortError: it is left alone.
        """
        self.check()
        try:
            yield
        except PortError as fault:
            self.begin(fault)
            raise
