"""The schedule as pure arithmetic: from each series' start, without ledger or network; and sessions as JSON. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from config.formats import formats_of
from config.team import Series, Team
from daemon.decide.cadence import occurrences, starts_of
from daemon.decide.decide import in_turn, staffed
from daemon.model import CalledOffBy, Session, Skip, Slot
from daemon.model.memory import Memory
from daemon.model.names import keyed_series, team_key


@dataclass(frozen=True, slots=True)
class Schedule:
    """The sessions that take place from ``first`` to ``last``, inclusive, in the team's zone, and those skipped."""

    team: Team
    first: date
    last: date
    sessions: tuple[Session, ...]
    skipped: tuple[Skip, ...]
    series: Mapping[str, str]
    """The names of the series by their keys."""


def schedule(team: Team, first: date, last: date) -> Schedule:
    """Return the schedule of a team; a series that does not say when it starts does so on ``first``.

    Turns are counted from each series' start, and whole years are planned one after the other, so the answer is the
    same whichever window is asked for.
    """
    year_end = date(last.year, 12, 31)
    memory = Memory(team_key(team, {}), team.team)
    keyed = keyed_series(team, memory)
    slots: list[Slot] = []
    skips: list[Skip] = []
    for key, series in keyed.items():
        starts = starts_of(series, first)
        found = in_turn(series, occurrences(series, team, key, starts, starts, year_end), memory, formats_of(team))
        slots += [one for one in found if isinstance(one, Slot)]
        skips += [one for one in found if isinstance(one, Skip)]
    slots.sort(key=lambda slot: (slot.starts_at, slot.key))
    return Schedule(
        team,
        first,
        last,
        tuple(session for session in _staffed_by_year(team, memory, keyed, slots) if first <= session.slot.day <= last),
        tuple(sorted((s for s in skips if first <= s.slot.wall.date() <= last), key=lambda s: s.slot.original_start)),
        {key: series.name for key, series in keyed.items()},
    )


def _staffed_by_year(
    team: Team, memory: Memory, keyed: Mapping[str, Series], slots: Sequence[Slot]
) -> Iterator[Session]:
    """Yield the sessions, each calendar year planned in the light of those before it only."""
    for _, year in groupby(slots, key=lambda slot: slot.day.year):
        coming = list(year)
        sessions = staffed(team, memory, keyed, coming, coming[0].starts_at)
        memory = replace(memory, sessions={**memory.sessions, **{session.key: session for session in sessions}})
        yield from sessions


def reason(skip: Skip) -> str:
    """Return why a session does not take place, in words for people."""
    return f"cancelled: {skip.reason}" if skip.by is CalledOffBy.LEAD else skip.reason


def schedule_json(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as the command line prints it."""
    return {
        "team": schedule.team.team,
        "from": schedule.first.isoformat(),
        "until": schedule.last.isoformat(),
        "sessions": sessions_json(schedule.sessions, schedule.series),
        "skipped": [
            {
                "series": schedule.series[skip.slot.series],
                "original_start": skip.slot.original_start.isoformat(),
                "reason": reason(skip),
            }
            for skip in schedule.skipped
        ],
    }


def sessions_json(sessions: Sequence[Session], series: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return sessions as the command line prints them; ``series`` are names by key."""
    return [_session_json(session, series.get(session.slot.series, session.slot.series)) for session in sessions]


def _session_json(session: Session, series: str) -> dict[str, Any]:
    slot = session.slot
    pairs = {"pairs": [list(pair) for pair in session.pairs]} if session.pairs else {}
    return {
        "key": session.key,
        "series": series,
        "format": slot.format,
        "original_start": slot.original_start.isoformat(),
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "timezone": slot.zone,
        "topic": session.topic.title if session.topic else None,
        "roles": session.roles,
        **pairs,
        "unfilled": list(session.unfilled),
    }
