"""The plan: what has to change so that the world shows what is desired, as a value; and the safety around it. Pure.

For each field of each resource, with L what we applied last, D what is desired and O what is observed:

    O = D              nothing to do
    O = L, O != D      ours, and out of date: write D
    O != L, O != D     a person changed it: theirs stays; where D is news (D != L) it is reported
    never applied      create, unless it is already there under our mark
    applied, now gone  a person deleted it: theirs stays, and it is reported

Whatever we were about to write when a pass was cut short counts as applied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from config.team import Decision, Team
from daemon.identity import series_key
from daemon.learn import CALLED_OFF, PORTS, ended_by_people, facts_of, is_gone, is_unfinished
from daemon.links import linked, references
from daemon.memory import Memory, Record
from daemon.model import (
    Kind,
    Mark,
    Observation,
    Page,
    Resource,
    SeriesEvent,
    SessionEvent,
    Write,
    fingerprint,
    on_the_wall,
)


class Action(StrEnum):
    """What a change does."""

    CREATE = "create"
    UPDATE = "update"
    END = "end"


@dataclass(frozen=True, slots=True)
class Change:
    """One resource to be created, or updated in ``fields``; a series that gets an ``until`` is ended."""

    action: Action
    resource: Resource
    fields: frozenset[str] = frozenset()
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the lead should know of: people's words stand where ours would have."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes from observed to desired, pages first, and what was found on the way."""

    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()

    def of(self, kinds: Iterable[Kind]) -> tuple[Change, ...]:
        """Return the changes to resources of these kinds."""
        return tuple(change for change in self.changes if change.resource.kind in kinds)

    def count(self, action: Action) -> int:
        """Return how many series and pages are created or ended; overrides of single sessions do not count."""
        return sum(change.action is action and change.resource.kind is not Kind.SESSION for change in self.changes)


@dataclass(frozen=True, slots=True)
class Caps:
    """How many series and pages one pass of one team may create and end. ``restore``: also what was deleted."""

    create: int = 60
    delete: int = 10
    restore: bool = False


class Stopped(Exception):
    """A cap or a guard stopped the pass before anything was written; the message says how to go on."""


def make_plan(desired: Iterable[Resource], memory: Memory) -> Plan:
    """Return what has to change, pages first, then series, then single sessions."""
    resources = sorted(desired, key=in_order)
    opening = {one.key for one in resources if one.kind is Kind.PAGE and _is_new(one, memory.records.get(one.key))}
    compared = [_compared(resource, memory, opening) for resource in resources]
    changes = tuple(change for change, _ in compared if change)
    return Plan(changes, tuple(finding for _, found in compared for finding in found))


ORDER = {Kind.PAGE: 0, Kind.SERIES: 1, Kind.SESSION: 2}


def in_order(resource: Resource) -> tuple[int, bool, str]:
    """Sort what is linked before what links it, and by the ledger's keys rather than the file's order."""
    return ORDER[resource.kind], bool(references(resource)), resource.key


def _compared(resource: Resource, memory: Memory, opening: set[str]) -> tuple[Change | None, list[Finding]]:
    record = memory.records.get(resource.key)
    observed = record.observed if record else None
    if isinstance(resource, SessionEvent) and _has_lost_its_series(resource, memory):
        return None, []  # which is said once
    if record is None or _is_new(resource, record) or (observed and not observed.gone and is_unfinished(record)):
        return _made(resource), []
    if observed is None:
        return None, []  # applied, and its port could not be looked at: nothing is known to be wrong
    if observed.gone:
        return _missing(resource, record)
    if observed.trouble:
        return None, [Finding(f"{resource.key}/trouble", f"{_name(resource)}: {observed.trouble}")]
    return _updated(resource, record, memory, opening)


def _is_new(resource: Resource, record: Record | None) -> bool:
    return record is None or (record.observed is None and not record.applied) or _elsewhere(resource, record)


