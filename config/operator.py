"""What an operator decides, in ``peerloop.yaml``: which teams, which accounts, how often and how much.

Relative paths count from the folder of that file. Without the file everything is local, in one folder.
"""

import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from config.draft import Draft
from config.faults import ConfigError, Fault, Problem, listing, suggestion
from config.load import LoadedTeam, in_order, read_document, understood
from config.parts import Email, Line, Name, OneOrMany, Part, Span, written
from config.secret import Secret, SecretPlace, folder_of, parse_secret
from config.values import parse_email, parse_line, parse_url, shown
from config.yaml12 import Document

DATA = "peerloop-data"
_LEDGER = re.compile(r"(sqlite(\+pysqlite)?:///.+|postgresql(\+psycopg)?://\S*)")
_ENDPOINT = r"https?://[^/\s@]+(/\S*)?"
_USER_WITH_PASSWORD = re.compile(r"//[^/@]*:.*@")


def _in_folder(text: str, info: ValidationInfo) -> str:
    return str(folder_of(info) / text)


def _glob_in_folder(text: str, info: ValidationInfo) -> str:
    return text if Path(text).is_absolute() else str(Path(glob.escape(str(folder_of(info)))) / text)


def _ledger(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and not value.startswith(("file:", "env:")):
        if _USER_WITH_PASSWORD.search(value) or "password=" in value.lower():
            raise ValueError("the ledger's address contains a password; write where the address is kept, as env:NAME")
        if not _LEDGER.fullmatch(value):
            advice = "write sqlite:///path/to/ledger.db or postgresql+psycopg://user@host/database"
            raise ValueError(f"{shown(value)} is not the address of a ledger; {advice}")
        scheme, slashes, path = value.partition(":///")
        return f"{scheme}{slashes}{folder_of(info) / path}" if scheme.startswith("sqlite") else value
    return parse_secret(value, info)


def _endpoint(text: str) -> str:
    if re.match(r"(?i)https?://[^/]*@", text):
        raise ValueError("the address must not contain a user or a password; write it as https://example.com")
    if not re.fullmatch(_ENDPOINT, text):
        raise ValueError(f"{shown(text)} is not the address of a server; write it as https://example.com")
    return parse_url(text).rstrip("/")


def _mailbox(text: str) -> str:
    match = re.fullmatch(r"(?:(?P<name>[^<>@]+) )?<(?P<address>[^<>]+)>|(?P<plain>[^<>\s]+)", parse_line(text))
    if not match:
        raise ValueError(f"{shown(text)} is not a sender; write it as Peer learning <peers@example.com>")
    parse_email(match["address"] or match["plain"])
    return text.strip()


Folder = Annotated[Line, AfterValidator(_in_folder)]
Glob = Annotated[Line, AfterValidator(_glob_in_folder)]
Endpoint = Annotated[str, *written(_endpoint, _ENDPOINT, "https://example.com")]
Mailbox = Annotated[str, *written(_mailbox, r"([^<>@]+ )?<[^<>\s]+@[^<>\s]+>|[^<>\s]+@[^<>\s]+", "peers@example.com")]
LedgerPlace = Annotated[
    str | Secret,
    BeforeValidator(_ledger),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(sqlite(\+pysqlite)?:///.+|postgresql(\+psycopg)?://\S*|file:\S.*|env:[A-Za-z_][A-Za-z0-9_]*)$",
            "examples": ["sqlite:///peerloop-data/ledger.db", "postgresql+psycopg://peerloop@db/peerloop"],
        }
    ),
]


class Local(Part):
    """Files in a folder: the calendar as .ics, the pages as Markdown, mail as an outbox."""

    kind: Literal["local"]
    """Files in a folder, for calendar, wiki and mail."""
    folder: Folder | None = None
    """The folder; `data` where it is not given."""


class GoogleCalendar(Part):
    """A Google account for calendars."""

    kind: Literal["google-calendar"]
    """An account of Google Calendar."""
    credentials: SecretPlace | None = None
    """A service account's key or an authorised user's token; without it, the machine's own account."""
    subject: Email | None = None
    """The person in whose name a service account acts (domain-wide delegation)."""
    api_endpoint: Endpoint | None = None
    """Another address of the API."""


class ConfluenceCloud(Part):
    """A site of Confluence Cloud."""

    kind: Literal["confluence-cloud"]
    """A site of Confluence Cloud."""
    url: Endpoint
    """The site's address, with its context path; for a scoped token https://api.atlassian.com/ex/confluence/SITE/wiki."""
    user: Email
    """The account whose API token it is."""
    token: SecretPlace
    """The API token."""


class ConfluenceDataCenter(Part):
    """A Confluence of one's own."""

    kind: Literal["confluence-data-center"]
    """A Confluence of one's own."""
    url: Endpoint
    """Its address, with its context path."""
    token: SecretPlace
    """A personal access token."""


class Smtp(Part):
    """A mail server."""

    kind: Literal["smtp"]
    """A mail server."""
    host: Name
    """The server's name."""
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 587
    """The server's port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected."""
    user: Name | None = None
    """The account to sign in with, if the server wants one."""
    password: SecretPlace | None = None
    """The account's password."""
    sender: Annotated[Mailbox, Field(alias="from")]
    """Who mail comes from."""


Connection = Annotated[
    Local | GoogleCalendar | ConfluenceCloud | ConfluenceDataCenter | Smtp, Field(discriminator="kind")
]
FITTING: Mapping[str, tuple[str, ...]] = {
    "calendar": ("local", "google-calendar"),
    "wiki": ("local", "confluence-cloud", "confluence-data-center"),
    "mail": ("local", "smtp", "confluence-cloud", "confluence-data-center"),
}
"""The kinds of connection that can serve as what."""


