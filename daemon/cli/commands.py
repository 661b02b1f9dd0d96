"""The command line: data on stdout, everything else on stderr, and how it went in the exit code."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from daemon.cli.demo.command import demo
from daemon.cli.init import init
from daemon.cli.needs import needs
from daemon.cli.reports import log, outcomes, status, why
from daemon.cli.setting import (
    CHANGES,
    CONFIG,
    CREATE,
    DATA_FOLDER,
    DELETE,
    FAILED,
    FILES,
    JSON,
    NOW,
    STOPPED,
    TEAM,
    WRONG_INPUT,
    asked_of,
    complain,
    day,
    fail,
    fault_json,
    good_teams,
    options,
    print_json,
    reading_of,
    say,
    setting_of,
    unread_of,
    world_of,
)
from daemon.cli.streams import have_streams
from daemon.cli.workers import worker


class InOrder(click.Group):
    """Commands listed in the order in which a team comes to need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands as they are defined."""
        return list(self.commands)


def _version(context: click.Context, _parameter: click.Parameter, is_asked: bool) -> None:
    if is_asked and not context.resilient_parsing:
        from daemon.cli.version import version

        click.echo(f"peerloop {version()}")
        context.exit()


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """Keep a team's peer-learning programme going: calendar, pages and follow-up from one YAML file.

    \b
    peerloop init team.yaml      write a file to start from
    peerloop plan team.yaml      see what would happen
    peerloop run team.yaml       keep it going
    """


cli.add_command(init)


@cli.command()
@options(FILES, CONFIG, DATA_FOLDER, NOW, JSON)
def check(
    files: Sequence[Path], config: Path | None, data: Path | None, moment: datetime | None, as_json: bool
) -> None:
    """Say everything that is wrong with team files, and what else their leads should know.

    A warning makes no file faulty: the exit code tells of faults alone.

    Example: peerloop check team.yaml
    """
    setting = setting_of(files, config, data, moment)
    reading = reading_of(setting)
    beside = unread_of(setting, reading.files)
    warnings = sorted({*reading.warnings, *asked_of(setting, reading.files), *beside})
    if as_json:
        told = {"faults": reading.faults, "warnings": warnings}
        print_json({name: [fault_json(fault) for fault in found] for name, found in told.items()})
    elif reading.faults:
        complain("\n".join(str(fault) for fault in reading.faults))
        complain(f"{len(reading.faults)} to mend")
    for warning in () if as_json else warnings:
        complain(str(replace(warning, message=f"warning: {warning.message}")))
    for file in () if as_json else reading.files:
        click.echo(f"{file.path}: fine: {len(file.team.members)} members, {len(file.team.series)} series")
    sys.exit(WRONG_INPUT if reading.faults else 0)


@cli.command()
@options(
    click.argument("file", type=click.Path(path_type=Path)),
    click.option("--from", "first", callback=day, required=True, metavar="DATE", help="The first day, inclusive."),
    click.option("--until", "last", callback=day, required=True, metavar="DATE", help="The last day, inclusive."),
    JSON,
)
def schedule(file: Path, first: date, last: date, as_json: bool) -> None:
    """Show who does what when, by arithmetic alone.

    No ledger, no network: the same answer every time.

    Example: peerloop schedule team.yaml --from 2027-01-01 --until 2027-03-31
    """
    from daemon.cli.render import schedule_lines
    from daemon.cli.schedule import schedule as scheduled
    from daemon.cli.schedule import schedule_json

    if last < first:
        fail(f"--until {last} lies before --from {first}; name the earlier day first")
    ((team,), _) = good_teams(setting_of([file], None, None))
    result = scheduled(team.team, first, last)
    print_json(schedule_json(result)) if as_json else say(schedule_lines(result))


@cli.command()
@options(
    *(FILES, CONFIG, DATA_FOLDER, NOW, CREATE, DELETE, JSON),
    click.option("--format", "shape", type=click.Choice(["text", "markdown"]), default="text", help="How to print it."),
    click.option("--detailed-exitcode", is_flag=True, help="Exit with 10 when there are changes."),
)
def plan(
    files: Sequence[Path],
    config: Path | None,
    data: Path | None,
    moment: datetime | None,
    allow_create: int | None,
    allow_delete: int | None,
    as_json: bool,
    shape: str,
    detailed_exitcode: bool,
) -> None:
    """Show what apply would change, and whom it would write to, and change nothing.

    As Markdown it is a comment on a pull request.

    Example: peerloop plan team.yaml
    """
    if as_json and shape != "text":
        fail("--json and --format exclude each other; name one of them")
    from daemon.cli.passes import Passes, show_plans
    from daemon.cli.renames import questions_of

    setting = setting_of(files, config, data, moment)
    (teams, exit_code), world = good_teams(setting), world_of(setting, create=False)
    passes = Passes(setting, world, allow_create, allow_delete, exit_code, dry_run=True)
    done = passes.over(teams)
    mails = passes.mails(done)
    asked = [(file.path, *question) for file, question in questions_of(setting, teams, world.ledger)]
    done = list(passes.remarked(done, {path for path, where, _ in asked if where == TEAM}))
    done = [(file, one.found(text for path, _, text in asked if path == file.path)) for file, one in done]
    show_plans(done, mails, as_json, in_markdown=shape == "markdown")
    sys.exit(passes.exit_code or (CHANGES if detailed_exitcode and any(one.plan.changes for _, one in done) else 0))


@cli.command()
@options(FILES, CONFIG, DATA_FOLDER, NOW, CREATE, DELETE, JSON)
def apply(
    files: Sequence[Path],
    config: Path | None,
    data: Path | None,
    moment: datetime | None,
    allow_create: int | None,
    allow_delete: int | None,
    as_json: bool,
) -> None:
    """Bring calendar, pages and mail up to date.

    They are brought into the state that the team files and what has happened ask for; a second apply does nothing.

    Example: peerloop apply team.yaml
    """
    from daemon.cli.passes import Passes, show_plans
    from daemon.cli.render import counted
    from daemon.ledger import LedgerBusy

    setting = setting_of(files, config, data, moment)
    (teams, exit_code), world = good_teams(setting), world_of(setting)
    passes = Passes(setting, world, allow_create, allow_delete, exit_code)
    try:
        with world.ledger.alone():
            done = passes.over(teams)
            mails = passes.mails(done)
            sent = passes.deliver(teams)
    except LedgerBusy as busy:
        fail(f"{busy}; a running daemon applies a change of its files by itself", STOPPED)
    show_plans(done, mails, as_json)
    if not as_json:
        written = sum(one.written for _, one in done)
        click.echo(f"{counted(written, 'resource')} written, {counted(sent, 'digest')} sent")
    sys.exit(passes.exit_code)


@cli.command()
@options(
    FILES,
    CONFIG,
    DATA_FOLDER,
    click.option(
        "--workers",
        type=click.IntRange(min=0, max=64),
        metavar="N",
        help="Have passes made by N processes more, and by every `peerloop worker`; needs a ledger on PostgreSQL.",
    ),
)
def run(files: Sequence[Path], config: Path | None, data: Path | None, workers: int | None) -> None:
    """Keep the programme going.

    It acts at once, at intervals, and whenever a team file, a page or a calendar is edited. Ctrl-C or SIGTERM ends it.

    Example: peerloop run team.yaml
    """
    import structlog

    from daemon.cli.serving import daemon_of, served_of
    from daemon.cli.web import served
    from daemon.cli.workers import check_server, given_out, helped
    from daemon.ledger import LedgerBusy
    from daemon.serve.forever import run_forever
    from daemon.serve.limits import make_ready
    from daemon.serve.mounts import served_mounts
    from daemon.serve.questions import Questions

    if lack := make_ready():
        fail(lack, FAILED)
    setting = replace(setting_of(files, config, data), questions=Questions(served_mounts))
    if workers is not None:
        check_server(setting)
    teams = served_of(setting)  # says at once what is wrong; with one file to serve there is something to do
    world = world_of(setting)
    teams.ledger = world.ledger
    daemon = daemon_of(setting, teams)
    if workers is not None:
        daemon = given_out(daemon, setting, world)
    daemon.watcher.heed_signals()
    told = structlog.get_logger()
    told.info("started", local_files=setting.operator.data, every=str(daemon.every), ends_with="Ctrl-C")
    try:
        with served(setting, world, daemon), helped(setting, workers or 0, daemon.watcher):
            run_forever(daemon, world)
    except LedgerBusy as busy:
        fail(str(busy), STOPPED)
    told.info("stopped")


for report in (worker, status, why, needs, outcomes, log, demo):
    cli.add_command(report)


@cli.command()
@options(
    click.argument("connection"),
    click.option(
        "--client",
        type=click.Path(path_type=Path),
        required=True,
        metavar="FILE",
        help="The OAuth client's file, as it was downloaded.",
    ),
    CONFIG,
    click.option(
        "--timeout",
        type=click.IntRange(min=1),
        default=300,
        show_default=True,
        help="How many seconds to wait for you.",
    ),
    click.option("--no-browser", is_flag=True, help="Only print the address to open."),
)
def auth(connection: str, client: Path, config: Path | None, timeout: int, no_browser: bool) -> None:
    """Sign in to a connection, in your browser.

    The token that comes of it goes into the file that the connection names in peerloop.yaml.

    Example: peerloop auth google --client client_secret.json
    """
    from integrations import sign_in

    try:
        file = sign_in(setting_of((), config, None).operator, connection, client, timeout, not no_browser)
    except ValueError as error:
        fail(str(error))
    click.echo(f"signed in; the token is in {file}. Now see whether all is well: peerloop doctor")


@cli.command()
@options(FILES, CONFIG, DATA_FOLDER, JSON)
def doctor(files: Sequence[Path], config: Path | None, data: Path | None, as_json: bool) -> None:
    """Check every connection and this machine, step by step.

    For each step that fails it says how to mend it. Nobody is invited or told anything, and what was tried is taken
    away again; on Confluence, into the trash.

    Example: peerloop doctor team.yaml
    """
    from daemon.cli.doctor import Doctor, world_to_examine

    setting = setting_of(files, config, data)
    (teams, exit_code), (world, without_ledger) = good_teams(setting), world_to_examine(setting)
    examiner = Doctor(setting.operator, world, setting.now(), without_ledger)
    print_json(examiner.json(teams)) if as_json else say(examiner.lines(teams))
    sys.exit(exit_code or (0 if examiner.well else FAILED))


@cli.command()
@click.argument("command", required=False)
def schema(command: str | None) -> None:
    """Print the JSON Schema of team files, or of what a command prints with --json.

    Editors complete and check with it what is written.

    Example: peerloop schema > peerloop.schema.json; peerloop schema plan
    """
    from config.schema import team_schema
    from daemon.cli.shapes import SHAPES, shape_of
    from daemon.tell.kinds import MUTABLE

    if command and command not in SHAPES:
        fail(f"{command} prints no JSON that has a schema; those are {', '.join(SHAPES)}")
    print_json(shape_of(command) if command else team_schema(MUTABLE))


def main() -> None:
    """Run the command line; what is known to go wrong ends in one sentence, not in a traceback."""
    have_streams()
    try:
        cli()
    except Exception as error:
        from daemon.serve.in_words import in_words

        fail(in_words(error), FAILED)
