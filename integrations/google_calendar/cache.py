"""What this process knows of one calendar: its events as last answered, and its last listing, which teams share.

None of it is the truth: an ETag guards every write, and a process without it only asks more. Teams' passes run side by
side, so each of its steps is done alone.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from integrations.google_calendar.faults import Json
from integrations.google_calendar.marks import Name, is_cancelled, name_of

_MOST_EVENTS = 5000
_FRESH = 120.0  # seconds


@dataclass
class Listing:
    """What has changed between two tokens; everything there is where ``since`` is None. ``readers`` are teams."""

    since: str | None
    token: str
    items: tuple[Json, ...]
    taken: float
    readers: set[str] = field(default_factory=set)


class Cache:
    """What is known of one calendar, for all teams that use it; ``clock`` counts seconds, from any moment on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._alone = threading.RLock()
        self.looking = threading.Lock()
        """Held while one team asks for a listing."""
        self._events: OrderedDict[str, Json] = OrderedDict()
        self._series: dict[str, str] = {}
        self._listing: Listing | None = None
        self._handed_out: dict[str, int] = {}

    def keep(self, events: Iterable[Json]) -> None:
        """Remember events of ours as they are now."""
        with self._alone:
            for raw in events:
                if name := name_of(raw):
                    self._keep(raw, name)
            while len(self._events) > _MOST_EVENTS:
                self._events.popitem(last=False)

    def _keep(self, raw: Json, name: Name) -> None:
        self._events[raw["id"]] = raw
        self._events.move_to_end(raw["id"])
        if name.series_id == raw["id"] and not is_cancelled(raw):
            self._series[name.key] = raw["id"]

    def event(self, event_id: str) -> Json | None:
        """Return an event as it was last answered, if it was."""
        return self._events.get(event_id)

    def series(self, key: str) -> Json | None:
        """Return the series of a key that is there, if it is known."""
        raw = self._events.get(self._series.get(key, ""))
        return None if raw is None or is_cancelled(raw) else raw

    def shared(self, token: str | None, team: str) -> Listing | None:
        """Return the last listing if it also tells a team what is new since a token, and has not told it before."""
        with self._alone:
            last = self._listing
            if not last or team in last.readers or self._clock() - last.taken > _FRESH or not self._covers(last, token):
                return None
            last.readers.add(team)
            return last

    def _covers(self, listing: Listing, token: str | None) -> bool:
        if listing.since is None or token == listing.since:
            return True
        known = self._handed_out
        return token in known and listing.since in known and known[token] >= known[listing.since]

    def share(self, listing: Listing, team: str) -> None:
        """Let other teams have a listing that one has just asked for."""
        with self._alone:
            listing.readers.add(team)
            self._listing = listing
            self._handed_out.setdefault(listing.token, len(self._handed_out))
            self.keep(listing.items)

    def wrote(self, team: str) -> None:
        """Never show a team a listing from before its own write."""
        with self._alone:
            if self._listing:
                self._listing.readers.add(team)
