"""Which sessions are settled, so that a pass need not recall them, and what they came to. Pure.

Whatever a pass asks of the past by itself is recalled: what is younger than ``OLD``, the ``LATEST`` sessions that were
held, and of those before what is still open, or the last of its kind. All the others only count, and what counts is
summed up here by the very code that would count them one by one.
"""

import hashlib
import posixpath
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from config.team import Team
from daemon.decide.decide import absence, history
from daemon.decide.looking_back import LookedBack
from daemon.decide.pairing import Partners
from daemon.decide.roster import Roster
from daemon.learn.life import is_outdated
from daemon.model import OVER, PORTS, Observed, Session, backlog, held
from daemon.model.memory import Item, Memory, Progress, Record
from daemon.model.names import key_today
from daemon.model.settled import LATEST, NOTHING_SETTLED, Settled, Taught, turns_taken
from daemon.model.statements import Statement, StatementKind

OLD = timedelta(weeks=40)
"""How old a session is at least that is settled: longer than anything is counted from the day of a session, and than
two quarters and the weeks after them, of which people are thanked."""
OF_TOPICS = frozenset({StatementKind.VOTE, StatementKind.SUGGEST, StatementKind.NEED})
OF_ITEMS = frozenset({StatementKind.DONE, StatementKind.LATER, StatementKind.WONT_DO})
UNDECIDED = frozenset({Progress.OPEN, Progress.LOST})
TAUGHT_BEFORE = 2
"""How many sessions on an area before one tell whether somebody would teach it once more."""


@dataclass(frozen=True, slots=True)
class Settling:
    """What the settled sessions came to, and the keys of these, and of what else is known of them.

    ``shown`` is, by port, what it shows of them.
    """

    sums: Settled
    sessions: frozenset[str]
    records: frozenset[str]
    items: frozenset[str]
    shown: Mapping[str, Sequence[Observed]]


def basis_of(team: Team, before: datetime, edition: str) -> str:
    """Return what the sums depend on besides the sessions: all that the file says but of topics and of later sessions.

    ``edition`` is the release, and what the operator decided.
    """
    decided = [one.model_dump_json() for one in team.sessions if one.on <= before.date()]
    told = (edition, team.model_dump_json(exclude={"topics", "sessions"}), decided)
    return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def is_enough(team: Team, memory: Memory) -> bool:
    """Whether a memory without settled sessions has all that a pass asks for: nothing is news of one of them.

    Nor does the file have a topic by now that one of them was about.
    """
    names = {name for topic in backlog(team) for name in topic.names}
    again = (one for one in memory.settled.topics if one.title in names)
    news = (one for one in memory.statements if one.number > memory.settled.heard)
    ended = _ended(memory, memory.settled.before) == memory.settled.ended
    is_told = all(one.session in memory.sessions for one in again)
    return ended and is_told and all(_is_of_the_present(one, memory) for one in news)


def _ended(memory: Memory, before: datetime) -> dict[str, datetime]:
    """Return the last instances of the recurring events that had ended by then."""
    last = {one.key: one.last for one in memory.generations.values()}
    return {key: end for key, end in last.items() if end and end < before.replace(tzinfo=None)}


def _is_of_the_present(said: Statement, memory: Memory) -> bool:
    if said.kind in OF_TOPICS:
        return True
    if said.kind in OF_ITEMS:
        return said.about in memory.items
    return said.about in memory.sessions and (
        said.kind is not StatementKind.SWAP_OFFER or said.value in memory.sessions
    )


def settling(team: Team, memory: Memory, now: datetime, edition: str, old: timedelta = OLD) -> Settling | None:
    """Return what is settled of a team by ``now``, aware, given all that is known of it; None where nothing is.

    It holds until the month is over: then more is.
    """
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = min(
        [month - old, *(one.slot.starts_at.astimezone(UTC) for one in held(memory.sessions.values())[:LATEST])]
    )
    open_ones = _Open(team, memory, before)
    done = {one.key: one for one in memory.sessions.values() if one.slot.starts_at < before}
    done = {key: one for key, one in done.items() if open_ones.is_over(one)}
    done = _with_pages_of_their_own(memory, {key: done[key] for key in done.keys() - _last_ones(team, memory, before)})
    if not done or memory.before or (team.sprint and 2 * team.sprint.length > old):
        return None
    again = (month + timedelta(days=32)).replace(day=1)
    basis = basis_of(team, before, edition)
    keys = [key for one in done.values() for key in (one.key, one.page) if key in memory.records]
    items = [one.key for one in memory.items.values() if one.session in done or one.page in keys]
    shown = {port: [*_shown(memory, keys, port)] for port in PORTS}
    sums = _summed(team, memory, now, Settled(before, again, basis, memory.statements.latest), done)
    return Settling(sums, frozenset(done), frozenset(keys), frozenset(items), shown)


def _shown(memory: Memory, keys: Iterable[str], port: str) -> Iterator[Observed]:
    records = (memory.records[key] for key in keys)
    seen = (one.observed for one in records if one.kind in PORTS[port])
    yield from (one for one in seen if one and not one.gone)


