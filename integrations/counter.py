"""How much each connection was asked since the program started, by its name: what an operator watches."""

import threading
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(slots=True)
class Counter:
    """Counts what goes over one connection; several threads may tell of it."""

    asked: int = 0
    throttled: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note_asked(self) -> None:
        """Note that an exchange was begun."""
        with self._lock:
            self.asked += 1

    def note_throttled(self) -> None:
        """Note that the server wants to be asked less often."""
        with self._lock:
            self.throttled += 1


@lru_cache(maxsize=256)
def counter_of(_name: str) -> Counter:
    """Return the one counter of the connection of this name."""
    return Counter()
