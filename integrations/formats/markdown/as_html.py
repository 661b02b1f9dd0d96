"""Markdown that people wrote as HTML for a browser: nothing in it runs, and it asks nothing of other servers."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from integrations.formats.markdown.parser import parser
from integrations.formats.page_words import beginning

if TYPE_CHECKING:
    from markdown_it.token import Token

BOXES = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
Address = Callable[[str], str | None]
"""What a link in a page leads to, as an address; None where it leads nowhere that can be opened."""


def as_html(markdown: str, address: Address) -> str:
    """Return what a page of Markdown shows; HTML in it is shown as it was written, pictures by their words.

    Of a page that is too long the beginning is shown.
    """
    made = parser(html=False)
    environment: dict[str, object] = {}
    tokens = made.parse(beginning(markdown), environment)
    for token in tokens:
        token.attrs.pop("style", None)  # which a page that keeps its readers safe does not allow
        if token.children:
            token.children = list(_inline(token.children, address))
    return str(made.renderer.render(tokens, made.options, environment))


def _inline(tokens: list["Token"], address: Address) -> Iterator["Token"]:
    open_links = list[bool]()
    for number, token in enumerate(tokens):
        if token.type == "link_open":
            target = address(str(token.attrs["href"]))
            open_links.append(target is not None)
            token.attrs = {"href": target or "", "rel": "noreferrer"}
            if target is None:
                continue
        elif token.type == "link_close" and not open_links.pop():
            continue
        elif token.type == "image":
            token.type, token.tag, token.children = "text", "", None
        elif token.type == "text" and number == 0:
            token.content = BOXES.get(token.content[:4], token.content[:4]) + token.content[4:]
        yield token
