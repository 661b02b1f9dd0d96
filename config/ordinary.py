"""What people put into a folder: an ordinary file of a bounded size, and never a pipe that keeps us waiting.

It is read, and replaced, as a whole: a reader sees the old one or the new one, and so it is after a crash.
"""

import errno
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

PATIENCE = 1.0
_MOMENT = 0.005
"""For how many seconds it is waited for others who write the same file, and how many at a time."""


class NotOrdinary(OSError):
    """It is a device or a pipe, and was not read; ``strerror`` says so."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "it is no ordinary file, but a device or a pipe; put a file in its place")


class ChangedMeanwhile(Exception):
    """The file does not hold what it held: somebody was faster."""


def led_to(path: Path) -> Path:
    """Return where a path leads once its links are followed; of one that leads in circles a part of the way.

    ``Path.resolve`` raises there, which nobody expects of it.
    """
    return Path(os.path.realpath(path))


def read_ordinary(path: Path, most: int) -> bytes:
    """Return the bytes of a file, or one more than ``most`` of a larger one.

    Raises:
        NotOrdinary: it is no file.
        OSError: it cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # of a pipe, nobody is waited for
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise NotOrdinary
        data: bytes | None = file.read(most + 1)
        if data is None:  # it would be waited for, as by the kernel's log
            raise NotOrdinary
        return data


def replace_ordinary(path: Path, data: bytes, instead_of: bytes | None, mode: int = 0o666) -> None:
    """Put ``data`` in place of what the file holds, at once and durably; ``mode`` is that of one that is made.

    What is half written stands beside the file under a name that starts with a dot: left over after a crash, it is
    replaced by the next write. The file keeps its permissions, and a symbolic link stays one. Of those who write the
    same file at once, by whatever paths, each finds what the one before has written.

    Raises:
        ChangedMeanwhile: the file does not hold ``instead_of`` (None: is not there); it stays as it is.
        OSError: it cannot be written.
    """
    target = led_to(path)
    fresh = target.with_name(f".{target.name}.new")
    with _made_alone(fresh, mode) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        if _held(target, len(instead_of or b"")) != instead_of:
            fresh.unlink()
            raise ChangedMeanwhile
        if instead_of is not None:
            shutil.copymode(target, fresh)
        fresh.replace(target)
    _sync_folder(target.parent)


@contextmanager
def _made_alone(path: Path, mode: int) -> Iterator[BinaryIO]:
    """Make a file, which nobody else makes or takes away until the caller is done with it, or has moved it.

    Raises:
        ChangedMeanwhile: somebody else is at it all the time.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            file = open(path, "xb", opener=partial(os.open, mode=mode))  # noqa: SIM115 - it is closed below
        except FileExistsError:
            if not _left_over(path):
                time.sleep(_MOMENT)
            continue
        with file:
            if _locked(file.fileno()) and _is_at(path, file.fileno()):
                yield file
                return
    raise ChangedMeanwhile


def _left_over(path: Path) -> bool:
    """Take away what whoever made it has let go of; return whether it was so."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)  # NFS locks no other
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO, errno.EACCES):
            raise
        path.unlink(missing_ok=True)  # none of ours
        return True
    try:
        if not _locked(descriptor):
            return False
        if _is_at(path, descriptor):
            path.unlink(missing_ok=True)
        return True
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock an open file, until it is closed, unless another has; where the system has no locks, go on without."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _held(path: Path, most: int) -> bytes | None:
    try:
        return read_ordinary(path, most)
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
