"""A whole programme in a folder of its own: a team's YAML, a real ledger and the real local backends, at a moment that
a test sets; and what people see of it, read by libraries that peerloop has no part in.
"""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import icalendar
import yaml

from config.operator import Operator, operator_model
from config.team_file import TeamFile
from daemon.cli.setting import Setting, world_of
from daemon.deliver import Delivered, deliver
from daemon.ledger import open_ledger
from daemon.loop import USUAL_CAPS, Pass, World, run_once
from daemon.model.memory import Memory
from daemon.model.names import team_key
from daemon.plan.guards import Allowance
from daemon.serve.team_files import read_team
from integrations import kinds
from integrations.local.page_text import PageText
from tests.scenarios.hands import Hands

ZONE = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 10, tzinfo=ZONE)
TEAM: Mapping[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "ada@example.com",
    "members": [
        {"name": "Ada Lovelace", "email": "ada@example.com"},
        {"name": "Bob Noyce", "email": "bob@example.com", "away": ["2026-12-07..2026-12-13"]},
        {"name": "Cleo Patra", "email": "cleo@example.com", "share": 0.5},
        {"name": "Dan Brown", "email": "dan@example.com"},
        {"name": "Eve Moneypenny", "email": "eve@example.com", "timezone": "Europe/London"},
    ],
    "holidays": {"country": "DE", "subdivision": "BE"},
    "sprint": {"starts": "2026-01-05", "length": "2 weeks"},
    "series": [
        {
            "name": "Lunch & Learn",
            "format": "lunch-and-learn",
            "cadence": {"every": "week", "on": "thursday", "at": "12:15"},
        },
        {
            "name": "Craft hour",
            "formats": ["code-review", "pairing"],
            "cadence": {"every": "sprint", "day": 4, "at": "15:00"},
            "minutes": 60,
        },
        {
            "name": "Deep dive",
            "format": "deep-dive",
            "cadence": {"every": "month", "on": "first tuesday", "at": "14:00"},
            "minutes": 120,
        },
    ],
    "rotation": {"ahead": "5 weeks"},
    "topics": [
        {"title": "How our ingress works", "area": "kubernetes", "owner": "bob@example.com", "votes": 3},
        {"title": "Vacuum", "area": "postgres", "votes": 1},
        {"title": "Pods & probes", "area": "kubernetes"},
    ],
    "sessions": [],
}
"""A team in the middle of its programme, planned five weeks ahead."""

Place = tuple[str, str]
"""Where an event stands in a calendar: its UID, and its RECURRENCE-ID as text, or nothing for a master."""
Through = Callable[[World], World]


@dataclass(frozen=True)
class Shown:
    """What people see at one moment, and what the ledger knows."""

    calendar: icalendar.Calendar
    pages: Mapping[str, str]
    """The text of each page by its path in the wiki's folder."""
    memory: Memory

    @property
    def events(self) -> dict[Place, icalendar.Event]:
        """Every event of the calendar by its place."""
        return {place_of(event): event for event in self.calendar.events}

    @property
    def pages_of(self) -> dict[str, str]:
        """The path of each page of ours by its key."""
        return pages_of(self.pages)


def pages_of(pages: Mapping[str, str]) -> dict[str, str]:
    """Return the path of each page of ours by its key."""
    keys = {path: PageText(text).key for path, text in pages.items()}
    return {key: path for path, key in keys.items() if key}


def place_of(event: icalendar.Event) -> Place:
    """Return where an event stands in its calendar."""
    instance = instance_of(event)
    return text_of(event, "UID"), instance.isoformat() if instance else ""


def instance_of(event: icalendar.Event) -> datetime | None:
    """Return which instance of its series an event stands for, or None of a master."""
    found: Any = event.get("RECURRENCE-ID")
    return cast(datetime, found.dt) if found else None


def start_of(event: icalendar.Event) -> datetime:
    """Return when an event starts, aware."""
    start = event.start
    assert isinstance(start, datetime)
    return start


def rule_of(event: icalendar.Event) -> str:
    """Return the rule by which an event repeats."""
    rule: Any = event["RRULE"]
    return cast(bytes, rule.to_ical()).decode()


def text_of(event: icalendar.Event, name: str) -> str:
    """Return what a property says, or nothing."""
    return str(event.get(name, ""))


def is_ours(event: icalendar.Event) -> bool:
    """Whether an event was made by peerloop."""
    return text_of(event, "UID").endswith("@peerloop")


