"""What the viewer sees: on a terminal the year at a glance and what happens in it, elsewhere plain lines."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from typing import Protocol

import click
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from daemon.cli.demo.lines import Line, Tone
from daemon.cli.demo.play import Day, Play
from daemon.cli.demo.sums import Sums

SIGNS = {Tone.PEOPLE: "●", Tone.PEERLOOP: "→", Tone.MAIL: "✉", Tone.SESSION: "·"}
STYLES = {Tone.PEOPLE: "bold yellow", Tone.PEERLOOP: "cyan", Tone.MAIL: "magenta", Tone.SESSION: "dim"}
LEGEND = (
    (Tone.PEOPLE, "people do"),
    (Tone.PEERLOOP, "peerloop does"),
    (Tone.MAIL, "a mail says"),
    (Tone.SESSION, "a session was held"),
)
KEPT = 60
"""How many lines are kept to be shown; no terminal has more."""
SIDE = 38
"""How wide the figures are."""


class Screen(Protocol):
    """Where a year is shown."""

    def show(self, day: Day) -> None:
        """Show a day."""
        ...


class Plain:
    """Plain lines, for a pipe, or where no colours are wanted."""

    def show(self, day: Day) -> None:
        """Print what is told of a day."""
        for line in day.lines:
            click.echo(f"{line.day}  {SIGNS[line.tone]} {line.text}")


class Wide:
    """The whole terminal: the date, what happens, and the figures beside it."""

    def __init__(self, play: Play, live: Live) -> None:
        """Take the play, and what draws."""
        self._play, self._live = play, live
        self._lines, self._sums = list[Line](), Sums()

    def show(self, day: Day) -> None:
        """Draw a day."""
        self._lines = [*self._lines, *day.lines][-KEPT:]
        if day.memory:
            self._sums = Sums.of(self._play.stage.team, day.memory, self._play.stage.now, day.mails)
        self._live.update(self.drawn(day.day), refresh=True)

    def drawn(self, day: date) -> Layout:
        """Return the terminal as it is on a day."""
        layout = Layout()
        layout.split_column(Layout(self._head(day), size=3), Layout(name="body"), Layout(_legend(), size=1))
        happens = Panel(Happening(self._lines), title="what happens", title_align="left", border_style="dim")
        layout["body"].split_row(Layout(happens, ratio=1), Layout(self._side(), size=SIDE))
        return layout

    def _head(self, day: date) -> RenderableType:
        play = self._play
        length, gone = (play.last - play.first).days, (day - play.first).days
        grid = Table.grid(expand=True, padding=(0, 1))
        grid.add_column(width=15)
        grid.add_column(ratio=1)
        grid.add_column(justify="right")
        bar = ProgressBar(length, gone, complete_style="green", finished_style="green")
        grid.add_row(
            Text(f"{day:%a} {day.day} {day:%b %Y}", style="bold"),
            bar,
            Text(f"week {min(gone // 7 + 1, 52)} of 52", style="dim"),
        )
        title = f"peerloop demo: a year of {play.stage.team.team}"
        return Panel(grid, title=title, title_align="left", border_style="green")

    def _side(self) -> RenderableType:
        return Panel(self._sums.drawn(SIDE - 4), title="so far", title_align="left", border_style="dim")


class Happening:
    """As many of the latest lines as there is room for, under their days."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Take the lines, the latest last."""
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw them from below, as a log that scrolls."""
        drawn = list(self._drawn(console, options))
        room = options.height or console.height
        yield from (Text.assemble(line, end="\n") for line in drawn[-room:])

    def _drawn(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for day, lines in groupby(self._lines, key=lambda line: line.day):
            yield Text(f"{day:%a} {day.day} {day:%b}", style="bold dim")
            for line in lines:
                text = Text(f"{SIGNS[line.tone]} {line.text}", style=STYLES[line.tone])
                first, *others = text.wrap(console, options.max_width - 4)
                yield Text("  ").append_text(first)
                yield from (Text("    ").append_text(other) for other in others)


def _legend() -> Text:
    parts = (Text(f"  {SIGNS[tone]} {words} ", style=STYLES[tone]) for tone, words in LEGEND)
    return Text.assemble(*parts, Text("   Ctrl-C ends it", style="dim"))


@contextmanager
def screen_for(play: Play) -> Iterator[Screen]:
    """Open the screen that fits where it is shown."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        yield Plain()
        return
    with Live(console=Console(highlight=False), screen=True, auto_refresh=False) as live:
        yield Wide(play, live)
