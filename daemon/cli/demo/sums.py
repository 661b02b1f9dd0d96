"""The figures beside the year: what has been held, done and sent so far, and whose turns were how many."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from config.team import Team
from daemon.describe.figures import Turns, programme, turns
from daemon.describe.words import SessionWords
from daemon.learn.needs import needs
from daemon.model.memory import Memory
from daemon.model.words import local, names_of

NEXT = 3
"""How many of the sessions to come are shown."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a year has come to so far, as the ledger has it."""

    counts: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, Turns] = field(default_factory=dict)
    coming: tuple[str, ...] = ()

    @classmethod
    def of(cls, team: Team, memory: Memory, now: datetime, mails: int) -> "Sums":
        """Return what is known at a moment, after so many mails."""
        found, names = programme(team, memory, now).together, names_of(team)
        taught = {one.topic.title for one in memory.sessions.values() if one.topic and one.slot.ends_at <= now}
        counts = {
            "sessions held": f"{found.sessions.held}",
            "… written up": f"{found.sessions.documented}",
            "topics taught": f"{len(taught)}",
            "needs noticed": f"{len(needs(team, memory))}",
            "action items done": f"{found.items.done}",
            "… open, overdue": f"{found.items.open}, {found.items.overdue}",
            "mails sent": f"{mails}",
            "… a person a week": f"{_rate(team, memory, now, mails):.1f}",
        }
        taken = {names.get(email, email): one for email, one in turns(memory.sessions.values()).items()}
        return cls(counts, taken, tuple(_coming(team, memory, now)))

    def drawn(self, width: int) -> RenderableType:
        """Return them as they are shown in so many columns."""
        counts = Table.grid(expand=True)
        counts.add_column()
        counts.add_column(justify="right", style="bold")
        for name, count in self.counts.items():
            counts.add_row(name, count)
        heading = Text("\nturns taken, of those due", style="bold dim")
        coming = (Text(one, no_wrap=True, overflow="ellipsis") for one in self.coming)
        return Group(counts, heading, self._turns(width), Text("\nnext", style="bold dim"), *coming)

    def _turns(self, width: int) -> RenderableType:
        grid, most = (
            Table.grid(padding=(0, 1)),
            max((max(one.taken, one.due) for one in self.taken.values()), default=1),
        )
        for name, one in self.taken.items():
            bar = ProgressBar(most, one.taken, width=width - 18, complete_style="cyan", finished_style="cyan")
            grid.add_row(name.partition(" ")[0][:7], bar, f"{one.taken}/{one.due:.0f}")
        return grid


def _rate(team: Team, memory: Memory, now: datetime, mails: int) -> float:
    first = min((one.slot.starts_at for one in memory.sessions.values()), default=now)
    return mails / len(team.members) / max((now - first).days / 7, 1)


def _coming(team: Team, memory: Memory, now: datetime) -> Iterator[str]:
    found = [one for one in memory.by_start() if one.takes_place and one.slot.starts_at > now]
    for one in found[:NEXT]:
        day = local(one.slot.starts_at, team)
        yield f"{day.day} {day:%b} {SessionWords(one, team, memory).about}"
