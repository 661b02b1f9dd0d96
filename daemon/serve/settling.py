"""Whether a file is about to be changed, and a folder still the same: half of a change is not read."""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from config.ordinary import read_ordinary

_LONGEST_PATH = 4096
QUIET = 0.9
"""For how many seconds a file has to be seen to stay as it is: an editor may have emptied it first."""
State = tuple[int, ...]
Identity = tuple[int, int] | None
ABANDONED = 60.0
"""After how many seconds a lock of Git's is one that was left over."""
PAUSE = 5.0
"""So many seconds after Git wrote a file last it has written all, or waits for something, though it has its lock."""


class _Lock:
    """A lock of Git's, and what has changed in its checkout meanwhile.

    Git writes one file after another, each once: what is changed again, or after a pause, is changed by somebody else.
    """

    def __init__(self, since: float) -> None:
        self.since = since
        self._changed = set[Path]()
        self._last: float | None = None

    def note(self, file: Path, when: float) -> None:
        """Note that a file has changed, or what is in a folder."""
        if file not in self._changed and (self._last is None or when - self._last < PAUSE):
            self._last = max(when, self._last or self.since)
        self._changed.add(file)

    def is_of_one_who_writes(self) -> bool:
        """Whether Git wrote a file a moment ago."""
        return self._last is not None and time.monotonic() - self._last < PAUSE


class Settling:
    """How long files have been as they are: since this process saw them change, for a file server's clock may differ.

    Of one that was never looked at before, only that clock tells.
    """

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[State, float]] = {}
        self._locks: dict[Path, _Lock] = {}
        """Those of Git's by which it writes files, by their checkouts."""

    def is_being_changed(self, file: Path) -> bool:
        """Return whether a file was written a moment ago, or Git is at work where it lies."""
        return self.is_being_written(file) or self.git_is_at_work(file.parent)

    def is_being_written(self, file: Path) -> bool:
        """Return whether a file was written a moment ago."""
        return self._is_younger(file, QUIET, self._note_change)

    def git_is_at_work(self, folder: Path) -> bool:
        """Return whether Git writes files in a folder, or in one in which that lies.

        It does while it has its lock, that is empty, and file after file changes there for the first time since, as
        far as this process has looked. With the new index in the lock it has written them all and perhaps waits for a
        person, as `git commit -a` does: that holds up nobody. A lock that was left over holds up the first edits, until
        none has come for `PAUSE`, and none after those.
        """
        folder = folder.absolute()
        locks = [lock for one in (folder, *folder.parents) if (lock := self._lock_in(one))]
        if locks:
            self._is_younger(folder, 0, self._note_change)  # what has come and gone in it
        return any(lock.is_of_one_who_writes() for lock in locks)

    def _lock_in(self, checkout: Path) -> _Lock | None:
        file = _git_folder(checkout) / "index.lock"
        if not self._is_younger(file, ABANDONED) or _size(self._seen[file][0]):
            self._locks.pop(checkout, None)
            return None
        since, lock = self._seen[file][1], self._locks.get(checkout)
        if lock is None or lock.since != since:
            lock = self._locks[checkout] = _Lock(since)
        return lock

    def _note_change(self, file: Path, since: float) -> None:
        if time.monotonic() - since < ABANDONED:
            file = file.absolute()
            for lock in filter(None, map(self._lock_in, (file, *file.parents))):
                lock.note(file, since)

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


def _git_folder(checkout: Path) -> Path:
    """Return where Git keeps what is a checkout's; of a worktree or a submodule a file tells (gitrepository-layout)."""
    git = checkout / ".git"
    try:
        told = read_ordinary(git, _LONGEST_PATH).decode()
    except (OSError, UnicodeDecodeError):  # it is a folder, as nearly always, or is not there
        return git
    place = told.removeprefix("gitdir:").strip()
    return checkout / place if place != told.strip() and place.isprintable() else git


def _size(state: State) -> int:
    return state[2] if state else 0


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
