"""What a command is told: its files, its options, the moment; and the world that the operator's file names.

Data goes to stdout, everything else to stderr. Whatever a command needs is imported when it runs, so that ``--help``
stays quick.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from config.faults import Fault
    from config.operator import Operator
    from config.team import Team
    from config.team_file import TeamFile
    from daemon.ledger import Ledger
    from daemon.loop import World
    from daemon.serve.questions import Questions
    from daemon.serve.team_files import Reading

FAILED, WRONG_INPUT, STOPPED, CHANGES = 1, 2, 3, 10
"""Exit codes: something failed, the input is wrong, a cap or guard stopped it, there are changes."""
CONFIG_FILE = Path("peerloop.yaml")
TEAM = ("team",)
"""Where a team's name stands: until it is clear whether it had another one, that other may be itself."""

Command = TypeVar("Command", bound=Callable[..., Any])


def _questions() -> "Questions":
    from daemon.serve.questions import Questions

    return Questions()


@dataclass(frozen=True, slots=True)
class Setting:
    """What every command that acts on teams is told: the operator's choices, the team files, the moment."""

    operator: "Operator"
    files: tuple[Path, ...]
    moment: datetime | None = None
    clock: Callable[[], datetime] | None = None
    """What tells the time, aware, instead of this machine's clock."""
    config: Path | None = None
    """The operator's file, if there is one."""
    questions: "Questions" = field(default_factory=_questions)
    """Who asks how files and folders are."""

    def now(self, team: "Team | None" = None) -> datetime:
        """Return the moment to act at, aware; one given without an offset is read in the team's zone."""
        if self.clock:
            return self.clock()
        if self.moment is None:
            return _machine_time()
        return self.moment if self.moment.tzinfo else self.moment.replace(tzinfo=_zone(team))

    def paths(self) -> list[Path]:
        """Return the team files: those named, else those that the operator's file finds now."""
        return list(self.files or self.operator.team_files(self._found))

    def _found(self, pattern: str) -> Collection[Path]:
        from daemon.cli.patterns import team_files_by

        return team_files_by(pattern, self.questions)

    def watched(self, reading: "Reading", teams: Collection[str] = ()) -> Iterator[Path]:
        """Return the files of which an edit is to start a pass, those of ``teams``, by their keys, among them.

        A path's name may be a pattern.
        """
        from daemon.cli.watched import watched

        return watched(self, reading, teams)

    def whose(self, file: Path) -> str | None:
        """Return the key of the team to which alone a watched file belongs; None where it may concern others."""
        data, ask = Path(self.operator.data), self.questions.ask_anywhere
        told = (
            ask(f"the connection {name}", file, partial(connection.whose, file, data), None)
            for name, connection in self.operator.connections.items()
        )
        return next(filter(None, told), None)


def _zone(team: "Team | None") -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(team.timezone) if team else UTC


def fail(message: str, code: int = WRONG_INPUT) -> NoReturn:
    """Say what is wrong and end with this exit code."""
    complain(message)
    sys.exit(code)


def complain(message: str) -> None:
    """Say on stderr what is wrong; what a message quotes cannot command the terminal."""
    click.echo("\n".join(map(_harmless, message.splitlines())), err=True)


def _harmless(line: str) -> str:
    from config.values import CONTROL

    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def print_json(value: object) -> None:
    """Print data for programs."""
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def say(lines: Iterable[str]) -> None:
    """Print lines for people; on a terminal the sign at a line's start gives it its colour."""
    lines = map(_harmless, lines)
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        for line in lines:
            click.echo(line)
        return
    from rich.console import Console
    from rich.text import Text

    from daemon.cli.render import STYLES

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line, style=STYLES.get(line.lstrip()[:1], "")))


def _machine_time() -> datetime:
    """Return what this machine's clock says; of what it cannot be right about, the first or the last day that can be
    counted with, which nobody trusts either.
    """
    from config.values import YEARS

    try:
        now = datetime.now(UTC)
    except (ValueError, OverflowError, OSError):  # after the year 9999
        now = datetime.max.replace(tzinfo=UTC)
    first, last = datetime(YEARS.start, 1, 2, tzinfo=UTC), datetime(YEARS.stop - 1, 12, 30, tzinfo=UTC)
    return min(max(now, first), last)


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    from config.values import YEARS

    try:
        moment = datetime.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a time; write it as 2026-12-10T09:00 or with an offset") from None
    if moment and moment.year not in YEARS:
        raise click.BadParameter(f"{value} is too far away; check its year ({YEARS.start} to {YEARS.stop - 1})")
    return moment


