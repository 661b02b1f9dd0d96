"""Which files are away: what was renamed or deleted is told from what is out of reach, or may come back."""

import os
import time
from collections.abc import Set
from functools import partial
from pathlib import Path

from daemon.serve.lanes import Seconds
from daemon.serve.questions import Questions
from daemon.serve.settling import Identity, Settling, identity_of

COMES_BACK: Seconds = 600
"""For so long a file that has gone may come back, after a checkout or from an editor."""


class Away:
    """What has become of files that were there, when it was looked for them last."""

    def __init__(self, settling: Settling, questions: Questions) -> None:
        """Know of no file and of no folder."""
        self.in_between: Set[Path] = frozenset()
        """Those where Git writes."""
        self.without_folder: Set[Path] = frozenset()
        """Those that have vanished with their folders, or with what was in its place."""
        self.gone: Set[Path] = frozenset()
        """Those that were renamed or deleted, with their folders or without, though they may come back."""
        self.for_good: Set[Path] = frozenset()
        """Those of them that have not come back for `COMES_BACK`, and such as have only now."""
        self._settling, self._questions, self._folders = settling, questions, _Folders(questions)
        self._until = dict[Path, Seconds]()

    def look(self, absent: Set[Path], there: Set[Path]) -> None:
        """See why files are ``absent``; those that are ``there`` tell which folders they are in from now on."""
        now, folders, ask = time.monotonic(), self._folders, self._questions.ask
        git = self._settling.git_is_at_work
        self.in_between = {path for path in absent if ask(git, path.parent, otherwise=False)}
        others = absent - self.in_between
        self.without_folder = {path for path in others if ask(folders.is_out_of_reach, path.parent, otherwise=True)}
        gone = {path for path in self.without_folder if ask(folders.has_gone, path.parent, otherwise=False)}
        may_be_there = self.in_between | (self.without_folder - gone)
        self.gone = absent - may_be_there
        until = {path: self._until.get(path, now + COMES_BACK) for path in self.gone}
        over = {path for path, end in (self._until | until).items() if end <= now}
        self.for_good, self._until = over - may_be_there, until
        folders.note({path.parent for path in there})


class _Folders:
    """Folders as they were when there were files in them last."""

    def __init__(self, questions: Questions) -> None:
        self._identity_of = partial(questions.ask, identity_of, otherwise=None)
        self._seen = dict[Path, tuple[Identity, ...]]()
        """Which one each was, and those in which it came to be, outwards."""

    def note(self, folders: Set[Path]) -> None:
        """Note which folders are there now."""
        for folder in folders:
            identity = self._identity_of(folder)
            if identity and identity != self._seen.get(folder, (None,))[0]:
                self._seen[folder] = identity, *map(self._identity_of, folder.parents)

    def is_out_of_reach(self, folder: Path) -> bool:
        """Whether a folder is not there, cannot be looked into, or is another one without any file that is known."""
        was = self._seen.get(folder)
        return not os.access(folder, os.R_OK | os.X_OK) or (was is not None and identity_of(folder) != was[0])

    def has_gone(self, folder: Path) -> bool:
        """Whether a folder was renamed or deleted, by itself or with one in which it was.

        Where that was can be looked into and is the very one that it was, and nothing of the way was on another file
        system, which may be mounted there again.
        """
        was = self._seen.get(folder, ())
        for one, identity, outer in zip((folder, *folder.parents), was, was[1:], strict=False):
            if not identity or not outer or identity[0] != outer[0]:
                return False
            if found := identity_of(one.parent):
                return found == outer and _is_without(one.parent, one.name)
        return False


def _is_without(folder: Path, name: str) -> bool:
    """Whether there is nothing of this name in a folder that can be looked into, not even a link that leads nowhere."""
    try:
        (folder / name).lstat()
    except FileNotFoundError:
        return os.access(folder, os.R_OK | os.X_OK)
    except OSError:
        return False
    return False
