"""How a series goes on: its pinned start, its generations in the calendar, and the slots it has from now on. Pure.

A changed cadence ends one recurring event and starts another, in which the sessions to come go on (``inheritance``).
What a person moved or deleted in the calendar is adopted here.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.team import Decision, Series, Team
from daemon.decide.cadence import blackout_on, occurrences, recurrence
from daemon.decide.decisions import decision_on, decisions_of
from daemon.decide.heard import corrected
from daemon.decide.recognised import recognised, unnamed
from daemon.decide.split_series import as_split
from daemon.decide.whole_series import (
    as_it_goes_on,
    as_long_as_people_have_it,
    follows,
    in_the_hands_of_people,
)
from daemon.learn.answers import followed_up
from daemon.learn.by_hand import (
    DELETED,
    called_off_by_people,
    ended_by_people,
    is_gone,
    is_where_people_put_it,
    moved_by_people,
    record_of,
    went_along,
    who_declined,
)
from daemon.learn.items import updated
from daemon.learn.life import LATELY, moved_on, with_pages_outdated
from daemon.learn.votes import with_votes
from daemon.learn.written_topics import Spellings, was_about
from daemon.model import (
    Assignment,
    CalledOffBy,
    Kind,
    Reason,
    Session,
    Skip,
    Slot,
    State,
    Topic,
    called_off,
    moved,
    on_the_wall,
)
from daemon.model.memory import Generation, KnownSeries, Memory, Record
from daemon.model.names import event_key, keyed_series, keyed_with_former, split_off
from daemon.model.sessions import is_moment
from daemon.model.words import names_of

LOOKBACK = timedelta(days=60)
"""How far back a slot may lie whose session was moved into the future."""
FAR_AHEAD = timedelta(weeks=156)
"""What is known of sessions later than that, and than the team plans ahead, is of no plan of ours: a mark of a person's
making, or a wrong year."""

ONE_SECOND = timedelta(seconds=1)
ENDED = "the series was ended in the calendar"

Occurrences = Sequence[Slot | Skip]


def continued(team: Team, memory: Memory, now: datetime) -> Memory:
    """Return the memory with each series known and each cadence in its present generation; removed series ended."""
    wall = now.astimezone(ZoneInfo(team.timezone)).replace(tzinfo=None, microsecond=0)
    keyed = keyed_series(team, memory)
    memory = replace(memory, generations={**unnamed(team, memory, keyed), **memory.generations})
    for key, series in keyed.items():
        found = recognised(team, series, key, memory)
        ended = _ended_before(found, memory.generations_of(key), memory, now)
        memory = _known(memory, {**ended, **found}, series, key, wall.date())
        memory = _as_people_have_it(team, series, key, as_split(team, series, key, memory, wall))
        memory = _in_present_generation(team, as_it_goes_on(series, memory.generation(key), team), key, memory, now)
    left = [one for one in memory.generations.values() if one.series not in keyed]
    return replace(memory, generations={**memory.generations, **_ended(left, memory, now)})


def _ended(generations: Iterable[Generation], memory: Memory, now: datetime) -> dict[str, Generation]:
    """Return the generations that still go on as they are when they end now, or with what was held before its date."""
    walls = ((one, now.astimezone(ZoneInfo(one.zone)).replace(tzinfo=None, microsecond=0)) for one in generations)
    return {
        one.key: replace(one, until=_last_held(one, memory, now) or wall)
        for one, wall in walls
        if one.last is None or one.last > wall
    }


def _known(memory: Memory, generations: Mapping[str, Generation], series: Series, key: str, today: date) -> Memory:
    """Pin a series without ``starts`` to the day on which it was first planned.

    One to come is that of a clock that was wrong, or of ``starts`` that was taken out.
    """
    memory = replace(memory, generations={**memory.generations, **generations})
    first = min((one.starts.date() for one in memory.generations.values() if one.series == key), default=today)
    pinned = memory.series[key].starts if key in memory.series else first
    known = KnownSeries(key, series.name, series.cadence.starts or min(pinned, today))
    return replace(memory, series={**memory.series, key: known})


def _ended_before(
    marked: Mapping[str, Generation], known: Iterable[Generation], memory: Memory, now: datetime
) -> dict[str, Generation]:
    """Return the generations that we must have ended, of which the ledger does not know: a copy may be older than that.

    There is a later one with our mark, which only we make.
    """
    found: dict[str, Generation] = {}
    for one in known:
        later = [other.starts for other in marked.values() if other.number > one.number]
        if one.until is None and later:
            observed, before_it = memory.observed(one.key), datetime.combine(min(later).date(), time()) - ONE_SECOND
            ends = (_last_held(one, memory, now), observed.until if observed else None, before_it)
            found[one.key] = replace(one, until=next(end for end in ends if end))
    return found


def _as_people_have_it(team: Team, series: Series, key: str, memory: Memory) -> Memory:
    own = {one.key: one for one in memory.generations_of(key)}
    moved = {one: in_the_hands_of_people(team, series, its, memory.records.get(one)) for one, its in own.items()}
    lasting = {one: as_long_as_people_have_it(team, series, its, memory.records.get(one)) for one, its in moved.items()}
    elsewhere = {one for one, its in moved.items() if (its.starts, its.rrule) != (own[one].starts, own[one].rrule)}
    lost = _lost_with_a_move(elsewhere, memory)
    records = {name: record for name, record in memory.records.items() if name not in lost}
    return replace(memory, generations={**memory.generations, **lasting}, records=records)


def _lost_with_a_move(moved: Container[str], memory: Memory) -> set[str]:
    """Return the sessions whose own event is gone since a person moved all of their series: nobody has deleted them.

    Programs drop then what was changed for single dates, and each date of the series stands as its rule has it.
    """
    own = (one for one in memory.sessions.values() if one.event in moved and one.takes_place)
    return {one.key for one in own if is_gone(memory.records.get(one.key))}


def _in_present_generation(team: Team, series: Series, key: str, memory: Memory, now: datetime) -> Memory:
    """Start the next generation where there is none or the cadence has changed, and end the one before."""
    current = memory.generation(key)
    first = None
    if current and current.until is None and follows(current, recurrence(series, team, current.starts.date()), team):
        if on_the_wall(current.starts, current.zone) <= now or split_off(current.key):
            return memory
        first = _first_to_come(team, series, memory, key, now)
        if first is None or first.recurrence_id >= current.starts:
            return memory
    memory = replace(memory, generations={**memory.generations, **_ended(memory.generations_of(key), memory, now)})
    first = _first_to_come(team, series, memory, key, now)
    generations = dict(memory.generations)
    if first:
        number = current.number + 1 if current else 1
        rule = recurrence(series, team, first.recurrence_id.date())
        event = event_key(key, number)
        generations[event] = Generation(event, key, number, rule.starts, team.timezone, rule.rrule)
        memory = _still_left_off(memory, current.key if current else "", event)
    return replace(memory, generations=generations)


def _still_left_off(memory: Memory, former: str, event: str) -> Memory:
    """Return the memory in which whom a person took off a recurring event counts as invited to the next one."""
    record = memory.records.get(former)
    there = record.observed.guests if record and record.observed and not record.observed.gone else None
    left_off = tuple(guest for guest in record.guests if guest not in there) if record and there is not None else ()
    return memory.with_records(Record(event, Kind.SERIES, guests=left_off)) if left_off else memory


def _last_held(generation: Generation, memory: Memory, now: datetime) -> datetime | None:
    """Return the latest instance of a recurring event that was held before its date, None where there is none.

    The event goes on until then, for what lies after its end goes from the calendar with it.
    """
    wall = now.astimezone(ZoneInfo(generation.zone)).replace(tzinfo=None)
    own = (one for one in memory.sessions.values() if one.event == generation.key and one.takes_place)
    early = (one.slot.recurrence_id for one in own if one.slot.starts_at <= now)
    return max((instance for instance in early if instance > wall), default=None)


def _first_to_come(team: Team, series: Series, memory: Memory, key: str, now: datetime) -> Slot | None:
    """Return the first slot to come that no recurring event has which has been ended."""
    today, known = now.astimezone(ZoneInfo(team.timezone)).date(), memory.series[key]
    ended = [one.until for one in memory.generations.values() if one.series == key and one.until]
    found = occurrences(series, team, key, known.starts, today, today + team.rotation.ahead)
    coming = [one for one in found if isinstance(one, Slot) and one.starts_at > now]
    coming = [one for one in coming if not ended or one.recurrence_id > max(ended)]
    return min(coming, key=lambda slot: slot.recurrence_id, default=None)  # it may have been moved past others


def expected(team: Team, series: Series, key: str, memory: Memory, now: datetime) -> Occurrences:
    """Return the slots and skips of a series that are still to come, as the configuration alone has them."""
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    planned = [one.slot for one in memory.sessions.values() if one.slot.series == key and one.takes_place]
    ahead = today + team.rotation.ahead
    known = (*(slot.wall.date() for slot in planned), *_led_along(planned, memory))
    last = max([ahead, *(day for day in known if day <= today + FAR_AHEAD)])
    moved_to = [one.move_to.date() for one in decisions_of(series, team).values() if one.move_to]
    reach = max([last, *(slot.day for slot in planned), *moved_to])  # nothing planned is lost by being moved far away
    found = list[Slot | Skip]()
    for generation in sorted(memory.generations_of(key), key=lambda one: one.number):
        if generation.until is None:
            part = as_it_goes_on(series, generation, team)
            starts = memory.series[key].starts if part is series else generation.starts.date()
            part = part.model_copy(update={"minutes": generation.length}) if generation.length else part
            dates = occurrences(part, team, key, starts, today - LOOKBACK, last, reach)
            found += [one for one in dates if _to_come(one, last, generation, memory, now)]
    return found


def _led_along(planned: Iterable[Slot], memory: Memory) -> Iterator[date]:
    """Yield the dates on which events of sessions stand that a program moved along with their series.

    Whatever they say there is to be that of a session of the date.
    """
    for slot in planned:
        record = memory.records.get(slot.key)
        if record and record.observed and record.observed.instance and went_along(record, slot.recurrence_id):
            yield record.observed.instance.date()


def _to_come(one: Slot | Skip, last: date, generation: Generation, memory: Memory, now: datetime) -> bool:
    slot = one if isinstance(one, Slot) else one.slot
    if min(slot.wall.date(), slot.day) > last:
        return False
    if generation.followed and slot.recurrence_id > generation.followed:
        return False
    known = memory.sessions.get(slot.key)
    if known and not split_off(generation.key):
        return known.slot.starts_at > now
    starts_at = known.slot.starts_at if known else on_the_wall(slot.wall, slot.zone)
    return slot.recurrence_id >= generation.starts and starts_at > now


def adopted(team: Team, series: Series, coming: Occurrences, memory: Memory, now: datetime) -> list[Slot | Skip]:
    """Return what is to come with what people did in the calendar: sessions moved, sessions deleted."""
    return [_adopted(team, series, one, memory) if isinstance(one, Slot) else _skipped(one, memory) for one in coming]


def _skipped(skip: Skip, memory: Memory) -> Slot | Skip:
    """Return a skip, unless a person had moved the session away from that day before it was to be skipped."""
    record = record_of(skip.slot, memory)
    starts_at = moved_by_people(record, skip.slot) if skip.state is State.SKIPPED else None
    minutes = record.observed.minutes if record and record.observed else None
    return moved(skip.slot, starts_at.astimezone(ZoneInfo(skip.slot.zone)), minutes) if starts_at else skip


def _adopted(team: Team, series: Series, slot: Slot, memory: Memory) -> Slot | Skip:
    generation = memory.generation_of(slot)
    record = record_of(slot, memory)
    event = memory.records.get(generation.key) if generation else None
    ended = ended_by_people(event)
    decision, known = decision_on(slot.wall.date(), series, team), memory.sessions.get(slot.key)
    deleted = Skip(slot, DELETED, CalledOffBy.PEOPLE)
    is_deleted = known is not None and known.called_off_by is CalledOffBy.PEOPLE
    if is_gone(event):
        return deleted if is_deleted else Skip(slot, DELETED, CalledOffBy.SERIES)
    if ended and slot.recurrence_id > ended:
        return Skip(slot, ENDED, CalledOffBy.END)
    if record and record.observed and generation and record.observed.event not in ("", generation.key):
        return slot
    if record and went_along(record, slot.recurrence_id):
        return slot
    stays_deleted = is_deleted and not (record and _is_shown(record))
    if (called_off_by_people(record) or stays_deleted) and not (decision and decision.move_to):
        return deleted
    if known and known.by_hand and not is_where_people_put_it(record):
        at, minutes = known.by_hand
        is_longer_alone = is_moment(at, slot.original_start)
        return moved(slot, slot.starts_at if is_longer_alone else at.astimezone(ZoneInfo(slot.zone)), minutes)
    starts_at = moved_by_people(record, slot)
    length = record.observed.minutes if record and record.observed else None
    return moved(slot, starts_at.astimezone(ZoneInfo(slot.zone)), length) if starts_at else slot


def _is_shown(record: Record) -> bool:
    return bool(record.observed and not record.observed.gone and not record.observed.cancelled)


def settled(team: Team, memory: Memory, now: datetime, is_seen: bool = True) -> Memory:
    """Return the memory in which sessions past their end were held, unless the lead says otherwise, and moved on.

    Where the calendar could not be looked at, it is not known what people did with those that nobody saw end.
    """
    keyed = keyed_with_former(team, memory)
    topics = {title: topic for topic in with_votes(team, memory) for title in (*topic.was, topic.title)}
    spellings = Spellings(topics)
    over: dict[str, Session] = {}
    for one in memory.sessions.values():
        if is_seen or one.state is not State.ANNOUNCED:
            series = keyed.get(one.slot.series)  # what took place did so, though the file has its series no more
            decision = decision_on(one.slot.wall.date(), series, team) if series else None
            if one.slot.ends_at <= now or _has_gone_by(one, decision, memory, now):
                told = _corrected(one, decision, topics) if decision else one
                if series and now - one.slot.ends_at <= LATELY and not (decision and decision.topic):
                    told = was_about(told, series, memory, spellings)
                ended = _settled(told, decision, team, memory, now)
                over[one.key] = corrected(ended, decision.roles if decision else {}, team, memory.statements)
    after = replace(memory, sessions={**memory.sessions, **over})
    return with_pages_outdated(memory, followed_up(team, moved_on(team, updated(team, after, now), now), now), now)


def _has_gone_by(session: Session, decision: Decision | None, memory: Memory, now: datetime) -> bool:
    """Whether a session to come has taken place at the time to which the lead moved it, as is first read afterwards."""
    if not decision or not decision.move_to or session.state is not State.ANNOUNCED:
        return False
    earlier = moved(session.slot, on_the_wall(decision.move_to, session.slot.zone))
    return earlier.ends_at <= now and not moved_by_people(record_of(session.slot, memory), session.slot)


def _settled(session: Session, decision: Decision | None, team: Team, memory: Memory, now: datetime) -> Session:
    record, slot = record_of(session.slot, memory), session.slot
    if decision and decision.cancel:
        return called_off(session, CalledOffBy.LEAD, decision.cancel)
    by_hand = moved_by_people(record, slot) if session.state is State.ANNOUNCED else None
    if session.state is State.ANNOUNCED and not by_hand and (skip := _did_not_take_place(session, team, memory)):
        return called_off(session, skip.by, skip.reason)
    starts_at = by_hand or (decision and decision.move_to and on_the_wall(decision.move_to, slot.zone))
    if starts_at and session.takes_place and (by_hand or not is_where_people_put_it(record)):
        session = replace(session, slot=moved(slot, starts_at.astimezone(ZoneInfo(slot.zone))))
    if session.takes_place and session.slot.ends_at > now:
        return replace(session, state=State.ANNOUNCED)
    if session.state not in (State.PLANNED, State.ANNOUNCED):
        return session
    return replace(_as_served(session, decision, team, memory), state=State.HELD)


def _as_served(session: Session, decision: Decision | None, team: Team, memory: Memory) -> Session:
    """Return a session that is over without those in its roles and pairs who had declined it by then.

    Who took the role instead, if anybody did, only the lead can tell; of whom they name, nothing is doubted.
    """
    declined, named = who_declined(session.slot, memory), decision.roles if decision else {}
    if not declined:
        return session
    assignments = tuple(
        replace(one, member=None, reason=_declined_late(one, team))
        if one.member in declined and named.get(one.role) != one.member
        else one
        for one in session.assignments
    )
    pairs = (tuple(email for email in pair if email not in declined) for pair in session.pairs)
    return replace(session, assignments=assignments, pairs=tuple(pair for pair in pairs if len(pair) > 1))


def _declined_late(assignment: Assignment, team: Team) -> Reason:
    name = names_of(team).get(assignment.member or "", assignment.member)
    text = f"{name} had declined, too late for somebody else to be found, so this is no turn of theirs"
    return Reason("declined", f"{text}. Whoever did it is to be named under sessions:, and then it is theirs.")


def _did_not_take_place(session: Session, team: Team, memory: Memory) -> Skip | None:
    """Return what kept an announced session from taking place that is over by now; None where nothing is known to."""
    slot, event, generation = session.slot, memory.records.get(session.event), memory.generations.get(session.event)
    ended = ended_by_people(event) if generation and generation.last is None else None
    if called_off_by_people(record_of(slot, memory)) or (generation and generation.until is None and is_gone(event)):
        return Skip(slot, DELETED, CalledOffBy.PEOPLE)
    if ended and slot.recurrence_id > ended:
        return Skip(slot, ENDED, CalledOffBy.END)
    blackout = blackout_on(slot.day, team.blackouts) if not slot.is_moved else ""
    return Skip(slot, blackout) if blackout else None


def _corrected(session: Session, decision: Decision, topics: Mapping[str, Topic]) -> Session:
    """Return a past session with those whom the lead says took its roles, and with what it was about."""
    corrected = Reason("lead", "As the lead told afterwards")
    told = topics.get(decision.topic) or Topic(title=decision.topic) if decision.topic else None
    is_news = told and (session.topic is None or session.topic.title not in (told.title, *told.was))
    return replace(
        session,
        assignments=tuple(
            replace(one, member=decision.roles[one.role], reason=corrected)
            if one.role in decision.roles and decision.roles[one.role] != one.member
            else one
            for one in session.assignments
        ),
        topic=told if is_news else session.topic,
        topic_reason=corrected.text if is_news else session.topic_reason,
    )
