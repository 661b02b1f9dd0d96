"""Lanes: jobs side by side, so that none waits for another's server.

A job has a name, such as its team's: of one name at most one runs and one waits, since a second would do the same once
more. Its lane are the connections that it needs, all of them together; in each lane only so many jobs run at once. So a
server that is silent holds up what needs it, in a few threads, and nothing else.

What goes on for long, be it that a server is slow to answer what this job asks or that there is much to compute, stands
aside: it has places of its own in its lane, and those that are quick never wait for one of them.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count

from daemon.serve.pace import Pace
from daemon.serve.signals import heed_none
from daemon.serve.turns import Turns

Seconds = float


@dataclass(slots=True)
class Job:
    """What is to be done, its name, and the connections that it needs."""

    name: str
    needs: frozenset[str]
    since: Seconds
    do: Callable[[], None]
    urgent: bool
    lets_pass: Seconds = 0
    """So much later than it was asked for it stands in line."""
    is_long: bool = False
    begun: Seconds = 0
    """When it began, later by as much as it waited for its turns."""

    def wait(self, seconds: Seconds) -> None:
        """Begin so much later, as it were."""
        self.begun += seconds


@dataclass(slots=True)
class Lanes:
    """Jobs of one kind; ``most`` of those that need the same connections run at once, and an urgent one beside them.

    That goes first which was asked for first, but of many that are asked for together each lets others pass that are
    asked for within so many seconds after it as are ``ahead`` of it, so that one alone is not the last. While an urgent
    one runs, no more than one first job begins beside it: those have the most to do, and all share the processor.

    Those that went on for long lately wait in a line of their own, and as ``most`` again of them run at once. One of
    which that was not known leaves its place to another ``after`` so many seconds, as do ``aside`` at the most; and one
    of which it was, once it is as good as ``endless``, as do as many.

    ``when_idle`` is called, by the thread that did the last job, when there is none left; and by that of a job which
    was done ``late``, so long after it was asked for, for then nobody waits until all are done. The first job of a
    name, which has the most to do, lets others pass that are asked for within ``lets_pass`` seconds after it,
    which is the most of the other as well. A job that is not urgent computes in one of the ``turns``, if there are any.
    """

    most: int = 4
    when_idle: Callable[[], None] = lambda: None
    late: Seconds = float("inf")
    lets_pass: Seconds = 60
    after: Seconds = 1
    aside: int = 16
    endless: Seconds = 60
    turns: Turns | None = None
    _waiting: dict[str, Job] = field(default_factory=dict)
    _lines: dict[tuple[frozenset[str], bool], list[tuple[bool, Seconds, int, Job]]] = field(default_factory=dict)
    """Of each lane the jobs that wait for nothing but their turn, those that go on for long apart, the next first; some
    may have been begun since."""
    _numbers: "count[int]" = field(default_factory=count)
    _running: dict[str, Job] = field(default_factory=dict)
    _pace: Pace = field(default_factory=Pace)
    _looks_again: bool = False
    _ending: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False

    def submit(
        self, name: str, needs: Iterable[str], do: Callable[[], None], urgent: bool = False, ahead: int = 0
    ) -> None:
        """Do something as soon as it may be done, what is ``urgent`` before the rest; it takes the place of a job of
        its name that still waits.

        With it others are asked for, of which so many are ``ahead`` of it.

        What it does has to see to its own errors.
        """
        with self._changed:
            if not self._closed:
                waits = self._waiting.get(name)
                job = waits or Job(name, frozenset(needs), time.monotonic(), do, urgent)
                is_in_line = waits is not None and job.urgent >= urgent
                job.do, job.urgent, self._waiting[name] = do, job.urgent or urgent, job
                if urgent and (before := self._running.get(name)):  # which it waits for
                    before.urgent = True
                    self._hurry()
                if not is_in_line:
                    job.lets_pass = min(ahead, self.lets_pass)
                    self._line_up(job)
                self._begin()

    def _hurry(self) -> None:
        if self.turns:
            self.turns.hurry()

    def busy(self, name: str) -> bool:
        """Whether a job of this name waits or runs."""
        with self._changed:
            return name in self._waiting or name in self._running

    def held_up(self, name: str, longer_than: Seconds) -> bool:
        """Whether a job of this name has not been done for longer than that."""
        with self._changed:
            job = self._running.get(name) or self._waiting.get(name)
            return job is not None and time.monotonic() - job.since > longer_than

    def goes_on_for(self, name: str, longer_than: Seconds) -> bool:
        """Whether a job of this name was begun longer ago than that, but for what it waited for its turns."""
        with self._changed:
            job = self._running.get(name)
            return job is not None and time.monotonic() - job.begun > longer_than

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

    def _line_up(self, job: Job) -> None:
        """Give a job its place in a line of its lane; while one of its name runs, it has none."""
        if job.name not in self._running:
            since = job.since + job.lets_pass + (0 if self._pace.is_known(job.name) else self.lets_pass)
            job.is_long = self._pace.is_long(job.name)
            line = self._lines.setdefault((job.needs, job.is_long), [])
            heappush(line, (not job.urgent, since, next(self._numbers), job))

    def _begin(self) -> None:
        for line in self._lines.values():
            while line:
                job = line[0][-1]
                if self._waiting.get(job.name) is not job:  # it was begun from another place in the line
                    heappop(line)
                elif not self._has_room(job):
                    self._look_again()
                    break
                elif not self._started(job):
                    break
                else:
                    heappop(line)

    def _has_room(self, job: Job) -> bool:
        beside = [one for one in self._running.values() if one.needs == job.needs and one.is_long == job.is_long]
        if job.is_long:
            endless = sum(time.monotonic() - one.begun >= self.endless for one in beside)
            return len(beside) - min(endless, self.aside) < self.most + job.urgent
        quick = [one for one in beside if time.monotonic() - one.begun < self.after]
        aside, hurried = len(beside) - len(quick), sum(one.urgent for one in quick)
        if hurried and not job.urgent and not self._pace.is_known(job.name) and hurried < len(quick):
            return False
        return len(quick) + max(0, aside - self.aside) < self.most + job.urgent

    def _look_again(self) -> None:
        """Begin what can be begun once some of those that run have gone on for long."""
        if not self._looks_again:
            timer = threading.Timer(self.after, self._begin_again)
            timer.daemon = True
            with suppress(RuntimeError):  # without a thread for it, that is done whenever a job ends
                timer.start()
                self._looks_again = True

    def _begin_again(self) -> None:
        with self._changed:
            self._looks_again = False
            self._begin()

    def _started(self, job: Job) -> bool:
        """Begin a job; return whether the system has a thread for it. If not, whoever ends or asks next begins it."""
        self._running[job.name] = self._waiting.pop(job.name)
        job.begun = time.monotonic()
        try:
            threading.Thread(target=self._run, args=(job,), name=job.name, daemon=True).start()
        except RuntimeError:
            self._waiting[job.name] = self._running.pop(job.name)
            return False
        return True

    def _are_done(self, names: Iterable[str]) -> bool:
        return not any(name in self._waiting or name in self._running for name in names)

    def _is_idle(self) -> bool:
        return not self._waiting and not self._running and not self._ending

    def _run(self, job: Job) -> None:
        heed_none()
        try:
            with self.turns.one(lambda: job.urgent and not job.is_long, job.wait) if self.turns else nullcontext():
                if not self._closed:
                    with self._pace.noting(job.name):
                        job.do()
        finally:
            with self._changed:
                del self._running[job.name]
                if again := self._waiting.get(job.name):
                    self._line_up(again)
                self._begin()
                is_late = time.monotonic() - job.since > self.late
                is_last = (is_late or not self._running) and not self._closed
                self._ending += 1
            if is_last:
                self.when_idle()
            with self._changed:
                self._ending -= 1
                self._changed.notify_all()
