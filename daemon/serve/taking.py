"""What a worker takes from the queue: of each lane only so much at once, and only what it can do.

What goes on for long stands aside, as in the lanes of a single process: those that are quick do not wait for it.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from daemon.serve.jobs import TASK, URGENT

Seconds = float
MOST = 4
"""How many passes of one lane a worker makes at once, and an urgent one beside them."""
MOST_ASIDE = 16
"""How many may go on for long beside those."""
LONGEST: Seconds = 1800.0
"""After how long a job is taken from a worker that is alive: each exchange of a pass takes a minute at most."""
AFTER: Seconds = 1.0
"""What has gone on for so long stands aside."""
STANDS_BACK: Seconds = 2.0
"""So long nothing is taken of a lane of which this worker could not do what it had, and did nothing lately."""
LATELY: Seconds = 10.0
_HURRIED = """SELECT lock, queue_name AS lane FROM procrastinate_jobs
    WHERE status = 'todo' AND priority >= %(urgent)s AND task_name = %(task)s"""


class Taking(JobManager):
    """Takes jobs from the queue for one worker; ``always`` is a lane of which it takes whatever there is."""

    def __init__(self, connector: Any, always: str) -> None:
        super().__init__(connector)
        self._always = always
        self.is_able = True
        """Whether this worker can do anything at all."""
        self._running = defaultdict[str, dict[int, Seconds]](dict)
        self._did, self._stands_back = dict[str, Seconds](), dict[str, Seconds]()
        self._hurried, self._hurried_lanes = frozenset[str](), frozenset[str]()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Return a job that is to be done now, and note that it is."""
        (lane,) = queues or (self._always,)
        if lane == self._always:
            return await super().fetch_job(queues, worker_id)
        if not self.is_able or not (self._has_room(lane) or await self._makes_room(lane)):
            return None
        job = await super().fetch_job(queues, worker_id)
        if job and job.id:
            self._running[lane][job.id] = time.monotonic()
        return job

    def _has_room(self, lane: str) -> bool:
        now = time.monotonic()
        if now < self._stands_back.get(lane, 0):
            return False
        begun = [one for one in list(self._running[lane].values()) if now - one < LONGEST]
        aside = sum(now - one >= AFTER for one in begun)
        return len(begun) - min(aside, MOST_ASIDE) < MOST + (lane in self._hurried_lanes)

    async def _makes_room(self, lane: str) -> bool:
        """Whether there is room beside the others for what somebody waits for, who may have come this moment."""
        await self.look()
        return self._has_room(lane)

    @contextmanager
    def doing(self, job: Job) -> Iterator[None]:
        """Have the caller do a job that was taken; its place is free afterwards."""
        try:
            yield
        finally:
            self._running[job.queue].pop(job.id or 0, None)

    def did(self, job: Job) -> None:
        """Know that this worker can do what there is in the lane of a job."""
        self._did[job.queue] = time.monotonic()

    def stand_back(self, job: Job) -> None:
        """Leave a job that cannot be done here, and what else is in its lane, to others for a moment."""
        now = time.monotonic()
        if now - self._did.get(job.queue, 0) > LATELY:
            self._stands_back[job.queue] = now + STANDS_BACK

    def is_urgent(self, job: Job) -> bool:
        """Whether somebody waits for a job alone, or for the next one of its team: not for it among many."""
        return job.priority >= URGENT or job.lock in self._hurried

    async def look(self) -> None:
        """See what somebody waits for."""
        found = await self.connector.execute_query_all_async(_HURRIED, urgent=URGENT, task=TASK)
        self._hurried = frozenset(row["lock"] for row in found)
        self._hurried_lanes = frozenset(row["lane"] for row in found)
