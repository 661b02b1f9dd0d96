"""On which file system a path lies, where somebody else serves that and may give no answer."""

import os
import re
from collections import deque
from collections.abc import Container, Iterable
from pathlib import Path

_TABLE = Path("/proc/self/mountinfo")
_NETWORK = {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "gpfs", "lustre", "nfs", "nfs4", "orangefs", "smb3", "smbfs"}
_SERVED = frozenset({*_NETWORK, "autofs", "fuse", "fuseblk", "prl_fs", "vboxsf", "virtiofs", "vmhgfs"})
"""The kinds of file systems behind which there is another machine or process; FUSE tells after a dot what it shows."""
_OF_SYSTEM = re.compile("/$|/(proc|sys)/")
_MOST_STEPS = 1000
"""So many names are followed, for links may lead in circles."""


def served_mounts() -> dict[str, str]:
    """Return where file systems are mounted that somebody else serves, each with its own number and device (proc(5)).

    There are none where the system does not tell. One that is mounted anew has another of either.
    On the root lies this program itself, so that one does not count, and below the others are none of people's files.
    """
    try:
        lines = os.fsdecode(_TABLE.read_bytes()).splitlines()
    except OSError:
        return {}
    return {place: which for place, which in map(_mounted, filter(_is_served, lines)) if not _OF_SYSTEM.match(place)}


def _is_served(line: str) -> bool:
    kind = line.partition(" - ")[2].partition(" ")[0]
    return kind.split(".")[0] in _SERVED


def _mounted(line: str) -> tuple[str, str]:
    number, _, device, _, place, *_ = line.split(" ")
    return _unescaped(place), f"{number} {device}"


def _unescaped(place: str) -> str:
    for sign in " \t\n\\":
        place = place.replace(f"\\{ord(sign):03o}", sign)
    return place


def led_to_mount(names: Iterable[str], mounts: Container[str], at: str = os.sep) -> str:
    """Return where names lead from a folder once their links are followed, or to which of these mounts they come first.

    Nothing is asked of any of those.
    """
    left = deque(names)
    for _ in range(_MOST_STEPS):
        if at in mounts or not left:
            break
        name = left.popleft()
        at = os.path.dirname(at) if name == ".." else os.path.join(at, name)  # noqa: PTH118, PTH120 - of texts alone
        if at not in mounts and (target := _link(at)):
            at = os.path.dirname(at)  # noqa: PTH120
            left.extendleft(reversed(Path(target).parts))
    return at


def _link(path: str) -> str | None:
    try:
        return os.readlink(path)  # noqa: PTH115 - a text, as nearly all of them are none
    except OSError:
        return None
