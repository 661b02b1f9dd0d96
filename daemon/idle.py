"""A pass over a team that may be idle: where nothing can have changed since one that had nothing to do, a look is all.

That is known without recalling what is known of the team. Its file and the release are the same, by a digest; so is
everything in the ledger that a pass goes by, by counts of its changes; the moment at which something may be due by
itself has not come; and no port shows anything new. All of it stands in the ledger, so that it outlasts a process.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import overload

from config.cached import cached_property
from config.team_file import TeamFile
from daemon.learn.needs import source_key
from daemon.loop import USUAL_CAPS, Pass, World, run_once
from daemon.model import PORTS, Observed
from daemon.model.idle import Idle
from daemon.model.memory import Memory
from daemon.model.names import team_key
from daemon.plan.guards import Allowance
from daemon.ports import Shelf
from daemon.tell.moments import next_moment


def pass_over(file: TeamFile, now: datetime, world: World, caps: Allowance = USUAL_CAPS) -> Pass | None:
    """Bring a team up to date, as ``run_once`` does; None where it is idle, and then nothing is recalled or written.

    Raises:
        Stopped, LedgerError, BrokenTemplate: as there.
    """
    looked = _look(file, world, caps)
    idle = looked.idle
    if idle and idle.holds(looked.basis, now) and not _is_shown_news(file, now, looked, idle, world):
        return None
    done = run_once(file, now, world, caps)
    cursors = {port: done.memory.cursors.get(port, "") for port in PORTS}
    if not done.errors and all(cursors.values()) and _look(file, world, caps).basis == looked.basis:
        sources = {key: gathered.cursor for key, gathered in done.memory.sources.items()}
        until = _next_moment(file, done.memory, world, now)
        world.ledger.idle.note(looked.team, Idle(looked.basis, cursors, sources, now, until))
    return done


@dataclass(frozen=True, slots=True)
class _Look:
    """On what a team, by its key, was idle, if it was, and on what it would be so now."""

    team: str
    basis: str
    idle: Idle | None


def _look(file: TeamFile, world: World, caps: Allowance) -> _Look:
    team, heir = file.team, file.heir
    others = (*file.unclaimed, *((heir.team, *heir.was) if heir else ()))
    known = world.ledger.team_keys((team.team, *team.was, *others))
    key = team_key(team, known)
    people = (email for member in team.members for email in (member.email, *member.was))
    idle, counts = world.ledger.idle.look(key, {key, *known.values(), *people, team.lead})
    told = (file.text, file.newcomers, heir and heir.model_dump_json(), file.unclaimed)
    basis = (*told, caps, world.edition, world.on_the_web(key, ""), sorted(known.items()), sorted(counts.items()))
    return _Look(key, hashlib.sha256(repr(basis).encode("utf-8", "surrogatepass")).hexdigest(), idle)


def _next_moment(file: TeamFile, memory: Memory, world: World, now: datetime) -> datetime:
    ledger = world.ledger
    reports = (ledger.reminded(memory.team), ledger.digests.undelivered(), ledger.troubles.of(memory.team))
    return next_moment(file.team, memory, *reports, now)


def _is_shown_news(file: TeamFile, now: datetime, looked: _Look, idle: Idle, world: World) -> bool:
    """Whether a port shows anything new, or cannot be asked: then a whole pass sees to it."""
    team, key = file.team, looked.team
    memory = cache(lambda: world.recent(file, now))
    try:
        shelves: dict[str, Shelf] = {"calendar": world.calendar(team, key), "wiki": world.wiki(team, key)}
        for port, shelf in shelves.items():
            cursor = idle.cursors.get(port)
            shown = shelf.observe(cursor, _Known(partial(lambda kinds: memory().shown(kinds), PORTS[port])))
            if shown.seen or shown.complete or shown.cursor != cursor:
                return True
        asked = zip(team.needs, world.sources(team, key, file.folder), strict=True)
        return any(port.gather(idle.sources.get(source_key(source))) is not None for source, port in asked)
    except Exception:  # whatever it is, the whole pass meets it as well, and then the lead hears of it
        return True


class _Known(Sequence[Observed]):
    """What was there at the last look; it is recalled for a port that needs to know."""

    def __init__(self, recall: Callable[[], Sequence[Observed]]) -> None:
        self._recall = recall

    @cached_property
    def _all(self) -> Sequence[Observed]:
        return self._recall()

    def __len__(self) -> int:
        return len(self._all)

    @overload
    def __getitem__(self, index: int) -> Observed: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Observed]: ...
    def __getitem__(self, index: int | slice) -> Observed | Sequence[Observed]:
        return self._all[index]
