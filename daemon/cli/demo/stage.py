"""The stage: a team's folder with its file, a clock that the demo sets, and real passes on local backends."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from config.edits import Value, added
from config.operator import operator_model
from config.team import Team
from config.team_file import TeamFile
from daemon.cli.passes import Passes
from daemon.cli.setting import Setting, world_of
from daemon.learn.needs import needs
from daemon.loop import Pass
from daemon.model.memory import Memory
from daemon.model.names import team_key
from daemon.model.needs import Need
from daemon.model.statements import Door, Statement, StatementKind
from daemon.say import Refusal, say
from daemon.serve.teams import Teams
from integrations import kinds

if TYPE_CHECKING:
    import icalendar

MARK = re.compile(r"<!-- peerloop:begin (\S+)")
"""Where a page says which it is."""
ZONE = ZoneInfo("Europe/Berlin")
NEWCOMERS = ((-700, -625), (-560, -492), (-410, -352), (-250, -180), (-120, -58))
"""Of those who came before, so many days before the year: when they joined, and when they were first on call."""


class Stage:
    """A team's folder at a moment: what is there can be looked at, and changed as people change it."""

    def __init__(self, folder: Path, first: date, now: datetime) -> None:
        """Take the folder, which is made, the Monday on which the year begins, and the moment at which it does."""
        self.now, self.folder, self.path = now, folder, folder / "team.yaml"
        self._write_files(first)
        operator = operator_model(kinds()).default(folder)
        self._clock: Callable[[], datetime] = lambda: self.now
        self.setting = Setting(operator, (self.path,), clock=lambda: self._clock())
        self.world = world_of(self.setting)
        self.teams = Teams(operator, self.world.ledger)
        self._passes = Passes(self.setting, self.world, None, None)
        self._ids, self._mails, self._pages = count(1), set[Path](), dict[str, Path]()

    def _write_files(self, first: date) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        told = Template(Path(__file__).with_name("team.yaml").read_text(encoding="utf-8"))
        self.path.write_text(told.substitute(first=first, second=first + timedelta(weeks=1)), encoding="utf-8")
        rows = [
            (f"one{n}@example.com", *(first + timedelta(days=day) for day in days)) for n, days in enumerate(NEWCOMERS)
        ]
        lines = ["email,joined,date", *(",".join(map(str, row)) for row in rows)]
        self.folder.joinpath("onboarding.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")

    def goes_on(self, clock: Callable[[], datetime]) -> Setting:
        """Have another clock tell the time from now on, and return the setting."""
        self._clock = clock
        return self.setting

    def close(self) -> None:
        """Let go of the ledger."""
        self.world.ledger.close()

    # what is there

    @property
    def file(self) -> TeamFile:
        """The team's file, by its last good reading."""
        if not self.teams.served:
            self.read()
        return self.teams.served[0]

    @property
    def team(self) -> Team:
        """The team, by the last good reading of its file."""
        return self.file.team

    @property
    def key(self) -> str:
        """The team's key."""
        return team_key(self.team, self.world.ledger.team_keys())

    def memory(self) -> Memory:
        """Return what the ledger knows."""
        return self.world.recall(self.team)

    def needs(self) -> list[Need]:
        """Return what people lack, as the last pass knew it."""
        return needs(self.team, self.memory())

    @property
    def wiki(self) -> Path:
        """The folder of the pages."""
        return self.folder / "wiki" / self.key

    def new_mails(self) -> Iterator[EmailMessage]:
        """Yield the mails that went out since this was asked last."""
        for path in sorted((self.folder / "outbox").glob("*.eml")):
            if path not in self._mails:
                self._mails.add(path)
                yield message_from_bytes(path.read_bytes(), policy=policy.default)

    # what peerloop does

    def read(self) -> Sequence[str]:
        """Read the team's file, which was saved when the demo's clock says, and return what is wrong with it."""
        os.utime(self.path, (self.now.timestamp(), self.now.timestamp()))
        return [str(fault) for fault in self.teams.read([self.path], self.now).faults]

    def reconcile(self) -> Pass | None:
        """Make a pass, and send the digests that are due; None where it was stopped, which has been said."""
        with self.world.ledger.alone():
            done = self._passes.over([self.file])
            self._passes.deliver([self.file])
        return done[0][1] if done else None

    @property
    def went_well(self) -> bool:
        """Whether no pass failed or was stopped."""
        return self._passes.exit_code == 0

    # what people do

    @contextmanager
    def calendar(self) -> "Iterator[icalendar.Calendar]":
        """Let a calendar program open the team's calendar, change it, and save it in its own way."""
        import icalendar

        path = self.folder / "calendar" / f"{self.key}.ics"
        shown: Any = icalendar.Calendar.from_ical(path.read_bytes())
        yield shown
        path.write_bytes(shown.to_ical())

    def page(self, key: str) -> Path | None:
        """Return where a page lies, by its key; None where there is none."""
        if key not in self._pages:
            texts = {path: path.read_text(encoding="utf-8") for path in sorted(self.wiki.glob("*.md"))}
            self._pages |= {found[1]: path for path, text in texts.items() if (found := MARK.search(text))}
        return self._pages.get(key)

    @staticmethod
    def edit_page(path: Path, edit: Callable[[str], str]) -> bool:
        """Edit a page of the wiki with an editor; return whether that changed anything."""
        before = path.read_text(encoding="utf-8")
        after = edit(before)
        path.write_text(after, encoding="utf-8")
        return before != after

    def write_page(self, name: str, text: str) -> None:
        """Write a page of the team's own."""
        path = self.wiki / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add_to_file(self, where: tuple[str | int, ...], value: Value) -> Sequence[str]:
        """Add something to a list of the team's file, and have it read; return what is wrong with it."""
        self.path.write_bytes(added(self.path.read_bytes(), where, value))
        return self.read()

    def edit_file(self, old: str, new: str) -> Sequence[str]:
        """Replace text of the team's file, once, and have it read; return what is wrong with it."""
        text = self.path.read_text(encoding="utf-8")
        self.path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self.read()

    def say(
        self, kind: StatementKind, about: str, who: str | None, door: Door = Door.WEB, **more: Any
    ) -> Statement | None:
        """Have somebody say something; None where it cannot be said."""
        said = Statement(id=f"demo-{next(self._ids)}", kind=kind, about=about, at=self.now, door=door, who=who, **more)
        refused = say(self.world.ledger, self.team, self.memory(), said, self.now)
        return None if isinstance(refused, Refusal) else said
