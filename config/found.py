"""What a pattern finds, as ``glob`` does, but that ``**`` follows no links: two that lead in a circle have no end."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path

ANY_FOLDERS = "**"


def found(pattern: str) -> Iterator[str]:
    """Yield the files and folders of a pattern, in which ``*`` stands for any name and ``**`` for any folders."""
    parts = Path(pattern).parts
    if ANY_FOLDERS not in parts:
        yield from glob.iglob(pattern)  # noqa: PTH207 - Path.glob would refuse one that begins at the root
        return
    at = parts.index(ANY_FOLDERS)
    rest = parts[at + 1 :]
    for first in found(str(Path(*parts[:at]))):
        yield from () if rest else (first,)
        for folder, below, _ in os.walk(first):
            below[:] = (name for name in below if not name.startswith("."))
            yield from found(str(Path(glob.escape(folder), *(rest or "*"))))
