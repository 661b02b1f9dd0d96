"""The loop: observe, decide, plan, apply, remember; once for a team, or for all teams for ever."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.apply import apply
from daemon.decide.decide import decide
from daemon.decide.free_busy import is_to_be_asked
from daemon.describe.describe import describe
from daemon.learn.items import updated
from daemon.learn.learn import learn
from daemon.ledger import Ledger
from daemon.model import Observation
from daemon.model.memory import FreeBusy, Memory
from daemon.model.names import team_key
from daemon.model.resources import PORTS
from daemon.model.team_file import TeamFile
from daemon.plan.compare import make_plan
from daemon.plan.guards import Caps, check_caps, check_moves, check_not_vanished
from daemon.plan.plan import Action, Plan
from daemon.ports import Calendar, Messenger, PortError, Wiki
from daemon.tell.due import notices, overruled, reminders_due, undelivered

USUAL_CAPS = Caps()


@dataclass(frozen=True, slots=True)
class World:
    """What the programme works with: the ledger, and for each team by its key its calendar, wiki and mail."""

    ledger: Ledger
    calendar: Callable[[Team, str], Calendar]
    wiki: Callable[[Team, str], Wiki]
    messenger: Callable[[Team, str], Messenger]


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass of one team came to: its plan, what is known after it, and what failed, in words for people."""

    team: str
    plan: Plan
    before: Memory
    memory: Memory
    written: int = 0
    errors: tuple[str, ...] = ()


def run_once(file: TeamFile, now: datetime, world: World, caps: Caps = USUAL_CAPS, dry_run: bool = False) -> Pass:
    """Bring a team's calendar and wiki into the state that its file and history ask for, and leave reminders due.

    Safe to run twice and to be killed anywhere: the next pass goes on from what is there. ``now`` is aware.

    Raises:
        Stopped: a cap or a guard; nothing was written.
        LedgerError: the ledger cannot be used.
    """
    team = file.team
    before = world.ledger.recall(team_key(team, world.ledger.team_keys()), team.team)
    calendar, wiki = world.calendar(team, before.team), world.wiki(team, before.team)
    ports: dict[str, Calendar | Wiki] = {"calendar": calendar, "wiki": wiki}
    observations, errors = observe(ports, {} if caps.restore else before.cursors)
    if "calendar" not in observations and "calendar" not in before.cursors:
        return Pass(team.team, Plan(), before, before, errors=errors)  # it may show what was announced: ask it first
    check_not_vanished(team.team, before, observations, caps)
    known = learn(before, observations, caps.restore)
    check_moves(team, known, now)
    after, unseen = decide_by_calendar(team, known, calendar if "calendar" in observations else None, now)
    after = updated(team, after, now)
    plan = _within(make_plan(describe(file, after, now, calendar.address), after), observations)
    plan = replace(plan, findings=(*plan.findings, *overruled(team, after, now)))
    check_caps(team.team, plan, caps)
    after = _to_be_looked_at_again(after, plan)
    writers = {name: ports[name].write for name in observations}
    applied = apply(plan, before, after, notices(team, known, after, now), world.ledger, writers, dry_run)
    if not dry_run:
        failed = undelivered(team, applied.memory, now, world.ledger.undelivered())
        world.ledger.leave(before.team, (*reminders_due(team, applied.memory, plan, now), *failed))
    return Pass(team.team, plan, before, applied.memory, applied.written, (*errors, *unseen, *applied.errors))


def observe(
    ports: Mapping[str, Calendar | Wiki], cursors: Mapping[str, str]
) -> tuple[dict[str, Observation], tuple[str, ...]]:
    """Look at each port from where its cursor stands; a port that cannot be read is left out, with what it said."""
    observations, errors = {}, []
    for name, port in ports.items():
        try:
            observations[name] = port.observe(cursors.get(name) or None)
        except PortError as error:
            errors.append(f"{name}: {error}")
    return observations, tuple(errors)


def decide_by_calendar(
    team: Team, known: Memory, calendar: Calendar | None, now: datetime
) -> tuple[Memory, tuple[str, ...]]:
    """Decide; where roles are to be given out, not without having asked members' calendars when they have time.

    That the calendars cannot be asked is told in words for people, and keeps nobody from a role.
    """
    after, today = decide(team, known, now), now.astimezone(ZoneInfo(team.timezone)).date()
    if calendar is None or not is_to_be_asked(known, after, today):
        return after, ()
    last = max(session.slot.ends_at for session in after.sessions.values())
    try:
        spans = calendar.busy([member.email for member in team.members], now, last)
    except PortError as error:
        return replace(after, free_busy=FreeBusy(today)), (f"calendar: {error} So nobody counts as busy today.",)
    free_busy = FreeBusy(today, spans)
    return decide(team, replace(known, free_busy=free_busy), now) if spans else replace(after, free_busy=free_busy), ()


def _within(plan: Plan, ports: Iterable[str]) -> Plan:
    """Return the plan without what would go to a port that could not be looked at."""
    return replace(plan, changes=plan.of({kind for port in ports for kind in PORTS[port]}))


def _to_be_looked_at_again(memory: Memory, plan: Plan) -> Memory:
    """Return the memory without the cursors of ports on which something is about to be made: they cannot tell of it."""
    made = {change.resource.kind for change in plan.changes if change.action is Action.CREATE}
    cursors = {port: "" if made & PORTS[port] else cursor for port, cursor in memory.cursors.items()}
    return replace(memory, cursors=cursors)
