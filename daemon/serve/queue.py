"""The queue: passes are given out to workers, on this machine or on others, and it is followed which are made."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from psycopg import OperationalError

from config.team_file import TeamFile
from daemon.ledger import Ledger, LedgerError
from daemon.ledger.bounded import Bounded
from daemon.ledger.server import BUSY_SECONDS, NO_ANSWER
from daemon.serve.dispatch import Crew, PassOver, connections_of
from daemon.serve.jobs import (
    ORDINARY,
    TASK,
    PassJob,
    address_of,
    hurries_of,
    in_words,
    lane_of,
    lock_of,
    make_tables,
    quiet,
)
from daemon.serve.lanes import Seconds

LOOKS_EVERY: Seconds = 1.0
"""After how many seconds it is looked which passes were made."""
_AT_ONCE = 500
_OPEN = "SELECT lock FROM procrastinate_jobs WHERE task_name = %(task)s AND status IN ('todo', 'doing')"
_WAITING = "SELECT queueing_lock FROM procrastinate_jobs WHERE task_name = %(task)s AND status = 'todo'"
_HURRIED = """UPDATE procrastinate_jobs SET priority = %(priority)s
    WHERE queueing_lock = ANY(%(locks)s) AND status = 'todo' AND priority < %(priority)s"""
_OUTDATED = """DELETE FROM procrastinate_jobs
    WHERE task_name = %(task)s AND status = 'todo' AND args->'given_by' IS DISTINCT FROM to_jsonb(%(giver)s::bigint)"""
"""Of which nobody knows what it was asked for, and which no worker does."""


class Queue:
    """Gives out a pass over a team when ``every`` has gone by since the last, and at once where somebody did something.

    That is a change of its file, or a statement. ``when_done`` is called after passes have ended.
    """

    def __init__(self, url: str, every: timedelta, when_done: Callable[[], None], giver: Callable[[], int]) -> None:
        """Take the ledger's address, and what tells ``Ledger.giver``.

        Raises:
            LedgerError: the database cannot be used.
        """
        quiet()
        make_tables(url, anew=True)
        self._every, self._when_done, self._giver = every.total_seconds(), when_done, giver
        self._given_by: int | None = None
        pool = SyncPsycopgConnector(
            conninfo=address_of(url), connection_class=Bounded, min_size=1, max_size=2, timeout=5
        )
        self._app = App(connector=pool)
        with in_words():
            self._app.open()
        self._given = dict[str, Seconds]()
        """When a pass over a team was given out last, in seconds that go by."""
        self._open = dict[str, Seconds]()
        """Since when a pass over a team waits or is made."""
        self._alone, self._over = threading.Lock(), threading.Event()
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()

    def dispatch(self, files: Mapping[str, TeamFile], _due: Set[str], urgent: Set[str], /) -> None:
        """Give out the passes for which the time has come, which is known here by itself.

        Raises:
            Superseded: the round that asks was begun in an earlier era of the ledger.
            LedgerError: the database cannot be used.
        """
        giver, given = self._giver(), self._given
        if giver != self._given_by:  # what was given out before is nothing to this one
            given = {}
        moment, known = time.monotonic(), {key: given[key] for key in files if key in given}
        due = [key for key in files if key not in known or moment - known[key] >= self._every or key in urgent]
        with in_words(), self._turn(BUSY_SECONDS):
            before, self._given = self._given, known | dict.fromkeys(due, moment)
            self._open = dict.fromkeys(due, moment) | self._open  # before a worker can have begun one
            try:
                self._put(files, due, urgent, giver)
                self._given_by = giver
            except Exception:
                self._given = before
                raise

    @contextmanager
    def _turn(self, within: Seconds) -> Iterator[None]:
        """Be alone with the queue; who is it now for longer than that waits for an answer."""
        if not self._alone.acquire(timeout=within):
            raise OperationalError(NO_ANSWER)
        try:
            yield
        finally:
            self._alone.release()

    def _put(self, files: Mapping[str, TeamFile], due: Iterable[str], urgent: Set[str], giver: int) -> None:
        if giver != self._given_by:
            self._app.connector.execute_query(_OUTDATED, task=TASK, giver=giver)
        waiting = self._keys(_WAITING)
        hurries = hurries_of(files, [key for key in files if key in urgent])
        for priority in {*hurries.values()}:
            if hurried := [lock_of(key) for key, hurry in hurries.items() if hurry == priority and key in waiting]:
                self._app.connector.execute_query(_HURRIED, priority=priority, locks=hurried)
        fresh = iter([key for key in due if key not in waiting])
        now = datetime.now(UTC)
        while some := list(islice(fresh, _AT_ONCE)):
            jobs = [
                self._job(PassJob.of(key, files[key], now, giver), files[key], hurries.get(key, ORDINARY))
                for key in some
            ]
            try:
                self._app.job_manager.batch_defer_jobs(jobs)
            except AlreadyEnqueued:  # of all of them none was put there
                for job in jobs:
                    with suppress(AlreadyEnqueued):
                        self._app.job_manager.defer_job(job)

    def _job(self, asked: PassJob, file: TeamFile, priority: int) -> Job:
        lock = lock_of(asked.team)
        return Job(
            id=None,
            queue=lane_of(connections_of(file.team)),
            priority=priority,
            lock=lock,
            queueing_lock=lock,
            task_name=TASK,
            task_kwargs=asked.told(),
        )

    def _keys(self, query: str) -> set[str]:
        rows = self._app.connector.execute_query_all(query, task=TASK)
        return {lock.removeprefix(lock_of("")) for row in rows for lock in row.values() if lock}  # others are not ours

    def busy(self, team: str) -> bool:
        """Whether a pass over a team waits or is made."""
        return team in self._open

    def held_up(self, team: str, longer_than: Seconds) -> bool:
        """Whether a pass over a team has not come to its end for longer than that."""
        since = self._open.get(team)
        return since is not None and time.monotonic() - since > longer_than

    def goes_on_for(self, _team: str, _longer_than: Seconds) -> bool:
        """Whether a pass over a team was begun longer ago than that, which its worker alone knows."""
        return False

    def settle(self, within: Seconds) -> bool:
        """Wait until no pass waits or is made any more, but not for longer than that; return whether it is so."""
        end = time.monotonic() + within
        while self._open and time.monotonic() < end and not self._over.wait(0.1):
            if self._look():
                self._when_done()
        return not self._open

    def close(self) -> None:
        """Give out nothing more; what still waits is for no worker then, and whoever gives out next does so anew."""
        self._over.set()
        self._follower.join()
        with self._alone:
            self._app.close()

    def _follow(self) -> None:
        while not self._over.wait(LOOKS_EVERY):
            if self._open and self._look():
                self._when_done()

    def _look(self) -> bool:
        """See which passes have ended; return whether any has."""
        with suppress(LedgerError), in_words(), self._turn(0):  # the round says what is wrong with the ledger
            before, still = self._open, self._open.keys() if self._over.is_set() else self._keys(_OPEN)
            self._open = {team: since for team, since in before.items() if team in still}
            return self._open != before
        return False


def crew_of(ledger: Ledger, url: str, every: timedelta) -> Crew:
    """Return the workers of a ledger, known by its address, as those who make the passes."""

    def queue(_pass_over: PassOver, when_done: Callable[[], None], _late: Seconds) -> Queue:
        return Queue(url, every, when_done, ledger.giver)

    return Crew(partial(Ledger.among_workers, gives_out=True), queue)
