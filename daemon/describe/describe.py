"""Describe: from what is decided to everything that calendar and wiki should show from now on."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.cadence import RuleCadence
from config.markdown import markdown_text
from config.onboarding import Newcomers
from config.team import Series, Team
from daemon.decide.whole_series import minutes_of
from daemon.describe.home_page import home_page
from daemon.describe.outcomes_page import is_kept, outcomes_page
from daemon.describe.pages import Body, Carried, page
from daemon.describe.question import question
from daemon.describe.said_items import of_items
from daemon.describe.sessions import series_event, session_event
from daemon.describe.thanks import thanks_page
from daemon.describe.transcript import of_transcript
from daemon.learn.by_hand import NEVER_ENDS
from daemon.learn.items import open_items
from daemon.learn.life import LATELY, is_outdated
from daemon.learn.marks import is_stray
from daemon.learn.written_up import written_up
from daemon.model import OVER, CalledOffBy, Page, Resource, SeriesEvent, Session, SessionEvent, on_the_wall
from daemon.model.memory import Generation, Memory, Record
from daemon.model.names import former_keys, heir_of, key_today, keyed_series, keyed_with_former, wall_of
from daemon.model.needs import monday_of
from daemon.model.statements import StatementKind
from daemon.model.words import local

Address = Callable[[str, datetime, str], str | None]
"""Tells where a person finds an instance of a recurring event, as ``ports.Calendar.address`` does."""
OnTheWeb = Callable[[str], str]
"""Tells where a session is seen on the web page, by its key; nothing where it is not."""


NOBODY_NEW = Newcomers()
QUESTIONS = "Questions for this session"
"""Above what people asked on the web page, without a name."""


def describe(
    team: Team,
    memory: Memory,
    now: datetime,
    address: Address,
    on_the_web: OnTheWeb,
    body: Body,
    newcomers: Newcomers = NOBODY_NEW,
) -> list[Resource]:
    """Return the resources desired of a team: its recurring events, the sessions to come, and the pages of near ones.

    ``newcomers`` tells who joined when, and how long they took.

    Raises:
        BrokenTemplate: a new page cannot be made from its format's template.
    """
    keyed, known = keyed_series(team, memory), keyed_with_former(team, memory)
    resources: list[Resource] = [*_series(team, keyed, memory, now)]
    for session in memory.sessions.values():
        in_progress = session.slot.starts_at <= now < session.slot.ends_at
        if session.slot.series not in keyed and session.slot.starts_at > now:
            resources += _left_behind(session, memory)
        follows_on = is_outdated(session, memory) or _is_just_accepted(session, memory)
        if in_progress or (now - session.slot.starts_at > LATELY and not follows_on):
            continue
        series = known.get(session.slot.series) or _given_up(session, memory)
        there = _exists(session.page, memory)
        opened = there or (_is_opened(session, team, now) and bool(session.page))
        is_shown = session.slot.series in known and _is_shown_to_come(session, memory, now)
        if is_shown and _has_event(session, memory):
            page = session.page if opened else None
            resources.append(session_event(session, series, team, page, on_the_web(session.key)))
        if there or (opened and session.takes_place and session.slot.starts_at > now):
            event = _event_address(session, memory, address)
            resources.append(_page(session, series, team, memory, body, event, now))
    resources += list(_left_over(memory, {_place(one) for one in resources if isinstance(one, SessionEvent)}, now))
    return [*resources, *_of_the_programme(team, memory, newcomers, now)]


def _is_shown_to_come(session: Session, memory: Memory, now: datetime) -> bool:
    """Whether a session is to come, or the calendar still says so of one that the lead told afterwards was earlier."""
    shown = memory.observed(session.key)
    later = shown.starts_at if shown and shown.starts_at and not shown.gone and session.takes_place else None
    return session.slot.starts_at > now or (later is not None and later > now)


def _is_opened(session: Session, team: Team, now: datetime) -> bool:
    """Whether it is time for a session's page: from that morning on, so that what people are told links it."""
    today = now.astimezone(ZoneInfo(session.slot.zone)).date()
    days_before = team.wiki.open.days
    return session.slot.starts_at - now <= team.wiki.open or 0 < (session.slot.day - today).days <= days_before


