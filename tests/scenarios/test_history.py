"""A team that has gone on for long is recalled without its settled sessions, and nobody can tell: two folders hold the
same, and are passed over side by side, one of them with all that is known every time.

Whatever people correct of the past meanwhile, the same is planned, written, sent and remembered.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from copy import deepcopy
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from config.team_file import TeamFile
from daemon.loop import Pass, World
from daemon.model import OVER, Session, on_the_wall
from daemon.model.memory import Memory
from daemon.model.settled import NOTHING_SETTLED
from daemon.model.statements import Door, Statement, StatementKind
from daemon.plan.guards import Stopped
from tests import soak
from tests.scenarios import lead, people
from tests.scenarios.programme import TEAM, Programme, instance_of

BEGIN, FIRST = datetime(2026, 1, 5, 10, tzinfo=UTC), date(2026, 1, 8)
LONG, STEP = timedelta(weeks=78), timedelta(weeks=6)
WEEKLY = {"every": "week", "at": "12:15", "starts": "2026-01-05"}
LONG_KNOWN = {
    **{key: value for key, value in TEAM.items() if key not in ("holidays", "sprint")},
    "members": [{key: one[key] for key in ("name", "email")} for one in TEAM["members"]],
    "series": [
        {"name": "Lunch & Learn", "format": "lunch-and-learn", "cadence": {**WEEKLY, "on": "thursday"}},
        {"name": "Pairs", "formats": ["pairing", "code-review"], "cadence": {**WEEKLY, "on": "tuesday"}},
    ],
    "rotation": {"ahead": "6 weeks"},
    "wiki": {"connection": "local", "open": "15 days before"},
    "outcomes": {"page": True},
    "topics": [
        {"title": f"Topic {n}", "area": ("kubernetes", "postgres", "ci")[n % 3], "owner": owner}
        for n, owner in enumerate([None, "bob@example.com", "dan@example.com", None, None, None])
    ],
}


class Recalling(World):
    """A world in which a pass recalls all that is known."""

    def recent(self, file: TeamFile, now: datetime) -> Memory:
        return self.recall(file.team)


def whole(world: World) -> World:
    return Recalling(**{field.name: getattr(sparing(world), field.name) for field in fields(World)})


def sparing(world: World) -> World:
    """Return the world as it is wherever a folder lies."""
    return replace(world, edition="")


class Side(Programme):
    """One of the two."""

    def __init__(self, folder: Path, team: dict[str, Any], now: datetime, through: Callable[[World], World]) -> None:
        super().__init__(folder, team, now)
        self._through = through

    def passes(self) -> Pass | str:
        try:
            return self.apply(self._through)[0]
        except Stopped as stopped:
            return str(stopped)

    def known(self) -> dict[str, list[str]]:
        """Return what the ledger knows, but for what is settled."""
        tables = ("teams", "series", "generations", "sessions", "records", "items", "duties", "reminders", "log")
        with closing(sqlite3.connect(self.data / "ledger.db")) as database:
            database.row_factory = sqlite3.Row
            found = {name: [dict(row) for row in database.execute(f"SELECT * FROM {name}")] for name in tables}
        return {name: sorted(str({**row, "settled": 0, "cursors": ""}) for row in rows) for name, rows in found.items()}


class Both:
    """The two sides, to which the same is done."""

    def __init__(self, folder: Path, grown: Path, team: dict[str, Any], now: datetime) -> None:
        self.sides = list[Side]()
        for name, through in (("whole", whole), ("sparing", sparing)):
            shutil.copytree(grown, folder / name)
            self.sides.append(Side(folder / name, team, now, through))

    def do(self, what: Callable[[Side], object]) -> None:
        for side in self.sides:
            what(side)

    def passes(self) -> bool:
        """Pass over both, see that they come to the same, and return whether one did so without what is settled."""
        whole, sparing = (side.passes() for side in self.sides)
        if isinstance(whole, str) or isinstance(sparing, str):
            assert whole == sparing
            return False
        assert whole.memory.settled is NOTHING_SETTLED
        assert (sparing.plan, sparing.reminders, sparing.errors) == (whole.plan, whole.reminders, whole.errors)
        shown, known = ([one() for one in (side.contents, side.known)] for side in self.sides)
        assert shown == known
        return sparing.memory.settled is not NOTHING_SETTLED

    def later(self, **length: float) -> None:
        self.do(lambda side: side.later(**length))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a team after a year and a half: people wrote on the pages of the first weeks, and nobody
    looked at the calendar from then on until today."""
    one = Side(tmp_path_factory.mktemp("history"), LONG_KNOWN, BEGIN, sparing)
    one.passes()
    for number, path in enumerate(sorted(one.wiki.glob("2*.md"))):
        boxes = "".join(f"- [{'x' if number % 5 else ' '}] @{who} task {number}\n" for who in ("bob", "dan"))
        path.write_text(path.read_text().replace("\n-\n", f"\n- Lesson {number}\n", 1) + boxes)
    one.later(weeks=STEP.days // 7)
    one.passes()
    with one.world() as world, world.ledger.alone():
        known = world.ledger.recall("platform", "Platform")
        gone_on = {one.key: one for one in _gone_on(known.sessions.values())}
        world.ledger.remember(known, replace(known, sessions={**known.sessions, **gone_on}))
    one.now = BEGIN + LONG
    for _ in range(2):
        one.passes()
    return one.path.parent


def _gone_on(sessions: Iterable[Session]) -> Iterator[Session]:
    """Yield what took place as the first sessions did, again and again until shortly before today."""
    for one in (one for one in sessions if one.state in OVER):
        for number in range(2, LONG // STEP):
            later, slot = number * STEP, one.slot
            wall, instance = slot.wall + later, slot.recurrence_id + later
            slot = replace(slot, wall=wall, recurrence_id=instance, starts_at=on_the_wall(wall, slot.zone))
            yield replace(one, slot=slot, page="")


@pytest.fixture
def both(grown: Path, tmp_path: Path) -> Both:
    """Return the two sides, of which one is recalled without what is settled."""
    return Both(tmp_path, grown, LONG_KNOWN, BEGIN + LONG)


def old_page(side: Side) -> Path:
    """Return one of the pages of the first weeks, on which all is done."""
    (page,) = (path for path in side.wiki.glob("2026-0*.md") if "task 2" in path.read_text())
    return page


def replaced(before: str, after: str) -> Callable[[Side], object]:
    """Return what changes words of an old page."""

    def change(side: Side) -> None:
        path = old_page(side)
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after, 1))

    return change


