"""What people want to know, by a page of theirs in storage format: below headings that ask for it, and with a mark.

It names nobody: where a page mentions somebody, or links to them, stands that it is somebody.
"""

import re
from collections.abc import Iterator

from integrations.confluence.sections import outside, sections
from integrations.confluence.shown import NOBODY_KNOWN, as_shown, is_struck, struck, user_of
from integrations.confluence.storage import Element, parse
from integrations.formats.need_words import NEEDS, marked, needs

_LISTS = {"ul", "ol", "ac:task-list"}
_OWN_WORDS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "ac:task-body"}
"""What has lines of its own."""
_SOMEBODY = "@somebody"
"""A mention, of whom is not said."""
_LEADS_TO_SOMEBODY = re.compile(r"mailto:|\S*(?:/people/|/display/~|viewuserprofile|ViewProfile)", re.I)


def lacking(storage: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return what people want to know below headings, and what lines with a mark say, each beside its mark.

    Of the former it is the items of the lists, and paragraphs that end in a question mark; a task is none.

    Raises:
        Malformed: as ``parse`` does.
    """
    page = parse(storage)
    asked = (line for section in sections(page, NEEDS) for line in _asked(section))
    return needs(asked), marked(_words(element) for element in outside([page]) if element.name in _OWN_WORDS)


def _asked(section: list[Element]) -> Iterator[str]:
    for element in outside(section, but={"ac:task-list"}):
        if element.name == "li":
            yield element.text(lambda one: " " if one.name in _LISTS else _shown(one))
    for element in outside(section, but={"ac:task-list", "li"}):
        if element.name == "p":
            yield from filter(lambda line: line.endswith("?"), [_words(element)])


def _words(block: Element) -> str:
    """Return the words that stand in a block itself."""
    return block.text(lambda one: " " if one.name in _OWN_WORDS else _shown(one))


def _shown(element: Element) -> str | None:
    if user_of(element) or (element.name == "a" and _LEADS_TO_SOMEBODY.match(element.attributes.get("href", ""))):
        return _SOMEBODY
    return struck(element, _shown) if is_struck(element) else as_shown(element, NOBODY_KNOWN)
