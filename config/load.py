"""Reads a team's file: as a team where all is right, else as a list of everything that is wrong with it."""

import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from config import yaml12
from config.checks import findings, remarks
from config.draft import Draft, StandIns, drafted
from config.faults import MOST_FAULTS, ConfigError, Fault, Problem
from config.formats import SessionFormat, formats_of
from config.found import MOST_FOLDERS
from config.onboarding import Newcomers, newcomers_of
from config.ordinary import NotOrdinary, led_to, read_ordinary
from config.team import MESSAGES, Team
from config.values import shown
from config.yaml12 import Document

Model = TypeVar("Model", bound=BaseModel)
Finder = Callable[[Draft[Model]], Iterable[Problem]]

_WEEKLY = {"every": "week", "on": "monday", "at": "12:00"}
TEAM_STAND_INS: StandIns = {
    ("team",): lambda _: "Team",
    ("timezone",): lambda _: "UTC",
    ("lead",): lambda _: "lead@example.org",
    ("members",): lambda _: [{"name": "Somebody", "email": "somebody@example.org"}],
    ("members", "*", "name"): lambda number: f"Member {number}",
    ("members", "*", "email"): lambda number: f"member-{number}@example.org",
    ("series",): lambda _: [{"name": "Series", "format": "lunch-and-learn", "cadence": _WEEKLY}],
    ("series", "*", "name"): lambda number: f"Series number {number} of the file",
    ("series", "*", "cadence"): lambda _: _WEEKLY,
    ("topics", "*", "title"): lambda number: f"Topic number {number} of the file",
    ("formats", "*", "name"): lambda number: f"format-number-{number}-of-the-file",
    ("sessions", "*", "series"): lambda number: f"series of session number {number}",
    ("sessions", "*", "on"): lambda _: "1970-01-01",
}


@dataclass(frozen=True)
class LoadedTeam:
    """A team's file as it was read. ``team`` is None where there are faults, which stand in the order of their lines.

    ``warnings`` are what a lead should know, though the file can be served. ``draft`` is what can be understood of the
    file in spite of its faults, None where nothing can. ``newcomers`` are who joined the team when.
    """

    path: FilePath
    team: Team | None
    faults: tuple[Fault, ...]
    document: Document = field(repr=False)
    draft: Draft[Team] | None = field(repr=False)
    warnings: tuple[Fault, ...] = ()
    newcomers: Newcomers = field(default=Newcomers(), repr=False)
    is_whole: bool = True
    """Whether all that belongs to it was looked at."""

    def fault_at(self, path: tuple[str | int, ...], message: str) -> Fault:
        """Return a fault at the value at ``path``, such as ``("sessions", 3, "on")``, or at what should hold it."""
        return Fault(str(self.path), *self.document.place(path), message)

    def checked(self) -> Team:
        """Return the team.

        Raises:
            ConfigError: the file has faults.
        """
        if self.team is None:
            raise ConfigError(self.faults)
        return self.team


def load_team(
    path: FilePath | str,
    messages: Callable[[], Sequence[str]] | None = None,
    earlier: str | None = None,
    today: date | None = None,
    briefly: bool = False,
) -> LoadedTeam:
    """Read a team's file, and return the team or everything that is wrong with it; never raises for either.

    ``messages`` returns the names of what members can be sent, which is asked where one mutes some. ``earlier`` is what
    the file said before and is read in its place; what became of the templates that it names does not matter then. What
    decisions on dates before ``today`` name may be there no more. ``briefly``, the team's own templates are not tried,
    which may take long.
    """
    path = FilePath(path)
    document = read_document(path) if earlier is None else yaml12.read(earlier.encode())
    if not document.faults and (problem := _no_teams(document.root)):
        document.faults.append((yaml12.Place(1, 1), problem))
        document.root = None
    check = partial(findings, today=today)
    draft, faults = understood(path, document, Team, TEAM_STAND_INS, check, {MESSAGES: messages})
    has_templates = earlier is None and draft is not None and any(one.template for one in draft.model.formats)
    faults += _faults_of_dates(path, document, draft) if draft and earlier is None else []
    faults += _template_faults(path, document, draft) if draft and has_templates and not briefly else []
    team = draft.model if draft and not faults else None
    newcomers = newcomers_of(team, path.parent) if team else Newcomers()
    told = [*remarks(draft, today)] if draft else []
    if newcomers.unread:
        unread = f"the dates are not used: {newcomers.unread}; make the file readable"
        told.append(Problem(("outcomes", "file"), unread))
    warned = in_order([*(_fault(path, document, problem) for problem in told), *newcomers.faults])
    is_whole = not (has_templates and briefly)
    return LoadedTeam(path, team, in_order(faults), document, draft, warned, newcomers, is_whole)


def _no_teams(root: object) -> str | None:
    """Return in words why no line of a file need be looked at, for it is no team's."""
    if root is None:
        return "the file is empty; `peerloop init` writes one to start from"
    is_team = isinstance(root, Mapping) and not root.keys().isdisjoint(("team", "members", "series"))
    if isinstance(root, Mapping) and not is_team and not root.keys().isdisjoint(("teams", "connections")):
        return "this is an operator's file; `peerloop check --config` with its name looks at it and at its teams"
    return None