@dataclass(frozen=True)
class Box:
    """An action item that somebody wrote on a page."""

    words: str
    done: bool
    page: str
    dropped: bool = False


class Programme:
    """A team's programme: edit the YAML or the files, set ``now``, and let passes run."""

    def __init__(self, folder: Path, team: Mapping[str, Any] = TEAM, now: datetime = MONDAY) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "team.yaml"
        self.data = folder / "data"
        self.now = now
        self.operator = self.operators()
        self.team: dict[str, Any] = {}
        self._in_mind: tuple[icalendar.Calendar, Mapping[str, str], tuple[Box, ...]] | None = None
        """What people know of that cannot be seen now."""
        self.bin: dict[Place, bytes] = {}
        """The events that people deleted, as they were."""
        self.series_bin: dict[str, list[bytes]] = {}
        """The series that people deleted, by their UIDs, with all their events as they were."""
        self.taken_off: dict[tuple[Place, str], object] = {}
        """Which guests people took off, and what the file said of them then."""
        self.cannot: set[str] = set()
        """Who said on the web page, of whichever session, that they cannot make it."""
        assert self.edit(team), self.faults

    # what a lead, an operator and the time do

    def operators(self) -> Operator:
        """Return what the operator decided."""
        return operator_model(kinds()).default(str(self.data))

    def edit(self, team: Mapping[str, Any]) -> bool:
        """Put another team into the file; one with faults, which ``faults`` tells, leaves the file as it was."""
        before = self.path.read_text() if self.path.exists() else ""
        self.path.write_text(yaml.safe_dump(dict(team), sort_keys=False, allow_unicode=True))
        reading = read_team(self.path, self.operator, self.now)
        self.faults = [str(fault) for fault in reading.faults]
        if self.faults:
            self.path.write_text(before)
            return False
        self.team = deepcopy(dict(team))
        return True

    def later(self, **length: float) -> None:
        """Let time pass."""
        self.now = (self.now.astimezone(ZoneInfo("UTC")) + timedelta(**length)).astimezone(ZONE)

    def apply(self, through: Through = lambda world: world, caps: Allowance = USUAL_CAPS) -> tuple[Pass, Delivered]:
        """Do what ``peerloop apply`` does: a pass, then the digests that are due, alone at work on the ledger."""
        file = self.file
        with self.world() as world:
            disturbed = through(world)
            with world.ledger.alone():
                outcome = run_once(file, self.now, disturbed, caps)
                key = team_key(file.team, world.ledger.team_keys())
                mail = deliver(
                    {key: file.team}, self.now, disturbed.ledger, disturbed.messenger, answer=disturbed.answer
                )
                return outcome, mail

    def run(self, caps: Allowance = USUAL_CAPS) -> Pass:
        """Make a pass."""
        return self.apply(caps=caps)[0]

    def settle(self) -> Pass:
        """Make passes until one has nothing to do, three at most."""
        for _ in range(3):
            outcome = self.run()
            assert outcome.errors == ()
            if not outcome.plan.changes:
                return outcome
        raise AssertionError(outcome.plan)

    def plan(self) -> Pass:
        """Do what ``peerloop plan`` does."""
        with self.world(create=False) as world:
            return run_once(self.file, self.now, world, dry_run=True)

    def lose_ledger(self) -> None:
        """Delete the ledger's files."""
        for path in self.data.glob("ledger.db*"):
            path.unlink()

    @property
    def file(self) -> TeamFile:
        """The team's file, read anew."""
        (file,) = read_team(self.path, self.operator, self.now).files
        return file

    @contextmanager
    def world(self, create: bool = True) -> Iterator[World]:
        """Open the ledger and the backends."""
        world = world_of(Setting(self.operator, (self.path,), self.now), create)
        try:
            yield world
        finally:
            world.ledger.close()

    # what people see and do

    @property
    def key(self) -> str:
        """The team's key."""
        with self.world(create=False) as world:
            return team_key(self.file.team, world.ledger.team_keys())

    def entry(self, email: str) -> object:
        """Return what the file says of a member, but for the case of their address."""
        found = [one for one in self.team["members"] if one["email"].lower() == email.lower()]
        return [{**one, "email": one["email"].lower()} for one in found]

    @property
    def calendar_path(self) -> Path:
        """The calendar's file."""
        return self.data / "calendar" / "platform.ics"

    @property
    def wiki(self) -> Path:
        """The folder of the pages."""
        return self.data / "wiki" / "platform"

    @property
    def hands(self) -> Hands:
        """The hands of people, on the pages."""
        return Hands(self.wiki)

    @contextmanager
    def calendar_edited(self) -> Iterator[icalendar.Calendar]:
        """Let a calendar program open the file, change it, and save it in its own way."""
        calendar = read_calendar(self.calendar_path)
        yield calendar
        self.calendar_path.write_bytes(calendar.to_ical())

    def shown(self) -> Shown:
        """Return what people see now."""
        return Shown(parsed(self.calendar_path.read_bytes()), self.pages(), self.memory())

    def pages(self) -> dict[str, str]:
        """Return the text of each page by its path in the wiki's folder."""
        return {
            path.relative_to(self.wiki).as_posix(): path.read_bytes().decode()
            for path in sorted(self.wiki.rglob("*.md"))
        }

    @contextmanager
    def out_of_sight(self, place: str) -> Iterator[None]:
        """Keep the calendar, or all pages, from being found, as where a disk is not there; nobody has deleted them."""
        self._in_mind = self.seen_by_people()
        path = self.calendar_path if place == "calendar" else self.wiki
        elsewhere = path.with_name(f"{path.name} elsewhere")
        path.rename(elsewhere)
        try:
            yield
        finally:
            shutil.rmtree(path, ignore_errors=True)
            elsewhere.replace(path)
            self._in_mind = None

    def seen_by_people(self) -> tuple[icalendar.Calendar, Mapping[str, str], tuple[Box, ...]]:
        """Return the calendar, the pages that can be read, and the action items on them; past all of peerloop."""
        if self._in_mind:
            return self._in_mind
        there, pages = self.calendar_path.exists(), self.pages()
        calendar = parsed(self.calendar_path.read_bytes()) if there else icalendar.Calendar()
        return calendar, pages, tuple(box for path, text in pages.items() for box in boxes_of(path, text))

    def mails(self) -> list[EmailMessage]:
        """Return the mails in the outbox."""
        paths = sorted((self.data / "outbox").glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]

    def contents(self) -> dict[str, bytes]:
        """Return all of what people see, as bytes."""
        return contents(self.data)

    def forget_series_but(self, there: Container[str]) -> None:
        """Let people leave in the bin, and no more think of, what they did to a series that is not there."""
        self.bin = {place: event for place, event in self.bin.items() if place[0] in there}
        self.taken_off = {one: entry for one, entry in self.taken_off.items() if one[0][0] in there}
        self.series_bin.clear()

    # what the ledger knows

    def memory(self) -> Memory:
        """Return what the ledger knows of the team."""
        with closing(open_ledger(self.operator.ledger_url(), create=False)) as ledger:
            return ledger.recall("platform", self.team["team"])

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return what every table of the ledger holds, but for what the ports were last seen to show."""
        tables = ("teams", "series", "generations", "sessions", "records", "digests", "reminders")
        with closing(sqlite3.connect(self.data / "ledger.db")) as database:
            found = {name: database.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables}
        return {
            **found,
            "teams": [row[:3] for row in found["teams"]],
            "records": [(*row[:2], _without_look(row[2])) for row in found["records"]],
        }


def _without_look(document: str) -> str:
    return json.dumps({name: value for name, value in json.loads(document).items() if name != "observed"})


def contents(data: Path) -> dict[str, bytes]:
    """Return the bytes of all that is in the calendar's, the pages' and the mails' folders, hidden files too."""
    paths = (path for name in ("calendar", "wiki", "outbox") for path in (data / name).rglob("*") if path.is_file())
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in sorted(paths)}


def read_calendar(path: Path) -> icalendar.Calendar:
    """Return a calendar file's content, read by icalendar."""
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


@lru_cache(4)
def parsed(content: bytes) -> icalendar.Calendar:
    """Return a calendar's content, to be read only: the same content is read once."""
    calendar = icalendar.Calendar.from_ical(content)
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


def boxes_of(page: str, text: str) -> Iterator[Box]:
    """Yield the action items that are written on a page in Markdown."""
    for tick, words in re.findall(r"(?m)^\s*[-*] \[([ xX])\] (.+)$", text):
        yield Box(words, tick != " ", page, words.rstrip().endswith("(dropped)"))


def heard_of(programme: Programme, *what: str) -> list[str]:
    """Return the lines in people's mails that begin with some words."""
    bodies = [mail.get_body(("plain",)) for mail in programme.mails()]
    lines = (line.strip(" -*") for body in bodies if body for line in body.get_content().splitlines())
    return [line for line in lines if line.startswith(what)]
