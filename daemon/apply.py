"""Apply: the only writer, and the only place that knows a dry run.

What is about to be written is recorded, then written, then recorded as done; each of the three may be the last thing
that a killed process did, and the next pass goes on from there. No transaction is open while the world is written to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from config.values import readable
from daemon.learn.marks import said_by_mark
from daemon.ledger import Ledger
from daemon.model import (
    PORTS,
    Attempt,
    Fingerprint,
    Kind,
    Mark,
    Page,
    Reminder,
    Write,
    Written,
    fingerprint,
)
from daemon.model.entries import Entry
from daemon.model.links import linking, references, resolved, unresolved
from daemon.model.memory import Memory, Record
from daemon.plan.plan import Action, Change, Plan
from daemon.ports import PortError, Shelf


@dataclass(frozen=True, slots=True)
class Applied:
    """How an apply went: what is known now, what was written, and what failed, in words for people."""

    memory: Memory
    written: int = 0
    """How many resources were written."""
    errors: tuple[str, ...] = ()


def apply(
    plan: Plan,
    before: Memory,
    after: Memory,
    notices: Sequence[Reminder],
    ledger: Ledger,
    shelves: Mapping[str, Shelf],
    entry: Callable[[Write], Entry],
    dry_run: bool = False,
) -> Applied:
    """Carry out a plan and remember what was decided; ``shelves`` are the calendar and the wiki, by these names.

    ``entry`` makes what the log says of a write. What is linked comes first: pages before events. A failed write is
    reported, and the next pass tries it again.
    """
    if dry_run:
        return Applied(after)
    decided = _to_be_looked_at_again(after, {one.resource.kind for one in plan.changes if one.action is Action.CREATE})
    ledger.remember(before, decided, notices)
    applied = Applied(decided)
    for pages in _in_turn(plan.of(PORTS["wiki"])):
        applied = _carried_out(_linked(pages, applied.memory), applied, ledger, shelves["wiki"], entry)
    events = _linked(plan.of(PORTS["calendar"]), applied.memory)
    calendar = shelves["calendar"]
    return _carried_out(events, applied, ledger, calendar, entry) if events else _kept_up(calendar, applied)


def _kept_up(calendar: Shelf, so_far: Applied) -> Applied:
    """Let a calendar to which nothing is to be written keep its time zones up to date."""
    try:
        calendar.write(())
    except PortError as error:
        return replace(so_far, errors=(*so_far.errors, str(error)))
    return so_far


def _to_be_looked_at_again(memory: Memory, kinds: Set[Kind]) -> Memory:
    """Return the memory in which the next pass looks completely at each port that has some of these kinds.

    A cursor asks for what has changed since it was handed out. What a killed process made after that, and did not
    record, is found for certain only without one; and so is what was left out where it was handed out.
    """
    cursors = {port: "" if kinds & PORTS[port] else cursor for port, cursor in memory.cursors.items()}
    return replace(memory, cursors=cursors)


def _in_turn(pages: Sequence[Change]) -> tuple[Sequence[Change], Sequence[Change]]:
    """Return the pages in two portions: the second link pages of the first, which have no address until then."""
    made = {change.resource.key for change in pages if change.action is Action.CREATE}
    linking = [change for change in pages if references(change.resource) & made]
    return [change for change in pages if change not in linking], linking


def _linked(changes: Sequence[Change], memory: Memory) -> tuple[Change, ...]:
    """Return the changes with the addresses of the pages that they link, as far as those are known.

    A field in which nothing but a page was to be linked that could not be made is left as it is.
    """
    due = (replace(change, fields=change.fields - _linked_in_vain(change, memory)) for change in changes)
    kept = (one for one, change in zip(due, changes, strict=True) if one.fields or not change.fields)
    return tuple(replace(change, resource=resolved(change.resource, memory)) for change in kept)


def _linked_in_vain(change: Change, memory: Memory) -> Set[str]:
    resource, seen = change.resource, memory.observed(change.resource.key)
    if change.action is Action.CREATE or seen is None or not unresolved(resource, memory):
        return frozenset()
    wanted = fingerprint(resolved(resource, memory).content)
    return {name for name in {linking(resource)} if seen.shown.get(name) == wanted[name]}


def _carried_out(
    changes: Sequence[Change], so_far: Applied, ledger: Ledger, shelf: Shelf, entry: Callable[[Write], Entry]
) -> Applied:
    if not changes:
        return so_far
    wanted = writes(changes, so_far.memory)
    begun = [entry(one) for one in wanted]
    records = (_intended(one, so_far.memory, said.at) for one, said in zip(wanted, begun, strict=True))
    intended = so_far.memory.with_records(*records)
    ledger.remember(so_far.memory, intended, begun=begun)
    try:
        results = shelf.write(wanted)
    except PortError as error:
        return Applied(intended, so_far.written, (*so_far.errors, str(error)))
    done = [(one, result) for one, result in zip(wanted, results, strict=True) if not result.error]
    waits = [one for one, result in zip(wanted, results, strict=True) if result.waits]
    after = intended.with_records(*(_done(one, result, intended) for one, result in done))
    after = after.with_records(*(replace(after.records[one.resource.key], begun=one.begun) for one in waits))
    outrun = {one.resource.kind for one, result in zip(wanted, results, strict=True) if result.outrun}
    after = _to_be_looked_at_again(after, outrun)
    ledger.remember(intended, after, done=[one.resource.key for one, _ in done])
    errors = tuple(readable(result.error) for result in results if result.error)
    return Applied(after, so_far.written + len(done), so_far.errors + errors)


def _intended(write: Write, memory: Memory, now: datetime) -> Record:
    resource = write.resource
    record = memory.records.get(resource.key, Record(resource.key, resource.kind))
    digests = fingerprint(resource.content)
    if write.fields is None:
        return replace(record, applied={}, intended=digests, begun=_begun(write, now))
    return replace(record, intended={name: digest for name, digest in digests.items() if name in write.fields})


def _begun(write: Write, now: datetime) -> Attempt | None:
    """Return how a page is begun to be made, by the title by which that was tried first: so it may be there."""
    if not isinstance(write.resource, Page):
        return None
    return replace(write.begun, at=now) if write.begun else Attempt(now, write.resource.title)


def _done(write: Write, result: Written, memory: Memory) -> Record:
    record = memory.records[write.resource.key]
    guests = dict.fromkeys((*getattr(write.resource, "guests", ()), *record.guests))
    invited = tuple(guest for guest in guests if guest not in write.former)  # whom a person took off was invited, too
    kept = set(write.mark.applied)
    now = {**record.applied, **record.intended, **_of_its_mark(write, result)}
    applied = {name: digest for name, digest in now.items() if name in kept}
    return replace(record, applied=applied, intended={}, begun=None, guests=invited, observed=result.observed)


def _of_its_mark(write: Write, result: Written) -> Fingerprint:
    """Return what was applied to something new that was there already, made by an earlier attempt: its mark tells."""
    mark = result.observed.mark if write.fields is None and result.observed else None
    return mark.applied if mark and mark.key == write.mark.key else {}


def writes(changes: Iterable[Change], memory: Memory) -> tuple[Write, ...]:
    """Return the changes as a port is told them, each with the mark it is to carry."""
    return tuple(_write(change, memory) for change in changes)


def _write(change: Change, memory: Memory) -> Write:
    resource, record = change.resource, memory.records.get(change.resource.key)
    session = memory.sessions.get(resource.key)
    facts = said_by_mark(session) if session and resource.kind is Kind.SESSION else {}
    wanted = fingerprint(resource.content)
    if change.action is Action.CREATE or record is None:
        return Write(resource, Mark(resource.key, wanted, facts), begun=record.begun if record else None)
    marked = record.observed.mark.applied if record.observed and record.observed.mark else {}
    applied = {**marked, **record.applied, **{name: wanted[name] for name in change.fields if name in wanted}}
    applied = {name: digest for name, digest in applied.items() if name in wanted}
    version = record.observed.version if record.observed else ""
    return Write(resource, Mark(resource.key, applied, facts), change.fields, version, change.former)
