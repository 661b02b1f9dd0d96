"""Keeping what this process knows in this process: a dump of its memory would hold every token and password."""

import ctypes
import resource
from contextlib import suppress

PR_SET_DUMPABLE = 4


def forbid_dumps() -> None:
    """Let nothing of this process's memory be dumped, or read by others of its user, where the system offers that."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
