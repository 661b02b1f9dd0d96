"""Files that are read and replaced as a whole: a reader sees the old one or the new one, and so it is after a crash."""

import errno
import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryFile

from config.ordinary import ChangedMeanwhile, NotOrdinary, led_to, read_ordinary, replace_ordinary
from daemon.model import Check
from daemon.ports import Changed, Refused, Unavailable, about_to_write, rest
from integrations.steps import tried

_TICK = 3_000_000_000
"""Nanoseconds: no file system's clock, by which it notes when a file was touched, takes longer steps."""
LARGEST = 16_000_000
"""Bytes of a file that is read; a calendar of five thousand events has a quarter of that."""
QUIET = 1.0
"""For how many seconds a file was left alone at least before it is replaced: who writes on in the one before, as a
program that copies does, would write what nobody sees."""
_MOST_OURS = 1_000
_OURS: OrderedDict[Path, str] = OrderedDict()
"""How files were when this process wrote them last."""
_TO_BE_MENDED = {
    errno.EACCES,
    errno.EPERM,
    errno.EEXIST,
    errno.EROFS,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
}


def read(path: Path, most: int = LARGEST) -> bytes | None:
    """Return a file's bytes, at most so many, or None where there is no file.

    Raises:
        Unavailable: the disk did not answer.
        Refused: the file may not be read, or is none, or larger than anything that people write.
    """
    with _in_words(path, "read"):
        try:
            data = read_ordinary(path, most)
        except FileNotFoundError:
            return None
    if len(data) > most:
        large = f"{path} is larger than {most // 1_000_000} MB, and is not read."
        raise Refused(f"{large} Take out of it what does not belong there.")
    return data


def signature(path: Path | str) -> str:
    """Return what changes when anybody saves, moves or replaces a file."""
    return _looked_at(path)[0]


def untouched(path: Path | str) -> str | None:
    """Return a file's signature, unless it was touched so lately that it could be again without changing that."""
    started = time.time_ns()
    told, touched = _looked_at(path)
    return told if touched and touched < started - _TICK else None


def _looked_at(path: Path | str) -> tuple[str, int]:
    """Return the signature of a file, and when it was touched; 0 where it cannot be looked at."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - of each page, in every pass
    except FileNotFoundError:
        return f"{path} gone", 0
    except OSError as error:
        return f"{path} {error.errno}", 0
    return f"{path} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_size} {stat.st_ino}", stat.st_ctime_ns


def replace(path: Path, data: bytes, instead_of: bytes | None, private: bool = False) -> None:
    """Put ``data`` in place of what the file holds, at once and durably; make the file and its folders if need be.

    A new one that is ``private`` is the owner's alone, and so is its folder.

    Raises:
        Changed: the file does not hold ``instead_of`` (None: is not there), so somebody was faster; it stays as it is.
        Unavailable: the disk is full or did not answer.
        Refused: the file may not be written.
    """
    if instead_of is not None:
        _await_quiet(path)
    about_to_write()
    with _in_words(path, "written"):
        led_to(path).parent.mkdir(0o700 if private else 0o777, parents=True, exist_ok=True)
        try:
            replace_ordinary(path, data, instead_of, 0o600 if private else 0o666)
        except ChangedMeanwhile:
            changed = f"{path} was changed by somebody else at the same moment; the next pass reads it again."
            raise Changed(changed) from None
    _note_own(path)


def _await_quiet(path: Path) -> None:
    """Wait for a moment where somebody else wrote a file just now; what they write then is found in it."""
    told, touched = _looked_at(path)
    age = (time.time_ns() - touched) / 1e9
    if 0 <= age < QUIET and told != _OURS.get(path):
        rest(QUIET - age)


def _note_own(path: Path) -> None:
    """Know how a file is that we have written."""
    _OURS.pop(path, None)  # so that it stands last
    _OURS[path] = signature(path)
    while len(_OURS) > _MOST_OURS:
        _OURS.popitem(last=False)


def check_folder(folder: Path) -> Check:
    """Return whether files can be put into a folder, which is made when the first is; nothing is left behind."""

    def look() -> str:
        with _in_words(folder, "written"):
            there = next(one for one in (led_to(folder), *led_to(folder).parents) if one.exists())
            TemporaryFile(dir=there).close()
        return str(folder)

    return tried("the folder can be written", look)


@contextmanager
def _in_words(path: Path, done: str) -> Iterator[None]:
    """Tell of what the operating system refuses in words for people."""
    try:
        yield
    except OSError as error:
        reason = f"{path} cannot be {done}: {error.strerror or error}."
        if isinstance(error, NotOrdinary):
            raise Refused(reason) from error
        if error.errno in _TO_BE_MENDED:
            raise Refused(f"{reason} Check the path, its owner and its permissions.") from error
        raise Unavailable(f"{reason} The next pass tries again.") from error


def saved_on(path: Path, now: datetime) -> date:
    """Return the day on which a file was last saved, in the zone of ``now``."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo).date()
    except OSError:  # it has just gone
        return now.date()


def digest_of(parts: Sequence[str]) -> str:
    """Return what tells these texts from others, such as the signatures of files."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:20]
