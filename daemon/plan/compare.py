"""The plan: what has to change so that the world shows what is desired, as a value; and the safety around it. Pure.

For each field of each resource, with L what we applied last, D what is desired and O what is observed:

    O = D              nothing to do
    O = L, O != D      ours, and out of date: write D
    O != L, O != D     a person changed it: theirs stays; where D is news (D != L) it is reported
    never applied      create, unless it is already there under our mark
    applied, now gone  a person deleted it: theirs stays, and it is reported

Whatever we were about to write when a pass was cut short counts as applied.
"""

from collections.abc import Collection, Container, Iterable
from dataclasses import replace

from config.values import readable
from daemon.learn.by_hand import CALLED_OFF, ended_by_people, is_gone, went_along
from daemon.learn.marks import said_by_mark
from daemon.learn.written_topics import is_understood
from daemon.model import (
    PORTS,
    Kind,
    Page,
    Resource,
    SeriesEvent,
    SessionEvent,
    fingerprint,
)
from daemon.model.links import linking, references, resolved
from daemon.model.memory import Memory, Record
from daemon.plan.plan import Action, Change, Finding, Plan


def make_plan(
    desired: Iterable[Resource],
    memory: Memory,
    findings: Iterable[Finding] = (),
    understood: Container[tuple[str, str]] = (),
    ports: Collection[str] = PORTS,
) -> Plan:
    """Return what has to change, pages first, then series, then single sessions; and all that was found.

    Of fields that are ``understood``, by their resources, nothing is found: what people wrote there is taken up.
    Nothing changes elsewhere than at these ``ports``, and so no page is linked that could not be made there.
    """
    kinds = {kind for port in ports for kind in PORTS[port]}
    resources = sorted(desired, key=in_order)
    pages = [one for one in resources if one.kind in {Kind.PAGE} & kinds]
    opening = {one.key for one in pages if _is_new(one, memory.records.get(one.key))}
    compared = [_compared(resource, memory, opening) for resource in resources]
    changes = tuple(change for change, _ in compared if change and change.resource.kind in kinds)
    found = (one for _, found in compared for one in found if (one.resource, one.field) not in understood)
    return Plan(changes, (*found, *findings))


ORDER = {Kind.PAGE: 0, Kind.SERIES: 1, Kind.SESSION: 2}


def in_order(resource: Resource) -> tuple[int, bool, str]:
    """Sort what is linked before what links it, and by the ledger's keys rather than the file's order."""
    return ORDER[resource.kind], bool(references(resource)), resource.key


def _compared(resource: Resource, memory: Memory, opening: set[str]) -> tuple[Change | None, list[Finding]]:
    record = memory.records.get(resource.key)
    observed = record.observed if record else None
    if isinstance(resource, SessionEvent) and _has_lost_its_series(resource, memory):
        return None, []  # which is said once
    if record is None or _is_new(resource, record) or (observed and not observed.gone and record.is_unfinished):
        return _made(resource), []
    if observed is None:
        return None, []  # applied, and its port could not be looked at: nothing is known to be wrong
    if observed.gone:
        return _missing(resource, record)
    if observed.trouble:
        subject = f"{_name(resource)} is in trouble"
        text = readable(f"{_name(resource)}: {observed.trouble}")
        return None, [Finding(f"{resource.key}/trouble", text, subject)]
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
    """Whether what we know of is the same session in the recurring event of an earlier cadence, or on another date.

    There it is where a person's program moved it along with its series, of which its own date stands.
    """
    observed = record.observed
    if not isinstance(resource, SessionEvent) or not observed:
        return False
    return observed.event not in ("", resource.event) or went_along(record, resource.recurrence_id)


def _missing(resource: Resource, record: Record) -> tuple[Change | None, list[Finding]]:
    if isinstance(resource, SessionEvent):
        brought_back = resource.cancelled and CALLED_OFF in record.ours("cancelled")
        return (None if brought_back else Change(Action.CREATE, resource)), []
    if isinstance(resource, SeriesEvent) and resource.until is not None:
        return None, []
    what = "is gone: deleted, emptied or moved away by a person, or hidden from peerloop. It"
    happened = what if isinstance(resource, Page) else "was deleted by a person and"
    text = f"{_name(resource)} {happened} is not made again; --allow-create N brings it back"
    subject = f"{_name(resource)} {'is gone' if isinstance(resource, Page) else 'was deleted by a person'}"
    return None, [Finding(f"{resource.key}/gone", text, subject)]


