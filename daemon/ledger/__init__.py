"""What happened: assignments, resources made, reminders sent. Survives restarts; rebuilt from marks when lost.

What may be wrong with it is known at once; the database's library is loaded with the first of the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from daemon.ledger.errors import LedgerBusy, LedgerError, LedgerReplaced, Superseded, Unusable, of_database

if TYPE_CHECKING:
    from daemon.ledger.database import open_ledger
    from daemon.ledger.leases import BrokenOff, LastRun, Lease
    from daemon.ledger.looks import Looks
    from daemon.ledger.store import Ledger

__all__ = [
    "BrokenOff",
    "LastRun",
    "Lease",
    "Ledger",
    "LedgerBusy",
    "LedgerError",
    "LedgerReplaced",
    "Looks",
    "Superseded",
    "Unusable",
    "of_database",
    "open_ledger",
]
_MODULES = {
    "BrokenOff": "leases",
    "LastRun": "leases",
    "Lease": "leases",
    "Ledger": "store",
    "Looks": "looks",
    "open_ledger": "database",
}


def __getattr__(name: str) -> Any:
    """Return what a module of the ledger has, which is loaded when it is asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
