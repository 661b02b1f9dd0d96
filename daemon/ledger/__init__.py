"""What happened: assignments, resources made, reminders sent. Survives restarts; rebuilt from marks when lost."""

from daemon.ledger.database import open_ledger
from daemon.ledger.errors import LedgerBusy, LedgerError, LedgerReplaced, Superseded
from daemon.ledger.leases import LastRun, Lease
from daemon.ledger.looks import Looks
from daemon.ledger.store import Ledger

__all__ = [
    "LastRun",
    "Lease",
    "Ledger",
    "LedgerBusy",
    "LedgerError",
    "LedgerReplaced",
    "Looks",
    "Superseded",
    "open_ledger",
]