def _with_pages_of_their_own(memory: Memory, done: Mapping[str, Session]) -> dict[str, Session]:
    """Return those of some sessions of which no other session has the page."""
    others = {one.page for key, one in memory.sessions.items() if one.page and key not in done}
    return {key: one for key, one in done.items() if one.page not in others}


class _Open:
    """What of the past a pass asks for by itself."""

    def __init__(self, team: Team, memory: Memory, before: datetime) -> None:
        self._memory, self._before = memory, before
        undecided = [one for one in memory.items.values() if self._is_open(one)]
        self._pages = {one.page for one in undecided}
        self._sessions = {one.session for one in undecided}

    def _is_open(self, item: Item) -> bool:
        """Whether an action item is to be done, or was lately."""
        return item.state in UNDECIDED or (item.ended is not None and item.ended >= self._before.date())

    def is_over(self, session: Session) -> bool:
        """Whether nothing of a session that began long ago can come up any more unless somebody brings it up."""
        slot = session.slot
        is_past = slot.original_start < self._before and slot.recurrence_id.date() < self._before.date()
        is_done = session.state in OVER or not session.takes_place
        is_open = session.key in self._sessions or session.page in self._pages or is_outdated(session, self._memory)
        records = (self._memory.records.get(key) for key in (session.key, session.page))
        return is_past and is_done and not is_open and all(self._is_left_alone(one) for one in records if one)

    def _is_left_alone(self, record: Record) -> bool:
        """Whether a resource is as it was last written or seen, with nothing on it that is gathered anew each time."""
        seen = record.observed
        if record.intended or (seen is None and record.applied):
            return False
        if seen is None or seen.gone:
            return True
        is_later = seen.starts_at is not None and seen.starts_at >= self._before
        is_gathered = bool(seen.write_up.needs or seen.write_up.marked or seen.just_accepted)
        return bool(seen.mark) and not (is_later or is_gathered or seen.trouble)


def _last_ones(team: Team, memory: Memory, before: datetime) -> set[str]:
    """Return the sessions of before that are the last of their kind: in their series, on their area, about their topic.

    And of their folder of pages: where those lie tells where a new one is put.
    """
    past = [one for one in memory.by_start() if one.slot.starts_at < before and one.takes_place]
    names = {name for topic in backlog(team) for name in topic.names}
    of_series = _by(past, lambda one: key_today(one.slot.series, memory))
    of_areas = _by(past, lambda one: one.topic.area if one.topic else None)
    of_topics = _by(past, lambda one: one.topic.title if one.topic and one.topic.title in names else None)
    of_folders = _by(past, lambda one: _folder(memory.observed(one.page)))
    return {
        *(one.key for some in of_series.values() for one in some[-max(1, team.rotation.rest) :]),
        *(one.key for some in of_areas.values() for one in some[-TAUGHT_BEFORE:]),
        *(max(some, key=lambda one: one.slot.day).key for some in of_areas.values()),
        *(some[-1].key for some in (*of_topics.values(), *of_folders.values())),
    }


def _by(sessions: Iterable[Session], kind: Callable[[Session], str | None]) -> dict[str, list[Session]]:
    found: dict[str, list[Session]] = {}
    for one in sessions:
        if (named := kind(one)) is not None:
            found.setdefault(named, []).append(one)
    return found


def _folder(page: Observed | None) -> str | None:
    return posixpath.dirname(page.url) if page and page.url else None


def _summed(team: Team, memory: Memory, now: datetime, start: Settled, done: Container[str]) -> Settled:
    """Return what all that began before ``start`` came to, those of it that are recalled as well."""
    past = start.covered(history(memory, now))
    roster = Roster(team.members, absence(team, memory, now))
    counted, partners = LookedBack(roster, team.rotation, 1.0, NOTHING_SETTLED), Partners()
    for one in past:
        counted.count(one)
        partners.met(one.pairs)
    return replace(
        start,
        turns=counted.books.turns,
        load=counted.books.opening_load,
        lines=counted.lines,
        could=counted.could,
        partners=partners.recent,
        met=partners.met_so_far,
        taken=turns_taken(start.covered(memory.sessions.values()), {}),
        topics=_taught(start.covered(memory.by_start())),
        since=dict(_held_since(memory, start, done)),
        ended=_ended(memory, start.before),
    )


def _taught(past: Iterable[Session]) -> tuple[Taught, ...]:
    held_ones = (one for one in past if one.topic and one.state in OVER)
    last = {(one.topic.title, one.topic.area): one.key for one in held_ones if one.topic}
    return tuple(Taught(title, area, key) for (title, area), key in last.items())


def _held_since(memory: Memory, start: Settled, done: Container[str]) -> Iterator[tuple[str, int]]:
    """Yield how many settled sessions of its series were held after each one that is recalled, by its page."""
    by_series = _by(start.covered(memory.by_start()), lambda one: key_today(one.slot.series, memory))
    for own in by_series.values():
        number = 0
        for one in reversed(own):
            if one.key in done:
                number += one.state in OVER
            elif number:
                yield one.page, number
