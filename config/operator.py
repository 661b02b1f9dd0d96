"""What an operator decides, in ``peerloop.yaml``: which teams, which accounts, how often and how much.

Without the file everything is local, in one folder.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from os.path import isdir, islink, lexists, realpath
from pathlib import Path
from typing import Annotated, Any, ClassVar, Union

from pydantic import ConfigDict, Field, create_model, field_validator

from config.connection import Connection, Purpose, kind_of
from config.draft import Draft
from config.faults import ConfigError, Fault, Problem, listing, suggestion
from config.found import found
from config.load import LoadedTeam, in_order, load_team, read_document, understood
from config.parts import Name, OneOrMany, Part, PositiveDuration
from config.places import Folder, Glob, LedgerPlace
from config.secret import Secret
from config.team import Team
from config.uses import LOCAL
from config.values import shown
from config.web import OrOff, Web
from config.yaml12 import Document

DATA = "peerloop-data"


class Caps(Part):
    """How many resources one pass of one team may create and delete; beyond, it stops and asks."""

    model_config = ConfigDict(defer_build=True)  # it is built with the operator's file
    create: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 60
    """The most series, single events and pages that one pass creates for one team."""
    delete: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 10
    """The most series, single events and pages that one pass deletes for one team."""


class Operator(Part):
    """What an operator decides."""

    model_config = ConfigDict(defer_build=True)  # this one never is: see operator_model
    kinds: ClassVar[tuple[type[Connection], ...]] = ()
    """The kinds of connection that there are; none but in what ``operator_model`` returns."""

    teams: Annotated[tuple[Glob, ...], OneOrMany()] = ()
    """The teams' files, as a path or several, with * for any name."""
    data: Annotated[Folder, Field(validate_default=True)] = DATA
    """The folder of everything local."""
    ledger: LedgerPlace | None = None
    """The ledger's database, as an address; ledger.db in `data` where it is not given."""
    every: PositiveDuration = timedelta(minutes=5)
    """How often each team is looked at, besides whenever its file changes."""
    caps: Caps = Caps.model_construct()
    """How many resources one pass of one team may create and delete."""
    web: Annotated[Web | None, OrOff()] = Web.model_construct()
    """Where the web page is served that `peerloop run` has, and who may see it; `off` for none."""
    connections: dict[Name, Connection] = Field(default_factory=dict, validate_default=True)
    """The calendar, wiki and mail accounts, by the names that the teams use; `local` is always there."""

    @field_validator("connections", mode="before")
    @classmethod
    def _with_local(cls, written: object) -> object:
        return {LOCAL: {"kind": LOCAL}, **written} if isinstance(written, dict) else written

    @classmethod
    def default(cls, data: Path | str = DATA) -> "Operator":
        """Return what holds without a ``peerloop.yaml``: everything local, in one folder; nobody wrote any of it."""
        local = next(kind for kind in cls.kinds if kind_of(kind) == LOCAL)
        return cls.model_construct(data=str(Path(data)), connections={LOCAL: local.model_construct(kind=LOCAL)})

    def team_files(self, look: Callable[[str], Collection[Path]] | None = None) -> tuple[Path, ...]:
        """Return what ``teams`` finds now, each once, in the order of their names; ``look`` looks for a pattern."""
        return tuple(sorted({path for pattern in self.teams for path in (look or team_files_of)(pattern)}))

    def ledger_url(self) -> str:
        """Return the address of the ledger, for SQLAlchemy.

        Raises:
            SecretMissing: it is kept as a secret, and that is not there.
        """
        if isinstance(self.ledger, Secret):
            return self.ledger.reveal()
        return self.ledger or f"sqlite:///{Path(self.data) / 'ledger.db'}"


def team_files_of(pattern: str) -> Collection[Path]:
    """Return the team files that a pattern finds now: what is no file is told when read.

    Folders are passed over where the pattern leaves open how a name ends, as in ``teams/**``. In the place of one that
    is a link, and not there, stands the link.
    """
    return {Path(name) for name in found(pattern) if not _is_passed(name, pattern)}.union(_lost_folders(pattern))


def _is_passed(name: str, pattern: str) -> bool:
    return pattern.endswith("*") and isdir(name)  # noqa: PTH112 - Path.is_dir raises where nothing may be looked into


def _lost_folders(pattern: str) -> Iterator[Path]:
    """Yield the links in the place of folders that lead to what is not there; below ``**`` nobody knows what is one."""
    for folder in Path(pattern).parents:
        if folder.name != "**":
            links = filter(islink, found(str(folder)))
            yield from (Path(name) for name in links if not lexists(realpath(name)))


@cache
def operator_model(kinds: tuple[type[Connection], ...]) -> type[Operator]:
    """Return the model of the operator's file where these kinds of connection may stand in it; one is local."""
    any_kind: Any = Annotated[Union[kinds], Field(discriminator="kind")]  # noqa: UP007 - which ones shows only now
    connections = (dict[Name, any_kind], Field(default_factory=dict, validate_default=True))
    model = create_model("Operator", __base__=Operator, __doc__=Operator.__doc__, connections=connections)
    model.kinds = kinds
    return model


