"""HTML that others wrote: what a page says, and which signs stand for which."""

import html
import re

_NO_SIGN = re.compile("&#x?[0-9a-f]{100,};?", re.IGNORECASE)
"""A number of so many digits is that of no sign (HTML, section 13.2.5.80), and Python refuses to read longer ones."""
_LOOKED_THROUGH = 20_000
"""Characters of a page."""


def said_in(page: str, *elements: str) -> str | None:
    """Return what the first of some elements says, such as its ``title``, as it stands there; None without any.

    It takes no longer for some letters than for others.
    """
    begin = page[:_LOOKED_THROUGH]
    opened = re.search(rf"<({'|'.join(elements)})\b[^<>]*>", begin, re.IGNORECASE)
    closed = opened and re.compile(f"</{opened[1]}>", re.IGNORECASE).search(begin, opened.end())
    return begin[opened.end() : closed.start()] if opened and closed else None


def unescaped(text: str) -> str:
    """Return text with each sign in the place of its character reference."""
    return html.unescape(_NO_SIGN.sub("\ufffd", text))
