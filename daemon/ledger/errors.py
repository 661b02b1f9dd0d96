"""What can be wrong with the ledger.

LedgerError
  LedgerBusy      another process is at work on it
  LedgerReplaced  another file was put in its place
  Superseded      another process has the team now
"""


class LedgerError(Exception):
    """The ledger cannot be used; the message says why and what to do."""


class LedgerBusy(LedgerError):
    """Another process is at work on the same ledger."""


class LedgerReplaced(LedgerError):
    """Another ledger is where this one was."""


class Superseded(LedgerError):
    """The work on a team was given to another process meanwhile; what this one still does is not written."""