class Caps(Part):
    """How many resources one pass of one team may create and delete; beyond, it stops and asks."""

    create: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 60
    """The most series, single events and pages that one pass creates for one team."""
    delete: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 10
    """The most series, single events and pages that one pass deletes for one team."""


class Web(Part):
    """Where the web page is served."""

    host: Name = "127.0.0.1"
    """The address to listen on."""
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 8080
    """The port to listen on."""


class Operator(Part):
    """What an operator decides."""

    teams: Annotated[tuple[Glob, ...], OneOrMany()] = ()
    """The teams' files, as a path or several, with * for any name."""
    data: Annotated[Folder, Field(validate_default=True)] = DATA
    """The folder of everything local."""
    ledger: LedgerPlace | None = None
    """The ledger's database, as an address; ledger.db in `data` where it is not given."""
    every: Span = timedelta(minutes=5)
    """How often each team is looked at, besides whenever its file changes."""
    web: Web | None = None
    """Where the web page is served; not at all where it is not given."""
    caps: Caps = Caps()
    """How many resources one pass of one team may create and delete."""
    connections: dict[Name, Connection] = Field(default_factory=dict)
    """The calendar, wiki and mail accounts, by the names that the teams use; `local` is always there."""

    @classmethod
    def default(cls, data: Path | str = DATA) -> "Operator":
        """Return what holds without a ``peerloop.yaml``: everything local, in one folder."""
        return cls(data=str(data))

    def team_files(self) -> tuple[Path, ...]:
        """Return the files that ``teams`` finds now, each once, in the order of their names."""
        # Path.glob would refuse a pattern that begins at the root.
        found = {Path(name) for pattern in self.teams for name in glob.iglob(pattern, recursive=True)}  # noqa: PTH207
        return tuple(sorted(path for path in found if path.is_file()))

    def ledger_url(self) -> str:
        """Return the address of the ledger, for SQLAlchemy.

        Raises:
            SecretMissing: it is kept as a secret, and that is not there.
        """
        if isinstance(self.ledger, Secret):
            return self.ledger.reveal()
        return self.ledger or f"sqlite:///{Path(self.data) / 'ledger.db'}"

    def connection(self, name: str) -> "Local | GoogleCalendar | ConfluenceCloud | ConfluenceDataCenter | Smtp | None":
        """Return the connection of a name, or None; ``local`` is always there."""
        return self.connections.get(name) or (Local(kind="local") if name == "local" else None)


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


def load_operator(path: Path | str) -> LoadedOperator:
    """Read the operator's file, and return it or everything that is wrong with it; an empty one decides nothing."""
    path = Path(path)
    _, document = read_document(path)
    if document.root is None and not document.faults:
        document.root = {}
    draft, faults = understood(path, document, Operator, {}, _problems)
    operator = draft.model if draft and not faults else None
    return LoadedOperator(path, operator, in_order(faults), document)


def connection_faults(team: LoadedTeam, operator: Operator) -> tuple[Fault, ...]:
    """Return what is wrong with the connections that a team names: unknown, unfit, or lacking what they need."""
    if team.team is None:
        return ()
    uses = {"calendar": team.team.calendar, "wiki": team.team.wiki, "mail": team.team.mail}
    found = [problem for purpose, use in uses.items() for problem in _unfit(purpose, use, operator)]
    mail = operator.connection(team.team.mail.connection)
    if mail and mail.kind.startswith("confluence") and team.team.wiki.connection != team.team.mail.connection:
        told = "comments go below the team's home page, so its pages have to be there, too; let wiki name the same"
        found.append(Problem(("mail", "connection"), f"{told} connection, or send mail by another one"))
    return in_order(team.fault_at(problem.path, problem.message) for problem in found)


def _unfit(purpose: str, use: Any, operator: Operator) -> Iterator[Problem]:
    connection = operator.connection(use.connection)
    if connection is None:
        known = sorted({"local", *operator.connections})
        advice = suggestion(use.connection, known) or f"; there are {listing(known)}"
        yield Problem((purpose, "connection"), f"peerloop.yaml has no connection {shown(use.connection)}{advice}")
    elif connection.kind not in FITTING[purpose]:
        problem = (
            f"the connection {shown(use.connection)} is of the kind {connection.kind} and cannot serve as {purpose}"
        )
        yield Problem((purpose, "connection"), f"{problem}; name one of the kind {' or '.join(FITTING[purpose])}")
    elif connection.kind == "google-calendar" and use.id is None:
        yield Problem(
            (purpose,), "Google Calendar needs to know which calendar; add id, as the calendar's settings show"
        )
    elif connection.kind.startswith("confluence") and purpose == "wiki" and use.space is None:
        yield Problem((purpose,), "Confluence needs to know which space; add space, as in space: PLAT")
    elif purpose == "calendar" and connection.kind == "local" and use.meet:
        yield Problem((purpose, "meet"), "a local calendar has no Meet links; delete meet, or name another connection")


def _problems(draft: Draft[Operator]) -> Iterator[Problem]:
    for name, connection in draft.model.connections.items():
        path = ("connections", name)
        if name == "local" and connection.kind != "local":
            yield Problem((*path, "kind"), "the name local always means local files; give this connection another name")
        if (
            isinstance(connection, Smtp)
            and draft.is_whole(*path)
            and bool(connection.user) != bool(connection.password)
        ):
            lacks = "password" if connection.user else "user"
            yield Problem(path, f"signing in needs user and password, and there is no {lacks}; add it")
