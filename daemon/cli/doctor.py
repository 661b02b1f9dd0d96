"""The check-up of every connection of each team, and of the machine, step by step, with what mends it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from config.operator import Operator
from config.secret import SecretMissing
from config.team import Team
from config.team_file import TeamFile
from config.zones import RELEASE
from daemon.cli.machine import machine
from daemon.cli.setting import Setting, world_on
from daemon.ledger import LedgerError, open_ledger
from daemon.loop import World
from daemon.model import Check
from daemon.model.names import team_key
from daemon.ports import Port, Sources
from daemon.serve.in_words import in_words

HOW_IT_IS = {True: "+", False: "-", None: "~"}
"""How a line says whether a step is well; None is one that could not be looked at."""


def world_to_examine(setting: Setting) -> tuple[World, str]:
    """Return the world, in which nothing is to be written, and why its ledger cannot be used, if it cannot.

    Then an empty one is in its place.
    """
    why, ledger = "", None
    try:
        ledger = open_ledger(setting.operator.ledger_url(), create=False)
    except (LedgerError, SecretMissing) as error:
        why = str(error)
    return world_on(ledger or open_ledger("sqlite://"), setting, False), why


class Doctor:
    """Looks at connections; ``well`` says whether everything was so up to now."""

    def __init__(self, operator: Operator, world: World, now: datetime, without_ledger: str = "") -> None:
        """Take what is examined, and why its ledger cannot be used, if it cannot."""
        self._without_ledger = without_ledger
        self._operator, self._world, self._now, self.well = operator, world, now, True

    def lines(self, files: Iterable[TeamFile]) -> Iterator[str]:
        """Yield what is found for people, as it is found."""
        for file in files:
            yield file.team.team
            for use, connection, place, checks in self._connections(file):
                yield f"  {use}: {self._named(connection)}{f', {place}' if place else ''}"
                for check in checks:
                    yield from (f"    {line}" for line in _check_lines(check))
        yield "This machine"
        for check in self._machine():
            yield from (f"  {line}" for line in _check_lines(check))
        if workers := self._world.ledger.workers():
            yield f"Workers: {workers} processes hold the ledger together; one of them gives out the passes"

    def json(self, files: Iterable[TeamFile]) -> dict[str, Any]:
        """Return what is found for programs."""
        teams = [
            {"team": file.team.team, "connections": [self._json(*found) for found in self._connections(file)]}
            for file in files
        ]
        return {"teams": teams, "machine": list(map(_check_json, self._machine())), "time_zones": RELEASE}

    def _machine(self) -> Iterator[Check]:
        for check in machine(self._operator, self._without_ledger or self._world.ledger, self._now):
            self.well = self.well and check.well is True
            yield check

    def _json(self, use: str, connection: str, place: str | None, checks: Iterator[Check]) -> dict[str, Any]:
        steps = list(map(_check_json, checks))
        return {
            "use": use,
            "connection": connection,
            "kind": self._operator.connections[connection].kind,
            "place": place,
            "checks": steps,
        }

    def _named(self, connection: str) -> str:
        kind = self._operator.connections[connection].kind
        return connection if kind == connection else f"{connection} ({kind})"

    def _connections(self, file: TeamFile) -> Iterator[tuple[str, str, str | None, Iterator[Check]]]:
        """Yield what a team uses: as what, by which name, what of it, and its check-up."""
        team, world = file.team, self._world
        key = team_key(team, world.ledger.team_keys())
        yield "calendar", team.calendar.connection, team.calendar.id, self._checks(lambda: world.calendar(team, key))
        yield "wiki", team.wiki.connection, team.wiki.space, self._checks(lambda: world.wiki(team, key))
        yield "mail", team.mail.connection, None, self._checks(lambda: world.messenger(team, key))
        for source in team.needs:
            alone = team.model_copy(update={"needs": (source,)})
            yield "needs", source.connection, source.place, self._checks(partial(self._source, alone, key, file.folder))

    def _source(self, team: Team, key: str, folder: Path) -> Sources:
        (source,) = self._world.sources(team, key, folder)
        return source

    def _checks(self, make: Callable[[], Port]) -> Iterator[Check]:
        try:
            for check in make().check_up():
                self.well = self.well and check.well is True
                yield check
        except Exception as error:  # one bad connection never stops the others
            self.well = False
            yield Check("it can be used", False, in_words(error))


def _check_json(check: Check) -> dict[str, Any]:
    return {"what": check.what, "well": check.well, "told": check.text}


def _check_lines(check: Check) -> Iterator[str]:
    if check.well is None:
        yield f"{HOW_IT_IS[None]} {check.what}: not tried"
    elif check.well:
        yield f"{HOW_IT_IS[True]} {check.what}{f': {check.text}' if check.text else ''}"
    else:
        yield f"{HOW_IT_IS[False]} {check.what}: no"
        yield from (f"    {line}" for line in check.text.splitlines())
