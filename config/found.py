"""What a pattern finds, as ``glob`` does, but for ``**``: it follows no links, of which two may lead in a circle.

Nor does it look through all of a folder with thousands in it, such as a checkout: all teams would wait for that.
"""

import glob
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from os.path import isdir  # Path.is_dir raises where nothing may be looked into
from pathlib import Path

ANY_FOLDERS = "**"
MOST_FOLDERS = 2_000
"""So many are looked through, the outer ones first, of each folder that lies right where ``**`` stands."""


def found(pattern: str) -> Iterator[str]:
    """Yield the files and folders of a pattern, in which ``*`` stands for any name and ``**`` for any folders.

    A folder that is not looked through to its end is among them.
    """
    parts = Path(pattern).parts
    if ANY_FOLDERS not in parts:
        yield from glob.iglob(pattern)  # noqa: PTH207 - Path.glob would refuse one that begins at the root
        return
    at = parts.index(ANY_FOLDERS)
    rest = parts[at + 1 :]
    for first in filter(isdir, found(str(Path(*parts[:at])))):
        for folders in ([first], *map(_some_within, _below(first))):
            for folder in folders[:MOST_FOLDERS]:
                if rest:
                    yield from found(str(Path(glob.escape(folder), *rest)))
                else:
                    yield folder
                    yield from (one for one in found(str(Path(glob.escape(folder), "*"))) if not isdir(one))  # noqa: PTH112
            yield from folders[:1] if len(folders) > MOST_FOLDERS else ()


def _some_within(folder: str) -> list[str]:
    """Return a folder and those in one another there, as many as are looked through and one, if there is one more."""
    return [*islice(_within(folder), MOST_FOLDERS + 1)]


def _within(folder: str) -> Iterator[str]:
    """Yield a folder and those in one another there, hidden ones apart, the outer ones first."""
    folders = [folder]
    while folders:
        yield from folders
        folders = [below for one in folders for below in _below(one)]


def _below(folder: str) -> list[str]:
    """Return the folders right in a folder that can be looked into."""
    with suppress(OSError), os.scandir(folder) as entries:
        found = [entry.path for entry in entries if entry.name[:1] != "." and entry.is_dir(follow_symlinks=False)]
        return sorted(found)
    return []
