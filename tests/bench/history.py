"""What passes cost a team that goes on for years: one over it while it is idle, and one that finds a changed topic.

Years go by in passes ten weeks apart, each of which plans ten sessions and opens their pages at once. On each page
people write two action items, which are soon done.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml

from config.operator import operator_model
from daemon.cli.setting import Setting, world_of
from daemon.idle import pass_over
from daemon.loop import World, run_once
from daemon.serve.team_files import read_team
from integrations import kinds

BEGIN = datetime(2026, 1, 5, 13, tzinfo=ZoneInfo("Europe/Berlin"))
AREAS = ("kubernetes", "postgres", "ci")
STEP, PEOPLE = timedelta(weeks=10), 8
OPEN = 3
"""On how many pages action items are open."""
TEAM: Mapping[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "p0@example.com",
    "members": [{"name": f"Person {n}", "email": f"p{n}@example.com"} for n in range(PEOPLE)],
    "series": [
        {
            "name": "Lunch",
            "format": "lunch-and-learn",
            "cadence": {"every": "week", "on": "thursday", "at": "12:15", "starts": "2026-01-08"},
        }
    ],
    "wiki": {"connection": "local", "open": "80 days before"},
}
QUARTER = 13
WHAT = ("nothing to do", "a changed topic", "what was written, seen")
MOST: Mapping[str, float] = dict(zip(WHAT, (5.0, 3.0, 3.0), strict=True))
"""How many times as much each may cost after years as after a quarter. What is recalled stays the same after the first
year; a look at a folder of pages asks the system for each of them, and a calendar file is read as a whole."""


class HistoryCost(NamedTuple):
    """Seconds of the processor, at the least, of a pass over an idle team, one with a changed topic, and the next one,
    which sees what was written."""

    idle: float
    topic: float
    next: float


class _Team:
    """A team in a folder, at a moment."""

    def __init__(self, folder: Path) -> None:
        self.path, self.data, self.now, self._topics = folder / "team.yaml", folder / "data", BEGIN, 0
        self._operator = operator_model(kinds()).default(str(self.data))
        self.write({})
        self.world: World = world_of(Setting(self._operator, (self.path,), clock=lambda: self.now))

    def write(self, more: Mapping[str, Any]) -> None:
        self.path.write_text(yaml.safe_dump({**TEAM, **more}, sort_keys=False))
        (self.file,) = read_team(self.path, self._operator, self.now).files

    def settle(self) -> None:
        """Make passes until there is nothing to do."""
        while pass_over(self.file, self.now, self.world):
            pass

    def people_write(self) -> None:
        """Let people write on the pages of what was held; on the last ones something is still to be done."""
        today = str(self.now.date())
        pages = sorted(path for path in self.data.glob("wiki/*/2*.md") if path.name < today)
        for number, path in enumerate(pages):
            text, tick = path.read_text(), " " if number >= len(pages) - OPEN else "x"
            if "task" not in text:
                text = re.sub(r"(## Key takeaways\n\n.*\n\n)-\n", rf"\1- Lesson {number}\n", text)
                text += "".join(f"- [ ] @p{(number + n) % PEOPLE} task {number} {n}\n" for n in (0, 3))
            if (ticked := text.replace("- [ ] @p", f"- [{tick}] @p")) != path.read_text():
                path.write_text(ticked)

    def goes_on(self, until: datetime) -> None:
        """Let some weeks go by."""
        self.now = min(self.now + STEP, until)
        self.people_write()
        run_once(self.file, self.now, self.world)

    def cost(self, passes: int = 7) -> HistoryCost:
        idle = min(self._timed() for _ in range(2 * passes))
        both = [self._changed_topic() for _ in range(passes)]
        return HistoryCost(idle, *(min(one) for one in zip(*both, strict=True)))

    def _timed(self) -> float:
        start = process_time()
        pass_over(self.file, self.now, self.world)
        return process_time() - start

    def _changed_topic(self) -> tuple[float, float]:
        self._topics += 1
        day, title = (self.now + timedelta(days=3)).date(), f"Topic {self._topics}"
        topic = {"title": title, "area": AREAS[self._topics % 3]}
        self.write({"topics": [topic], "sessions": [{"series": "Lunch", "on": day, "topic": title}]})
        return self._timed(), self._timed()


def history_costs(years: Iterable[int]) -> Iterator[tuple[str, HistoryCost]]:
    """Yield what passes cost after a quarter, and after years."""
    ends = {QUARTER: "a quarter", **{52 * number: f"{number} year{'' if number == 1 else 's'}" for number in years}}
    with TemporaryDirectory() as folder:
        team = _Team(Path(folder))
        with team.world.ledger.alone():
            run_once(team.file, team.now, team.world)
            for weeks, name in ends.items():
                while team.now < (until := BEGIN + timedelta(weeks=weeks)):
                    team.goes_on(until)
                team.settle()
                yield name, team.cost()
        team.world.ledger.close()
