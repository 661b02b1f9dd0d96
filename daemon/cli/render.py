"""What the command line says: schedules, reasons, the state of things; names and times are the team's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.cli.schedule import Schedule, reason, sessions_json
from daemon.describe.figures import Figures, Programme, programme, turns, two_sprints
from daemon.learn.items import lost_items, open_items, shown_items
from daemon.model import Session
from daemon.model.memory import Item, Memory, Progress
from daemon.model.words import listed, names_of, quoted, shortened

STYLES = {"+": "green", "~": "yellow", "-": "red", "!": "magenta"}


class TeamNames:
    """How a team calls its people and its series."""

    def __init__(self, team: Team, series: Mapping[str, str]) -> None:
        """Take the names of the series by their keys; the people are the team's."""
        self._people = names_of(team)
        self._series = series
        self.zone = ZoneInfo(team.timezone)

    @classmethod
    def of(cls, team: Team, memory: Memory) -> "TeamNames":
        """Return the names that a team and what is known of it give."""
        return cls(team, {key: one.name for key, one in memory.series.items()})

    def person(self, email: str | None) -> str:
        """Return a member's name; their e-mail where they are no member any more."""
        return self._people.get(email, email) if email else "nobody"

    def series(self, key: str) -> str:
        """Return a series' name."""
        return self._series.get(key, key)

    def when(self, moment: datetime) -> str:
        """Return a moment as ``Thu 2026-12-10 12:15``, in the team's zone."""
        return f"{moment.astimezone(self.zone):%a %Y-%m-%d %H:%M}"


def people(session: Session, names: TeamNames) -> str:
    """Return who does what in a session, in one line."""
    roles = [f"{one.role} {names.person(one.member)}" for one in session.assignments]
    pairs = [" + ".join(names.person(email) for email in pair) for pair in session.pairs]
    return ", ".join([*roles, *([f"pairs {'; '.join(pairs)}"] if pairs else [])])


def schedule_lines(schedule: Schedule) -> Iterator[str]:
    """Yield a schedule for people, skipped sessions with their reasons in between."""
    names = TeamNames(schedule.team, schedule.series)
    yield f"{schedule.team.team}, {schedule.first} to {schedule.last} ({schedule.team.timezone})"
    lines = [(one.slot.starts_at, _session_line(one, names)) for one in schedule.sessions]
    lines += [
        (
            one.slot.original_start,
            f"- {names.when(one.slot.original_start)}  {names.series(one.slot.series)}: {reason(one)}",
        )
        for one in schedule.skipped
    ]
    yield from (f"  {line}" for _, line in sorted(lines))


def _session_line(session: Session, names: TeamNames) -> str:
    topic = f": {session.topic.title}" if session.topic else ""
    return (
        f"  {names.when(session.slot.starts_at)}  {names.series(session.slot.series)}{topic} | {people(session, names)}"
    )


def status_json(team: Team, memory: Memory, now: datetime, undelivered: Iterable[str] = ()) -> dict[str, Any]:
    """Return for programs where a team stands: sessions to come, action items, figures, mails that did not arrive."""
    names = {key: one.name for key, one in memory.series.items()}
    return {
        "team": team.team,
        "sessions": sessions_json(_coming(memory, now), names),
        "items": [_item_json(one, memory, team, now) for one in (*shown_items(memory), *lost_items(memory))],
        "figures": _figures_json(team, memory, now),
        "undelivered": [*undelivered],
    }


def _figures_json(team: Team, memory: Memory, now: datetime) -> dict[str, Any]:
    found, names = programme(team, memory, now), {key: one.name for key, one in memory.series.items()}
    taken = turns(memory.sessions.values())
    return {
        **asdict(found.together),
        "two_sprints_in_days": two_sprints(team).days,
        "turns": [{"member": email, "taken": one.taken, "fair_share": one.due} for email, one in taken.items()],
        "by_series": [{"series": names[key], **asdict(one)} for key, one in found.by_series.items()],
        "by_session": [{"session": key, "items": asdict(one)} for key, one in found.by_session.items()],
    }


def _coming(memory: Memory, now: datetime) -> list[Session]:
    return [one for one in memory.by_start() if one.slot.ends_at > now and one.takes_place]


