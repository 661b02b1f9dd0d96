"""The daemon: rounds over every team, at once, at intervals and after each edit, until it is told to stop."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from config.faults import Fault
from daemon.loop import World
from daemon.plan.guards import Allowance
from daemon.serve.dispatch import ALONE, Crew
from daemon.serve.passed import Passed
from daemon.serve.rounds import PATIENCE, Rounds
from daemon.serve.said import Said
from daemon.serve.teams import Reading, Teams
from daemon.serve.watch import Watcher

log = structlog.get_logger()
SOON = timedelta(milliseconds=500)
"""When to look again after the watching has begun, for an edit that was made just before it."""

LATER = timedelta(seconds=5)
"""When to look again whether the ledger can be used."""


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
    passed: Passed = field(default_factory=Passed)
    crew: Crew = ALONE
    """Who makes the passes."""


def run_forever(daemon: Daemon, world: World) -> None:
    """Reconcile every team at once, then every ``every`` and after each edit, until the watcher is stopped.

    Raises:
        LedgerBusy: another process is at work on the ledger.
    """
    files, serving, home = Said(), list[str](), Path.cwd()
    with daemon.crew.hold(world.ledger):
        rounds = Rounds(world, daemon.caps, daemon.clock, passed=daemon.passed, crew=daemon.crew)
        while not daemon.watcher.stopped:
            if rounds.settle(0):
                _be_at(home)
            before = daemon.watcher.folders()
            reading = daemon.teams.read(daemon.paths(), daemon.clock(), PATIENCE)
            files.of_all(faults_by_file(reading.faults), meanwhile="what was read before stays in force")
            if (teams := [file.team.team for file in reading.files]) != serving:
                log.info("serving", teams=teams)
                serving = teams
            begun = rounds.begin(reading.files, faults_by_file(reading.faults), reading.complete)
            followed = daemon.watcher.follow(daemon.watched(reading)) or daemon.watcher.folders() != before
            again = SOON if followed or not reading.settled else daemon.every
            daemon.watcher.wait(again if begun else min(again, LATER))
        rounds.close()
    daemon.watcher.close()


def _be_at(home: Path) -> None:
    """Work in the folder that has this path now: a new checkout may have been put in the place of the one before."""
    with suppress(OSError):  # while it is not there, what is missing in it is told
        if not home.samefile("."):
            os.chdir(home)
            log.warning("the folder was replaced by another one; that one is used from now on", folder=str(home))


def faults_by_file(faults: Iterable[Fault]) -> dict[str, list[str]]:
    """Return the faults of each file, as lines, by its name."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.file, []).append(str(fault))
    return found
