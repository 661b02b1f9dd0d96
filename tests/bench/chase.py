"""What a pass costs that follows action items: what became of each, what is to be said, and who has been told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from config.onboarding import Newcomers
from config.team import Team
from daemon.describe.outcomes import outcomes
from daemon.learn.items import updated
from daemon.ledger import open_ledger
from daemon.model import ActionItem, Assignment, Kind, Observed, Reason, Session, Slot, State, on_the_wall
from daemon.model.memory import KnownSeries, Memory, Record
from daemon.model.needs import BugReports
from daemon.tell.chase import reminders

ZONE = "Europe/Berlin"
NOW = datetime(2026, 11, 25, 13, tzinfo=ZoneInfo(ZONE))
PER_PAGE = 10
PEOPLE = 12
SERIES = "platform/lunch-learn"


@dataclass(frozen=True, slots=True)
class ChaseCost:
    """Seconds that it takes to follow so many open items: at first sight, and once there is nothing new.

    ``updated`` and ``chased`` are the two parts of the latter that reckon; the rest is the ledger's. A team that has
    asked for ``outcomes`` pays for these besides.
    """

    items: int
    first: float
    usual: float
    updated: float
    chased: float
    outcomes: float

    @property
    def per_item(self) -> float:
        """Microseconds that a pass with nothing new takes for an item."""
        return self.usual * 1e6 / self.items


def chase_cost(items: int, passes: int = 5) -> ChaseCost:
    """Return what it costs to follow so many items, a fifth of them not due yet, over the sessions of a year."""
    team, memory = _team(), _memory(items)
    with_items = updated(team, memory, NOW)
    ledger = open_ledger("sqlite://")

    def one_pass(before: Memory) -> None:
        after = updated(team, before, NOW)
        ledger.remember(before, after)
        ledger.leave("platform", reminders(team, after, ledger.reminded("platform"), NOW), NOW)

    ledger.remember(Memory("platform", "Platform"), memory)
    first = _timed(lambda: one_pass(memory))
    usual = median(_timed(lambda: one_pass(with_items)) for _ in range(passes))
    following = median(_timed(lambda: updated(team, with_items, NOW)) for _ in range(passes))
    chasing = median(_timed(lambda: reminders(team, with_items, (), NOW)) for _ in range(passes))
    found = median(_timed(lambda: outcomes(team, with_items, Newcomers(), BugReports(), NOW)) for _ in range(passes))
    ledger.close()
    return ChaseCost(items, first, usual, following, chasing, found)


def _timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _team() -> Team:
    members = [{"name": f"Person {n}", "email": f"person-{n}@example.com"} for n in range(PEOPLE)]
    cadence = {"every": "week", "on": "thursday", "at": "12:15"}
    series = [{"name": "Lunch & Learn", "format": "lunch-and-learn", "cadence": cadence}]
    rules = {"timezone": ZONE, "lead": members[0]["email"], "holidays": {"country": "DE", "subdivision": "BE"}}
    return Team.model_validate({"team": "Platform", "members": members, "series": series, **rules})


def _memory(items: int) -> Memory:
    sessions, records = {}, {}
    for number in range(items // PER_PAGE):
        wall = (NOW - timedelta(days=1)).replace(tzinfo=None) - timedelta(days=number % 400, minutes=number // 400)
        slot = Slot(SERIES, wall, ZONE, wall, on_the_wall(wall, ZONE), 45, "lunch-and-learn")
        page, leads = f"{slot.key}/page", Assignment("facilitator", _person(number), Reason("turn", ""))
        sessions[slot.key] = Session(slot, (leads,), state=State.HELD, page=page)
        written = tuple(_item(page, slot, number, n) for n in range(PER_PAGE))
        records[page] = Record(page, Kind.PAGE, observed=Observed(page, Kind.PAGE, {}, url=page, items=written))
    known = KnownSeries(SERIES, "Lunch & Learn", NOW.date())
    return Memory("platform", "Platform", series={SERIES: known}, sessions=sessions, records=records)


def _item(page: str, slot: Slot, number: int, n: int) -> ActionItem:
    due = slot.day + timedelta(days=7) if n % 5 else NOW.date() + timedelta(days=14 + number % 30)
    return ActionItem(
        page, f"{n}", f"Write down what we learned of subject {number}, part {n}", _handle(number + n), due
    )


def _person(number: int) -> str:
    return f"{_handle(number)}@example.com"


def _handle(number: int) -> str:
    return f"person-{number % PEOPLE}"
