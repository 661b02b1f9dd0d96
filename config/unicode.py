"""Text in the normal forms of Unicode, in a time that grows with its length."""

import re
import unicodedata
from functools import cache
from typing import Literal

MOST_MARKS = 30
"""So many combining marks a letter may have: no writing has more (UAX #15, Stream-Safe Text Format)."""
_FIRST, _END = 0x300, 0x20000
"""Where in Unicode they stand."""


def normalized(form: Literal["NFC", "NFD", "NFKC"], text: str) -> str:
    """Return text in a normal form, without the marks that a letter has beyond ``MOST_MARKS``.

    Putting the marks of one letter in order takes the square of their number, and lets no other thread go on meanwhile.
    """
    return text if text.isascii() else unicodedata.normalize(form, _too_many().sub(r"\1", text))


@cache
def _too_many() -> "re.Pattern[str]":
    signs = map(chr, range(_FIRST, _END))
    marks = "".join(sign for sign in signs if unicodedata.combining(unicodedata.normalize("NFD", sign)[0]))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")
