"""How much of an answer is read: a server, or what stands before it, may send one without an end, or a small one that
unpacks to more than the machine's memory, or one of brackets, each of which becomes a hundred times as much.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import CONTINUE, HTTPException, HTTPResponse
from time import monotonic
from typing import Any, BinaryIO

from daemon.ports import alone, rest
from integrations.deadline import SECONDS

LARGEST = 16_000_000
"""So many bytes are read of one answer, as it comes and counted after it was unpacked."""
MOST_VALUES = 300_000
"""So many values and lines an answer may have: while they are understood, which takes a tenth of a second, nothing else
goes on in the process. A page of the longest listing has some ten thousands."""
LARGEST_OF_WIDE = LARGEST // 2
"""So many of one with a letter, such as an emoji, because of which each letter of its text takes four in memory."""
_NOT_WIDE = bytes(range(0xF0))
_HALVES = (b"\\ud8", b"\\ud9", b"\\uda", b"\\udb")
"""How such letters begin: in UTF-8 with none of the first, escaped in JSON with one of the others, in any case."""
LARGE = 1_000_000
"""Of the answers that have more bytes, one at a time is understood, for half of the time."""
MOST_READS = 50_000
"""In so many pieces an answer may come: each costs time, however small it is."""
LIMITS = f"{LARGEST // 1_000_000} MB or {MOST_VALUES:,} values"
FRAMING = 1_000_000
"""So many bytes more may an answer take for its headers, and for saying how long each of its parts is."""
MOST_INTERIM = 20
"""So often a server may say that it will answer (RFC 9110, section 15.2) before it does."""


LARGEST_LISTING = 60_000_000
"""So many bytes are kept of one listing, of however many answers, as they lie in memory; an event takes some 5,000."""


class NoAnswer(HTTPException):
    """What is answered is against the rules of HTTP; the message says how, in words for people."""


class TooLong(Exception):
    """An answer is longer than what is read of one; whether what was asked was done nobody knows.

    No error of http.client, for the libraries above make other ones of those.
    """

    def __init__(self, what: str = f"the answer is more than is read of one, {LIMITS}") -> None:
        super().__init__(f"{what}, and was not read to its end")


def understandable(content: bytes) -> bytes:
    """Return an answer that is to be understood, as it is.

    Raises:
        TooLong: it has too many values, or its text takes too much memory.
    """
    if len(content) > LARGEST_OF_WIDE and _is_wide(content):
        raise TooLong
    if sum(map(content.count, (b"{", b"[", b",", b"\n"))) > MOST_VALUES:
        raise TooLong
    return content


_large_ones = threading.Lock()


@contextmanager
def in_turn(content: bytes | str) -> Iterator[None]:
    """Let the caller understand an answer: while it does, nothing else goes on in the process, and several large ones
    would keep that waiting one after another. So each is followed by a pause as long as it took.
    """
    if len(content) <= LARGE:
        yield
        return
    with alone(_large_ones):
        begun = monotonic()
        try:
            yield
        finally:
            rest(monotonic() - begun)


def _is_wide(content: bytes) -> bool:
    """Whether it holds a wide letter; a regular expression would take thirty times as long."""
    if content.translate(None, _NOT_WIDE):
        return True
    escaped = content.lower() if b"\\u" in content else b""
    return any(half in escaped for half in _HALVES)


class Room:
    """How much may still be kept of a listing: a server that goes on with it is not to fill the machine's memory."""

    def __init__(self) -> None:
        self._left = LARGEST_LISTING

    def take(self, told: object) -> None:
        """Keep what was understood of JSON.

        Raises:
            TooLong: there is no room left for it.
        """
        self._left -= size_of(told)
        if self._left < 0:
            raise TooLong(f"the listing is more than is read of one, {LARGEST_LISTING // 1_000_000} MB")


def size_of(told: object) -> int:
    """Return how many bytes what was understood of JSON takes; its names are there once."""
    inner = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
    return sys.getsizeof(told) + sum(map(size_of, inner))


class Begun(HTTPResponse):
    """An answer that begins at some time, and ends; http.client itself reads interim ones for as long as they come.

    Raises:
        NoAnswer: there are too many of those.
        TooLong: there is more of it than is read, or it comes in too many pieces.
        TimeoutError: it takes too long as a whole.
    """

    fp: Any

    def __init__(self, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more)
        self.fp = _Metered(self.fp)

    def _read_status(self) -> tuple[str, int, str]:
        begun: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        self._interim = getattr(self, "_interim", 0) + (begun[1] == CONTINUE)
        if self._interim > MOST_INTERIM:
            raise NoAnswer("it goes on saying that it will answer, and never does")
        return begun


class _Metered:
    """What is read from a connection: not too much, not too often and not for too long."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._until = file, monotonic() + SECONDS
        self._left, self._reads = LARGEST + FRAMING, MOST_READS

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, amount: int | None = None) -> bytes:
        """Return so many bytes, or all."""
        if amount is not None and amount < 0:
            raise NoAnswer("it tells of a part that it is shorter than nothing")
        return self._counted(self._file.read(min(self._left + 1, self._left + 1 if amount is None else amount)))

    def readline(self, most: int = -1) -> bytes:
        """Return a line, or so many bytes of it."""
        return self._counted(self._file.readline(most))

    def readinto(self, buffer: bytearray) -> int:
        """Read into a buffer, and return how much."""
        number: int = self._file.readinto(buffer)  # type: ignore[attr-defined]
        self._count(number)
        return number

    def _counted(self, data: bytes) -> bytes:
        self._count(len(data))
        return data

    def _count(self, number: int) -> None:
        self._left, self._reads = self._left - number, self._reads - 1
        if self._left < 0 or self._reads < 0:
            raise TooLong
        if monotonic() > self._until:
            raise TimeoutError("its answer does not come to an end")