def _has_lost_its_series(session: SessionEvent, memory: Memory) -> bool:
    """Whether a person deleted the recurring event of a session, or ended it before."""
    series = memory.records.get(session.event)
    ended = ended_by_people(series)
    return is_gone(series) or (ended is not None and session.recurrence_id > ended)


def _made(resource: Resource) -> Change | None:
    if isinstance(resource, SeriesEvent) and resource.until is not None:
        return None
    return Change(Action.CREATE, resource)


def _elsewhere(resource: Resource, record: Record) -> bool:
    """Whether what we know of is the same session in the recurring event of an earlier cadence."""
    observed = record.observed
    return isinstance(resource, SessionEvent) and bool(observed and observed.event not in ("", resource.event))


def _missing(resource: Resource, record: Record) -> tuple[Change | None, list[Finding]]:
    if isinstance(resource, SessionEvent):
        brought_back = resource.cancelled and CALLED_OFF in record.ours("cancelled")
        return (None if brought_back else Change(Action.CREATE, resource)), []
    if isinstance(resource, SeriesEvent) and resource.until is not None:
        return None, []
    text = f"{_name(resource)} was deleted by a person and is not made again; --allow-create N brings it back"
    return None, [Finding(f"{resource.key}/gone", text)]


def _updated(
    resource: Resource, record: Record, memory: Memory, opening: set[str]
) -> tuple[Change | None, list[Finding]]:
    shown = record.observed.shown if record.observed else {}
    told, wanted = fingerprint(resource.content), fingerprint(linked(resource, memory).content)
    opened = {"region" if isinstance(resource, Page) else "description"} if references(resource) & opening else set()
    differing = opened | {name for name, digest in wanted.items() if shown.get(name) != digest}
    ours = {name: record.ours(name) | _inherited(resource, name, memory) for name in differing}
    if isinstance(resource, SeriesEvent) and resource.until is None and ended_by_people(record):
        return None, [Finding(f"{resource.key}/until", f"{_name(resource)} was ended by a person, and stays so")]
    if isinstance(resource, SessionEvent) and not resource.cancelled and record.observed and record.observed.cancelled:
        return Change(Action.UPDATE, resource, frozenset(wanted)), []  # what a person called off was adopted before
    fields = {name for name in differing if name not in shown or shown[name] in ours[name]}
    findings = [
        Finding(f"{resource.key}/{name}/{told[name]}", _kept(resource, name))
        for name in sorted(differing - fields)
        if wanted[name] not in ours[name] or name in opened or (resource.kind, name) == (Kind.SERIES, "when")
    ]
    added, former = _guests(resource, record)
    fields |= {"guests"} if added or former else set()
    if not fields and not (findings and _mark_is_stale(resource, record, memory)):
        return None, findings
    action = Action.END if "until" in fields else Action.UPDATE
    return Change(action, resource, frozenset(fields), former), findings


def _inherited(resource: Resource, name: str, memory: Memory) -> frozenset[str]:
    """Return the digests that an instance has from its series, where nobody wrote anything of its own."""
    series = memory.records.get(resource.event) if isinstance(resource, SessionEvent) else None
    return series.ours(name) if series else frozenset()