def _of_the_programme(team: Team, memory: Memory, newcomers: Newcomers, now: datetime) -> Iterator[Page]:
    """Yield the pages that are of no one session: of thanks at the beginning of a quarter, of outcomes, and home."""
    thanks, found = thanks_page(team, memory, now), outcomes_page(team, memory, newcomers, now)
    yield from filter(None, (thanks, found))
    yield home_page(
        team, memory, open_items(memory), now, [thanks.key] if thanks else [], found is not None and is_kept(team)
    )


def _given_up(session: Session, memory: Memory) -> Series:
    """Return a series that the file no longer has, as far as the pages of its sessions need to know it."""
    slot, known = session.slot, memory.series.get(session.slot.series)
    cadence = RuleCadence.model_construct(rrule="", at=slot.wall.time(), starts=slot.wall.date())
    return Series.model_construct(name=known.name if known else slot.series, format=slot.format, cadence=cadence)


def _left_behind(session: Session, memory: Memory) -> Iterator[SessionEvent]:
    """Yield the event of a session to come whose series has gone: moved past the end of that, it did not go with it."""
    slot, series = session.slot, memory.series.get(session.slot.series)
    if _exists(session.key, memory) and _has_event(session, memory):
        place = (session.key, session.event, slot.recurrence_id, slot.zone, slot.starts_at, slot.minutes)
        yield SessionEvent(*place, summary=series.name if series else slot.series, cancelled=True)


def _place(event: SessionEvent) -> tuple[str, datetime]:
    return event.event, event.recurrence_id


def _left_over(memory: Memory, taken: Container[tuple[str, datetime]], now: datetime) -> Iterator[SessionEvent]:
    """Yield what is left in the calendar from before a person moved a whole series, to be taken away where it stands.

    Where that is a place ``taken`` by a session of today, there is nothing to take away: that one is written over it.
    """
    for key, record in memory.records.items():
        session = memory.sessions.get(key)
        if _is_left_behind(session, memory, now) if session else is_stray(record, memory):
            left = _taken_away(record, session, memory)
            if left and _place(left) not in taken:
                yield left


def _taken_away(record: Record, session: Session | None, memory: Memory) -> SessionEvent | None:
    """Return what takes an event away where it stands: on its session's date, unless it was seen on another one."""
    observed = record.observed
    known = memory.generations.get(observed.event) if observed else None
    if not observed or not observed.starts_at or observed.gone or not known:
        return None
    instance = observed.instance or (session.slot.recurrence_id if session else wall_of(record.key))
    if instance is None:
        return None
    place = (record.key, known.key, instance, known.zone, observed.starts_at, observed.minutes or 0)
    return SessionEvent(*place, summary=observed.title, cancelled=True)


def _is_left_behind(session: Session, memory: Memory, now: datetime) -> bool:
    """Whether a session was to come on a date that its recurring event, which goes on, has no more."""
    event = memory.generations.get(session.event)
    is_given_up = session.called_off_by is CalledOffBy.CADENCE and session.slot.starts_at > now
    return is_given_up and event is not None and event.until is None


def _has_event(session: Session, memory: Memory) -> bool:
    """Whether the recurring event of a session has it: there is nothing before its start, and nothing after its end."""
    event = memory.generations.get(session.event)
    left_behind = session.called_off_by is CalledOffBy.CADENCE and event is not None and event.until is None
    return event is not None and event.has(session.slot.recurrence_id) and not left_behind


def _series(team: Team, keyed: dict[str, Series], memory: Memory, now: datetime) -> Iterator[SeriesEvent]:
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    for generation in memory.generations.values():
        if generation.until is not None:
            if _goes_on(generation, memory):
                yield _ended(generation, memory)
        elif generation.series in keyed and not _is_past(generation, now):
            left_off = _left_off(memory.records.get(generation.key))
            yield _recurring(team, keyed[generation.series], generation, today, left_off)


def _is_past(generation: Generation, now: datetime) -> bool:
    return generation.followed is not None and on_the_wall(generation.followed, generation.zone) <= now


def _left_off(record: Record | None) -> tuple[str, ...]:
    """Return whom a person took off the recurring event before one that is still to be made."""
    return record.guests if record and record.observed is None and not record.applied else ()


