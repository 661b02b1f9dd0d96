"""The daemon: passes over every team, at once, at intervals and after each edit, until it is told to stop."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from config.faults import Fault
from daemon.deliver import deliver
from daemon.loop import World, run_once
from daemon.model.names import team_key
from daemon.model.team_file import TeamFile
from daemon.plan.guards import Allowance, Stopped
from daemon.serve.teams import Reading, Teams
from daemon.serve.watch import Watcher

log = structlog.get_logger()
SOON = timedelta(milliseconds=500)
"""When to look again after the watching has begun, for an edit that was made just before it."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """What a daemon needs besides the world: its team files, how often it passes, its clock and its watcher."""

    paths: Callable[[], Sequence[Path]]
    teams: Teams
    watched: Callable[[Reading], Iterable[Path]]
    every: timedelta
    caps: Allowance
    clock: Callable[[], datetime]
    watcher: Watcher


def run_forever(daemon: Daemon, world: World) -> None:
    """Reconcile every team at once, then every ``every`` and after each edit, until the watcher is stopped.

    Raises:
        LedgerBusy: another process is at work on the ledger.
    """
    files, passes, serving = Said(), Said(), list[str]()
    with world.ledger.alone():
        while not daemon.watcher.stopped:
            reading = daemon.teams.read(daemon.paths(), daemon.clock())
            files.of_all(_by_file(reading.faults), meanwhile="what was read before stays in force")
            if (teams := [file.team.team for file in reading.files]) != serving:
                log.info("serving", teams=teams)
                serving = teams
            run_all(reading.files, daemon, world, passes)
            followed = daemon.watcher.follow(daemon.watched(reading))
            daemon.watcher.wait(SOON if followed else daemon.every)
    daemon.watcher.close()


def _by_file(faults: Iterable[Fault]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.file, []).append(str(fault))
    return found


def run_all(files: Sequence[TeamFile], daemon: Daemon, world: World, said: "Said") -> None:
    """Pass over every team, none of which can stop the others, then deliver what people are to hear."""
    for file in files:
        if not daemon.watcher.stopped:
            with said.troubles_of(file.team.team) as troubles:
                done = run_once(file, daemon.clock(), world, daemon.caps)
                troubles += done.errors
                if done.written:
                    log.info("applied", team=file.team.team, written=done.written)
    if not daemon.watcher.stopped:
        with said.troubles_of("mail") as troubles:
            known = world.ledger.team_keys()
            teams = {team_key(file.team, known): file.team for file in files}
            delivered = deliver(teams, daemon.clock(), world.ledger, world.messenger)
            troubles += delivered.errors
            if delivered.sent:
                log.info("delivered", digests=delivered.sent)


class Said:
    """Says a trouble when it comes and when it has gone, not at every tick."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        self._troubles: dict[str, tuple[str, ...]] = {}

    @contextmanager
    def troubles_of(self, subject: str) -> Iterator[list[str]]:
        """Say what the caller finds wrong with a subject, or what it raises; either way it goes on."""
        troubles: list[str] = []
        try:
            yield troubles
        except Stopped as stopped:
            self.of(subject, [str(stopped)])
        except Exception as error:  # one bad team never stops the others
            self.of(subject, [f"{type(error).__name__}: {error}"], exc_info=True)
        else:
            self.of(subject, troubles)

    def of_all(self, troubles: Mapping[str, Iterable[str]], **more: object) -> None:
        """Say what is wrong with several subjects; nothing is with those that are not among them any more."""
        for subject in dict.fromkeys([*self._troubles, *troubles]):
            self.of(subject, troubles.get(subject, ()), **more)

    def of(self, subject: str, troubles: Iterable[str], **more: object) -> None:
        """Say what is wrong with a subject now, if that is news; ``more`` stands beside it in the log."""
        now, before = tuple(troubles), self._troubles.get(subject, ())
        self._troubles[subject] = now
        for trouble in now:
            if trouble not in before:
                log.error("trouble", about=subject, what=trouble, **more)
        if before and not now:
            log.info("recovered", about=subject)