def _guests(resource: Resource, record: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return whom to invite and whom to take off: never somebody whom a person invited or took off."""
    if not isinstance(resource, SeriesEvent) or record.observed is None or resource.until is not None:
        return (), ()
    present = {email.lower() for email in record.observed.guests}
    added = tuple(guest for guest in resource.guests if guest.lower() not in present and guest not in record.guests)
    former = tuple(guest for guest in record.guests if guest not in resource.guests and guest.lower() in present)
    return added, former


def _mark_is_stale(resource: Resource, record: Record, memory: Memory) -> bool:
    mark = record.observed.mark if record.observed else None
    session = memory.sessions.get(resource.key)
    return bool(mark and session and mark.roles != facts_of(session))


def _name(resource: Resource) -> str:
    if isinstance(resource, Page):
        return f"the page “{resource.title}”"
    if isinstance(resource, SeriesEvent):
        return f"the series “{resource.summary}”"
    return f"“{resource.summary}” on {resource.starts_at:%Y-%m-%d}"


FIELDS = {"when": "time", "minutes": "length", "cancelled": "cancellation", "region": "part kept by peerloop"}


def _kept(resource: Resource, name: str) -> str:
    return (
        f"{_name(resource)}: a person changed its {FIELDS.get(name, name)}, which stays; peerloop's news is not shown"
    )


def writes(changes: Iterable[Change], memory: Memory) -> tuple[Write, ...]:
    """Return the changes as a port is told them, each with the mark it is to carry."""
    return tuple(_write(change, memory) for change in changes)


def _write(change: Change, memory: Memory) -> Write:
    resource, record = change.resource, memory.records.get(change.resource.key)
    session = memory.sessions.get(resource.key)
    facts = facts_of(session) if session and resource.kind is Kind.SESSION else {}
    wanted = fingerprint(resource.content)
    if change.action is Action.CREATE or record is None:
        return Write(resource, Mark(resource.key, wanted, facts))
    marked = record.observed.mark.applied if record.observed and record.observed.mark else {}
    applied = {**marked, **record.applied, **{name: wanted[name] for name in change.fields if name in wanted}}
    applied = {name: digest for name, digest in applied.items() if name in wanted}
    version = record.observed.version if record.observed else ""
    return Write(resource, Mark(resource.key, applied, facts), change.fields, version, change.former)


def check_caps(team: str, plan: Plan, caps: Caps) -> None:
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


def check_not_vanished(team: str, memory: Memory, observations: Mapping[str, Observation], caps: Caps) -> None:
    """Let a pass go on unless everything that we made has gone at once: more likely a wrong place than a decision.

    Raises:
        Stopped: the ledger knows of resources, and a complete listing shows none of them.
    """
    for port, observation in observations.items():
        known = [one for one in memory.records.values() if one.kind in PORTS[port] and one.applied and not _gone(one)]
        if observation.complete and not observation.seen and len(known) > 1 and not caps.restore:
            raise Stopped(
                f"{team}: the ledger knows {len(known)} of our entries in the {port}, and the {port} shows 0; nothing "
                f"was written. Check that it is the right {port}; to make them anew, go on with "
                f"--allow-create {sum(one.kind is not Kind.SESSION for one in known)}"
            )


def _gone(record: Record) -> bool:
    return record.observed is not None and record.observed.gone


def check_moves(team: Team, memory: Memory, now: datetime) -> None:
    """Let a pass go on unless the lead moves a session into the past that is still to come.

    The file alone cannot tell: a session that was moved to an earlier date has taken place before its original one.

    Raises:
        Stopped: there is such a session.
    """
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    for one in team.sessions:
        late = one.on >= today and one.move_to and on_the_wall(one.move_to, team.timezone) <= now
        if late and all(start > now for start in _known_starts(one, team, memory)):
            raise Stopped(
                f"{team.team}: {one.series} on {one.on} cannot be moved to {one.move_to:%Y-%m-%d %H:%M}, which has "
                "gone by; nothing was written. Name a time to come under sessions:"
            )


def _known_starts(decision: Decision, team: Team, memory: Memory) -> Iterable[datetime]:
    """Yield when a decided session was last planned to start, and when the calendar last showed it."""
    series = next(one for one in team.series if decision.series in (one.name, *one.was))
    slot = f"{series_key(series, memory.team, memory.series.values())}/{decision.on}T"
    for key in memory.sessions.keys() | memory.records.keys():
        if key.startswith(slot):
            session, observed = memory.sessions.get(key), memory.observed(key)
            if session:
                yield session.slot.starts_at
            if observed and observed.starts_at:
                yield observed.starts_at
