"""Lanes: jobs side by side, so that none waits for another's server.

A job has a name, such as its team's: of one name at most one runs and one waits, since a second would do the same once
more. Its lane are the connections that it needs, all of them together; in each lane only so many jobs run at once. So a
server that is silent holds up what needs it, in a few threads, and nothing else.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial

Seconds = float


@dataclass(slots=True)
class Job:
    """What is to be done, its name, and the connections that it needs."""

    name: str
    lane: frozenset[str]
    since: Seconds
    do: Callable[[], None]
    urgent: bool


@dataclass(slots=True)
class Lanes:
    """Jobs of one kind; ``most`` of those that need the same connections run at once, and an urgent one beside them.

    ``when_idle`` is called, by the thread that did the last job, when there is none left; and by that of a job which
    was done ``late``, so long after it was asked for, for then nobody waits until all are done. The first job of a
    name, which has the most to do, lets others pass that are asked for within ``lets_pass`` seconds after it.
    """

    most: int = 4
    when_idle: Callable[[], None] = lambda: None
    late: Seconds = float("inf")
    lets_pass: Seconds = 60
    _waiting: dict[str, Job] = field(default_factory=dict)
    _running: dict[str, Job] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _ending: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False

    def submit(self, name: str, needs: Iterable[str], do: Callable[[], None], urgent: bool = False) -> None:
        """Do something as soon as it may be done, what is ``urgent`` before the rest; it takes the place of a job of
        its name that still waits.

        What it does has to see to its own errors.
        """
        with self._changed:
            if not self._closed:
                job = self._waiting.setdefault(name, Job(name, frozenset(needs), time.monotonic(), do, urgent))
                job.do, job.urgent = do, job.urgent or urgent
                self._begin()

    def busy(self, name: str) -> bool:
        """Whether a job of this name waits or runs."""
        with self._changed:
            return name in self._waiting or name in self._running

    def held_up(self, name: str, longer_than: Seconds) -> bool:
        """Whether a job of this name has not been done for longer than that."""
        with self._changed:
            job = self._running.get(name) or self._waiting.get(name)
            return job is not None and time.monotonic() - job.since > longer_than

    def settle(self, within: Seconds | None, names: Collection[str] = ()) -> bool:
        """Wait until nothing waits or runs any more, perhaps of these names alone, but not for longer than that; return
        whether it is so."""
        with self._changed:
            return self._changed.wait_for(partial(self._are_done, names) if names else self._is_idle, within)

    def close(self) -> None:
        """Begin nothing more, and wait for what runs."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.wait_for(self._is_idle)

    def _begin(self) -> None:
        in_use = Counter(job.lane for job in self._running.values())
        for name, job in sorted(self._waiting.items(), key=lambda waiting: self._turn(waiting[1])):
            if name not in self._running and in_use[job.lane] < self.most + job.urgent:
                in_use[job.lane] += 1
                self._running[name] = self._waiting.pop(name)
                try:
                    threading.Thread(target=self._run, args=(job,), name=name, daemon=True).start()
                except RuntimeError:  # the system has no more threads; whoever ends or asks next begins it
                    self._waiting[name] = self._running.pop(name)
                    return

    def _turn(self, job: Job) -> tuple[bool, Seconds]:
        return not job.urgent, job.since + (0 if job.name in self._known else self.lets_pass)

    def _are_done(self, names: Iterable[str]) -> bool:
        return not any(name in self._waiting or name in self._running for name in names)

    def _is_idle(self) -> bool:
        return not self._waiting and not self._running and not self._ending

    def _run(self, job: Job) -> None:
        try:
            job.do()
        finally:
            with self._changed:
                del self._running[job.name]
                self._known.add(job.name)
                self._begin()
                is_late = time.monotonic() - job.since > self.late
                is_last = (is_late or not self._running) and not self._closed
                self._ending += 1
            if is_last:
                self.when_idle()
            with self._changed:
                self._ending -= 1
                self._changed.notify_all()
