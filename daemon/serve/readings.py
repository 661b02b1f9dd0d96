"""Team files are read beside the rounds: one that takes long to read keeps none of the others waiting."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from daemon.serve.lanes import Lanes, Seconds
from daemon.serve.settling import is_being_changed, state_of

QUARTER = timedelta(minutes=15)
"""After so long a file is read anew that was not touched: it may be another day for its team."""
AT_ONCE = 2
"""So many files are read side by side, for all share the processor with the passes."""
LONG: Seconds = 0.5
REST = 3
"""A file that takes so long to read is left alone for so many times as long, however often it is saved meanwhile."""

Said = TypeVar("Said")
Seen = tuple[tuple[int, ...], int]


@dataclass(frozen=True, slots=True)
class Read(Generic[Said]):
    """What a file said: how it was ``seen`` then, and whether that holds ``for_good``, as long as it is seen so."""

    said: Said
    seen: Seen
    is_steady: bool
    """Whether nobody was about to change it."""
    for_good: bool


class Readings(Generic[Said]):
    """What files say, by their paths. ``read`` reads one at a moment, ``holds`` tells whether nothing else counts."""

    def __init__(self, read: Callable[[Path, datetime], Said], holds: Callable[[Said], bool]) -> None:
        self._read, self._holds = read, holds
        self._done: dict[Path, Read[Said]] = {}
        self._rests = dict[Path, float]()
        self._lanes = Lanes(AT_ONCE)
        self._lock = threading.Lock()

    def of(self, paths: Iterable[Path], now: datetime, within: Seconds | None) -> Mapping[Path, Read[Said]]:
        """Return what the files say that could be read within so many seconds, or all; the others are read meanwhile.

        One that was not touched is not read anew, but where others count as well, and for its dates each quarter of an
        hour.
        """
        wanted = {path: (state_of(path), int(now.timestamp() // QUARTER.total_seconds())) for path in paths}
        for path, seen in wanted.items():
            is_rested = within is None or time.monotonic() >= self._rests.get(path, 0)
            if is_rested and not self._is_done(path, seen):
                self._lanes.submit(str(path), ["files"], partial(self._look, path, seen, now))
        self._lanes.settle(within)
        with self._lock:
            found = {path: done for path, done in self._done.items() if done.seen == wanted.get(path)}
            self._done = {path: done for path, done in found.items() if done.for_good}
            self._rests = {path: until for path, until in self._rests.items() if path in wanted}
        return found

    def _is_done(self, path: Path, seen: Seen) -> bool:
        with self._lock:
            return path in self._done and self._done[path].seen == seen

    def _look(self, path: Path, seen: Seen, now: datetime) -> None:
        begun = time.monotonic()
        said = self._read(path, now)
        is_steady, ended = not is_being_changed(path) and state_of(path) == seen[0], time.monotonic()
        for_good = bool(seen[0]) and is_steady and self._holds(said)
        with self._lock:
            self._done[path] = Read(said, seen, is_steady, for_good)
            if ended - begun > LONG:
                self._rests[path] = ended + REST * (ended - begun)
