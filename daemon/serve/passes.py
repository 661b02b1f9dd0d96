"""A pass over a team as a daemon makes it: what goes wrong is said, and stops no other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from structlog.contextvars import bound_contextvars

from config.team_file import TeamFile
from daemon.idle import pass_over
from daemon.loop import World, run_once
from daemon.model.names import pass_id
from daemon.plan.guards import Allowance
from daemon.serve.clock import since_boot
from daemon.serve.passed import Passed, Passing, Seconds
from daemon.serve.said import Said

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Passes:
    """Makes passes; ``clock`` tells the time, aware, and ``passed`` is told how each went, and how long it took by
    ``gone_by``."""

    world: World
    caps: Allowance
    clock: Callable[[], datetime]
    passed: Passed = field(default_factory=Passed)
    said: Said = field(default_factory=Said)
    gone_by: Callable[[], Seconds] = since_boot

    def over(self, key: str, file: TeamFile, now: datetime) -> Passing:
        """Pass over a team, known by its key, at a moment; the first pass of a process takes nothing for granted."""
        team = file.team
        begun = self.passed.last(key) is not None
        with (
            bound_contextvars(**{"pass": pass_id(key, now)}),
            self.said.troubles_of(team.team) as troubles,
            self.passed.over(key, team, self.clock, self.gone_by) as passing,
        ):
            passing.came_to = (pass_over if begun else run_once)(file, now, self.world, self.caps)
            passing.idle = passing.came_to is None
            troubles += passing.errors
            if passing.written:
                log.info("applied", team=team.team, written=passing.written)
        return passing
