"""How much of an answer is read: a server, or what stands before it, may send one without an end, or a small one that
unpacks to more than the machine's memory, or one of brackets, each of which becomes a hundred times as much.
"""

from http.client import CONTINUE, HTTPException, HTTPResponse

LARGEST = 16_000_000
"""So many bytes are read of one answer, counted after it was unpacked."""
MOST_VALUES = 300_000
"""So many values and lines an answer may have: while they are understood, which takes a tenth of a second, nothing else
goes on in the process. A page of the longest listing has some ten thousands."""
LIMITS = f"{LARGEST // 1_000_000} MB or {MOST_VALUES:,} values"
MOST_INTERIM = 20
"""So often a server may say that it will answer (RFC 9110, section 15.2) before it does."""


class TooLong(HTTPException):
    """An answer is longer than what is read of one; whether what was asked was done nobody knows."""

    def __init__(self) -> None:
        super().__init__(f"the answer is more than is read of one, {LIMITS}, and was not read to its end")


def of_few_values(content: bytes) -> bytes:
    """Return an answer that is to be understood, as it is.

    Raises:
        TooLong: it has too many values.
    """
    if sum(map(content.count, (b"{", b"[", b",", b"\n"))) > MOST_VALUES:
        raise TooLong
    return content


class Begun(HTTPResponse):
    """An answer that begins at some time; http.client itself reads interim ones for as long as they come.

    Raises:
        HTTPException: there are too many of those.
    """

    def _read_status(self) -> tuple[str, int, str]:
        begun: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        self._interim = getattr(self, "_interim", 0) + (begun[1] == CONTINUE)
        if self._interim > MOST_INTERIM:
            raise HTTPException("it goes on saying that it will answer, and never does")
        return begun
