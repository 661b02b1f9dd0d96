"""Action items: what is open, how old it is, and how the pile has grown and shrunk week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from daemon.learn.items import lost_items, open_items
from daemon.model.memory import Item, Progress
from daemon.model.needs import monday_of
from daemon.web.charts import Line, line
from daemon.web.look import Look

WEEKS = 12
MOST_DONE = 12
MOST_OPEN = 100
"""How many open items are shown: for each is worked out what may be said of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """An action item, how many days ago it was first seen, and where it stands."""

    item: Item
    age: int
    is_late: bool


def items(look: Look) -> dict[str, Any]:
    """Return what the page of action items shows, first what is due first, last what has no date."""
    still_open = sorted(open_items(look.memory), key=lambda one: (not one.dated, one.due, one.key))
    done = [one for one in look.memory.items.values() if one.state is Progress.DONE and one.ended]
    return {
        "rows": [_row(one, look.today) for one in still_open[:MOST_OPEN]],
        "not_shown": max(0, len(still_open) - MOST_OPEN),
        "lost": lost_items(look.memory),
        "done": sorted(done, key=lambda one: (one.ended, one.key), reverse=True)[:MOST_DONE],
        "chart": _burn_down(list(look.memory.items.values()), look.today),
    }


def _row(item: Item, today: date) -> Row:
    return Row(item, (today - item.since).days, item.due < today)


def _burn_down(known: Sequence[Item], today: date) -> Line:
    """Return how many items were open at the end of each of the last weeks, and are now."""
    mondays = [monday_of(today) - timedelta(weeks=number) for number in range(WEEKS - 1, -1, -1)]
    ends = [*(monday - timedelta(days=1) for monday in mondays), today]
    return line([(f"{day.day} {day:%b}", float(sum(_was_open(one, day) for one in known))) for day in ends])


def _was_open(item: Item, day: date) -> bool:
    if item.since > day or item.state is Progress.LOST:
        return False
    return item.state is Progress.OPEN or (item.ended is not None and item.ended > day)
