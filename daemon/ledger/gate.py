"""A gate before a database: whoever uses it goes through, unless somebody has it alone."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from daemon.ledger.errors import LedgerError

Seconds = float


class Gate:
    """Lets in any number of threads, or one alone; who is in may go in once more."""

    def __init__(self) -> None:
        """Nobody is in."""
        self._inside = Counter[int]()
        self._alone: int | None = None
        self._changed = threading.Condition()

    def enter(self, within: Seconds) -> None:
        """Go in, as soon as nobody else has it alone.

        Raises:
            LedgerError: somebody has, for longer than that.
        """
        me = threading.get_ident()
        with self._changed:
            if not self._changed.wait_for(lambda: self._alone in (None, me) or self._inside[me] > 0, within):
                raise LedgerError("another ledger is put in the place of this one; what was done before stays")
            self._inside[me] += 1

    def leave(self) -> None:
        """Go out; where another thread does so for one that went in, the last of those counts."""
        me = threading.get_ident()
        with self._changed:
            whose = me if self._inside[me] else next(one for one, often in self._inside.items() if often)
            self._inside[whose] -= 1
            self._inside += Counter()  # without those who are out
            self._changed.notify_all()

    @contextmanager
    def alone(self, within: Seconds) -> Iterator[None]:
        """Have it alone, once those who are in have gone out.

        Raises:
            LedgerError: they have not, for longer than that.
        """
        me = threading.get_ident()
        with self._changed:
            self._alone = me
            is_empty = self._changed.wait_for(lambda: set(+self._inside) <= {me}, within)
        try:
            if not is_empty:
                raise LedgerError(
                    "another ledger is in the place of this one, which is still in use; it is tried again"
                )
            yield
        finally:
            with self._changed:
                self._alone = None
                self._changed.notify_all()
