"""Whether a file is about to be changed, and a folder still the same: half of a change is not read."""

import os
import stat
import time
from pathlib import Path

QUIET = 1.0
"""For how many seconds a file has to stay as it is: an editor may have emptied it first."""
Identity = tuple[int, int] | None
ABANDONED = 60.0
"""After how many seconds a lock of Git's is one that was left over."""


def is_being_changed(file: Path) -> bool:
    """Return whether a file was written a moment ago, or Git is at work where it lies."""
    return is_being_written(file) or git_is_at_work(file.parent)


def is_being_written(file: Path) -> bool:
    """Return whether a file was written a moment ago."""
    age = _age(file)
    return age is not None and 0 <= age < QUIET


def git_is_at_work(folder: Path) -> bool:
    """Return whether Git is at work in a folder, or in one in which that lies."""
    folder = folder.absolute()
    locks = (one / ".git" / "index.lock" for one in (folder, *folder.parents))
    return any(0 <= age < ABANDONED for lock in locks if (age := _age(lock)) is not None)


def _age(file: Path) -> float | None:
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return None


def identity_of(folder: Path) -> Identity:
    """Return what tells a folder from another one that was put in its place; nothing where there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else None


def state_of(file: Path) -> tuple[int, ...]:
    """Return what changes when a file is written, replaced, moved or locked away; nothing where it is gone."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev, os.access(file, os.R_OK)
