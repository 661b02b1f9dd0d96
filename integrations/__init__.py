"""Backends: one module or folder a kind of connection. A new one is that module and one line in ``KINDS``.

A backend's module offers those of ``calendar``, ``wiki`` and ``messenger`` that it can be, each made for one team.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import cast

from config.faults import listing, suggestion
from config.operator import Operator
from config.team import Team
from config.values import shown
from daemon.ports import Calendar, Messenger, Wiki

KINDS = {
    "confluence-cloud": "integrations.confluence",
    "confluence-data-center": "integrations.confluence",
    "google-calendar": "integrations.google_calendar",
    "local": "integrations.local",
    "smtp": "integrations.mail",
}
"""Which module speaks for which kind of connection; imported only where a team uses it."""

SIGN_INS = {"google-calendar": "integrations.google_calendar.sign_in"}
"""Which module signs a person in for which kind of connection; the others have all they need in ``peerloop.yaml``."""

Clock = Callable[[Team], datetime]


def calendar(operator: Operator, clock: Clock, team: Team, key: str) -> Calendar:
    """Return the calendar of a team, known by its key; ``clock`` tells the time, aware, for a team."""
    return cast(Calendar, _offered("calendar", operator, team.calendar.connection)(partial(clock, team), team, key))


def wiki(operator: Operator, clock: Clock, team: Team, key: str) -> Wiki:
    """Return the wiki of a team."""
    return cast(Wiki, _offered("wiki", operator, team.wiki.connection)(partial(clock, team), team, key))


def messenger(operator: Operator, clock: Clock, team: Team, key: str) -> Messenger:
    """Return what sends a team's mail."""
    return cast(Messenger, _offered("messenger", operator, team.mail.connection)(partial(clock, team), team, key))


def sign_in(operator: Operator, name: str, client: Path, timeout: int, browser: bool) -> Path:
    """Let a person sign in to a connection within so many seconds; return the file that holds their token from then on.

    ``client`` is the file of the OAuth client; ``browser`` says whether one is to be opened.

    Raises:
        ValueError: what was given is not fit for it; the message says why.
        Refused, Unavailable: nobody has signed in.
    """
    connection = operator.connection(name)
    if connection is None:
        known = sorted({"local", *operator.connections})
        advice = suggestion(name, known) or f"; there are {listing(known)}"
        raise ValueError(f"there is no connection {shown(name)} in peerloop.yaml{advice}")
    if connection.kind not in SIGN_INS:
        advice = "what it needs stands in peerloop.yaml"
        raise ValueError(f"nobody signs in to a connection of the kind {connection.kind}; {advice}")
    signed_in = import_module(SIGN_INS[connection.kind]).sign_in
    return cast(Path, signed_in(connection, name, client, timeout, browser))


def _offered(port: str, operator: Operator, name: str) -> Callable[..., object]:
    """Return what makes a port of the connection that a team names; which are fit was checked with its file."""
    connection = operator.connection(name)
    if connection is None:
        raise KeyError(f"no connection {name!r}")
    return partial(getattr(import_module(KINDS[connection.kind]), port), connection, Path(operator.data))
