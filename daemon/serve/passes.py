"""A pass over a team as a daemon makes it: what goes wrong is said, and stops no other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from structlog.contextvars import bound_contextvars

from daemon.loop import Pass, World, run_once
from daemon.model.names import pass_id
from daemon.model.team_file import TeamFile
from daemon.plan.guards import Allowance
from daemon.serve.clock import since_boot
from daemon.serve.passed import Passed, Seconds
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

    def over(self, key: str, file: TeamFile) -> Pass | None:
        """Pass over a team, known by its key; return what came of it, or None where it did not come to its end."""
        team, now, done = file.team, self.clock(), None
        with (
            bound_contextvars(**{"pass": pass_id(key, now)}),
            self.said.troubles_of(team.team) as troubles,
            self.passed.over(key, team, self.clock, self.gone_by) as passing,
        ):
            passing.came_to = done = run_once(file, now, self.world, self.caps)
            troubles += done.errors
            if done.written:
                log.info("applied", team=team.team, written=done.written)
        return done