def in_the_calendar(change: Callable[[icalendar.Event], object]) -> Callable[[Side], object]:
    """Return what changes the first single session in the calendar, which was more than a year ago."""

    def edit(side: Side) -> None:
        with side.calendar_edited() as calendar:
            change(min((one for one in calendar.events if instance_of(one)), key=lambda one: str(instance_of(one))))

    return edit


def deletes_it(side: Side) -> None:
    """Somebody deletes the event of a session of the first weeks, and its page."""
    with side.calendar_edited() as calendar:
        first = min((one for one in calendar.events if instance_of(one)), key=lambda one: str(instance_of(one)))
        calendar.subcomponents.remove(first)
    old_page(side).unlink()


def edits(**more: Any) -> Callable[[Side], object]:
    """Return what changes the team's file."""
    return lambda side: side.edit({**deepcopy(side.team), **more})


def decides(side: Side) -> None:
    """The lead tells who really led a session of the first weeks."""
    side.edit({**side.team, "sessions": [{"series": "Lunch & Learn", "on": FIRST, "facilitator": "eve@example.com"}]})


def says(kind: StatementKind, **told: Any) -> Callable[[Side], object]:
    """Return what says something of the first session on the web page."""
    about = f"platform/lunch-learn/{FIRST}T12:15"

    def said(side: Side) -> None:
        with side.world() as world, world.ledger.alone():
            one = Statement(id="1", kind=kind, about=about, at=side.now, door=Door.WEB, who="ada@example.com", **told)
            world.ledger.say("platform", one)

    return said