def read_document(path: FilePath) -> Document:
    """Return what a file says; one that cannot be read has that as its fault."""
    if not _has_letters(path):
        return Document(faults=[(yaml12.Place(1, 1), "the file's name is not in UTF-8; give it another one")])
    try:
        data = read_ordinary(path, yaml12.LARGEST)
    except OSError as error:
        return Document(faults=[(yaml12.Place(1, 1), _unread(error))])
    return yaml12.read(data)


def _has_letters(path: FilePath) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def understood(
    path: FilePath,
    document: Document,
    model: type[Model],
    stand_ins: StandIns,
    check: Finder[Model],
    known: Mapping[str, object] = MappingProxyType({}),
) -> tuple[Draft[Model] | None, list[Fault]]:
    """Return what ``model`` makes of a document, as far as it goes, and all that is wrong with it.

    ``known`` is what its validators have to know besides, by the keys that they look for.
    """
    faults = [Fault(str(path), *place, message) for place, message in document.faults]
    if document.root is None:
        return None, faults
    draft, problems = drafted(model, document, stand_ins, {"folder": path.parent, **known})
    found = [*problems, *islice(check(draft), MOST_FAULTS + 1)] if draft else problems
    return draft, [*faults, *(_fault(path, document, problem) for problem in found)]


def _fault(path: FilePath, document: Document, problem: Problem) -> Fault:
    place = document.key_place(problem.path) if problem.at_key else document.place(problem.path)
    return Fault(str(path), *place, problem.message)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return faults by line and column, each once, and not more than a person can use."""
    ordered = tuple(sorted(set(faults)))
    if len(ordered) <= MOST_FAULTS:
        return ordered
    last = replace(ordered[MOST_FAULTS - 1], message="there are more faults than these; mend these first")
    return (*ordered[:MOST_FAULTS], last)


def _unread(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        if FilePath(error.filename).is_symlink():
            return "this is a link, and what it leads to is not there; bring that back, or put a file in its place"
        return "there is no such file; check the name, or write one with `peerloop init`"
    if isinstance(error, NotOrdinary):
        return str(error.strerror)
    if isinstance(error, IsADirectoryError):
        most = f"no more than {MOST_FOLDERS:,} of the folders in one are looked through for **"
        return f"this is a folder; name a YAML file in it, or fewer of its folders: {most}"
    if isinstance(error, PermissionError):
        return "the file may not be read; give its reader permission"
    return f"the file cannot be read ({error.strerror}); check its name and where it lies"


def _faults_of_dates(path: FilePath, document: Document, draft: Draft[Team]) -> list[Fault]:
    """Return what is wrong with where the file with the dates of newcomers lies."""
    where, dates = ("outcomes", "file"), draft.model.outcomes and draft.model.outcomes.file
    problem = _misplaced(path.parent, dates, "file") if dates and draft.shows(where) else None
    return [Fault(str(path), *document.place(where), problem)] if problem else []


MOST_SECONDS = 2.0
"""How long the templates of one file may take of a processor's time, together: others' files are read after it."""


def _template_faults(path: FilePath, document: Document, draft: Draft[Team]) -> list[Fault]:
    """Return what is wrong with the templates of the team's own formats: in the YAML, or in the template itself."""
    from config.apart import spent  # which need not be loaded for a team without such

    folder, formats = path.parent, formats_of(draft.model)
    faults, until = list[Fault](), spent.seconds + MOST_SECONDS
    for number, each in enumerate(draft.model.formats):
        where = draft.original(("formats", number, "template"))
        if each.template and draft.shows(where):
            if problem := _misplaced(folder, each.template, "template"):
                faults.append(Fault(str(path), *document.place(where), problem))
            elif spent.seconds > until:
                faults.append(Fault(str(folder / each.template), 1, 1, _TOO_SLOW))
            elif draft.is_whole("formats", number):
                faults += _broken(folder, formats[each.name], [member.name for member in draft.model.members])
    return faults


_TOO_SLOW = (
    f"it is not looked at, for the templates before it take longer than {MOST_SECONDS:g} seconds together; "
    "make those simpler"
)


def _misplaced(folder: FilePath, name: str, what: str) -> str | None:
    file = led_to(folder / name)
    if not file.is_relative_to(led_to(folder)):
        return f"the {what} {shown(name)} lies outside the folder of this file; move it there"
    try:
        is_file = stat.S_ISREG(file.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return f"there is no {what} {shown(name)}; it is looked for in the folder of this file"
    except OSError as error:
        return f"the {what} {shown(name)} cannot be read ({error.strerror}); check the permissions of its folder"
    if not is_file:
        return f"the {what} {shown(name)} is no file, but a folder, a device or a pipe; put a file in its place"
    return None


def _broken(folder: FilePath, form: SessionFormat, people: Sequence[str]) -> Iterator[Fault]:
    from config.templates import template_fault

    if fault := template_fault(form, folder, people):
        line, problem = fault
        yield Fault(str(folder / str(form.template)), line, 1, problem)
