"""What can be wrong with the ledger.

LedgerError
  Unusable        its database does not do what it is to
  LedgerBusy      another process is at work on it
  LedgerReplaced  another file was put in its place
  Superseded      another process has the team now, or all was begun anew
"""


class LedgerError(Exception):
    """The ledger cannot be used; the message says why and what to do."""


class Unusable(LedgerError):
    """Its database is away, full, locked, damaged, not to be written to, or lacks a table or a right."""


class LedgerBusy(LedgerError):
    """Another process is at work on the same ledger."""


class LedgerReplaced(LedgerError):
    """Another ledger is where this one was."""


class Superseded(LedgerError):
    """The work on a team is another's by now; what this one still does is not written."""


def of_database(message: str, code: str | None) -> LedgerError:
    """Return the error of what a database did not do, by PostgreSQL's code.

    That one transaction gave way to another (class 40) says nothing of the next one.
    """
    return (LedgerError if (code or "").startswith("40") else Unusable)(message)
