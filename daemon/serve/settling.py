"""Whether a file is about to be changed, and a folder still the same: half of a change is not read."""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

QUIET = 0.9
"""For how many seconds a file has to be seen to stay as it is: an editor may have emptied it first."""
State = tuple[int, ...]
Identity = tuple[int, int] | None
ABANDONED = 60.0
"""After how many seconds a lock of Git's is one that was left over."""
PAUSE = 5.0
"""So many seconds after the last change below it Git has written all files, or waits for something, though it has its
lock: that is empty as long as it writes them."""
PAUSE_WITH_INDEX = 2.0
"""The same where the new index stands in the lock: Git has done with the files, and waits for a person's message."""


class Settling:
    """How long files have been as they are: since this process saw them change, for a file server's clock may differ.

    Of one that was never looked at before, only that clock tells.
    """

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[State, float]] = {}
        self._changed: dict[Path, float] = {}
        """When anything changed last below a folder."""

    def is_being_changed(self, file: Path) -> bool:
        """Return whether a file was written a moment ago, or Git is at work where it lies."""
        return self.is_being_written(file) or self.git_is_at_work(file.parent)

    def is_being_written(self, file: Path) -> bool:
        """Return whether a file was written a moment ago."""
        return self._is_younger(file, QUIET, self._note_change)

    def git_is_at_work(self, folder: Path) -> bool:
        """Return whether Git writes files in a folder, or in one in which that lies.

        It does while it has its lock and something has changed there a moment ago, as far as this process has looked;
        where it has that and waits for a person, nobody waits for it.
        """
        folder = folder.absolute()
        locked = [one for one in (folder, *folder.parents) if self._is_younger(_lock_of(one), ABANDONED)]
        if locked:
            self._is_younger(folder, 0, self._note_change)  # what has come and gone in it
        return any(self._was_changed_lately(one) for one in locked)

    def _was_changed_lately(self, checkout: Path) -> bool:
        _, _, size, *_ = state_of(_lock_of(checkout)) or (0, 0, 0)
        pause = PAUSE_WITH_INDEX if size else PAUSE
        return time.monotonic() - self._changed.get(checkout, float("-inf")) < pause

    def _note_change(self, file: Path, since: float) -> None:
        for folder in (file.absolute(), *file.absolute().parents):
            self._changed[folder] = max(since, self._changed.get(folder, since))

    def _is_younger(self, file: Path, age: float, note: Callable[[Path, float], None] = lambda *_: None) -> bool:
        state, now = state_of(file), time.monotonic()
        known, since = self._seen.get(file, (None, 0.0))
        if known is None and state:
            since = now - max(0.0, time.time() - state[0] / 1e9)
        elif known != state:
            since = now
        if known != state:
            note(file, since)
        self._seen[file] = state, since
        return bool(state) and now - since < age


def _lock_of(checkout: Path) -> Path:
    return checkout / ".git" / "index.lock"


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
