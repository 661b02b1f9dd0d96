"""Descriptions: Google shows them as HTML and may write them so, and ours are plain text."""

import html
import re

from daemon.model import UNSEEN
from integrations.formats.web_page import unescaped

_TAG = re.compile(r"<(/?)([a-z!?][^\s/<>]*+)[^<>]*+>", re.I)  # a name that was read is not read again
_BLOCK = "\x1e"
_BLOCKS = {"p", "div", "ul", "ol", "li", "tr", "table", "h1", "h2", "h3", "h4", "blockquote"}


def marked_up(text: str) -> str:
    """Return plain text as it is written into a description: nothing in it is markup."""
    readable = text.translate(UNSEEN).encode("utf-8", "replace").decode()
    return html.escape(readable, quote=False)


def plain(description: str) -> str:
    """Return the text that a description shows, however a program has marked it up.

    Any guest may write one: each character is looked at once, which no parser promises for tags without an end.
    """
    if not re.search("[<&]", description):
        return description
    text = unescaped(_TAG.sub(_line_end, description))
    return re.sub(f"\n?{_BLOCK}+", "\n", text).strip("\n")


def _line_end(tag: re.Match[str]) -> str:
    """Return what stands for a tag: nothing, the end of a line, or that of a block, which is one but not a second."""
    is_end, name = tag[1], tag[2].lower()
    return _BLOCK if name in _BLOCKS else "\n" if name == "br" and not is_end else ""
