"""A worker: makes the passes that stand in the queue, until it is told to stop; any number of them, anywhere.

A job never raises, and is never repeated: what went wrong is said, and the next round asks for it again. What cannot be
done on this machine is handed on to the other workers; and once so is what went worse than the last time, as where this
machine does not reach a server. A job whose worker has fallen silent, or that runs for too long under a live one, is
taken from it; then its team's next pass may begin, and what the first one still does is not written.
"""

import asyncio
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

import structlog
from procrastinate import App, JobContext
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status

from daemon.ledger import BrokenOff, LastRun, LedgerError
from daemon.ports import permitted_by
from daemon.serve.files import Files, NotHere, Outdated
from daemon.serve.jobs import SOON, TASK, NoPass, PassJob, address_of, in_words, make_tables, quiet
from daemon.serve.listening import Listening
from daemon.serve.pace import Pace
from daemon.serve.passes import Passes
from daemon.serve.taking import LONGEST, MOST, MOST_ASIDE, Taking
from daemon.serve.turns import Turns

log = structlog.get_logger()
Seconds = float
POOLED = 4
"""How many connections a worker's lanes have to the queue together, besides the one that listens."""
BEATS_EVERY: Seconds = 5.0
SILENT_FOR: Seconds = 30.0
"""After how long without a heartbeat a worker's jobs are taken from it."""
SWEEPS_AT = "* * * * * */10"
"""When it is looked for such jobs, as cron has it; the sixth field are the seconds."""
TOLD_WITHIN: Seconds = 10.0
"""So long after a pass the queue has been told of its end, or is told once more: else its team waited for it."""
LOOKS_EVERY: Seconds = 1.0
"""After how long it is looked whether there is a new lane, or a lost connection back."""
OF_THE_QUEUE, THE_CLOCK = "the queue", "the clock"
TRIED = "tried"
"""What a job that was handed on tells besides: how often it could not be done where it was taken."""
MOST_TRIES = 3
"""So often a job is given to a worker, be it another one or not, that cannot be done where it was taken."""
_NOT_HANDED_ON = (ConnectorException, AlreadyEnqueued, TimeoutError, CancelledError, RuntimeError)
_SWEEPS = "sweep"
_MOST_THREADS = 4_000
"""There is none before it is used; lanes whose servers hang are not to take those of the others."""
_LANES = "SELECT DISTINCT queue_name AS lane FROM procrastinate_jobs WHERE task_name = %(task)s AND status = 'todo'"
_NOW = "SELECT clock_timestamp() AS now"
_STILL_OPEN = "SELECT id FROM procrastinate_jobs WHERE id = ANY(%(jobs)s) AND status = 'doing'"
MOST_APART = timedelta(minutes=1)
"""So much may the clock of a worker's machine differ from that of the ledger's server."""


class Went(Enum):
    """How a pass went here."""

    WELL = auto()
    WORSE = auto()
    """It cannot be made here, or was given up for the ledger was connected to anew, or something failed in it and
    nothing in the last one: another worker may do better."""
    BADLY = auto()


