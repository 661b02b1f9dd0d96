"""Needs: what sources and the team's own pages show of what people lack, and what became of each. Pure.

A need is known by its words. What is kept is what each source showed last; whether it is a topic stands in the team's
file, and whether that was taught in the sessions. So a need that nobody says any more is gone, unless it was taken up.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.needs import NeedSource
from config.team import Team
from daemon.model import OVER, Observed, Session, Topic, Verdict, backlog, fingerprint, held
from daemon.model.memory import Memory
from daemon.model.names import home_key, series_name
from daemon.model.needs import BugReports, Gathered, Need, NeedState, Sighting, monday_of, need_id
from daemon.model.statements import StatementKind
from daemon.model.words import local

HOME = "home"
"""Under which name is kept what was said on the home page, without a name."""
HOME_PAGE = "the home page"
"""How that place is called to people."""
WEB_PAGE = "the web page"
"""How the place is called where people suggest topics, and say without a name what they want to know."""
UNDATED = frozenset({HOME_PAGE, WEB_PAGE})
"""Places of which is told in which week something was said, and not on which day."""
DEFAULT_MARK = "#learn"
NOTHING = Gathered("")
MOST = 5_000
"""How many needs the sources of a team may show together."""


def source_key(source: NeedSource) -> str:
    """Return the name under which is kept what a source shows: another one where the lead writes it otherwise."""
    return fingerprint({"source": source.model_dump_json(exclude_defaults=True)})["source"]


def latest_of(source: NeedSource, found: Gathered, team: Team) -> Gathered:
    """Return what a source shows, no more of it than its share of what can be looked through: the latest.

    Each need costs something in every pass, and all who write on pages or in files may say any number of them.
    """
    most = MOST // len(team.needs)
    if len(found.sightings) <= most:
        return found
    kept = sorted(found.sightings, key=lambda one: one.seen)[-most:]
    said = f"So much is said in {source.place} that only the latest {most:,} of {len(found.sightings):,} needs count."
    return replace(found, sightings=tuple(kept), unread=(*found.unread, said))


def gathered(team: Team, memory: Memory, fresh: Mapping[str, Gathered], now: datetime) -> Memory:
    """Return the memory with what sources show now: ``fresh`` where they told anything new, else what they showed.

    What was said on the home page is dated with its week, and with nothing finer.
    """
    kept = {key for source in team.needs if (key := source_key(source)) in {**memory.sources, **fresh}}
    sources = {key: fresh.get(key) or memory.sources[key] for key in sorted(kept)}
    said = _said_at_home(team, memory, monday_of(now.astimezone(ZoneInfo(team.timezone)).date()))
    if said.sightings:
        sources[HOME] = said
    return memory if sources == memory.sources else replace(memory, sources=sources)


def _said_at_home(team: Team, memory: Memory, monday: date) -> Gathered:
    page, before = memory.observed(home_key(memory.team)), memory.sources.get(HOME, NOTHING)
    if page is None or page.tells_nothing:
        return before
    known = {one.text: one.seen for one in before.sightings}
    said = (Sighting(text, HOME_PAGE, known.get(text, monday), page.url) for text in _said(page, _marks(team)))
    return Gathered("", tuple(said))


def reported_bugs(memory: Memory) -> BugReports:
    """Return what the sources tell of bug reports, up to the day before which all of them do."""
    telling = [one for one in memory.sources.values() if one.until]
    weeks = Counter[tuple[str, date]]()
    for source in telling:
        for area, counted in source.reports.items():
            weeks.update({(area, week): number for week, number in counted.items()})
    return BugReports(weeks, min((one.until for one in telling if one.until), default=None))


def noticed_at(one: Sighting) -> str:
    """Return where and when a need was noticed: on which day, unless the place tells, or in which week."""
    if one.where in UNDATED:
        return f"{one.where}, in the week of {one.seen}"
    return one.where if str(one.seen) in one.where else f"{one.where}, {one.seen}"


def needs(team: Team, memory: Memory) -> list[Need]:
    """Return what people lack, what was noticed most often or latest first, with what became of it."""
    found = defaultdict[str, list[Sighting]](list)
    for one in _sightings(team, memory):
        found[need_id(one.text)].append(one)
    answered = {need: topic for topic in backlog(team) for need in topic.answers}
    states = _states({topic.title: topic for key, topic in answered.items() if key in found}, memory)
    all_of_them = [_need(key, seen, answered.get(key), team, states) for key, seen in found.items()]
    return sorted(all_of_them, key=lambda one: (-one.times, -one.seen.toordinal(), one.id))


def by_area(found: Sequence[Need]) -> list[Need]:
    """Return needs with those of an area together: first the area of what was noticed most often."""
    first: dict[str | None, int] = {}
    for place, one in enumerate(found):
        first.setdefault(one.area, place)
    return sorted(found, key=lambda one: (one.area is None, first[one.area]))


def shown_by(found: Iterable[Need], today: date, held_back: Container[str] = UNDATED) -> Iterator[Need]:
    """Yield needs as they may be shown on a day: those of places that are ``held_back`` from the next Monday on.

    Else whoever sees when we wrote down what was said without a name would know when it was said.
    """
    for one in found:
        seen = [each for each in one.sightings if each.where not in held_back or each.seen < monday_of(today)]
        if seen:
            yield replace(one, sightings=tuple(seen))


def _need(key: str, seen: list[Sighting], topic: Topic | None, team: Team, states: Mapping[str, NeedState]) -> Need:
    seen.sort(key=lambda one: (one.seen, one.where, one.text))
    area = next((one.area for one in seen if one.area), None)
    state = NeedState.DECLINED if key in team.declined else NeedState.PROPOSED
    if topic:
        state, area = states[topic.title], topic.area or area
    return Need(key, seen[0].text, state, tuple(seen), area, topic.title if topic else None)


def _states(topics: Mapping[str, Topic], memory: Memory) -> dict[str, NeedState]:
    """Return what became of topics, by their titles."""
    by_title = defaultdict[str, list[Session]](list)
    for one in (*memory.before, *memory.sessions.values()):
        if one.topic and one.takes_place:
            by_title[one.topic.title].append(one)
    return {
        title: _state(names, [one for name in names if name in by_title for one in by_title[name]])
        for title, names in ((title, topic.names) for title, topic in topics.items())
    }


def _state(names: Set[str], about: Sequence[Session]) -> NeedState:
    """Return what became of a topic with such titles, which such sessions are about."""
    taught, is_planned = held(about), any(one.state not in OVER for one in about)
    if not taught:
        return NeedState.PLANNED if is_planned else NeedState.BACKLOG
    verdict = taught[0].verdict_on(names)
    is_again = verdict is Verdict.STILL_OPEN and is_planned
    return NeedState.PLANNED if is_again else NeedState(verdict.value) if verdict else NeedState.TAUGHT


def _sightings(team: Team, memory: Memory) -> Iterator[Sighting]:
    """Yield what the sources showed, what was said on the web page, and what stands on the pages of sessions once held.

    What people ask before may be answered in the session itself.
    """
    yield from _said_on_the_web(team, memory)
    for _, source in sorted(memory.sources.items()):
        yield from source.sightings
    marks = _marks(team)
    for session in memory.by_start():
        page = memory.observed(session.page)
        said = _said(page, marks) if page and not page.tells_nothing and session.state in OVER else ()
        if page and said:
            where, day = f"{series_name(session, memory)} on {session.slot.day}", session.slot.day
            yield from (Sighting(text, where, day, page.url, _area(session)) for text in said)


def _said_on_the_web(team: Team, memory: Memory) -> Iterator[Sighting]:
    for one in memory.statements.of(StatementKind.SUGGEST, StatementKind.NEED):
        yield Sighting(one.value, WEB_PAGE, monday_of(local(one.at, team).date()), area=one.role or None)


def _area(session: Session) -> str | None:
    return session.topic.area if session.topic else None


def _marks(team: Team) -> frozenset[str]:
    return frozenset({DEFAULT_MARK, *(source.mark.casefold() for source in team.needs)})


def _said(page: Observed, marks: Container[str]) -> list[str]:
    """Return what people wrote on a page that they want to know: below a heading that asks for it, or with a mark."""
    said = [*page.write_up.needs, *(text for text, mark in page.write_up.marked if mark in marks)]
    return list(dict.fromkeys(said))
