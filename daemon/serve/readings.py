"""Team files are read beside the rounds: one that takes long to read keeps none of the others waiting."""

import threading
import time
from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from daemon.serve.lanes import Lanes, Seconds
from daemon.serve.questions import Questions
from daemon.serve.settling import Settling, State, state_of

AT_ONCE = 2
"""So many files are read side by side, for all share the processor with the passes."""
MOMENT: Seconds = 0.1
"""In so little time a file is read that does not take long."""
MANY = 20
"""Of so many files that are read at length it takes as long again."""
LONG: Seconds = 0.25
REST = 3
"""A file that takes so long to read is left alone for so many times as long, however often it is saved meanwhile."""

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Read(Generic[Said]):
    """What a file said: how it was ``seen`` then, on which ``day``, and whether that holds ``for_good`` until then."""

    said: Said
    seen: State
    day: Hashable
    is_steady: bool
    """Whether nobody was about to change it."""
    for_good: bool


class Readings(Generic[Said]):
    """What files say, by their paths.

    ``read`` reads one at a moment. ``read_briefly`` leaves out what may take long, and tells whether there was nothing
    of that: else the file is read at length as well, which keeps none of the others waiting. ``holds`` tells whether
    nothing else counts, and ``day`` what of a moment counts; ``settling`` tells whether somebody is about to change
    one. ``questions`` are asked how files are, and one of which nobody tells that is not read.
    """

    def __init__(
        self,
        read: Callable[[Path, datetime], Said],
        read_briefly: Callable[[Path, datetime], tuple[Said, bool]],
        holds: Callable[[Said], bool],
        day: Callable[[Said, datetime], Hashable],
        settling: Settling,
        questions: Questions,
    ) -> None:
        self._read, self._read_briefly, self._holds, self._day = read, read_briefly, holds, day
        self._settling, self._questions = settling, questions
        self._done: dict[Path, Read[Said]] = {}
        self._rests = dict[Path, float]()
        self.in_part = dict[Path, Said]()
        """What was read briefly of those that are being read at length."""
        self._long = dict[Path, State]()
        """How those were seen that may take long to read, as ``read_briefly`` found."""
        self._lanes = Lanes(AT_ONCE)
        self._lock = threading.Lock()

    def of(
        self, paths: Iterable[Path], now: datetime, within: Seconds | None, known: Container[Path] = ()
    ) -> Mapping[Path, Read[Said]]:
        """Return what the files say that could be read within so many seconds, or all; the others are read meanwhile.

        One that was not touched is not read anew, but where others count as well, and for its dates on another day.
        Those ``known`` before are read first, and wait for none that is new; those that take long are not waited for.
        """
        wanted, first, quick, lengthy = self._states_of(paths), list[str](), set[str](), set[str]()
        for path, seen in wanted.items():
            is_rested = within is None or time.monotonic() >= self._rests.get(path, 0)
            if is_rested and not self._is_done(path, seen, now) and not self._questions.silent_at(path):
                is_long = self._long.get(path) == seen
                name = self._begin(path, seen, now, is_long, path in known, len(first))
                first += [name] if path in known else []
                if path not in self._rests:
                    (lengthy if is_long else quick).add(name)
        if within is None:
            self._lanes.settle(None)
        elif awaited := quick.intersection(first) or quick:
            self._lanes.settle(within, awaited)
        if lengthy:
            self._lanes.settle(MOMENT * (1 + len(lengthy) / MANY), lengthy)
        with self._lock:
            found = {path: done for path, done in self._done.items() if self._holds_still(done, wanted.get(path), now)}
            self._done = {path: done for path, done in found.items() if done.for_good}
            self._rests = {path: until for path, until in self._rests.items() if path in wanted or path in known}
            self._long = {path: seen for path, seen in self._long.items() if wanted.get(path) == seen}
        return found

    def _begin(
        self, path: Path, seen: State, now: datetime, at_length: bool, urgent: bool = False, ahead: int = 0
    ) -> str:
        """Have a file read, in a lane of its own if it may take long; return by which name."""
        name, look = (f"{path} at length", self._look) if at_length else (str(path), self._look_briefly)
        self._lanes.submit(name, [str(at_length)], partial(look, path, seen, now), urgent, ahead)
        return name

    def _states_of(self, paths: Iterable[Path]) -> Mapping[Path, State]:
        asked = {path: self._questions.ask(state_of, path, otherwise=None) for path in paths}
        return {path: seen for path, seen in asked.items() if seen is not None}

    def _is_done(self, path: Path, seen: State, now: datetime) -> bool:
        with self._lock:
            return path in self._done and self._holds_still(self._done[path], seen, now)

    def _holds_still(self, done: Read[Said], seen: State | None, now: datetime) -> bool:
        return done.seen == seen and done.day == self._day(done.said, now)

    def _look_briefly(self, path: Path, seen: State, now: datetime) -> None:
        begun = time.monotonic()
        said, is_whole = self._read_briefly(path, now)
        if is_whole:
            self._keep(path, seen, now, said, begun)
            return
        with self._lock:
            self._long[path], self._rests[path], self.in_part[path] = seen, float("inf"), said
        self._begin(path, seen, now, at_length=True)

    def _look(self, path: Path, seen: State, now: datetime) -> None:
        begun = time.monotonic()
        try:
            self._keep(path, seen, now, self._read(path, now), begun)
        finally:
            with self._lock:
                self.in_part.pop(path, None)
                if self._rests.get(path) == float("inf"):
                    del self._rests[path]

    def _keep(self, path: Path, seen: State, now: datetime, said: Said, begun: Seconds) -> None:
        is_steady, ended = not self._settling.is_being_changed(path) and state_of(path) == seen, time.monotonic()
        for_good = bool(seen) and is_steady and self._holds(said)
        with self._lock:
            self._done[path] = Read(said, seen, self._day(said, now), is_steady, for_good)
            self._rests.pop(path, None)
            if ended - begun > LONG:
                self._rests[path] = ended + REST * (ended - begun)
