"""Backends: one module or folder a kind of connection. A new one is that module and one line in ``KINDS``.

A backend's module offers those of ``calendar``, ``wiki`` and ``messenger`` that it can be, each made for one team.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import cast

from config.operator import Operator
from config.team import Team
from daemon.ports import Calendar, Messenger, Wiki

KINDS = {
    "google-calendar": "integrations.google_calendar",
    "local": "integrations.local",
}
"""Which module speaks for which kind of connection; imported only where a team uses it."""

Clock = Callable[[Team], datetime]


def calendar(operator: Operator, clock: Clock, team: Team, key: str) -> Calendar:
    """Return the calendar of a team, known by its key; ``clock`` tells the time, aware, for a team."""
    return cast(Calendar, _offered("calendar", operator, team.calendar.connection)(partial(clock, team), team, key))


def wiki(operator: Operator, clock: Clock, team: Team, key: str) -> Wiki:
    """Return the wiki of a team."""
    return cast(Wiki, _offered("wiki", operator, team.wiki.connection)(partial(clock, team), team, key))


def messenger(operator: Operator, clock: Clock, team: Team) -> Messenger:
    """Return what sends a team's mail."""
    return cast(Messenger, _offered("messenger", operator, team.mail.connection)(partial(clock, team), team))


def _offered(port: str, operator: Operator, name: str) -> Callable[..., object]:
    """Return what makes a port of the connection that a team names; which are fit was checked with its file."""
    connection = operator.connection(name)
    if connection is None:
        raise KeyError(f"no connection {name!r}")
    return partial(getattr(import_module(KINDS[connection.kind]), port), connection, Path(operator.data))
