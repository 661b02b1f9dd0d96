"""A calendar, a wiki and a mailbox that keep in memory what they are told, where a test asks for many passes and cares
for the mails alone. What people do there is said of what they see: an answer, another time, an item, a takeaway.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from config.team import Team
from config.team_file import TeamFile
from daemon.deliver import Delivered, deliver
from daemon.ledger import Ledger, open_ledger
from daemon.loop import Pass, World, run_once
from daemon.model import (
    Answer,
    Check,
    Message,
    Observation,
    Observed,
    Page,
    SeriesEvent,
    Span,
    Write,
    Written,
    fingerprint,
)
from daemon.model.memory import Memory
from daemon.ports import PortError


@dataclass
class Kept:
    """A calendar or a wiki: what there is, by its key, and what it says of any look while it is out of order."""

    there: dict[str, Observed] = field(default_factory=dict)
    trouble: PortError | None = None
    _writes: int = 0
    _changed: dict[str, int] = field(default_factory=dict)

    def observe(self, cursor: str | None, known: Sequence[Observed] = ()) -> Observation:
        """Return what has changed since a cursor, or everything."""
        if self.trouble:
            raise self.trouble
        since = int(cursor or 0)
        seen = tuple(one for key, one in self.there.items() if self._changed[key] > since)
        return Observation(str(self._writes), seen, cursor is None)

    def write(self, writes: Sequence[Write]) -> Sequence[Written]:
        """Keep what is written."""
        if self.trouble:
            raise self.trouble
        return [Written(one.resource.key, self._written(one)) for one in writes]

    def edit(self, key: str, edit: Callable[[Observed], Observed]) -> None:
        """Let a person change what there is."""
        self._keep(edit(self.there[key]))

    def _written(self, write: Write) -> Observed:
        resource, before = write.resource, self.there.get(write.resource.key)
        wanted = fingerprint(resource.content)
        shown = wanted if write.fields is None or before is None else {**before.shown, **wanted}
        made = before or Observed(resource.key, resource.kind, {}, url=f"https://example.com/{resource.key}")
        return self._keep(replace(_told(made, write), shown=shown, mark=write.mark))

    def _keep(self, observed: Observed) -> Observed:
        self._writes += 1
        self.there[observed.key], self._changed[observed.key] = observed, self._writes
        return observed

    def check_up(self) -> Iterator[Check]:
        """Find nothing wrong."""
        yield from ()

    def address(self, event: str, instance: datetime, zone: str) -> str | None:
        """Have no addresses of dates."""
        return None

    def busy(self, emails: Sequence[str], start: datetime, end: datetime) -> Mapping[str, tuple[Span, ...]]:
        """See nobody's time."""
        return {}


def _told(observed: Observed, write: Write) -> Observed:
    match write.resource:
        case SeriesEvent() as series:
            guests = tuple(dict.fromkeys((*observed.guests, *series.guests)))
            told = {"title": series.summary, "minutes": series.minutes, "until": series.until, "rrule": series.rrule}
            return replace(observed, guests=guests, starts_at=None, **told)  # type: ignore[arg-type]
        case Page() as page:
            return replace(observed, title=page.title)
        case session:
            told = {"event": session.event, "title": session.summary, "cancelled": session.cancelled}
            return replace(observed, starts_at=session.starts_at, minutes=session.minutes, **told)  # type: ignore[arg-type]


@dataclass
class Mailbox:
    """Everybody's mail, in the order in which it came."""

    mails: list[Message] = field(default_factory=list)
    trouble: PortError | None = None
    domain: str = "example.com"
    is_private: bool = True

    def send(self, message: Message) -> None:
        """Keep a mail."""
        if self.trouble:
            raise self.trouble
        self.mails.append(message)

    def sent(self, message_id: str) -> bool:
        """Return whether a mail is here."""
        return any(mail.message_id == message_id for mail in self.mails)

    def check_up(self) -> Iterator[Check]:
        """Find nothing wrong."""
        yield from ()


@dataclass
class Rehearsal:
    """A team's programme in memory, at a moment that a test sets."""

    written: Mapping[str, Any]
    now: datetime
    ledger: Ledger = field(default_factory=lambda: open_ledger("sqlite://"))
    calendar: Kept = field(default_factory=Kept)
    wiki: Kept = field(default_factory=Kept)
    mail: Mailbox = field(default_factory=Mailbox)
    memory: Memory = field(default_factory=lambda: Memory("", ""))
    """What is known after the last pass."""

    @cached_property
    def team(self) -> Team:
        """The team as its file has it now."""
        return Team.model_validate(dict(self.written))

    def edit(self, **parts: Any) -> None:
        """Let the lead write other parts into the file."""
        self.written = {**self.written, **parts}
        self.__dict__.pop("team", None)

    @property
    def world(self) -> World:
        """What the programme works with."""
        ports = (lambda *_: self.calendar, lambda *_: self.wiki, lambda *_: self.mail, lambda *_: ())
        return World(self.ledger, *ports, lambda *_: "")

    def apply(self) -> tuple[Pass, Delivered]:
        """Make a pass and deliver what is due."""
        outcome = run_once(TeamFile(Path("team.yaml"), self.team), self.now, self.world)
        self.memory = outcome.memory
        return outcome, deliver({outcome.before.team: self.team}, self.now, self.ledger, self.world.messenger)


@contextmanager
def rehearsed(written: Mapping[str, Any], now: datetime) -> Iterator[Rehearsal]:
    """Return a programme in memory, whose ledger is closed afterwards."""
    rehearsal = Rehearsal(written, now)
    with closing(rehearsal.ledger):
        yield rehearsal


def declines(rehearsal: Rehearsal, key: str, email: str) -> None:
    """Let somebody decline a session in the calendar."""
    rehearsal.calendar.edit(key, lambda seen: replace(seen, answers={**seen.answers, email: Answer.DECLINED}))


def moves(rehearsal: Rehearsal, key: str, to: datetime) -> None:
    """Let somebody drag a session to another time."""

    def moved(seen: Observed) -> Observed:
        shown = {**seen.shown, **fingerprint({"when": (to, seen.minutes)})}
        return replace(seen, starts_at=to, shown=shown)

    rehearsal.calendar.edit(key, moved)
