"""What went wrong, in a sentence for people."""

from config.secret import SecretMissing, without_secrets
from daemon.ledger import LedgerError


def in_words(error: Exception) -> str:
    """Return what went wrong in a sentence; of a fault of peerloop's own the traceback, for whoever mends it."""
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or error}; check the path and its permissions"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it on this machine, or it may not have more; the next round tries again"
    # who meets no error need not load what there can be
    from traceback import format_exception

    from config.templates import BrokenTemplate
    from daemon.plan.guards import Stopped
    from daemon.ports import PortError

    if isinstance(error, Stopped | LedgerError | PortError | BrokenTemplate | SecretMissing):
        return str(error)
    return f"this is a fault of peerloop itself; please report it\n{without_secrets(''.join(format_exception(error)))}"
