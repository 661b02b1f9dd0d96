"""`peerloop demo`: a year of a made-up team in about a minute, and then its web page."""

import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.setting import FAILED, day, fail, options

if TYPE_CHECKING:
    from daemon.cli.demo.play import Day, Play

ROUTINE, LINE, SESSION = 0.05, 0.6, 0.1
"""For how many seconds a day is shown, and how much longer for a line that is told, and for a session that was held."""


def _any_day(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    return day(context, parameter, value) if value else None


@click.command()
@options(
    click.option(
        "--speed", type=click.FloatRange(min=0, min_open=True), default=1.0, help="2 is twice as fast. [default: 1]"
    ),
    click.option("--seed", type=click.IntRange(min=0), default=1, help="Another number is another year. [default: 1]"),
    click.option("--until", callback=_any_day, metavar="DATE", help="The last day of the year. [default: yesterday]"),
    click.option("--no-serve", is_flag=True, help="Neither wait nor serve the web page at the end."),
    click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where to leave the team's file and all that comes of it. [default: a new temporary folder]",
    ),
)
def demo(speed: float, seed: int, until: date | None, no_serve: bool, data: Path | None) -> None:
    """Play a year of a made-up team in about a minute.

    People decline, fall ill, forget, swap, join and leave; real passes do the rest, on files in a folder. At the end
    the web page of that year is served, until Ctrl-C. The same seed and day give the same year.

    Example: peerloop demo
    """
    from daemon.cli.demo.play import Play

    play = Play(_folder(data), seed, until or datetime.now().astimezone().date() - timedelta(days=1))
    try:
        _watch(play, 0 if no_serve else 1 / speed)
        _say_where(play)
        if not no_serve:
            _serve(play)
    except KeyboardInterrupt:
        click.echo("ended; what has been played so far stays in its folder", err=True)
    finally:
        play.stage.close()
    sys.exit(0 if play.stage.went_well else FAILED)


def _folder(data: Path | None) -> Path:
    """Return where to play: a folder in which no team has been before."""
    import tempfile

    if data is None:
        return Path(tempfile.mkdtemp(prefix="peerloop-demo-"))
    if any((data / name).exists() for name in ("ledger.db", "team.yaml")):
        fail(f"{data} holds a team already, which stays as it is; name another folder")
    return data


def _watch(play: "Play", slowness: float) -> None:
    from daemon.cli.demo.screen import screen_for

    pace = _Pace(slowness)
    with screen_for(play) as screen:
        for one in play.days():
            screen.show(one)
            pace.after(one)


class _Pace:
    """Shows each day for its time; who plays more slowly than that is not waited for as well."""

    def __init__(self, slowness: float) -> None:
        from time import monotonic

        self._slowness, self._until = slowness, monotonic()

    def after(self, one: "Day") -> None:
        """Wait until the next day is to be shown."""
        from time import monotonic, sleep

        self._until += self._slowness * _seconds(one)
        sleep(max(self._until - monotonic(), 0))


def _seconds(one: "Day") -> float:
    from daemon.cli.demo.lines import Tone

    return ROUTINE + sum(SESSION if line.tone is Tone.SESSION else LINE for line in one.lines)


def _say_where(play: "Play") -> None:
    """Say what the year has come to, and where all of it lies."""
    from daemon.cli.demo.summary import summary

    folder, path = play.stage.folder, play.stage.path
    for line in summary(play):
        click.echo(line)
    click.echo(
        f"\nAll of it lies in {folder}: the team's file, its calendar, its pages and its mails. Look further with"
    )
    for command in (f"status {path}", f"needs {path}", f"outcomes {path}", f"why {path} {_next_day(play)}"):
        click.echo(f"  peerloop {command} --data {folder}")


def _next_day(play: "Play") -> date:
    now = play.stage.now
    return next(
        (one.slot.day for one in play.stage.memory().by_start() if one.takes_place and one.slot.starts_at > now),
        play.last,
    )


def _serve(play: "Play") -> None:
    """Serve the web page, and go on passing over the team, as if the year went on now."""
    from daemon.cli.serving import daemon_of
    from daemon.cli.web import served
    from daemon.serve.forever import run_forever

    stage, begun = play.stage, datetime.now().astimezone()
    began_at = stage.now
    setting = stage.goes_on(lambda: began_at + (datetime.now().astimezone() - begun))
    daemon = daemon_of(setting, stage.teams)
    daemon.watcher.heed_signals()
    with served(setting, stage.world, daemon):
        click.echo("Say there who you are, mira@example.com for the lead, and look around; Ctrl-C ends it.", err=True)
        run_forever(daemon, stage.world)