def _item_json(item: Item, memory: Memory, team: Team, now: datetime) -> dict[str, Any]:
    late, page = item.due < now.astimezone(ZoneInfo(team.timezone)).date(), memory.observed(item.page)
    return {
        "text": item.words,
        "assignee": item.assignee,
        "together_with": [*item.together],
        "due": item.due.isoformat(),
        "due_as_written": item.written or item.unclear or None,
        "due_is_clear": not item.unclear,
        "status": "overdue" if late and item.state is Progress.OPEN else item.state.value,
        "page": page.url if page else None,
    }


def status_lines(team: Team, memory: Memory, now: datetime, undelivered: Iterable[str] = ()) -> Iterator[str]:
    """Yield where a team stands: what is next, the action items that are open, and what it has come to so far.

    ``undelivered`` tells of mails that did not arrive.
    """
    if not memory.sessions:
        yield f"{team.team}: nothing has been applied yet; `peerloop plan` shows what would be"
        return
    names, coming = TeamNames.of(team, memory), _coming(memory, now)
    items = [_item_json(one, memory, team, now) for one in (*open_items(memory), *lost_items(memory))]
    found, todo = programme(team, memory, now), counted(len(open_items(memory)), "action item")
    yield f"{team.team}: {counted(found.together.sessions.held, 'session')} held, {len(coming)} to come, {todo} open"
    yield from (f"  {_session_line(one, names)}" for one in coming[:MOST_SHOWN])
    if len(coming) > MOST_SHOWN:
        yield f"    … and {len(coming) - MOST_SHOWN} more (--json lists them all)"
    for item in sorted(items, key=lambda item: item["due"])[:MOST_ITEMS]:
        who = listed([names.person(email) for email in (item["assignee"], *item["together_with"])])
        text = shortened(item["text"], LONGEST_ITEM)
        yield f"  [{item['status']}] {text} ({who}, due {item['due']}{_as_written(item)}) {item['page']}"
    if len(items) > MOST_ITEMS:
        yield f"    … and {len(items) - MOST_ITEMS} more (--json lists them all)"
    yield from (f"  ! {text}" for text in undelivered)
    yield from _so_far(found, names)
    if taken := turns(memory.sessions.values()):
        fair = (f"{names.person(email)} {one.taken} ({one.due:.1f})" for email, one in taken.items())
        yield f"  turns taken (fair share): {', '.join(fair)}"


def _as_written(item: Mapping[str, Any]) -> str:
    """Return how an item's page says by when it is due, where that is no date in full."""
    if not item["due_as_written"]:
        return ""
    words = quoted(item["due_as_written"])
    return f", written as {words}" if item["due_is_clear"] else f"; which day is {words}? Write it as YYYY-MM-DD there"


def _so_far(found: Programme, names: TeamNames) -> Iterator[str]:
    """Yield the figures as a table: a row for each series, and one for all together where there are several."""
    rows = [(names.series(key), _row(one)) for key, one in found.by_series.items()]
    rows += [("all together", _row(found.together))] if len(rows) > 1 else []
    if not rows:
        return
    width = max(len(name) for name, _ in [("so far", ""), *rows])
    yield f"  {'so far':<{width}}{''.join(f'  {column}' for column in COLUMNS)}"
    for name, cells in rows:
        padded = (f"  {cell:>{len(column)}}" for column, cell in zip(COLUMNS, cells, strict=True))
        yield f"  {name:<{width}}{''.join(padded)}"


COLUMNS = (
    *("sessions held", "documented", "skipped"),
    *("items open", "overdue", "done", "dropped", "days to done", "in two sprints"),
)
"""The days are the median, and the last is the part of the items that was done in that time."""


def _row(one: Figures) -> Sequence[str]:
    sessions, items = one.sessions, one.items
    days, part = items.median_days_to_done, items.done_within_two_sprints
    counts = (
        sessions.held,
        sessions.documented,
        sessions.skipped,
        items.open,
        items.overdue,
        items.done,
        items.dropped,
    )
    return [*map(str, counts), "–" if days is None else f"{days:g}", "–" if part is None else f"{part:.0%}"]


MOST_SHOWN = 8
"""How many of the sessions to come are shown."""
MOST_ITEMS, LONGEST_ITEM = 20, 200
"""How many of the open action items are shown, those due first, and how many characters of each."""


def counted(count: int, noun: str) -> str:
    """Return ``1 session``, ``2 sessions``, ``2 series``."""
    return f"{count} {noun}" if count == 1 or noun.endswith("s") else f"{count} {noun}s"