def somebody_else(number: int, **more: Any) -> list[dict[str, Any]]:
    """Return the members, of whom one has changed."""
    return [{**one, **(more if place == number else {})} for place, one in enumerate(LONG_KNOWN["members"])]


ACTS: Sequence[Callable[[Side, int], object]] = (
    *(people.moves_session, people.deletes_session, people.answers, people.takes_guest_off, people.summarises),
    *(people.writes_on_page, people.adds_item, people.ticks_item, people.edits_region, people.deletes_page),
    *(people.renames_page, people.retitles_page, people.drops_item, people.moves_all, people.restores_session),
    *(lead.joins, lead.leaves, lead.is_away, lead.changes_share, lead.is_renamed, lead.changes_cadence),
    *(lead.renames_series, lead.adds_topic, lead.removes_topic, lead.assigns, lead.cancels, lead.moves),
)
"""What people do to sessions of all times, and to pages, which are mostly of those that are long over."""
BOB = {"email": "robert@example.com", "was": "bob@example.com"}
CALLED = [{**LONG_KNOWN["series"][0], "name": "Brown bag", "was": "Lunch & Learn"}, LONG_KNOWN["series"][1]]
CORRECTED = {"role": "facilitator", "other": "eve@example.com", "before": "bob@example.com", "value": "they swapped"}
OF_THE_PAST: dict[str, tuple[Callable[[Side], object], ...]] = {
    "pages": (replaced("[x] @bob", "[ ] @eve more of"), replaced("[ ] @eve", "[x] @eve")),
    "calendar": (in_the_calendar(lambda one: one.pop("SUMMARY")), deletes_it),
    "decisions": (decides, edits(sessions=[])),
    "words": (says(StatementKind.CORRECTION, **CORRECTED),),
    "names": (edits(members=somebody_else(1, **BOB), series=CALLED),),
    "topics": (edits(topics=[{"title": "Topic 1", "area": "postgres"}, {"title": "Something new", "area": "ci"}]),),
    "rules": (edits(members=somebody_else(2, share=0.5), rotation={"rule": "in-order", "ahead": "6 weeks"}),),
}


@pytest.mark.parametrize("changes", OF_THE_PAST.values(), ids=OF_THE_PAST)
def test_the_past_is_put_right_as_if_all_of_it_were_recalled(
    changes: Sequence[Callable[[Side], object]], both: Both
) -> None:
    for change in changes:
        both.do(change)
        both.passes()
    both.later(days=1)
    assert any(both.passes() for _ in range(3))


def test_a_lost_ledger_is_rebuilt_as_if_all_had_been_recalled(both: Both) -> None:
    both.do(Side.lose_ledger)
    assert not both.passes()
    assert not both.passes()


def test_an_untouched_past_is_recalled_again_once_a_month_alone(both: Both) -> None:
    assert both.passes()
    both.do(lambda side: setattr(side, "now", datetime(2027, 8, 2, 10, tzinfo=UTC)))
    assert not both.passes()
    assert both.passes()


@pytest.mark.parametrize("place", ["calendar", "wiki"])
def test_what_cannot_be_found_is_not_taken_for_deleted(place: str, both: Both) -> None:
    with ExitStack() as hidden:
        both.do(lambda side: hidden.enter_context(side.out_of_sight(place)))
        assert not both.passes()
    both.passes()
    assert both.passes()


@soak.soaked
def test_weeks_go_by_as_if_everything_were_recalled(both: Both) -> None:
    dice, spared = random.Random(soak.SEED), 0
    for _ in range(soak.either(2, 100)):
        for act in dice.choices(ACTS, k=2):
            pick = dice.getrandbits(20)
            both.do(lambda side, act=act, pick=pick: act(side, pick))  # type: ignore[misc]
        spared += both.passes()
        both.later(days=dice.randint(0, 8), hours=3)
    assert spared
