"""Whether a file is about to be changed, and a folder still the same: half of a change is not read."""

import os
import stat
import time
from pathlib import Path

QUIET = 0.9
"""For how many seconds a file has to be seen to stay as it is: an editor may have emptied it first."""
State = tuple[int, ...]
Identity = tuple[int, int] | None
ABANDONED = 60.0
"""After how many seconds a lock of Git's is one that was left over."""


class Settling:
    """How long files have been as they are: since this process saw them change, for a file server's clock may differ.

    Of one that was never looked at before, only that clock tells.
    """

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[State, float]] = {}

    def is_being_changed(self, file: Path) -> bool:
        """Return whether a file was written a moment ago, or Git is at work where it lies."""
        return self.is_being_written(file) or self.git_is_at_work(file.parent)

    def is_being_written(self, file: Path) -> bool:
        """Return whether a file was written a moment ago."""
        return self._is_younger(file, QUIET)

    def git_is_at_work(self, folder: Path) -> bool:
        """Return whether Git is at work in a folder, or in one in which that lies."""
        folder = folder.absolute()
        locks = (one / ".git" / "index.lock" for one in (folder, *folder.parents))
        return any(self._is_younger(lock, ABANDONED) for lock in locks)

    def _is_younger(self, file: Path, age: float) -> bool:
        state, now = state_of(file), time.monotonic()
        known, since = self._seen.get(file, (None, 0.0))
        if known is None and state:
            since = now - max(0.0, time.time() - state[0] / 1e9)
        elif known != state:
            since = now
        self._seen[file] = state, since
        return bool(state) and now - since < age


def identity_of(folder: Path) -> Identity:
    """Return what tells a folder from another one that was put in its place; nothing where there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else None


def state_of(file: Path) -> State:
    """Return what changes when a file is written, replaced, moved or locked away; nothing where it is gone."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev, os.access(file, os.R_OK)