@dataclass(frozen=True)
class LoadedOperator:
    """The operator's file as it was read; ``operator`` is None where there are faults."""

    path: Path
    operator: Operator | None
    faults: tuple[Fault, ...]
    document: Document = field(repr=False)

    def checked(self) -> Operator:
        """Return what the operator decided.

        Raises:
            ConfigError: the file has faults.
        """
        if self.operator is None:
            raise ConfigError(self.faults)
        return self.operator


def load_operator(path: Path | str, kinds: tuple[type[Connection], ...]) -> LoadedOperator:
    """Read the operator's file, and return it or everything that is wrong with it; an empty one decides nothing.

    ``kinds`` are those of connections that there are, local among them.
    """
    path = Path(path)
    document = read_document(path)
    if document.root is None and not document.faults:
        document.root = {}
    draft, faults = understood(path, document, operator_model(kinds), {}, _problems)
    operator = draft.model if draft and not faults else None
    return LoadedOperator(path, operator, in_order(faults), document)


def _problems(draft: Draft[Operator]) -> Iterator[Problem]:
    for problem in draft.model.web.problems() if draft.model.web and draft.is_whole("web") else ():
        yield replace(problem, path=("web", *problem.path))
    for name, connection in draft.model.connections.items():
        path = ("connections", name)
        if name == LOCAL and connection.kind != LOCAL:
            yield Problem((*path, "kind"), "the name local always means local files; give this connection another name")
        for problem in connection.problems() if draft.is_whole(*path) else ():
            yield replace(problem, path=(*path, *problem.path))


def connection_faults(team: LoadedTeam, operator: Operator) -> tuple[Fault, ...]:
    """Return what is wrong with the connections that a team names: unknown, unfit, or lacking what they need."""
    if team.team is None:
        return ()
    found = [
        *(one for purpose, name in _uses(team.team).items() for one in _misuse(purpose, name, team.team, operator)),
        *(one for number in range(len(team.team.needs)) for one in _unfit(number, team.team, operator)),
    ]
    return in_order(team.fault_at(problem.path, problem.message) for problem in found)


def connection_remarks(team: LoadedTeam, operator: Operator) -> tuple[Fault, ...]:
    """Return what a lead should know of the connections that a team names, of each purpose."""
    if team.team is None:
        return ()
    named = ((purpose, operator.connections.get(name)) for purpose, name in _uses(team.team).items())
    found = (one for purpose, connection in named if connection for one in connection.remarks(purpose, team.team))
    return in_order(team.fault_at(problem.path, problem.message) for problem in found)


def unread_needs(path: Path, team: Team, operator: Operator) -> tuple[Fault, ...]:
    """Return what cannot be read of the files that the ``needs`` of a team's file name; each of them is opened."""
    found = [
        (number, one)
        for number, source in enumerate(team.needs)
        for one in operator.connections[source.connection].unread(source, team, path.parent)
    ]
    if not found:
        return ()
    file = load_team(path)  # which tells the places, for whom there are any to tell
    return in_order(
        one if isinstance(one, Fault) else file.fault_at(("needs", number, *one.path), one.message)
        for number, one in found
    )


def _uses(team: Team) -> dict[Purpose, str]:
    return {"calendar": team.calendar.connection, "wiki": team.wiki.connection, "mail": team.mail.connection}


def _misuse(purpose: Purpose, name: str, team: Team, operator: Operator) -> Iterator[Problem]:
    if problem := _unusable(purpose, name, operator):
        yield Problem((purpose, "connection"), problem)
    else:
        yield from operator.connections[name].misuse(purpose, team)


def _unfit(number: int, team: Team, operator: Operator) -> Iterator[Problem]:
    """Yield what is wrong with an entry of ``needs``."""
    source = team.needs[number]
    if problem := _unusable("needs", source.connection, operator):
        yield Problem(("needs", number, "connection"), problem)
        return
    for one in operator.connections[source.connection].unfit(source, team):
        yield replace(one, path=("needs", number, *one.path))


def _unusable(purpose: Purpose, name: str, operator: Operator) -> str | None:
    """Return why a connection cannot serve so at all, if it cannot."""
    connection = operator.connections.get(name)
    if connection is None:
        known = sorted(operator.connections)
        advice = suggestion(name, known) or f"; there are {listing(known)}"
        return f"peerloop.yaml has no connection {shown(name)}{advice}"
    if purpose in connection.serves:
        return None
    as_what = "a source of needs" if purpose == "needs" else purpose
    problem = f"the connection {shown(name)} is of the kind {connection.kind} and cannot serve as {as_what}"
    fitting = " or ".join(kind_of(kind) for kind in operator.kinds if purpose in kind.serves)
    return f"{problem}; name one of the kind {fitting}"
