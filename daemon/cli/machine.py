"""The check-up of what peerloop itself stands on: time zones, clock, disk, ledger, and proxies on the way out."""

import os
import shutil
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from config.connection import Remote
from config.operator import Operator
from config.zones import RELEASE
from daemon.ledger import Ledger, LedgerError
from daemon.model import Check
from daemon.serve.clock import BACK

ROOM = 100 * 1024 * 1024
"""So many bytes should be free where everything local is kept."""
OLD = 2
"""So many years after its release the rules of time zones are out of date in some country."""
SECONDS = 3.0
"""How long a proxy may take to be reached."""
ZONES, CLOCK = "its time zones are up to date", "its clock is right"
DISK, LEDGER = "it has room", "the ledger can be used"


def machine(operator: Operator, ledger: Ledger | str, now: datetime) -> Iterator[Check]:
    """Yield what is found, step by step; nothing is written. ``now`` is aware.

    In place of a ledger that could not be opened stands why.
    """
    yield _zones(now)
    yield from _ledger_and_clock(ledger, now)
    yield _disk(Path(operator.data))
    if any(isinstance(one, Remote) for one in operator.connections.values()):
        yield from _proxies()


def _zones(now: datetime) -> Check:
    """Look how old the rules are that came with peerloop, as in 2026b."""
    old = now.year - int(RELEASE[:4]) >= OLD
    told = f"the rules of release {RELEASE}, which came with peerloop"
    return Check(ZONES, not old, f"{told}, are old; upgrade it" if old else told)


def _ledger_and_clock(ledger: Ledger | str, now: datetime) -> Iterator[Check]:
    try:
        if isinstance(ledger, str):
            raise LedgerError(ledger)
        teams, last = len(ledger.team_keys()), ledger.looks.last("trusted")
    except LedgerError as error:
        yield Check(LEDGER, False, str(error))
        yield Check(CLOCK, None)
        return
    yield Check(LEDGER, True, f"{teams} {'team' if teams == 1 else 'teams'} in it")
    if last and now < last - BACK:
        said = f"it says {now:%Y-%m-%d}, but at an earlier pass it said {last:%Y-%m-%d}"
        yield Check(CLOCK, False, f"{said}; set it right, for instance by NTP")
    else:
        yield Check(CLOCK, True, f"{now:%Y-%m-%d %H:%M} UTC")


def _disk(data: Path) -> Check:
    """Look at the folder of everything local, or where it will be made."""
    there = next((one for one in (data, *data.absolute().parents) if one.exists()), Path("/"))
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(DISK, False, f"{there} cannot be written to; check its owner and permissions")
    free = shutil.disk_usage(there).free
    if free < ROOM:
        return Check(DISK, False, f"{free >> 20} MB are free at {there}; make {ROOM >> 20} MB of room")
    return Check(DISK, True, f"{free >> 20} MB are free at {there}")


def _proxies() -> Iterator[Check]:
    """Look whether the proxies that the environment names are reached; whoever signs in to one is not named."""
    for scheme, address in sorted(getproxies().items()):
        if scheme in ("http", "https"):
            yield _proxy(scheme, address)


def _proxy(scheme: str, address: str) -> Check:
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        place = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection(place, SECONDS):
            return Check(f"the proxy for {scheme} is reached", True, f"{place[0]}:{place[1]}")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        name = f"{scheme.upper()}_PROXY"
        advice = f"it was not reached ({why}); correct {name}, or name what needs none in NO_PROXY"
        return Check(f"the proxy for {scheme} is reached", False, advice)
