"""Backends: a folder each, and one line in ``BACKENDS``. Nothing else names one.

In a backend's folder

- ``connection.py`` says in ``CONNECTIONS`` what may be written for it. Every command loads it, so it imports little.
- ``ports.py`` offers those of ``calendar``, ``wiki``, ``messenger`` and ``sources`` that its kinds serve as, each made
  for one team. It is loaded where a team uses it.
  Where the wiki has no addresses of its own, it offers ``page``, too: a page as HTML.
- ``sign_in.py`` offers ``sign_in``, where a person signs in.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from config.connection import Connection, Remote
from config.faults import listing, suggestion
from config.operator import Operator
from config.team import Team
from config.values import shown

if TYPE_CHECKING:
    from daemon.model import Observed, SessionEvent
    from daemon.ports import Calendar, Messenger, Sources, Traffic, Wiki

LOCAL = "integrations.local"
BACKENDS = (
    LOCAL,
    "integrations.google_calendar",
    "integrations.confluence",
    "integrations.jira",
    "integrations.mail",
)

Clock = Callable[[Team], datetime]


def kinds() -> tuple[type[Connection], ...]:
    """Return what an operator may write for a connection, as a class for each kind; one of them is local."""
    return tuple(kind for backend in BACKENDS for kind in _kinds_of(backend))


def local_kinds() -> tuple[type[Connection], ...]:
    """Return those that there are where no operator's file names any: no other backend is loaded for that."""
    return _kinds_of(LOCAL)


def calendar(operator: Operator, clock: Clock, team: Team, key: str) -> "Calendar":
    """Return the calendar of a team, known by its key; ``clock`` tells the time, aware, for a team."""
    return cast("Calendar", _guarded("calendar", operator, team.calendar.connection, partial(clock, team), team, key))


def wiki(operator: Operator, clock: Clock, team: Team, key: str) -> "Wiki":
    """Return the wiki of a team."""
    return cast("Wiki", _guarded("wiki", operator, team.wiki.connection, partial(clock, team), team, key))


def page(
    operator: Operator,
    clock: Clock,
    team: Team,
    key: str,
    seen: "Observed",
    address: Callable[[str], str | None],
    done: Collection[str],
) -> str | None:
    """Return a page of a team's as HTML, where its wiki has no addresses of its own; ``address`` resolves its links.

    ``done`` are the ids of its action items that are done by what people said elsewhere: their boxes are shown ticked.
    None where there is none, or its wiki shows it itself.

    Raises:
        PortError: it cannot be read.
    """
    name = team.wiki.connection
    ports = import_module(f"{_backend_of(operator.connections[name])}.ports")
    if not hasattr(ports, "page"):
        return None
    return cast("str | None", _offered("page", operator, name)(partial(clock, team), team, key, seen, address, done))


def feed(name: str, sessions: "Sequence[SessionEvent]", now: datetime) -> bytes:
    """Return a calendar with sessions, as programs subscribe to it."""
    from integrations.formats.ics.feed import feed

    return feed(name, sessions, now)


def messenger(operator: Operator, clock: Clock, team: Team, key: str) -> "Messenger":
    """Return what sends a team's mail."""
    return cast("Messenger", _offered("messenger", operator, team.mail.connection)(partial(clock, team), team, key))


def account(operator: Operator, team: Team, key: str) -> str:
    """Return the name of the account by which a team's mail goes: one of its own where others read it as well."""
    name = team.mail.connection
    return name if operator.connections[name].mails_are_private else f"{name} {key}"


def sources(operator: Operator, clock: Clock, team: Team, key: str, folder: Path) -> "Sequence[Sources]":
    """Return where a team's needs come from, as its file has it, which lies in ``folder``; days are of its zone."""

    def now() -> datetime:
        return clock(team).astimezone(ZoneInfo(team.timezone))

    known = (now, team, key)
    made = (_guarded("sources", operator, one.connection, *known, one, folder) for one in team.needs)
    return cast("Sequence[Sources]", list(made))


def traffic(operator: Operator) -> "Mapping[str, Traffic]":
    """Return what went over each connection to a server since the program started, by its name."""
    from daemon.ports import Traffic
    from integrations.breaker import breaker_of
    from integrations.counter import counter_of

    def of(name: str, connection: Connection) -> Traffic:
        counter, breaker = counter_of(name), breaker_of(connection)
        return Traffic(counter.asked, counter.throttled, breaker.failed, breaker.is_down())

    return {name: of(name, one) for name, one in operator.connections.items() if isinstance(one, Remote)}


def spend_together(spend: Callable[[str, int, float, int], float]) -> None:
    """Let the quotas of all connections be kept elsewhere, for this process and others: ``spend`` takes out of them."""
    from integrations import quota

    quota.spend_together(spend)


def sign_in(operator: Operator, name: str, client: Path, timeout: int, browser: bool) -> Path:
    """Let a person sign in to a connection within so many seconds; return the file that holds their token from then on.

    ``client`` is the file of the OAuth client; ``browser`` says whether one is to be opened.

    Raises:
        ValueError: what was given is not fit for it; the message says why.
        Refused, Unavailable: nobody has signed in.
    """
    connection = operator.connections.get(name)
    if connection is None:
        known = sorted(operator.connections)
        advice = suggestion(name, known) or f"; there are {listing(known)}"
        raise ValueError(f"there is no connection {shown(name)} in peerloop.yaml{advice}")
    module = f"{_backend_of(connection)}.sign_in"
    if find_spec(module) is None:
        advice = "what it needs stands in peerloop.yaml"
        raise ValueError(f"nobody signs in to a connection of the kind {connection.kind}; {advice}")
    return cast(Path, import_module(module).sign_in(connection, name, client, timeout, browser))


def _offered(port: str, operator: Operator, name: str) -> Callable[..., object]:
    """Return what makes a port of the connection that a team names; which are fit was checked with its file."""
    connection = operator.connections[name]
    ports = import_module(f"{_backend_of(connection)}.ports")
    return partial(getattr(ports, port), connection, Path(operator.data))


def _guarded(
    port: str, operator: Operator, name: str, clock: Callable[[], datetime], team: Team, key: str, *use: object
) -> object:
    """Return a port that leaves a server alone which is down."""
    from integrations.breaker import Guarded, breaker_of

    connection, made = operator.connections[name], _offered(port, operator, name)(clock, team, key, *use)
    return Guarded(made, breaker_of(connection), clock) if isinstance(connection, Remote) else made


def _backend_of(connection: Connection) -> str:
    return next(backend for backend in BACKENDS if type(connection) in _kinds_of(backend))


def _kinds_of(backend: str) -> tuple[type[Connection], ...]:
    return cast(tuple[type[Connection], ...], import_module(f"{backend}.connection").CONNECTIONS)