def _recurring(
    team: Team, series: Series, generation: Generation, today: date, left_off: Container[str]
) -> SeriesEvent:
    minutes = generation.length or minutes_of(series, team)
    present = [one for one in team.members if not one.leaves or one.leaves >= today]
    guests = {member.email: member.name for member in present if member.email not in left_off}
    return series_event(series, team, generation.key, generation, minutes, guests, zone=generation.zone)


def _goes_on(generation: Generation, memory: Memory) -> bool:
    """Whether a recurring event of an earlier cadence still has to be ended: we made it, and never wrote an end."""
    record = memory.records.get(generation.key)
    return record is not None and NEVER_ENDS in record.ours("until")


def _ended(generation: Generation, memory: Memory) -> SeriesEvent:
    known = memory.series.get(generation.series)
    name = known.name if known else generation.series
    return SeriesEvent(
        generation.key, generation.starts, generation.zone, 0, generation.rrule, name, until=generation.until
    )


def _is_just_accepted(session: Session, memory: Memory) -> bool:
    """Whether somebody has ticked a promise on a page that is else left as it is: it is to move to the action items."""
    shown = memory.observed(session.page)
    return shown is not None and not shown.gone and shown.just_accepted


def _exists(key: str, memory: Memory) -> bool:
    observed = memory.observed(key)
    return observed is not None and not observed.gone


def _event_address(session: Session, memory: Memory, address: Address) -> str | None:
    event = memory.generations.get(session.event)
    is_shown = event is not None and session.takes_place and _has_event(session, memory)
    return address(event.key, session.slot.recurrence_id, event.zone) if event and is_shown else None


def _page(
    session: Session, series: Series, team: Team, memory: Memory, body: Body, event: str | None, now: datetime
) -> Page:
    """Return a session's page; the body is made only for one that is not there yet."""
    shown = memory.observed(session.page)
    is_there = shown is not None and not shown.gone
    carried = list(_carried(session, memory)) if session.slot.starts_at > now else ()
    write_up = written_up(session, team, memory)
    shown = shown and replace(shown, write_up=write_up)
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    other = _other_page(session, memory)
    has_begun = is_there and session.slot.starts_at <= now
    asked = question(session, team, shown) if has_begun else ()
    of_boxes = of_items(session, team, memory) if is_there else ()
    said = [
        *_questions(session, team, memory, today),
        *of_boxes,
        *asked,
        *(of_transcript(session, team, shown) if has_begun else ()),
    ]
    return page(session, series, team, None if is_there else body, carried, write_up, event, today, other, said)


def _questions(session: Session, team: Team, memory: Memory, today: date) -> Iterator[str]:
    """Yield what people would like to know from a session, each question once and without a name.

    Those of this week stand there from the day before the session on, all at once: else the page's history would show
    when each was asked, and so perhaps by whom.
    """
    is_near = session.slot.day - today <= timedelta(days=1)
    said = memory.statements.about(session.key, StatementKind.QUESTION)
    asked = (one.value for one in said if is_near or local(one.at, team).date() < monday_of(today))
    if lines := [f"- {markdown_text(text)}" for text in dict.fromkeys(asked)]:
        yield from (f"**{QUESTIONS}**", "", *lines, "")


def _other_page(session: Session, memory: Memory) -> str | None:
    """Return the page that is in use where a session is another one by now, or that it had before it was that."""
    heir = heir_of(session, memory, memory.sessions)
    former = (memory.sessions.get(key) for key in former_keys(session.slot, memory))
    others = [one.page for one in (heir, *former) if one and one.page != session.page]
    return next((key for key in others if _exists(key, memory)), None)


def _carried(session: Session, memory: Memory) -> Iterator[Carried]:
    """Yield the items that earlier sessions of the series left open, with how many of its pages they have come to."""
    series, still_open = key_today(session.slot.series, memory), open_items(memory)
    mine = [one for one in memory.sessions.values() if still_open and key_today(one.slot.series, memory) == series]
    earlier = {one.page: one.slot for one in mine if one.slot.starts_at < session.slot.starts_at}
    took_place = sorted(one.slot.starts_at for one in mine if one.state in OVER)
    here = bisect_left(took_place, session.slot.starts_at)
    for item in still_open:
        if first := earlier.get(item.page):
            between = here - bisect_right(took_place, first.starts_at)
            yield Carried(item, 1 + between + memory.settled.since.get(item.page, 0))
