"""Reading what people put into a folder: an ordinary file of a bounded size, and never a pipe that keeps us waiting."""

import errno
import os
import stat
from pathlib import Path


class NotOrdinary(OSError):
    """It is a device or a pipe, and was not read; ``strerror`` says so."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "it is no ordinary file, but a device or a pipe; put a file in its place")


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
        return file.read(most + 1)
