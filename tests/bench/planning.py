"""What planning alone takes, in seconds of the processor: no ledger, no calendar, no wiki."""

from collections.abc import Callable
from datetime import date, datetime
from time import process_time
from typing import NamedTuple

from dateutil.rrule import rrulestr

from config.load import load_team
from config.team import Series, Team
from daemon.cli.schedule import schedule
from daemon.decide.cadence import occurrences, recurrence
from daemon.decide.pairing import Partners, pair
from tests.bench.processes import EXAMPLE

YEAR = date(2027, 1, 1), date(2027, 12, 31)
STARTS, ENDS = date(2020, 1, 1), date(2039, 12, 31)
CROWD, MEETINGS = 200, 12


class Planning(NamedTuple):
    """What was measured: of the example team's year, of one series over twenty years, of pairs of many people."""

    sessions: int
    per_session: float
    occurrences: float
    """Occurrences a second, holidays looked at, each with its slot in the team's zone."""
    dateutil: float
    """Occurrences a second of the same rule, as naive times, by dateutil."""
    pairs: float
    """The slowest of ``MEETINGS`` pairings of ``CROWD`` people."""


def planning_cost() -> Planning:
    """Measure it."""
    team = load_team(EXAMPLE).checked()
    planned = len(schedule(team, *YEAR).sessions)
    weekly = next(one for one in team.series if getattr(one.cadence, "every", "") == "week")
    ours, theirs = _occurrences(weekly, team), _dateutil(weekly, team)
    return Planning(planned, _least(lambda: schedule(team, *YEAR)) / planned, ours, theirs, _pairs())


def _least(work: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        start = process_time()
        work()
        taken.append(process_time() - start)
    return min(taken)


def _occurrences(series: Series, team: Team) -> float:
    found = len(occurrences(series, team, "team/series", STARTS, STARTS, ENDS))
    return found / _least(lambda: occurrences(series, team, "team/series", STARTS, STARTS, ENDS))


def _dateutil(series: Series, team: Team) -> float:
    known = recurrence(series, team, STARTS)
    rule = rrulestr(known.rrule, dtstart=known.starts)
    span = datetime.combine(STARTS, series.cadence.at), datetime.combine(ENDS, series.cadence.at)
    return len(rule.between(*span)) / _least(lambda: rule.between(*span))


def _pairs() -> float:
    people, partners, slowest = [f"{n}@example.com" for n in range(CROWD)], Partners(), 0.0
    for week in range(MEETINGS):
        start = process_time()
        pairs = pair(people, partners, f"week {week}")
        slowest = max(slowest, process_time() - start)
        partners.met(pairs)
    return slowest
