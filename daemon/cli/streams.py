"""What is said goes to stdout and stderr, whatever those are: closed, a full disk, a reader who has gone."""

import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any

OUTPUT = "what this prints"


class _Output(FileIO):
    """Fails by the name that people know it by, and once: what is left of it when the program ends is of no use."""

    _has_failed = False

    def write(self, data: Any, /) -> int:
        """Write as much as there is room for.

        Raises:
            OSError: nothing can be written.
        """
        if self._has_failed:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            self._has_failed = True
            raise OSError(error.errno, error.strerror, OUTPUT) from error


class _Aside(FileIO):
    """Never fails: that something cannot be said ends nothing, and there is no place left to say so."""

    def write(self, data: Any, /) -> int:
        """Write as much as there is room for, and drop it where there is none."""
        try:
            return super().write(data) or len(data)
        except OSError:
            return len(data)


def have_streams() -> None:
    """Open what whoever began this has closed, else a ledger would be taken for the output; and let both bear faults.

    A name that cannot be shown there stops nothing either.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number is free, so it is this one
            setattr(sys, name, os.fdopen(opened, "r" if number == 0 else "w"))
    for name, kind in (("stdout", _Output), ("stderr", _Aside)):
        stream = getattr(sys, name)
        if type(stream) is TextIOWrapper:
            setattr(sys, name, _bearing(stream, kind))


def _bearing(stream: TextIOWrapper, kind: type[FileIO]) -> TextIOWrapper:
    """Return another stream to the same place."""
    stream.flush()
    raw = BufferedWriter(kind(stream.fileno(), "w", closefd=False))
    return TextIOWrapper(raw, stream.encoding, "backslashreplace", line_buffering=stream.line_buffering)
