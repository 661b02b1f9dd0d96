"""How much of an answer is read: a server, or what stands before it, may send one without an end, or a small one that
unpacks to more than the machine's memory.
"""

from http.client import CONTINUE, HTTPException, HTTPResponse

LARGEST = 16_000_000
"""So many bytes are read of one answer, counted after it was unpacked."""
MOST_INTERIM = 20
"""So often a server may say that it will answer (RFC 9110, section 15.2) before it does."""


class TooLong(HTTPException):
    """An answer is longer than what is read of one; whether what was asked was done nobody knows."""

    def __init__(self) -> None:
        super().__init__(f"the answer is longer than {LARGEST // 1_000_000} MB, and was not read to its end")


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
