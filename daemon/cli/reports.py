"""The commands that tell what the ledger knows of a team, and change nothing."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.setting import (
    CONFIG,
    DATA_FOLDER,
    FILES,
    JSON,
    NOW,
    complain,
    day,
    fail,
    good_teams,
    options,
    print_json,
    say,
    setting_of,
    world_of,
)

if TYPE_CHECKING:
    from config.team_file import TeamFile
    from daemon.ledger import Ledger
    from daemon.model.memory import Memory


def since_day(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """Return the moment at which the day begins in UTC that an option names, if it names one."""
    return datetime.combine(day(context, parameter, value), time(), UTC) if value else None


@click.command()
@options(FILES, CONFIG, DATA_FOLDER, NOW, JSON)
def status(
    files: Sequence[Path], config: Path | None, data: Path | None, moment: datetime | None, as_json: bool
) -> None:
    """Show what is next, what is open, and what the programme has come to.

    These are the sessions to come, the action items, and figures of both, as the last pass knew them.

    Example: peerloop status team.yaml
    """
    from daemon.cli.render import status_json, status_lines
    from daemon.learn.items import updated
    from daemon.tell.due import undelivered

    setting = setting_of(files, config, data, moment)
    teams, exit_code = good_teams(setting)
    ledger = world_of(setting, create=False).ledger
    moments = [(file.team, memory, setting.now(file.team)) for file, memory in known_of(ledger, teams)]
    known = [(team, updated(team, memory, now), now) for team, memory, now in moments]
    failed = ledger.digests.undelivered()
    lost = [[one.text for one in undelivered(*where, failed)] for where in known]
    if as_json:
        print_json({"teams": [status_json(*where, texts) for where, texts in zip(known, lost, strict=True)]})
    for where, texts in () if as_json else zip(known, lost, strict=True):
        say(status_lines(*where, texts))
    sys.exit(exit_code)


def known_of(ledger: "Ledger", teams: "Sequence[TeamFile]") -> "list[tuple[TeamFile, Memory]]":
    """Return each team with what its ledger knows."""
    from daemon.model.names import team_key

    known = ledger.team_keys()
    return [(file, ledger.recall(team_key(file.team, known), file.team.team)) for file in teams]


@click.command()
@options(
    click.argument("file", type=click.Path(path_type=Path)),
    click.argument("day", callback=day, metavar="DATE"),
    *(CONFIG, DATA_FOLDER, NOW, JSON),
)
def why(file: Path, day: date, config: Path | None, data: Path | None, moment: datetime | None, as_json: bool) -> None:
    """Say why a day's sessions are as they are.

    It names who does what, why them, who is next in line, and why it is this topic.

    Example: peerloop why team.yaml 2026-12-10
    """
    from daemon.cli.reasons import Why, as_planned, why_json, why_lines

    setting = setting_of([file], config, data, moment)
    world = world_of(setting, create=False)
    ((found, memory),) = known_of(world.ledger, good_teams(setting)[0])
    engagements, now = world.engagements(found.team), setting.now(found.team)
    memory = as_planned(found.team, memory, engagements, now)
    sessions = memory.by_start()
    on_day = [one for one in sessions if day in (one.slot.day, one.slot.wall.date())]
    if not on_day:
        following = next((one.slot.day for one in sessions if one.slot.day > day and one.takes_place), None)
        fail(f"{found.team.team} has no session on {day}" + (f"; the next is on {following}" if following else ""))
    known = Why.of(found.team, memory, engagements, now)
    if as_json:
        print_json({"team": found.team.team, "sessions": [why_json(session, known) for session in on_day]})
    for session in () if as_json else on_day:
        say(why_lines(session, known))


@click.command()
@options(
    *(FILES, CONFIG, DATA_FOLDER, JSON),
    click.option("--since", callback=since_day, metavar="DATE", help="What happened on that day, in UTC, or later."),
    click.option("--last", "most", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many."),
)
def log(
    files: Sequence[Path], config: Path | None, data: Path | None, as_json: bool, since: datetime | None, most: int
) -> None:
    """Show what was written, sent and said, why, and who asked for it.

    Of each thing that was written to calendar and wiki it tells how what it is about was before, and is after. What
    was said without a name, or of oneself alone, is left out.

    Example: peerloop log team.yaml --since 2026-12-01 --last 200
    """
    from daemon.cli.log import lines_of, log_json, log_lines, untold

    setting = setting_of(files, config, data)
    teams, exit_code = good_teams(setting)
    ledger = world_of(setting, create=False).ledger
    both = [(file.team, memory) for file, memory in known_of(ledger, teams)]
    known = [(*one, lines_of(*one, ledger, since, most)) for one in both]
    if as_json:
        print_json({"teams": [log_json(team, lines) for team, _, lines in known]})
    for team, memory, lines in () if as_json else known:
        say(log_lines(team, memory, lines, untold(memory, ledger, setting.now())))
    sys.exit(exit_code)


@click.command()
@options(FILES, CONFIG, DATA_FOLDER, NOW, JSON)
def outcomes(
    files: Sequence[Path], config: Path | None, data: Path | None, moment: datetime | None, as_json: bool
) -> None:
    """Show whether the programme helps, and what the figures do not say.

    Of each figure it tells how many were counted and what goes with so few; several teams are told together as well.
    What only one person knows is for the lead alone.

    Example: peerloop outcomes team.yaml
    """
    from daemon.cli.outcomes import TeamsOutcomes

    setting = setting_of(files, config, data, moment)
    teams, exit_code = good_teams(setting)
    known = known_of(world_of(setting, create=False).ledger, teams)
    found = TeamsOutcomes.of([(file, memory, setting.now(file.team)) for file, memory in known])
    for fault in found.faults:
        complain(fault)
    print_json(found.json()) if as_json else say(found.lines())
    sys.exit(exit_code)