def day(_context: click.Context, _parameter: click.Parameter, value: str) -> date:
    """Return the date that an option or argument names."""
    from config.values import parse_date

    try:
        return parse_date(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path))
CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), help="The operator's file. [default: peerloop.yaml, if there is one]"
)
DATA_FOLDER = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where local calendars, pages, mails and the ledger are kept. [default: peerloop-data]",
)
NOW = click.option("--now", "moment", callback=_moment, metavar="TIME", help="Act as if it were this time.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
CREATE = click.option(
    "--allow-create", type=click.IntRange(min=0), metavar="N", help="Create up to N series and pages, deleted ones too."
)
DELETE = click.option("--allow-delete", type=click.IntRange(min=0), metavar="N", help="End up to N series.")


def options(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that applies several in the order in which they are to be listed."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def setting_of(
    files: Sequence[Path], config: Path | None, data: Path | None, moment: datetime | None = None
) -> Setting:
    """Return what a command was told; a wrong operator's file ends it."""
    from config.operator import load_operator, operator_model
    from integrations import kinds, local_kinds

    path = config or (CONFIG_FILE if CONFIG_FILE.exists() else None)
    told = load_operator(path, kinds()) if path else None
    if told and told.faults:
        fail("\n".join(map(str, told.faults)))
    operator = told.operator if told and told.operator else operator_model(local_kinds()).default()
    operator = operator.model_copy(update={"data": str(data)}) if data else operator
    return Setting(operator, tuple(files), moment, config=path)


def reading_of(setting: Setting) -> "Reading":
    """Return what the team files say, and all that is wrong with them; that there is none ends the command."""
    from daemon.serve.team_files import read_team, together

    paths, now = some_paths(setting), setting.now()
    readings = [read_team(path, setting.operator, now) for path in paths]
    reading = together(readings)
    ledger = known_ledger(setting) if reading.faults or len(readings) > 1 else None
    return _as_known(readings, paths, setting.operator, now, ledger) if ledger else reading


def _as_known(
    readings: "list[Reading]", paths: list[Path], operator: "Operator", now: datetime, ledger: "Ledger"
) -> "Reading":
    """Return what files say given what a ledger knows: of two for one team, what they said before tells whose it is."""
    from daemon.serve.team_files import together
    from daemon.serve.teams import Teams

    with closing(ledger):
        teams = Teams(operator, ledger)
        known = teams.known_keys()
        reading = together(readings, known=known)
        return together(readings, teams.read(paths, now).files, known) if reading.faults else reading


def some_paths(setting: Setting) -> list[Path]:
    """Return the team files; that there is none ends the command."""
    if not (paths := setting.paths()) and setting.questions.know_all():
        looked = f"; {CONFIG_FILE} finds none at {', '.join(setting.operator.teams)}" if setting.operator.teams else ""
        fail(f"no team file{looked}: name one, or write one with `peerloop init`")
    return paths


def good_teams(setting: Setting) -> "tuple[tuple[TeamFile, ...], int]":
    """Return the teams that a command acts on, and the exit code so far: a faulty file does not stop the others."""
    reading = reading_of(setting)
    faults = "\n".join(str(fault) for fault in reading.faults)
    if not reading.files:
        fail(faults)
    if faults:
        complain(faults)
    return reading.files, WRONG_INPUT if faults else 0


def known_ledger(setting: Setting) -> "Ledger | None":
    """Return the ledger, where there is one and it can be read; nothing is made."""
    from config.secret import SecretMissing

    try:
        url = setting.operator.ledger_url()
        if url.startswith("sqlite") and not Path(url.partition(":///")[2]).exists():
            return None  # and what it takes to open it need not be loaded
        from daemon.ledger import LedgerError, open_ledger
    except SecretMissing:
        return None
    try:
        return open_ledger(url, create=False)
    except LedgerError:
        return None


def world_of(setting: Setting, create: bool = True) -> "World":
    """Return the ledger and the backends that the operator's file names; without the ledger the command ends."""
    from config.secret import SecretMissing
    from daemon.ledger import LedgerBusy, LedgerError, open_ledger

    if create:
        Path(setting.operator.data).mkdir(0o700, parents=True, exist_ok=True)  # whatever is the first to be kept there
    try:
        ledger = open_ledger(setting.operator.ledger_url(), create=create)
    except (LedgerError, SecretMissing) as error:
        fail(str(error), STOPPED if isinstance(error, LedgerBusy) else FAILED)
    return world_on(ledger, setting, create)


def world_on(ledger: "Ledger", setting: Setting, signed: bool) -> "World":
    """Return the backends that the operator's file names, with a ledger; ``signed`` is whether links are made."""
    from config.templates import render
    from daemon.loop import World
    from integrations import account, calendar, messenger, sources, wiki

    known = (setting.operator, setting.now)
    ports = (partial(calendar, *known), partial(wiki, *known), partial(messenger, *known), partial(sources, *known))
    world = World(ledger, *ports, render, account=partial(account, setting.operator), edition=_edition(setting))
    return replace(world, **links_of(setting, ledger, signed))


def _edition(setting: Setting) -> str:
    """Return what changes with the release, its rules of time zones, and the operator's file."""
    from config.zones import RELEASE
    from daemon import __version__

    return f"{__version__} {RELEASE} {setting.operator.model_dump_json()}"


def links_of(setting: Setting, ledger: "Ledger", signed: bool) -> dict[str, Any]:
    """Return what makes the links of the web page that a world hands out, where that has an address.

    Those in mails are signed, and where nothing is to be written nobody has a key.
    """
    if not (setting.operator.web and setting.operator.web.url):
        return {}
    from daemon.web.links import Links
    from daemon.web.who import Signatures

    links = Links(setting.operator.web.url, Signatures(partial(ledger.keys.of, "web")))
    return {"on_the_web": links.session, **({"answer": links.answer} if signed else {})}


def asked_of(setting: Setting, files: "Sequence[TeamFile]") -> "Iterator[Fault]":
    """Yield what leads are asked of names that are new, where a ledger tells."""
    from config.load import load_team

    ledger, unclear = known_ledger(setting), set[Path]()
    if ledger:
        from daemon.cli.renames import questions_of

        for file, (path, text) in questions_of(setting, files, ledger):
            unclear |= {file.path} if path == TEAM else set()
            yield load_team(file.path).fault_at(path, text)
    for file in files:
        if file.path not in unclear and (ledger or _may_overlap(file.team, setting.now(file.team))):
            yield from (load_team(file.path).fault_at(("series",), text) for text in _overlaps(setting, file, ledger))


def unread_of(setting: Setting, files: "Iterable[TeamFile]") -> "Iterator[Fault]":
    """Yield what cannot be read now of the files that teams' ``needs`` name: a pass goes on without it."""
    from config.operator import unread_needs

    for file in files:
        yield from unread_needs(file.path, file.team, setting.operator)


def _may_overlap(team: "Team", now: datetime) -> bool:
    """Whether two sessions to come are at the same time by their cadences: cheap to tell, for most teams have none."""
    if len(team.series) < 2:
        return False
    from itertools import pairwise

    from daemon.decide.cadence import occurrences, starts_of
    from daemon.model import Slot

    today = now.date()
    window = (today, today + team.rotation.ahead)
    found = (one for each in team.series for one in occurrences(each, team, each.name, starts_of(each, today), *window))
    slots = sorted((one for one in found if isinstance(one, Slot)), key=lambda slot: slot.starts_at)
    return any(other.starts_at < one.ends_at for one, other in pairwise(slots))


def _overlaps(setting: Setting, file: "TeamFile", ledger: "Ledger | None") -> "Iterator[str]":
    """Yield who has two duties at once, as it was planned last or would be now."""
    from daemon.cli.reasons import Why, as_planned, at_once
    from daemon.model.memory import Memory
    from daemon.model.names import team_key

    team, now = file.team, setting.now(file.team)
    key = team_key(team, ledger.team_keys() if ledger else {})
    memory = ledger.recall(key, team.team) if ledger else Memory(key, team.team)
    engagements = ledger.engagements(team.members) if ledger else ()
    why = Why.of(team, as_planned(team, memory, engagements, now), engagements, now)
    return at_once(why.twice, why.names)


def fault_json(fault: "Fault") -> dict[str, Any]:
    """Return a fault as the command line prints it for programs."""
    return {"file": fault.file, "line": fault.line, "column": fault.column, "message": fault.message}