@dataclass
class Worker:
    """Makes passes over the teams of a ledger, known by its address.

    ``doubts_clock`` says that the time is the real one, so that it has to be that of the ledger's server.
    """

    passes: Passes
    files: Files
    url: str
    doubts_clock: bool = True
    _turns: Turns = field(default_factory=Turns)
    _turns_of_large: Turns = field(default_factory=Turns)
    """Those of what has much to compute and somebody waits for."""
    _app: App = field(init=False)
    _connector: Listening = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _ended: dict[int, Seconds] = field(default_factory=dict)
    """The jobs that came to their end, and when, of which the queue may not have been told."""
    _pace: Pace = field(default_factory=Pace)
    _taking: Taking = field(init=False)

    def __post_init__(self) -> None:
        self._connector = Listening(conninfo=address_of(self.url), min_size=1, max_size=POOLED, timeout=5)
        self._app = App(connector=self._connector)
        self._app.job_manager = self._taking = Taking(self._connector, _SWEEPS)
        self._app.task(name=TASK, pass_context=True)(self._work_off)
        for name, sweep in (("silent", self._sweep_silent), ("stuck", self._sweep_stuck)):
            mine = f"{_SWEEPS}-{name}"  # no lock while it runs: one that died would stop all sweeping
            self._app.periodic(cron=SWEEPS_AT)(self._app.task(name=mine, queue=_SWEEPS, queueing_lock=mine)(sweep))

    def run(self, is_stopped: Callable[[], bool]) -> None:
        """Work until that is so; without the database, wait for it."""
        quiet()
        asyncio.run(self._serve(is_stopped))

    # A job

    def _work_off(self, context: JobContext, /, **told: Any) -> None:
        job, name = context.job, context.job.lock or ""
        is_long, turns = self._pace.is_long(name), self._turns_of_large if job.priority == SOON else self._turns
        with self._taking.doing(job):
            with turns.one(lambda: self._taking.is_urgent(job) and not is_long), self._pace.noting(name):
                went = self._pass(**told)
            if went is Went.WELL:
                self._taking.did(job)
            elif went is Went.WORSE:
                self._hand_on(job, told)
        if job.id is not None:
            self._ended[job.id] = time.monotonic()

    def _pass(self, **told: Any) -> Went:
        """Make a pass, and return how that went here.

        Whatever is wrong with it is said, for a job that raises could freeze its team.
        """
        went, about = Went.BADLY, f"a pass over {told.get('name')}"
        with self.passes.said.troubles_of(about) as troubles:
            try:
                went = self._make(PassJob.read(told))
            except NoPass as why:
                troubles.append(str(why))
            except Outdated:
                troubles += self.passes.said.known(about)
            except NotHere as why:
                troubles.append(str(why))
                return Went.WORSE
        return went

    def _make(self, job: PassJob) -> Went:
        ledger, clock = self.passes.world.ledger, self.passes.clock
        era, leases = ledger.era, ledger.leases
        file = self.files.of(job)
        with (
            ledger.in_era(era) as check,
            permitted_by(check),
            leases.over(job.team) as lease,
            permitted_by(leases.check),
        ):
            began = clock()
            if apart := self._apart(began, lease.given_at):
                raise NotHere(apart)
            if self.doubts_clock and ledger.looks.doubted:
                raise NotHere("the clock is in doubt; it is passed over again once that is over")
            done = self.passes.over(job.team, file, began)
            if done.has_ended:
                waited = max(0.0, (lease.given_at - job.since).total_seconds())
                leases.end(lease, LastRun(clock(), waited, done.written, done.errors))
                return Went.WELL if not done.errors else Went.WORSE if lease.was_well else Went.BADLY
            leases.break_off(lease, BrokenOff(clock(), done.result))
            return Went.BADLY if ledger.era == era else Went.WORSE

    def _hand_on(self, job: Job, told: Mapping[str, Any]) -> None:
        """Have another worker make a pass as soon as this job has ended, and leave it time to take it."""
        self._taking.stand_back(job)
        tried = int(told.get(TRIED, 0)) + 1
        if tried < MOST_TRIES:
            again = job.evolve(id=None, status=None, task_kwargs={**told, TRIED: tried})
            asked = asyncio.run_coroutine_threadsafe(self._taking.defer_job_async(again), self._loop)
            with suppress(*_NOT_HANDED_ON):  # it is asked for already, or will be
                asked.result(TOLD_WITHIN)

    # What is left behind

    async def _sweep_silent(self, timestamp: int) -> None:
        """Take their jobs from workers that have fallen silent, and then forget these."""
        await self._swept(lambda jobs: jobs.get_stalled_jobs(seconds_since_heartbeat=SILENT_FOR))
        with _told():
            await self._app.job_manager.prune_stalled_workers(SILENT_FOR)

    async def _sweep_stuck(self, timestamp: int) -> None:
        """Take jobs that go on for too long from workers that are alive."""

        def stuck(jobs: Any) -> Any:
            with warnings.catch_warnings():  # it is to go, and there is nothing else that tells of a live worker
                warnings.simplefilter("ignore", DeprecationWarning)
                return jobs.get_stalled_jobs(nb_seconds=int(LONGEST))

        await self._swept(stuck)

    async def _swept(self, stalled: Callable[[Any], Any]) -> None:
        with _told():
            found: Iterable[Job] = await stalled(self._app.job_manager)
            for job in found:
                with suppress(ConnectorException):  # another sweep, or the worker itself, was faster
                    await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
                    log.warning("a job was taken from its worker", job=job.lock or job.task_name)

    async def _tell_again(self) -> None:
        """Tell the queue of the ends of which it has not heard: one question that failed is not asked once more."""
        due = [job for job, at in list(self._ended.items()) if time.monotonic() - at > TOLD_WITHIN]
        if not due:
            return
        for row in await self._app.connector.execute_query_all_async(_STILL_OPEN, jobs=due):
            await self._app.job_manager.finish_job_by_id_async(row["id"], Status.FAILED, delete_job=True)
            log.warning("the queue was told once more of the end of a job", job=row["id"])
        for job in due:
            del self._ended[job]

    # For ever

    async def _serve(self, is_stopped: Callable[[], bool]) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(_MOST_THREADS))
        self._loop.set_exception_handler(_taken_away)
        while not is_stopped():
            try:
                with in_words():
                    await asyncio.to_thread(make_tables, self.url)
                    async with self._app.open_async():
                        await self._follow(is_stopped)
            except LedgerError as error:
                self.passes.said.of(OF_THE_QUEUE, [str(error)])
                await asyncio.sleep(LOOKS_EVERY)

    async def _follow(self, is_stopped: Callable[[], bool]) -> None:
        """Work in each lane that there is, as long as the database is there."""
        lanes: dict[str, asyncio.Task[None]] = {}
        listening = asyncio.create_task(self._connector.listen())
        try:
            while not is_stopped():
                rows = await self._app.connector.execute_query_all_async(_LANES, task=TASK)
                if not any(lane.done() for lane in lanes.values()):
                    self.passes.said.of(OF_THE_QUEUE, [])
                await self._look()
                for lane in {_SWEEPS, *(row["lane"] for row in rows)}:
                    if lane not in lanes or lanes[lane].done():  # its connection was lost, and is there again
                        lanes[lane] = asyncio.create_task(self._work(lane))
                with suppress(ConnectorException):
                    await self._tell_again()
                await _rest(is_stopped)
        finally:
            for task in (listening, *lanes.values()):
                task.cancel()
            await asyncio.gather(listening, *lanes.values(), return_exceptions=True)

    async def _look(self) -> None:
        """See behind which jobs an urgent one waits, and whether the clock is that of the server."""
        await self._taking.look()
        self._turns.hurry()
        self._turns_of_large.hurry()
        there = (await self._app.connector.execute_query_one_async(_NOW))["now"]
        apart = self._apart(self.passes.clock(), there)
        self._taking.is_able = not apart
        self.passes.said.of(THE_CLOCK, [apart] if apart else [])

    def _apart(self, here: datetime, there: datetime) -> str:
        """Return in words that the clock of this machine is another one than the server's; nothing where it is not."""
        if not self.doubts_clock or abs(here - there) <= MOST_APART:
            return ""
        return f"the clock of this machine says {here:%Y-%m-%d %H:%M:%S %Z}, {_elsewhere(there)}"

    async def _work(self, lane: str) -> None:
        try:
            with in_words():
                await self._app.run_worker_async(
                    queues=[lane],
                    concurrency=MOST + 1 + MOST_ASIDE,
                    install_signal_handlers=False,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    update_heartbeat_interval=BEATS_EVERY,
                    stalled_worker_timeout=10 * SILENT_FOR,  # the sweep forgets them, after it has taken their jobs
                    fetch_job_polling_interval=LOOKS_EVERY,
                )
        except LedgerError as error:  # it is over once all lanes go on
            self.passes.said.of(OF_THE_QUEUE, [str(error)])


async def _rest(is_stopped: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + LOOKS_EVERY
    while not is_stopped() and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.1)


def _elsewhere(there: datetime) -> str:
    return f"that of the ledger's server {there:%Y-%m-%d %H:%M:%S %Z}; nothing is written before they agree (NTP)"


@contextmanager
def _told() -> Iterator[None]:
    """Say what a sweep cannot do; the next one tries again."""
    try:
        with in_words():
            yield
    except LedgerError as error:
        log.warning("no sweep now", why=str(error))


def _taken_away(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say that a job came to its end which is no longer this worker's, or of which the queue could not be told."""
    error = context.get("exception")
    why = str(getattr(error, "__cause__", None) or error or context["message"])  # procrastinate says but that one is
    log.warning("the queue was not told of the end of a job", why=" ".join(why.split()))
