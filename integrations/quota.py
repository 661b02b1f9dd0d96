"""The quota of a connection: so many requests a minute, of this process or of all workers together."""

import threading
import time
from collections.abc import Callable

from daemon.ports import rest

Spend = Callable[[str, int, float, int], float]
"""Takes requests out of what is left for a connection, by its name, which gains so many a second and holds so many at
the most; returns how many seconds to wait before they may be made."""
_BURST = 20
"""So many may be sent at once after a rest, where a kind of connection does not say otherwise."""


class _Shared:
    spend: Spend | None = None


def spend_together(spend: Spend | None) -> None:
    """Let every quota of this process be one that is kept elsewhere; None for those of its own."""
    _Shared.spend = spend


class Quota:
    """Lets through so many requests a minute, of all that share this connection."""

    def __init__(
        self,
        connection: str,
        per_minute: int,
        most_at_once: int = _BURST,
        sleep: Callable[[float], None] = rest,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the connection's name; ``clock`` counts seconds, from any moment on."""
        self._connection, self._most = connection, min(most_at_once, per_minute // 2)
        self._rate = (per_minute - self._most) / 60  # so that no minute has more, that after a rest neither
        self._sleep, self._clock = sleep, clock
        self._left, self._since = float(self._most), clock()
        self._lock = threading.Lock()

    def take(self, requests: int = 1) -> None:
        """Wait until so many requests may be sent."""
        spend = _Shared.spend
        wait = spend(self._connection, requests, self._rate, self._most) if spend else self._spend(requests)
        if wait > 0:
            self._sleep(wait)

    def _spend(self, requests: int) -> float:
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._since) * self._rate)
            self._since = now
            self._left -= requests
            return max(0.0, -self._left / self._rate)


class Unlimited:
    """No quota is known."""

    def take(self, requests: int = 1) -> None:
        """Go on."""


def quota_of(name: str, connection: object, sleep: Callable[[float], None] = rest) -> Quota | Unlimited:
    """Return the quota that an operator has set for a connection."""
    per_minute: int | None = getattr(connection, "per_minute", None)
    return Quota(name, per_minute, sleep=sleep) if per_minute else Unlimited()
