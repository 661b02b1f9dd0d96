"""What JSON may say and nothing can keep: halves of letters (RFC 8259, section 8.2), and NUL."""

import re
from typing import Any

LONGEST = 1_000_000
"""Letters of one text, more than three times those of the longest page that is read: the rest is cut off."""
_NO_LETTER = re.compile("[\ud800-\udfff\0]")


def in_whole_letters(value: Any) -> Any:
    """Return what an answer in JSON says, each text up to a length, with a sign in the place of each that is none."""
    match value:
        case str():
            value = value[:LONGEST]
            return value if value.isprintable() else _NO_LETTER.sub("\ufffd", value)
        case list():
            return [in_whole_letters(one) for one in value]
        case dict():
            return {in_whole_letters(name): in_whole_letters(one) for name, one in value.items()}
    return value
