"""Text from people as Markdown: shown as they wrote it, and never read as markup; and what of theirs is code."""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_INLINE = re.compile(r"[\\`*_\[\]|~]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK = re.compile(r"^(?=[-+=#])|^\d{1,9}(?=[.)](?:\s|$))")
_WEB = re.compile(r"https?://[^\s/?#]|mailto:\S", re.IGNORECASE)
_UNSAFE_IN_ADDRESS = re.compile(r"""[\s<>"`{}|\\^()\[\]*;]""")
_TICKS = re.compile("`+")


def one_line(text: str) -> str:
    """Return text from people on one line, without characters that steer a terminal or the reading direction."""
    return " ".join(_UNSEEN.sub(" ", text).split())


@lru_cache(maxsize=4096)
def markdown_text(text: str) -> str:
    """Return Markdown that shows ``text`` from people as they wrote it, on one line, wherever it is inserted.

    It makes no markup, link or HTML, ends no table cell, and never contains ``<``, so that no comment can be forged.
    """
    line = _ENTITY.sub("&amp;", one_line(text)).replace("<", "&lt;").replace(">", "&gt;")
    return _BLOCK.sub(r"\g<0>\\", _INLINE.sub(r"\\\g<0>", line))


def web_address(text: str | None) -> str | None:
    """Return an address of http, https or mailto as it may stand in ``<…>`` or ``[…](…)``; None for anything else."""
    address = one_line(text or "")
    if not _WEB.match(address):
        return None
    return _UNSAFE_IN_ADDRESS.sub(lambda unsafe: quote(unsafe[0]), address)


def code_ends(text: str) -> dict[int, int]:
    """Return where code in a line of Markdown ends, by where it begins, for every run of backticks that has a like.

    A run within the code of another begins none; whoever goes through the text from the left passes it by.
    """
    ends: dict[int, int] = {}
    following: dict[int, int] = {}
    for run in reversed(list(_TICKS.finditer(text))):
        length = run.end() - run.start()
        if length in following:
            ends[run.start()] = following[length]
        following[length] = run.end()
    return ends


def code_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where there is code in a line of Markdown, its backticks included."""
    at = 0
    for start, end in sorted(code_ends(text).items()):
        if start >= at:
            yield start, end
            at = end


def without_code(text: str, instead: str) -> str:
    """Return a line of Markdown with ``instead`` in place of each character of its code."""
    parts, at = [], 0
    for start, end in code_in(text):
        parts += [text[at:start], instead * (end - start)]
        at = end
    return "".join([*parts, text[at:]])
