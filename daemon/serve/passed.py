"""When each team was passed over last, and how that went: for whoever wants to know how a daemon is."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from config.team import Team
from config.team_file import TeamFile
from daemon.ledger import BrokenOff, LastRun, Unusable
from daemon.loop import Pass
from daemon.plan.guards import Stopped

Seconds = float
THE_LEDGER = "the ledger"
"""What a round does with it itself, before its passes."""
LOOKED_UP_EVERY: Seconds = 2.0
"""For how long what workers have done is not looked up again."""


class Result(StrEnum):
    """How a pass went."""

    DONE = "done"
    PARTLY = "partly"
    """Something failed in it; what it could do is done."""
    STOPPED = "stopped"
    """A cap or a guard stopped it before it wrote anything."""
    UNRECORDED = "unrecorded"
    """The ledger could not be used for it."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LastPass:
    """When a pass ended, how many resources it wrote, and what failed in it, in words for people."""

    at: datetime
    written: int
    errors: tuple[str, ...]


@dataclass(slots=True)
class Passing:
    """A pass over a team, by its key, that is under way; what it ``came_to`` is None where it did not come to its end.

    So it is of a team that was found ``idle``. ``at`` is when it ended, aware, and ``seconds`` how long it took.
    """

    key: str
    team: Team
    came_to: Pass | None = None
    idle: bool = False
    result: Result = Result.FAILED
    at: datetime | None = None
    seconds: Seconds = 0.0

    @property
    def has_ended(self) -> bool:
        """Whether it came to its end."""
        return self.idle or self.came_to is not None

    @property
    def written(self) -> int:
        """How many resources it wrote."""
        return self.came_to.written if self.came_to else 0

    @property
    def errors(self) -> tuple[str, ...]:
        """What failed in it, in words for people."""
        return self.came_to.errors if self.came_to else ()


class Overseer(Protocol):
    """Who is told how passes and mails go, by several threads."""

    def passed(self, ended: Passing, /) -> None:
        """Hear that a pass has ended."""

    def delivered(self, sent: int, failed: int, /) -> None:
        """Hear how many mails went out, and how many did not."""


@dataclass(slots=True)
class Passed:
    """The last pass of each team, by the team's key; several threads may tell of it and ask for it."""

    overseers: list[Overseer] = field(default_factory=list)
    """Who is told besides."""
    _last: dict[str, LastPass] = field(default_factory=dict)
    _looked_at: set[str] = field(default_factory=set)
    _lacking: set[str] = field(default_factory=set)
    """For what the ledger could not be used when it was last tried: rounds and mails by name, teams by their keys."""

    @contextmanager
    def needing_ledger(self, name: str) -> Iterator[None]:
        """Remember whether the ledger could be used for what the caller does."""
        try:
            yield
        except Unusable:
            self._lacking.add(name)
            raise
        except Exception:
            self._lacking.discard(name)
            raise
        self._lacking.discard(name)

    def ledger_could_be_used(self, files: Mapping[str, TeamFile]) -> bool:
        """Whether it could, when it was last tried: for rounds, and for the passes and mails of teams, by their keys.

        A pass that has nothing to write tries nothing.
        """
        mails = {mail_of(file.team.mail.connection) for file in files.values()}
        return self._lacking.isdisjoint({THE_LEDGER, *mails, *files})

    @contextmanager
    def over(
        self, key: str, team: Team, clock: Callable[[], datetime], gone_by: Callable[[], Seconds]
    ) -> Iterator[Passing]:
        """Remember how the caller's pass over a team went, which says what it came to."""
        passing, begun = Passing(key, team), gone_by()
        try:
            with self.needing_ledger(key):
                yield passing
            if passing.has_ended:
                passing.result = Result.PARTLY if passing.errors else Result.DONE
        except Stopped:
            passing.result = Result.STOPPED
            raise
        except Unusable:
            passing.result = Result.UNRECORDED
            raise
        finally:
            passing.at, passing.seconds = clock(), gone_by() - begun
            self._looked_at.add(key)
            if passing.has_ended:
                self.note(key, passing.at, passing.written, passing.errors)
            for overseer in self.overseers:
                overseer.passed(passing)

    def note(self, team: str, at: datetime, written: int, errors: Iterable[str]) -> None:
        """Remember that a pass over a team has ended."""
        self._last[team] = LastPass(at, written, tuple(errors))

    def last(self, team: str) -> LastPass | None:
        """Return the last pass over a team; None where there was none yet."""
        return self._last.get(team)

    def has_looked_at(self, team: str) -> bool:
        """Whether a pass over a team has ended, however that went; what stops or fails keeps nobody else waiting."""
        return team in self._looked_at or team in self._last

    def by_workers(self) -> Mapping[str, tuple[datetime, Result]]:
        """Return of each team's latest pass when it ended, and how: of those made elsewhere, of which nobody told."""
        return {}

    def delivered(self, sent: int, failed: int) -> None:
        """Tell how mails went."""
        for overseer in self.overseers:
            overseer.delivered(sent, failed)


def mail_of(connection: str) -> str:
    """Return what people are told that the mail by a connection is called."""
    return "mail" if connection == "local" else f"mail by {connection}"


@dataclass(slots=True)
class PassedByWorkers(Passed):
    """The last pass of each team by whatever worker, as the ledger has it, looked up now and then."""

    look: Callable[[], Mapping[str, LastRun]] = dict
    look_for_broken: Callable[[], Mapping[str, BrokenOff]] = dict
    _broken: Mapping[str, BrokenOff] = field(default_factory=dict)
    _looked: float = float("-inf")

    def last(self, team: str) -> LastPass | None:
        """Return the last pass over a team; None where there was none yet."""
        self._look_up()
        return self._last.get(team)

    def has_looked_at(self, team: str) -> bool:
        """Whether a pass over a team has ended, by whatever worker."""
        return team in self.by_workers()

    def by_workers(self) -> Mapping[str, tuple[datetime, Result]]:
        """Return when the latest pass of each team ended, and how."""
        self._look_up()
        ended = {key: (run.at, Result.PARTLY if run.errors else Result.DONE) for key, run in self._last.items()}
        return ended | {key: (end.at, Result(end.how)) for key, end in self._broken.items()}

    def ledger_could_be_used(self, files: Mapping[str, TeamFile]) -> bool:
        """Whether it could, when it was last tried, by whatever worker."""
        unrecorded = {key for key, (_, result) in self.by_workers().items() if result is Result.UNRECORDED}
        return Passed.ledger_could_be_used(self, files) and unrecorded.isdisjoint(files)

    def _look_up(self) -> None:
        if time.monotonic() - self._looked > LOOKED_UP_EVERY:
            self._last = {key: LastPass(run.at, run.written, run.errors) for key, run in self.look().items()}
            self._broken = self.look_for_broken()
            self._looked = time.monotonic()
