"""Figures of a programme: what was held, what became of its action items, and whether the turns were fair. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.model import OVER, Session, State
from daemon.model.memory import Item, Memory, Progress
from daemon.model.names import key_today
from daemon.model.settled import NOTHING_SETTLED, Settled, turns_taken

DOCUMENTED = frozenset({State.DOCUMENTED, State.CLOSED})
TWO_SPRINTS = timedelta(weeks=4)
"""How long two sprints last where a team has none."""


@dataclass(frozen=True, slots=True)
class Turns:
    """How many turns a member has taken, and how many were due to them; of all members the sums are the same."""

    taken: int
    due: float


def turns(sessions: Iterable[Session], settled: Settled = NOTHING_SETTLED) -> dict[str, Turns]:
    """Return the turns of everybody who had one, or could have had one, in sessions that have taken place.

    What is due comes out the same in whatever order it is summed up.
    """
    found = turns_taken(settled.later(sessions), settled.taken)
    return {email: Turns(taken, round(round(due, 9), 2)) for email, (taken, due) in found.items()}


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """How many sessions took place, how many of them are documented, and how many were due but left out."""

    held: int
    documented: int
    skipped: int


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """How many action items are open, overdue ones among them, done and dropped; ``overdue`` ones are open, too.

    ``median_days_to_done`` counts from the day an item was first seen. ``done_within_two_sprints`` is a part, 0 to 1,
    of the items that had so much time; what was dropped does not count. Either is None where nothing tells of it yet.
    """

    open: int
    overdue: int
    done: int
    dropped: int
    median_days_to_done: float | None
    done_within_two_sprints: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a programme, or one series of it, has come to."""

    sessions: SessionFigures
    items: ItemFigures


@dataclass(frozen=True, slots=True)
class Programme:
    """The figures of a team: all together, by series, and the items by the session that they come from; by keys."""

    together: Figures
    by_series: Mapping[str, Figures]
    by_session: Mapping[str, ItemFigures]


def two_sprints(team: Team) -> timedelta:
    """Return how long two of a team's sprints last; four weeks where it has none."""
    return 2 * team.sprint.length if team.sprint else TWO_SPRINTS


def programme(team: Team, memory: Memory, now: datetime) -> Programme:
    """Return what a team's programme has come to by ``now``, aware; an item's day is a date in the team's zone."""
    past = [one for one in memory.sessions.values() if one.slot.starts_at <= now]
    items, today = list(memory.items.values()), now.astimezone(ZoneInfo(team.timezone)).date()
    time_enough = two_sprints(team)
    of_session, of_series = defaultdict[str, list[Item]](list), defaultdict[str, list[Item]](list)
    for item in items:
        of_session[item.session].append(item)
        of_series[key_today(item.session.rpartition("/")[0], memory)].append(item)

    def figures(some: Iterable[Session], their: Iterable[Item]) -> Figures:
        return Figures(session_figures(some, memory), item_figures(their, today, time_enough))

    series = {key: [one for one in past if key_today(one.slot.series, memory) == key] for key in memory.series}
    return Programme(
        figures(past, items),
        {key: figures(some, of_series[key]) for key, some in series.items() if some},
        {key: item_figures(of_session[key], today, time_enough) for key in sorted(of_session)},
    )


def session_figures(past: Iterable[Session], memory: Memory) -> SessionFigures:
    """Return what became of sessions that have begun; one that its series ended before was never due."""
    states = Counter(one.state for one in past if one.takes_place or was_due(one, memory))
    held_, documented = (sum(states[state] for state in some) for some in (OVER, DOCUMENTED))
    return SessionFigures(held_, documented, states[State.SKIPPED] + states[State.CANCELLED])


def was_due(session: Session, memory: Memory) -> bool:
    """Return whether a session was ever to take place, rather than one that its series ended before."""
    event = memory.generations.get(session.event)
    return event is None or event.last is None or session.slot.recurrence_id <= event.last


def item_figures(items: Iterable[Item], today: date, time_enough: timedelta) -> ItemFigures:
    """Return what became of action items; what has vanished from its page counts for nothing."""
    items = list(items)
    states = Counter(item.state for item in items)
    overdue = overdue_of(items, today)
    taken = [(item.ended - item.since).days for item in items if item.state is Progress.DONE and item.ended]
    days = median(taken) if taken else None
    judged = [one for _, one in in_time(items, today, time_enough)]
    share = round(sum(judged) / len(judged), 3) if judged else None
    done, dropped = states[Progress.DONE], states[Progress.DROPPED]
    return ItemFigures(states[Progress.OPEN], overdue, done, dropped, days, share)


def overdue_of(items: Iterable[Item], today: date) -> int:
    """Return how many action items are open although their day is over."""
    return sum(item.state is Progress.OPEN and item.due < today for item in items)


def in_time(items: Iterable[Item], today: date, time_enough: timedelta) -> Iterator[tuple[Item, bool]]:
    """Yield the action items that had time enough by ``today``, and whether each was done within it.

    What was dropped, or has vanished, does not count.
    """
    for item in items:
        ended = item.ended if item.state is Progress.DONE else None
        if (item.state is Progress.OPEN or ended) and today - item.since >= time_enough:
            yield item, ended is not None and ended - item.since <= time_enough
