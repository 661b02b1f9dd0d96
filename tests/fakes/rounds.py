"""How many requests a server has at once, and how many rounds of them come one after the other."""

import threading
import time
from typing import Literal


class Rounds:
    """A watcher of a stand-in. Requests are held back until no other has come for so many seconds: then all that are
    there make one round trip. Without any, nothing is held back, and only counted.
    """

    def __init__(self, quiet: float = 0.0) -> None:
        self._quiet = quiet
        self._changed = threading.Condition()
        self._here, self._latest = 0, 0.0
        self.most_at_once = 0
        self.in_a_row = 0

    def __call__(self, when: Literal["before", "after"], request: object) -> None:
        """Count a request, and hold it back."""
        with self._changed:
            self._here += 1 if when == "before" else -1
            self.most_at_once = max(self.most_at_once, self._here)
            if when == "before" and self._quiet:
                self._hold()

    def _hold(self) -> None:
        round_trip, self._latest = self.in_a_row, time.monotonic()
        while round_trip == self.in_a_row:
            if (left := self._latest + self._quiet - time.monotonic()) > 0:
                self._changed.wait(left)
            else:
                self.in_a_row += 1
                self._changed.notify_all()
