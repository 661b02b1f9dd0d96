"""Five teams with fifty members over five time zones, in one folder with one ledger and one outbox; and what people do.

``pick`` is any number: it chooses. The same picks do the same to two folders that hold the same.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from config.team_file import TeamFile
from tests.scenarios.lead import chosen
from tests.scenarios.people import answers, deletes_session, moves_session
from tests.scenarios.programme import Programme

NAMES = ("Platform", "Data", "Web", "Mobile", "Security")
SIZE = 10
"""How many members a team has of its own. The first of the next team is in it, too."""
PLACES = (
    ("Europe/Berlin", "DE"),
    ("Europe/Lisbon", "PT"),
    ("America/New_York", "US"),
    ("America/Sao_Paulo", "BR"),
    ("Europe/Helsinki", "FI"),
)
"""Where members live, in turn."""
LUNCH = {"every": "2 weeks", "on": "thursday", "at": "12:00", "starts": "2027-01-07"}
REVIEW = {"every": "month", "on": "first tuesday", "at": "10:00", "starts": "2027-01-05"}
SERIES = (
    {"name": "Lunch", "format": "lunch-and-learn", "cadence": LUNCH, "minutes": 60},
    {"name": "Review", "format": "code-review", "cadence": REVIEW, "minutes": 60},
)
ITEM = re.compile(r"^- \[ \] (@m\d+) (task \d+)( by [\d-]+)?$", re.M)
"""An action item that somebody has written and nobody has ended."""


def member(number: int) -> dict[str, Any]:
    """Return one of the fifty."""
    zone, country = chosen(PLACES, number)
    return {"name": f"M{number}", "email": f"m{number}@example.com", "timezone": zone, "holidays": {"country": country}}


def team(number: int) -> dict[str, Any]:
    """Return one of the five; its second member leads it."""
    own = range(SIZE * number, SIZE * (number + 1))
    visitor = own.stop % (SIZE * len(NAMES))
    return {
        "team": NAMES[number],
        "timezone": "Europe/Berlin",
        "lead": f"m{own[1]}@example.com",
        "members": [member(one) for one in (*own, visitor)],
        "series": [chosen(SERIES, number)],
        "rotation": {"ahead": "4 weeks"},
        "chase": {"working_hours": "08:00-17:00"},
        "topics": [{"title": f"Topic {n}"} for n in range(9)],
    }


class OneOfSeveral(Programme):
    """A team that shares ledger, outbox and folder with others; its file is read when it is edited, not each time."""

    def __init__(self, folder: Path, team: Mapping[str, Any], now: datetime) -> None:
        name = team["team"].lower()
        super().__init__(folder, team, now)
        self.path = self.path.rename(folder / f"{name}.yaml")
        self.known = super().file

    def edit(self, team: Mapping[str, Any]) -> bool:
        edited = super().edit(team)
        self.known = super().file
        return edited

    @property
    def file(self) -> TeamFile:
        return self.known

    @property
    def calendar_path(self) -> Path:
        return self.data / "calendar" / f"{self.path.stem}.ics"

    @property
    def wiki(self) -> Path:
        return self.data / "wiki" / self.path.stem

    def of_late(self) -> list[Path]:
        """Return the pages of the sessions of the last three weeks, by their days."""
        days = (str((self.now - timedelta(days=n)).date()) for n in range(1, 22))
        return [path for day in days for path in sorted(self.wiki.glob(f"{day}-*.md"))]


Act = Callable[[OneOfSeveral, int], object]


def adds_item(programme: OneOfSeveral, pick: int) -> None:
    """Somebody writes down an action item, with or without a date, for somebody or for nobody known."""
    handles = [one["email"].partition("@")[0] for one in programme.team["members"]]
    due = f" by {(programme.now + timedelta(days=pick % 9)).date()}" if pick % 4 else ""
    _on_a_page(
        programme, pick, lambda text: f"{text.rstrip()}\n- [ ] @{chosen([*handles, 'm99'], pick)} task {pick}{due}\n"
    )


def ticks_item(programme: OneOfSeveral, pick: int) -> None:
    """Somebody has done what they had to."""
    _item(programme, pick, lambda who, what, due: f"- [x] {who} {what}{due}")


def drops_item(programme: OneOfSeveral, pick: int) -> None:
    """Somebody says that it will not be done."""
    _item(programme, pick, lambda who, what, due: f"- [ ] {who} {what}{due} (dropped)")


def hands_over_item(programme: OneOfSeveral, pick: int) -> None:
    """Somebody finds somebody else for it."""
    other = chosen(programme.team["members"], pick // 3)["email"].partition("@")[0]
    _item(programme, pick, lambda _, what, due: f"- [ ] @{other} {what}{due}")


def takes_away(programme: OneOfSeveral, pick: int) -> None:
    """Somebody writes down what they learned."""
    _on_a_page(programme, pick, lambda text: re.sub(r"(## Key takeaways\n\n.*\n\n)-\n", rf"\1- Lesson {pick}\n", text))


def is_away(programmes: Sequence[OneOfSeveral], pick: int) -> None:
    """Somebody is away for some days from tomorrow or later, from all their teams."""
    email = f"m{pick % (SIZE * len(NAMES))}@example.com"
    first = (programmes[0].now + timedelta(days=1 + pick // 7 % 14)).date()
    for programme in programmes:
        team = deepcopy(programme.team)
        for one in (one for one in team["members"] if one["email"] == email):
            one["away"] = [*one.get("away", []), f"{first}..{first + timedelta(days=pick % 9)}"]
        assert team == programme.team or programme.edit(team), programme.faults


OFTEN: Sequence[Act] = (
    adds_item,
    adds_item,
    ticks_item,
    drops_item,
    hands_over_item,
    takes_away,
    answers,
    moves_session,
)


def people_act(programmes: Sequence[OneOfSeveral], number: int, seed: int) -> None:
    """Let people do what they do on a day, which is known by its number, in a year that is known by its seed."""
    dice = random.Random(number + 1000 * seed)
    for act in dice.choices(OFTEN, k=2):
        act(dice.choice(programmes), dice.getrandbits(20))
    if number % 5 == 0:
        is_away(programmes, dice.getrandbits(20))
    if number % 10 == 3:
        deletes_session(dice.choice(programmes), dice.getrandbits(20))


def _item(programme: OneOfSeveral, pick: int, change: Callable[[str, str, str], str]) -> None:
    def changed(text: str) -> str:
        found = list(ITEM.finditer(text))
        if not found:
            return text
        one = chosen(found, pick)
        return text[: one.start()] + change(one[1], one[2], one[3] or "") + text[one.end() :]

    _on_a_page(programme, pick, changed)


def _on_a_page(programme: OneOfSeveral, pick: int, edit: Callable[[str], str]) -> None:
    if pages := programme.of_late():
        path = chosen(pages, pick)
        path.write_text(edit(path.read_text()))
