"""What a process needs that goes on for ever: too few files or threads, and it would fail in the midst of its work."""

import ctypes
import resource
import signal
import sys
import threading
from contextlib import suppress

from daemon.serve.dumps import forbid_dumps

FILES = 256
"""So many files and connections there have to be at least, 150 of them for the web page."""
ENOUGH = 1024
"""More are not asked for; ``select`` takes no more."""
THREADS = 16
"""So many are at work side by side at the start: the log, signals, the web page, what watches files, and passes."""

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
TURN = 0.001
"""After so many seconds a thread lets another one compute that waits for it; five times that is Python's own."""


def make_ready() -> str:
    """Have this process fit to go on for ever, before it reads a secret; return what it has too little of, in words.

    It heeds no SIGHUP until it has begun: it looks at everything then anyway, and would be ended by one.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    forbid_dumps()
    take_short_turns()
    give_memory_back()
    return lacking()


def take_short_turns() -> None:
    """Let each thread have its turn soon: one with little to do, and many turns, is held up by those that compute."""
    sys.setswitchinterval(TURN)


def give_memory_back() -> None:
    """Have memory for what is large given back once it is free, where the system is glibc (mallopt(3)).

    Else it keeps that, once more for each of many threads: of some long pages hundreds of megabytes, for ever.
    """
    with suppress(OSError, AttributeError):
        system = ctypes.CDLL(None)
        system.mallopt(_ARENA_MAX, 2)
        system.mallopt(_MMAP_THRESHOLD, 1_000_000)


def lacking() -> str:
    """Return what this process has too little of and how to give it more, in words for people; else nothing.

    It takes of the machine what it may have.
    """
    files = _files()
    if files < FILES:
        advice = f"raise that, by `ulimit -n {ENOUGH}` before it, or LimitNOFILE={ENOUGH} in its systemd unit"
        return f"this process may have {files} files and connections open at once, and needs {FILES}; {advice}"
    if not _threads_can_be_started():
        advice = "raise what its user or its container may have, by `ulimit -u`, TasksMax= or a limit of pids"
        return f"this process cannot start {THREADS} threads, which it needs; {advice}, or free some memory"
    return ""


def _files() -> int:
    """Return how many files may be open at once, once as many as are needed have been asked for."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if most == resource.RLIM_INFINITY else min(most, ENOUGH)
    if now == resource.RLIM_INFINITY or now >= wanted:
        return ENOUGH if now == resource.RLIM_INFINITY else now
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _threads_can_be_started() -> bool:
    over, started = threading.Event(), list[threading.Thread]()
    try:
        for _ in range(THREADS):
            started.append(thread := threading.Thread(target=over.wait, daemon=True))
            thread.start()
    except RuntimeError:
        started.pop()
        return False
    finally:
        over.set()
        for thread in started:
            thread.join()
    return True
