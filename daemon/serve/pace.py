"""The pace of jobs: those that lately went on for long are told from those that are quick.

What counts is what a job itself takes: what its thread computes, and how long it waits for servers. How long it waits
for the processor, for a turn or for the ledger is up to the others, and by the clock any is long beside many.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from daemon.ports import left_by

Seconds = float
LONG: Seconds = 5.0
HEAVY: Seconds = 0.25
"""A job that waited for servers for so long, or took so much of the processor, is one that goes on for long."""
HEAVY_AT_FIRST: Seconds = 2.0
"""The first job of a name has more to do than all others: it is one only where it computed for so long."""
REMEMBERED: Seconds = 7200.0
"""That is known for so long: what a team asks of Jira it asks once an hour, and its passes in between are quick."""


@dataclass(slots=True)
class Pace:
    """What is known of jobs, by their names."""

    _known: set[str] = field(default_factory=set)
    _long: dict[str, Seconds] = field(default_factory=dict)
    """Until when a job of this name is one that goes on for long."""

    def is_known(self, name: str) -> bool:
        """Whether a job of this name was done before."""
        return name in self._known

    def is_long(self, name: str) -> bool:
        """Whether a job of this name went on for long lately."""
        return time.monotonic() < self._long.get(name, 0)

    @contextmanager
    def noting(self, name: str) -> Iterator[None]:
        """Know from now on how long a job of this name went on, which the caller does meanwhile."""
        began, waits = time.thread_time(), _Waits()
        try:
            with left_by(waits.one):
                yield
        finally:
            self._note(name, time.thread_time() - began, waits.lasted)

    def _note(self, name: str, computed: Seconds, waited: Seconds) -> None:
        is_first = name not in self._known
        self._known.add(name)
        if computed > (HEAVY_AT_FIRST if is_first else HEAVY) or (waited > LONG and not is_first):
            self._long[name] = time.monotonic() + REMEMBERED


@dataclass(slots=True)
class _Waits:
    """How long a thread waited for servers, all in all; what waits on behalf of it meanwhile does not count twice."""

    lasted: Seconds = 0
    _whose: int = field(default_factory=threading.get_ident)

    @contextmanager
    def one(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            if threading.get_ident() == self._whose:
                self.lasted += time.monotonic() - began
