"""How much of an answer is read: a server, or what stands before it, may send one without an end, or a small one that
unpacks to more than the machine's memory.
"""

from http.client import HTTPException

LARGEST = 16_000_000
"""So many bytes are read of one answer, counted after it was unpacked."""


class TooLong(HTTPException):
    """An answer is longer than what is read of one; whether what was asked was done nobody knows."""

    def __init__(self) -> None:
        super().__init__(f"the answer is longer than {LARGEST // 1_000_000} MB, and was not read to its end")
