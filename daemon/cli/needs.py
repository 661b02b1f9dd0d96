"""`peerloop needs`: what people lack, and the edits of the team's file by which the lead takes it up or declines it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from daemon.cli.setting import (
    CONFIG,
    DATA_FOLDER,
    FAILED,
    FILES,
    JSON,
    NOW,
    STOPPED,
    complain,
    fail,
    good_teams,
    options,
    print_json,
    say,
    setting_of,
    world_of,
)

if TYPE_CHECKING:
    from config.edits import Value
    from config.team import Team
    from config.team_file import TeamFile
    from daemon.cli.setting import Setting
    from daemon.learn.alike import Likeness
    from daemon.model.memory import Memory
    from daemon.model.needs import Need

LIST = "list"


class ListsByDefault(click.Group):
    """Commands of which the first needs no name: what is neither a command nor asks for help is a file to list."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands as they are defined."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the first command where none was written."""
        is_named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else [LIST, *args])


@click.group(cls=ListsByDefault)
def needs() -> None:
    """Show what people want to learn, and take it up as topics.

    They are listed by area: in whose words, how often and where it was noticed, what became of it, and which topics it
    is perhaps the same as. The rest propose an edit of the team's file, as a patch, and make it with --write.

    \b
    Example: peerloop needs team.yaml
             peerloop needs accept n-3f2a9c41 team.yaml --title "How we roll back" --area ci
    """


@needs.command(LIST)
@options(
    *(FILES, CONFIG, DATA_FOLDER, NOW, JSON),
    click.option("--meaning", is_flag=True, help="Look for topics that mean the same, too (the extra `similar`)."),
)
def listed(
    files: Sequence[Path],
    config: Path | None,
    data: Path | None,
    moment: datetime | None,
    as_json: bool,
    meaning: bool,
) -> None:
    """List them, as the last pass knew them; this is what is done without a command.

    Example: peerloop needs list team.yaml
    """
    from daemon.cli.need_words import need_json, need_lines
    from daemon.model.words import local

    likenesses = _likenesses(meaning)
    setting = setting_of(files, config, data, moment)
    teams, exit_code = good_teams(setting)
    known = [
        (file.team, memory, local(setting.now(file.team), file.team).date()) for file, memory in _known(setting, teams)
    ]
    if as_json:
        print_json({"needs": [one for where in known for one in need_json(*where, likenesses)]})
    for where in () if as_json else known:
        say(need_lines(*where, likenesses))
    sys.exit(exit_code)


def _likenesses(by_meaning: bool) -> "list[Likeness]":
    from daemon.learn.alike import SPELLING

    if not by_meaning:
        return [SPELLING]
    from daemon.cli.meaning import NotInstalled, meaning

    try:
        return [SPELLING, meaning()]
    except NotInstalled as error:
        fail(str(error))


def _known(setting: "Setting", teams: "Sequence[TeamFile]") -> "list[tuple[TeamFile, Memory]]":
    from daemon.cli.reports import known_of

    return known_of(world_of(setting, create=False).ledger, teams)


ID = click.argument("need", metavar="ID")
FILE = click.argument("file", type=click.Path(path_type=Path))
WRITE = click.option("--write", is_flag=True, help="Make the edit, too.")


@needs.command()
@options(
    *(ID, FILE),
    click.option("--title", metavar="TEXT", help="What the topic is called. [default: the need's words]"),
    click.option("--area", metavar="TEXT", help="The field it belongs to. [default: the need's]"),
    click.option("--owner", metavar="EMAIL", help="The member who brings it."),
    *(WRITE, CONFIG, DATA_FOLDER, NOW),
)
def accept(
    need: str,
    file: Path,
    title: str | None,
    area: str | None,
    owner: str | None,
    write: bool,
    config: Path | None,
    data: Path | None,
    moment: datetime | None,
) -> None:
    """Make a topic of the backlog of a need.

    Example: peerloop needs accept n-3f2a9c41 team.yaml --write
    """
    from daemon.cli.need_words import entry

    edit = _Edit.of(file, need, setting_of([file], config, data, moment))
    new = entry(edit.need, title, area, owner, edit.today)
    if new["title"] in [topic.title for topic in edit.team.topics]:
        same = f"peerloop needs same {need} {str(new['title'])!r} {file}"
        fail(f"there is a topic of that title already; write another --title, or say that it answers this: {same}")
    edit.propose(("topics",), new, write)


@needs.command()
@options(ID, click.argument("title"), FILE, WRITE, CONFIG, DATA_FOLDER, NOW)
def same(
    need: str,
    title: str,
    file: Path,
    write: bool,
    config: Path | None,
    data: Path | None,
    moment: datetime | None,
) -> None:
    """Say that a topic of the backlog answers a need, too.

    Example: peerloop needs same n-3f2a9c41 "How we roll back" team.yaml --write
    """
    from config.faults import listing, suggestion

    edit = _Edit.of(file, need, setting_of([file], config, data, moment))
    titles = [topic.title for topic in edit.team.topics]
    if title not in titles:
        advice = suggestion(title, titles) or (f"; there are {listing(titles)}" if titles else "")
        fail(f"{file} has no topic {title!r}{advice}")
    edit.propose(("topics", titles.index(title), "answers"), need, write)


@needs.command()
@options(ID, FILE, WRITE, CONFIG, DATA_FOLDER, NOW)
def decline(
    need: str, file: Path, write: bool, config: Path | None, data: Path | None, moment: datetime | None
) -> None:
    """Say that a need becomes no topic.

    Example: peerloop needs decline n-3f2a9c41 team.yaml --write
    """
    edit = _Edit.of(file, need, setting_of([file], config, data, moment))
    edit.propose(("declined",), need, write)


@dataclass(frozen=True, slots=True)
class _Edit:
    """An edit of a team's file for a need that nobody has decided about."""

    setting: "Setting"
    file: "TeamFile"
    need: "Need"

    @classmethod
    def of(cls, path: Path, need: str, setting: "Setting") -> "_Edit":
        """Return it; a need that nobody said, or that was decided about, ends the command."""
        from config.faults import suggestion
        from daemon.learn.needs import needs as needs_of
        from daemon.model.needs import NeedState

        ((file, memory),) = _known(setting, good_teams(setting)[0])
        found = {one.id: one for one in needs_of(file.team, memory)}
        if need not in found:
            fail(f"{file.team.team} has no need {need}{suggestion(need, found)}; `peerloop needs {path}` lists them")
        state = found[need].state
        if state is NeedState.DECLINED:
            fail(f"{need} was declined; to take it up after all, delete it under declined in {path} first")
        if state is not NeedState.PROPOSED:
            fail(f"{need} was taken up already, by the topic {found[need].topic!r}")
        return cls(setting, file, found[need])

    @property
    def team(self) -> "Team":
        """The team as the file has it now."""
        return self.file.team

    @property
    def today(self) -> date:
        """The day in the team's zone."""
        return self.setting.now(self.team).astimezone(ZoneInfo(self.team.timezone)).date()

    def propose(self, path: tuple[str | int, ...], value: "Value", write: bool) -> None:
        """Print the patch that adds ``value`` to the list at ``path``, and make the edit if it is to be made."""
        before = self.file.path.read_bytes()
        if before.decode("utf-8-sig", "replace") != self.file.text:
            self._changed_meanwhile()
        after = self._edited(before, path, value)
        self._check(after)
        sys.stdout.flush()
        sys.stdout.buffer.write(patch(self.file.path, before, after))
        sys.stdout.buffer.flush()
        if write:
            self._write(before, after)
        else:
            complain("nothing is written yet: do it with --write, or by `patch -p1` or `git apply`")

    def _edited(self, before: bytes, path: tuple[str | int, ...], value: "Value") -> bytes:
        from config.edits import CannotEdit, added

        try:
            return added(before, path, value)
        except CannotEdit as error:
            where = ".".join(map(str, path))
            fail(f"{self.file.path} cannot be edited at {where} without touching anything else: {error}", FAILED)

    def _write(self, before: bytes, after: bytes) -> None:
        from config.ordinary import ChangedMeanwhile, replace_ordinary

        try:
            replace_ordinary(self.file.path, after, before)
        except ChangedMeanwhile:
            self._changed_meanwhile()
        except OSError as error:
            fail(f"{self.file.path} cannot be written: {error.strerror}", FAILED)
        complain(f"{self.file.path} is written; a running daemon applies it by itself")

    def _check(self, after: bytes) -> None:
        """End the command where the file would have a fault then."""
        from daemon.serve.team_files import read_team

        reading = read_team(self.file.path, self.setting.operator, self.setting.now(), after.decode())
        if reading.faults:
            complain("\n".join(str(fault) for fault in reading.faults))
            fail(f"so {self.file.path} stays as it is; write a --title, --area or --owner that can stand there")

    def _changed_meanwhile(self) -> None:
        fail(f"{self.file.path} was changed by somebody else at the same moment; do it again", STOPPED)


def patch(path: Path, before: bytes, after: bytes) -> bytes:
    """Return a unified diff that `patch -p1` and `git apply` take, line ends and all."""
    import os
    from difflib import diff_bytes, unified_diff

    inner = os.path.relpath(path)
    name = (str(path.absolute()).lstrip("/") if inner.startswith("..") else inner).encode(errors="surrogateescape")
    if b" " in name:
        name += b"\t"  # where a name ends that has a blank in it
    old, new = (_lines(text) for text in (before, after))
    lines: Any = diff_bytes(unified_diff, old, new, b"a/" + name, b"b/" + name)
    return b"".join(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines)


def _lines(text: bytes) -> list[bytes]:
    return [line + b"\n" for line in text.split(b"\n")[:-1]] + [last for last in text.split(b"\n")[-1:] if last]
