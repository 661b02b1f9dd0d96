"""The loop: observe, decide, plan, apply, remember; once for a team, or for all teams for ever."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from config.faults import Fault
from config.team import Team
from daemon.apply import apply
from daemon.decide import decide
from daemon.deliver import deliver
from daemon.describe import describe
from daemon.follow_up import notices, overruled, reminders_due, undelivered
from daemon.free_busy import is_to_be_asked
from daemon.identity import team_key
from daemon.items import followed
from daemon.learn import PORTS, learn
from daemon.ledger import Ledger
from daemon.memory import FreeBusy, Memory
from daemon.model import Observation
from daemon.plan import Action, Caps, Plan, Stopped, check_caps, check_moves, check_not_vanished, make_plan
from daemon.ports import Calendar, Messenger, PortError, Wiki
from daemon.teams import Reading, TeamFile, Teams
from daemon.watch import Watcher

log = structlog.get_logger()
USUAL_CAPS = Caps()


@dataclass(frozen=True, slots=True)
class World:
    """What the programme works with: the ledger, and for each team by its key its calendar, wiki and mail."""

    ledger: Ledger
    calendar: Callable[[Team, str], Calendar]
    wiki: Callable[[Team, str], Wiki]
    messenger: Callable[[Team, str], Messenger]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pass of one team came to: its plan, what is known after it, and what failed, in words for people."""

    team: str
    plan: Plan
    before: Memory
    memory: Memory
    written: int = 0
    errors: tuple[str, ...] = ()


def run_once(file: TeamFile, now: datetime, world: World, caps: Caps = USUAL_CAPS, dry_run: bool = False) -> Outcome:
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
        return Outcome(team.team, Plan(), before, before, errors=errors)  # it may show what was announced: ask it first
    check_not_vanished(team.team, before, observations, caps)
    known = learn(before, observations, caps.restore)
    check_moves(team, known, now)
    after, unseen = decide_by_calendar(team, known, calendar if "calendar" in observations else None, now)
    after = followed(team, after, now)
    plan = _within(make_plan(describe(file, after, now, calendar.address), after), observations)
    plan = replace(plan, findings=(*plan.findings, *overruled(team, after, now)))
    check_caps(team.team, plan, caps)
    after = _to_be_looked_at_again(after, plan)
    writers = {name: ports[name].write for name in observations}
    applied = apply(plan, before, after, notices(team, known, after, now), world.ledger, writers, dry_run)
    if not dry_run:
        failed = undelivered(team, applied.memory, now, world.ledger.undelivered())
        world.ledger.leave(before.team, (*reminders_due(team, applied.memory, plan, now), *failed))
    return Outcome(team.team, plan, before, applied.memory, applied.written, (*errors, *unseen, *applied.errors))


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


@dataclass(frozen=True, slots=True)
class Daemon:
    """What a daemon needs besides the world: its team files, how often it passes, its clock and its watcher."""

    paths: Callable[[], Sequence[Path]]
    teams: Teams
    folders: Callable[[Reading], Iterable[Path]]
    every: timedelta
    caps: Caps
    clock: Callable[[], datetime]
    watcher: Watcher


SOON = timedelta(milliseconds=500)
"""When to look again after the watching has begun, for an edit that was made just before it."""


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
            followed = daemon.watcher.follow(daemon.folders(reading))
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
                outcome = run_once(file, daemon.clock(), world, daemon.caps)
                troubles += outcome.errors
                if outcome.written:
                    log.info("applied", team=file.team.team, written=outcome.written)
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
