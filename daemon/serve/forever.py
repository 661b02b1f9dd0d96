"""The daemon: rounds over every team, at once, at intervals and after each edit, until it is told to stop."""

import os
import time
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence, Set
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
from daemon.serve.settling import Identity
from daemon.serve.team_files import Reading
from daemon.serve.teams import Teams
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
    watched: Callable[[Reading, Collection[str]], Iterable[Path]]
    whose: Callable[[Path], str | None]
    """Tells to which team alone a watched file belongs, by its key."""
    every: timedelta
    caps: Allowance
    clock: Callable[[], datetime]
    watcher: Watcher
    passed: Passed = field(default_factory=Passed)
    crew: Crew = ALONE
    """Who makes the passes."""


def run_forever(daemon: Daemon, world: World) -> None:
    """Reconcile every team at once, then every ``every`` and after each edit, until the watcher is stopped.

    After an edit of team files, and of what is one team's alone, those teams are passed over that it concerns; after
    any other one, all of them, but for a moment later where that began a moment ago and is not done yet. Whatever else
    goes wrong is said, and looked at again after a while.

    Raises:
        LedgerBusy: another process is at work on the ledger.
    """
    said = Said()
    with daemon.crew.hold(world.ledger):
        told = (world, daemon.caps, daemon.clock)
        rounds = Rounds(*told, passed=daemon.passed, crew=daemon.crew, look_again=daemon.watcher.hurry)
        course = _Course(daemon, rounds)
        while not daemon.watcher.stopped:
            with said.troubles_of("what is served"):
                course.go_on()
                continue
            daemon.watcher.wait(LATER)
            course.edited = None
        rounds.close()
    daemon.watcher.close()


class _Course:
    """What a daemon does time and again: read, have passes made of what is read, and wait for an edit."""

    def __init__(self, daemon: Daemon, rounds: Rounds) -> None:
        self._daemon, self._rounds = daemon, rounds
        self._files, self._serving, self._home = Said(), list[str](), _home()
        self._rhythm, self._known = _Rhythm(daemon.every), set[Path]()
        self.edited: Set[Path] | None = None
        """What was edited since it was read; None where that may be anything."""

    def go_on(self) -> None:
        """Do all of that once."""
        daemon, rounds = self._daemon, self._rounds
        _be_at(self._home, rounds.begin_anew)
        at_rest = rounds.settle(0)
        before = daemon.watcher.folders()
        paths = daemon.paths()
        before_it, self._known = self._known, _as_watched(paths, daemon.watcher.led_to)
        reading = daemon.teams.read(paths, daemon.clock(), PATIENCE)
        self._say(paths, reading)
        all_in_time = self._rhythm.left() > timedelta()
        touched = _touched(self.edited, before_it | self._known, daemon.whose) if all_in_time else None
        too_soon = touched is None and not at_rest and self._rhythm.gone() < PATIENCE
        faults, only = faults_by_file(reading.faults), set[str]() if too_soon else touched
        is_complete = reading.complete and daemon.watcher.questions.know_all()
        begun = rounds.begin(reading.files, faults, is_complete, only)
        if begun and only is None:
            self._rhythm.begin()
        anew = daemon.watcher.follow(daemon.watched(reading, rounds.teams)) | self._moved(before)
        again = SOON if anew or too_soon or not reading.settled else self._rhythm.left()
        edited = daemon.watcher.wait(again if begun else min(again, LATER))
        self.edited = edited | anew if edited is not None and begun and not too_soon else None

    def _moved(self, before: Mapping[Path, Identity]) -> set[Path]:
        """Return in the place of which folders others are by now."""
        watcher, now = self._daemon.watcher, self._daemon.watcher.folders()
        return {watcher.led_to(folder) for folder, identity in before.items() if now.get(folder, identity) != identity}

    def _say(self, paths: Iterable[Path], reading: Reading) -> None:
        """Say what is wrong with files, and which teams are served from now on."""
        self._files.of_all(faults_by_file(reading.faults), _meanwhile(paths, reading))
        if (teams := [file.team.team for file in reading.files]) != self._serving:
            log.info("serving", teams=teams)
            self._serving = teams


class _Rhythm:
    """When all teams were passed over last, and how long it is until they are again."""

    def __init__(self, every: timedelta) -> None:
        self._every, self._since = every.total_seconds(), float("-inf")

    def begin(self) -> None:
        """Pass over all of them now."""
        self._since = time.monotonic()

    def gone(self) -> float:
        """Return how many seconds ago that was."""
        return time.monotonic() - self._since

    def left(self) -> timedelta:
        """Return how long it is until then."""
        return timedelta(seconds=max(0.0, self._every - self.gone()))


def _meanwhile(paths: Iterable[Path], reading: Reading) -> Callable[[str], str]:
    """Return what tells by the name of a file with faults what holds until they are mended."""
    unserved = {str(path) for path in paths} - {str(file.path) for file in reading.files}
    return lambda name: "its team is not served" if name in unserved else "what was read before stays in force"


def _touched(
    edited: Set[Path] | None, team_files: Container[Path], whose: Callable[[Path], str | None]
) -> set[str] | None:
    """Return the keys of the teams whose calendars, pages or their folders changed; None where it may concern any team.

    What an edit of a team's file concerns is seen by what it says.
    """
    if edited is None:
        return None
    keys = {whose(path) for path in edited if path not in team_files}
    return None if None in keys else {key for key in keys if key}


def _as_watched(files: Iterable[Path], led_to: Callable[[Path], Path]) -> set[Path]:
    """Return files by the paths by which their watcher knows them, who tells where folders' links lead."""
    folders = {folder: led_to(folder) for folder in {file.parent for file in files}}
    return {folders[file.parent] / file.name for file in files}


def _home() -> Path:
    """Return the path of the folder that is worked in, by the links by which it was gone to where the shell tells."""
    told = Path(os.environ.get("PWD", ""))
    with suppress(OSError):
        if told.is_absolute() and told.samefile("."):
            return told
    return Path.cwd()


def _be_at(home: Path, begin_anew: Callable[[], None]) -> None:
    """Work in the folder that has this path now: a new checkout may have been put in the place of the one before.

    What is under way there is to write nothing here.
    """
    with suppress(OSError):  # while it is not there, what is missing in it is told
        if not home.samefile("."):
            begin_anew()
            os.chdir(home)
            log.warning("the folder was replaced by another one; that one is used from now on", folder=str(home))


def faults_by_file(faults: Iterable[Fault]) -> dict[str, list[str]]:
    """Return the faults of each file, as lines, by its name."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.file, []).append(str(fault))
    return found
