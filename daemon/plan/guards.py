"""The guards around a plan: what stops a pass before anything is written, and says how to go on. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.team import Decision, Team
from daemon.decide.decisions import decided_series
from daemon.learn.by_hand import is_gone
from daemon.model import (
    PORTS,
    Kind,
    Observation,
    on_the_wall,
)
from daemon.model.memory import Memory, Record
from daemon.model.names import keyed_series
from daemon.plan.plan import Action, Plan


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many series and pages one pass of one team may create and end. ``restore``: also what was deleted."""

    create: int = 60
    delete: int = 10
    restore: bool = False


class Stopped(Exception):
    """A cap or a guard stopped the pass before anything was written; the message says how to go on."""


def check_caps(team: str, plan: Plan, caps: Allowance) -> None:
    """Let a plan pass that keeps to the caps.

    Raises:
        Stopped: it would create or end more than it may.
    """
    for action, most, option in ((Action.CREATE, caps.create, "create"), (Action.END, caps.delete, "delete")):
        figure = plan.count(action)
        if figure > most:
            raise Stopped(
                f"{team}: this plan would {action} {figure} series and pages, more than the {most} that one pass may; "
                f"nothing was written. If that is right, go on with --allow-{option} {figure}"
            )


def check_not_vanished(team: str, memory: Memory, observations: Mapping[str, Observation], caps: Allowance) -> None:
    """Let a pass go on unless everything that we made has gone at once: more likely a wrong place than a decision.

    Raises:
        Stopped: the ledger knows of resources, and a complete listing shows none of them.
    """
    for port, observation in observations.items():
        ours = [one for one in memory.records.values() if one.kind in PORTS[port] and one.applied and not is_gone(one)]
        known = [one for one in ours if not _is_ended(one, memory)]
        if observation.complete and not observation.seen and len(known) > 1 and not caps.restore:
            raise Stopped(
                f"{team}: the ledger knows {len(known)} of our entries in the {port}, and the {port} shows 0; nothing "
                f"was written. Check that it is the right {port}; to make them anew, go on with "
                f"--allow-create {sum(one.kind is not Kind.SESSION for one in known)}"
            )


def _is_ended(record: Record, memory: Memory) -> bool:
    """Whether it is a recurring event that we ended, or an instance of one: those may have gone with their series."""
    event = record.observed.event if record.observed and record.kind is Kind.SESSION else record.key
    generation = memory.generations.get(event)
    return generation is not None and generation.until is not None


def check_moves(team: Team, memory: Memory, now: datetime) -> None:
    """Let a pass go on unless the lead moves a session that is still to come to before its series began.

    One that is moved to an earlier date, which has gone by when that is first read, has taken place then.

    Raises:
        Stopped: there is such a session.
    """
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    for one in team.sessions:
        late = one.on >= today and one.move_to and on_the_wall(one.move_to, team.timezone) <= now
        if (
            late
            and _before_its_series(one, team, memory)
            and all(when > now for when in _known_starts(one, team, memory))
        ):
            raise Stopped(
                f"{team.team}: {one.series} on {one.on} cannot be moved to {one.move_to:%Y-%m-%d %H:%M}, which has "
                "gone by, and before which the series had not begun; nothing was written. Name a time to come under "
                "sessions:"
            )


def _before_its_series(decision: Decision, team: Team, memory: Memory) -> bool:
    """Whether a decision moves a session to before its series was first planned: somebody mistyped the date."""
    keyed, series = keyed_series(team, memory), decided_series(decision, team)
    key = next((key for key, one in keyed.items() if series and one.name == series.name), "")
    known = memory.series.get(key)
    return known is None or (decision.move_to is not None and decision.move_to.date() < known.starts)


def _known_starts(decision: Decision, team: Team, memory: Memory) -> Iterable[datetime]:
    """Yield when a decided session was last planned to start, and when the calendar last showed it."""
    series = decided_series(decision, team)
    known = {key for key, one in keyed_series(team, memory).items() if series and one.name == series.name}
    slots = tuple(f"{key}/{decision.on}T" for key in known)
    for key in memory.sessions.keys() | memory.records.keys():
        if key.startswith(slots):
            session, observed = memory.sessions.get(key), memory.observed(key)
            if session:
                yield session.slot.starts_at
            if observed and observed.starts_at:
                yield observed.starts_at
