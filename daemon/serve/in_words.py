"""What went wrong, in a sentence for people."""

import errno

from config.secret import SecretMissing, without_secrets
from daemon.ledger import LedgerError

_MENDS = {
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "raise how many may be open at once, by `ulimit -n` or LimitNOFILE="),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room there"),
    errno.EFBIG: "raise how large a file may be, by `ulimit -f` or LimitFSIZE=, or make it smaller",
}


def in_words(error: Exception) -> str:
    """Return what went wrong in a sentence; of a fault of peerloop's own the traceback, for whoever mends it."""
    if isinstance(error, OSError):
        mend = _MENDS.get(error.errno or 0, "check the path and its permissions")
        return f"{error.filename or 'the system'}: {error.strerror or error}; {mend}"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it on this machine, or it may not have more; the next round tries again"
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return "no thread can be started now, by what this machine or its limits allow; the next round tries again"
    # who meets no error need not load what there can be
    from traceback import format_exception

    from config.templates import BrokenTemplate
    from daemon.plan.guards import Stopped
    from daemon.ports import PortError

    if isinstance(error, Stopped | LedgerError | PortError | BrokenTemplate | SecretMissing):
        return str(error)
    return f"this is a fault of peerloop itself; please report it\n{without_secrets(''.join(format_exception(error)))}"
