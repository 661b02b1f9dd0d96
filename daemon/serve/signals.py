"""Which signals a daemon heeds, and which threads never do."""

import signal

HEEDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def heed_none() -> None:
    """Keep signals from this thread: one that waits for a file system could not take them, nor would any other."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)