def _updated(
    resource: Resource, record: Record, memory: Memory, opening: set[str]
) -> tuple[Change | None, list[Finding]]:
    shown = record.observed.shown if record.observed else {}
    desired, wanted = fingerprint(resource.content), fingerprint(resolved(resource, memory).content)
    opened = {linking(resource)} if references(resource) & opening else set()
    differing = opened | {name for name, digest in wanted.items() if shown.get(name) != digest}
    ours = {name: record.ours(name) | _inherited(resource, name, memory) for name in differing}
    if isinstance(resource, SeriesEvent) and _goes_on_too_long(resource, record):
        ours["until"] = frozenset({shown.get("until", "")})
    if record.observed and is_understood(record.observed, memory):
        differing, ours["region"] = differing | {"region"}, frozenset({shown.get("region", "")})
    known = memory.generations.get(resource.key)
    is_followed = known is not None and known.followed is not None
    if isinstance(resource, SeriesEvent) and resource.until is None and ended_by_people(record) and not is_followed:
        return None, [Finding(f"{resource.key}/until", f"{_name(resource)} was ended by a person, and stays so")]
    if isinstance(resource, SessionEvent) and not resource.cancelled and record.observed and record.observed.cancelled:
        return Change(Action.UPDATE, resource, frozenset(wanted)), []  # what a person called off was adopted before
    fields = {name for name in differing if name not in shown or shown[name] in ours[name]}
    findings = [
        _kept(resource, name, desired[name])
        for name in sorted(differing - fields)
        if wanted[name] not in ours[name] or name in opened or (resource.kind, name) == (Kind.SERIES, "when")
    ]
    added, former = _guests(resource, record)
    if added or former:
        fields, resource = fields | {"guests"}, _with_guests(resource, record, added)
    if not fields and not (findings and _mark_is_stale(resource, record, memory)):
        return None, findings
    action = Action.END if "until" in fields else Action.UPDATE
    return Change(action, resource, frozenset(fields), former), findings


def _goes_on_too_long(series: SeriesEvent, record: Record) -> bool:
    """Whether a series is to end before the end that a person gave it."""
    theirs = ended_by_people(record)
    return series.until is not None and theirs is not None and theirs > series.until


def _inherited(resource: Resource, name: str, memory: Memory) -> frozenset[str]:
    """Return the digests that an instance has from its series, where nobody wrote anything of its own."""
    series = memory.records.get(resource.event) if isinstance(resource, SessionEvent) else None
    return series.ours(name) if series else frozenset()


def _guests(resource: Resource, record: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return whom to invite and whom to take off: never somebody whom a person invited or took off."""
    if not isinstance(resource, SeriesEvent) or record.observed is None or resource.until is not None:
        return (), ()
    present = record.observed.guests
    added = tuple(guest for guest in resource.guests if guest not in present and guest not in record.guests)
    former = tuple(guest for guest in record.guests if guest not in resource.guests and guest in present)
    return added, former


def _with_guests(resource: Resource, record: Record, added: tuple[str, ...]) -> Resource:
    """Return a series with those guests only who are there or to be invited: whom a person took off stays off."""
    if not isinstance(resource, SeriesEvent) or record.observed is None:
        return resource
    wanted = {email.lower() for email in (*record.observed.guests, *added)}
    return replace(resource, guests={email: name for email, name in resource.guests.items() if email.lower() in wanted})


def _mark_is_stale(resource: Resource, record: Record, memory: Memory) -> bool:
    mark = record.observed.mark if record.observed else None
    session = memory.sessions.get(resource.key)
    return bool(mark and session and mark.roles != said_by_mark(session))


def _name(resource: Resource) -> str:
    if isinstance(resource, Page):
        return f"the page “{resource.title}”"
    if isinstance(resource, SeriesEvent):
        return f"the series “{resource.summary}”"
    return f"“{resource.summary}” on {resource.starts_at:%Y-%m-%d}"


FIELD_NAMES = {
    "when": "time",
    "minutes": "length",
    "cancelled": "cancellation",
    "region": "part kept by peerloop",
    "summary": "title",
}


def _kept(resource: Resource, name: str, desired: str) -> Finding:
    subject = f"{_name(resource)}: a person changed its {FIELD_NAMES.get(name, name)}"
    text = f"{subject}, which stays; peerloop's news is not shown"
    return Finding(f"{resource.key}/{name}/{desired}", text, subject, resource.key, name)
