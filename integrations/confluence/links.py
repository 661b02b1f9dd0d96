"""What the links in our part lead to, however the editor spells them when a person saves the page.

It may turn a plain link to a page of the site into a card, or into a link by the page's title.
"""

import re
from collections.abc import Callable, Sequence

from integrations.confluence.storage import Element, parse

Address = Callable[[str, str | None], str | None]
"""Tells the address of a page by its title and the key of its space, None of which is our own; None of no page."""

_PARTS = re.compile(r"(?:[^:/?#]+:)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
"""The host, path and query of an address (RFC 3986, appendix B), which need not be one that makes sense."""
_PAGE = re.compile(r"/pages/(\d+)(?:/|$)|(?:^|&)pageId=(\d+)(?:&|$)")


def leading(address: Address) -> Callable[[Element], str | None]:
    """Return what tells to where an element leads: None of one that is no link, or none to be known."""

    def place(element: Element) -> str | None:
        if element.name == "a" and element.attributes.get("href"):
            return _place(element.attributes["href"])
        page = _page(element)
        if page is None:
            return None
        title, space = page.attributes.get("ri:content-title", ""), page.attributes.get("ri:space-key")
        return _place(address(title, space) or f"{space or ''}:{title}")

    return place


def is_respelled(inner: str) -> bool:
    """Whether a link to a page stands there in a way that only the editor writes.

    Raises:
        Malformed: as ``parse`` does.
    """
    return any(_page(one) or _is_card_of_page(one) for one in parse(inner).walk())


def _page(link: Element) -> Element | None:
    return next(iter(link.children("ri:page")), None) if link.name == "ac:link" else None


def _is_card_of_page(link: Element) -> bool:
    is_card = link.name == "a" and "data-card-appearance" in link.attributes
    return is_card and _id_in(link.attributes.get("href", "")) is not None


def _place(address: str) -> str:
    """Return a page's site and id, for the rest of its address may change with its title; else the address."""
    page, (host, *_) = _id_in(address), _parts(address)
    return f"{host} {page}" if page else address


def _id_in(address: str) -> str | None:
    _, path, query = _parts(address)
    found = _PAGE.search(path) or _PAGE.search(query)
    return found[1] or found[2] if found else None


def _parts(address: str) -> Sequence[str]:
    found = _PARTS.match(address)
    return found.groups("") if found else ("", "", "")
