"""The plan: what has to change so that the world shows what is desired, as a value; and the safety around it. Pure.

For each field of each resource, with L what we applied last, D what is desired and O what is observed:

    O = D              nothing to do
    O = L, O != D      ours, and out of date: write D
    O != L, O != D     a person changed it: theirs stays; where D is news (D != L) it is reported
    never applied      create, unless it is already there under our mark
    applied, now gone  a person deleted it: theirs stays, and it is reported

Whatever we were about to write when a pass was cut short counts as applied.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from config.formats import formats_of
from config.team import Series, Team
from daemon.decide.decisions import decisions_of
from daemon.decide.whole_series import in_yaml, when
from daemon.learn.by_hand import CALLED_OFF, ended_by_people, is_gone
from daemon.learn.life import LATELY
from daemon.learn.marks import said_by_mark
from daemon.learn.written_topics import WROTE, is_understood, written_topic
from daemon.model import (
    Kind,
    Page,
    Resource,
    SeriesEvent,
    SessionEvent,
    fingerprint,
    on_the_wall,
)
from daemon.model.links import references, resolved
from daemon.model.memory import Generation, Memory, Record
from daemon.model.names import keyed_series, series_name, split_off
from daemon.model.words import quoted, shortened
from daemon.plan.plan import Action, Change, Finding, Plan


def make_plan(
    desired: Iterable[Resource],
    memory: Memory,
    findings: Iterable[Finding] = (),
    understood: Container[tuple[str, str]] = (),
) -> Plan:
    """Return what has to change, pages first, then series, then single sessions; and all that was found.

    Of fields that are ``understood``, by their resources, nothing is found: what people wrote there is taken up.
    """
    resources = sorted(desired, key=in_order)
    opening = {one.key for one in resources if one.kind is Kind.PAGE and _is_new(one, memory.records.get(one.key))}
    compared = [_compared(resource, memory, opening) for resource in resources]
    changes = tuple(change for change, _ in compared if change)
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
        return None, [Finding(f"{resource.key}/trouble", f"{_name(resource)}: {observed.trouble}", subject)]
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
    opened = {"region" if isinstance(resource, Page) else "description"} if references(resource) & opening else set()
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


def written_topics(keyed: Mapping[str, Series], memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield the topics that sessions to come, or held lately, have because people wrote them; ``keyed`` are series."""
    for session in memory.by_start():
        series, slot = keyed.get(session.slot.series), session.slot
        is_theirs = session.topic and session.topic_reason.startswith(WROTE)
        if series and session.topic and is_theirs and session.takes_place and now - slot.ends_at <= LATELY:
            written = written_topic(session, series, memory)
            if written and written.title == session.topic.title:
                so = "that is what it was about" if slot.ends_at <= now else "it is that"
                text = (
                    f"somebody wrote {quoted(written.title)} {written.where} as the topic of {quoted(series.name)} on "
                    f"{slot.day}, so {so}. To have another, write a topic for {slot.wall.date()} under sessions:"
                )
                subject = f"{series.name} on {slot.day} is about {quoted(shortened(written.title, 50))}"
                yield Finding(f"{session.key}/topic/{fingerprint({'topic': written.title})['topic']}", text, subject)


def without_link(team: Team, memory: Memory) -> Iterator[Finding]:
    """Yield the series that had to be made without the video link that the file asks for."""
    for generation in memory.generations.values():
        observed = memory.observed(generation.key)
        if team.calendar.meet and observed and observed.no_link and not observed.gone and generation.until is None:
            text = (
                f"the series “{observed.title}” has no Meet link, for its calendar allows none. Take meet: true out of "
                "the team's file, or let an administrator allow Meet there and add the link to the series by hand"
            )
            yield Finding(f"{generation.key}/no-link", text, f"the series “{observed.title}” has no Meet link")


def moved_series(team: Team, memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield what a person changed of a series for all its dates, or for all from one on."""
    keyed = keyed_series(team, memory)
    for generation in memory.generations.values():
        if generation.until is None and generation.series in keyed and not _is_over(generation, memory, now):
            series = keyed[generation.series]
            if generation.length:
                yield _longer_finding(team, series, generation)
            if generation.written:
                yield _moved_finding(series, generation)
            elif not generation.length and _only_goes_on(generation, memory, now):
                subject = f"somebody changed {_since(series, generation)} in the calendar"
                yield Finding(f"{generation.key}/split", f"{subject}; it goes on there as it was planned", subject)


def _moved_finding(series: Series, generation: Generation) -> Finding:
    """Tell of a series at another time, with the line of the file that says the same: unless it is but for a while."""
    subject = f"somebody moved {_since(series, generation)} in the calendar"
    text = f"{subject}, which stays"
    if not generation.followed:
        text += f". To say the same in the team's file, write {in_yaml(series, generation)}"
    return Finding(f"{generation.key}/when/{when(generation, generation.zone)}", text, subject)


def _longer_finding(team: Team, series: Series, generation: Generation) -> Finding:
    """Tell of a series of another length, with the line of the file that says the same of all, if that may be."""
    minutes, allowed = generation.length or 0, [formats_of(team)[name].minutes for name in series.turns]
    subject = f"somebody made the sessions of {_since(series, generation)} last {minutes} minutes in the calendar"
    text = f"{subject}, which stays"
    if all(minutes in one for one in allowed):
        text += f". To say so of all its sessions in the team's file, write minutes: {minutes}"
    return Finding(f"{generation.key}/minutes/{minutes}", text, subject)


def _since(series: Series, generation: Generation) -> str:
    to = f"to {generation.followed:%Y-%m-%d}" if generation.followed else "on"
    part = split_off(generation.key) or generation.followed
    name = f"series “{series.name}”"
    return f"the {name} from {generation.starts:%Y-%m-%d} {to}" if part else f"the whole {name}"


def _only_goes_on(generation: Generation, memory: Memory, now: datetime) -> bool:
    """Whether a person changed another thing than the time of what follows a date that is still to come."""
    own = (one for one in memory.generations_of(generation.series) if one.number == generation.number - 1)
    same = (one.rrule == generation.rrule and one.starts.time() == generation.starts.time() for one in own)
    is_to_come = on_the_wall(generation.starts, generation.zone) > now
    return is_to_come and split_off(generation.key) is not None and any(same)


def _is_over(generation: Generation, memory: Memory, now: datetime) -> bool:
    ends = generation.followed
    return is_gone(memory.records.get(generation.key)) or (
        ends is not None and on_the_wall(ends, generation.zone) <= now
    )


def overruled(team: Team, memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield the lead's moves that give way to a person's own in the calendar."""
    decided = {key: decisions_of(series, team) for key, series in keyed_series(team, memory).items()}
    for session in memory.sessions.values():
        slot, decision = session.slot, decided.get(session.slot.series, {}).get(session.slot.wall.date())
        asked = decision.move_to if decision else None
        if asked and session.takes_place and slot.starts_at > now and slot.starts_at != on_the_wall(asked, slot.zone):
            text = (
                f"“{series_name(session, memory)}” of {slot.wall:%Y-%m-%d} is to be moved to {asked:%Y-%m-%d %H:%M}, "
                f"says the file; but somebody moved it to {slot.starts_at:%Y-%m-%d %H:%M} in the calendar, which stays"
            )
            subject = f"{series_name(session, memory)} of {slot.wall:%Y-%m-%d} stays where somebody moved it"
            yield Finding(f"{session.key}/move_to/{asked.isoformat()}", text, subject)
