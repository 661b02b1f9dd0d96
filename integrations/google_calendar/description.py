"""Descriptions: Google shows them as HTML and may write them so, and ours are plain text."""

import html
import re
from html.parser import HTMLParser

from daemon.model import UNSEEN

_BLOCKS = {"p", "div", "ul", "ol", "li", "tr", "table", "h1", "h2", "h3", "h4", "blockquote"}


def marked_up(text: str) -> str:
    """Return plain text as it is written into a description: nothing in it is markup."""
    readable = text.translate(UNSEEN).encode("utf-8", "replace").decode()
    return html.escape(readable, quote=False)


def plain(description: str) -> str:
    """Return the text that a description shows, however a program has marked it up."""
    if not re.search("[<&]", description):
        return description
    reader = _Reader()
    reader.feed(description)
    reader.close()
    return "".join(reader.parts).strip("\n")


class _Reader(HTMLParser):
    """Takes the text out of HTML, line by line as it is seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a line where a block begins."""
        if tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self._new_line()

    def handle_endtag(self, tag: str) -> None:
        """End the line where a block ends."""
        if tag in _BLOCKS:
            self._new_line()

    def handle_data(self, data: str) -> None:
        """Take the text itself."""
        self.parts.append(data)

    def _new_line(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")
