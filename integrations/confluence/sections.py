"""The parts of a page that people wrote: what stands outside our region, and what below a heading."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from integrations.confluence.shown import text_of
from integrations.confluence.storage import UNREAD, Element, is_region
from integrations.formats.page_words import undecorated

HEADING = re.compile(r"h[1-6]")
_CELLS = {"td", "th", "ac:layout-cell"}


def sections(page: Element, title: "re.Pattern[str]") -> Iterator[list[Element]]:
    """Yield what stands below each heading with such a title, up to the next of its level in the same place.

    Below a heading that is alone in its cell of a layout or a table, and for the label of a table's row, that is the
    next cell. What stands below such a heading within another section is part of that.
    """
    seen: set[int] = set()
    for place in outside([page]):
        elements = [child for child in place.content if isinstance(child, Element)]
        end = 0 if id(place) not in seen else len(elements)
        for number, element in enumerate(elements, 1):
            if number <= end:
                continue
            if HEADING.fullmatch(element.name) and title.match(_title(element)):
                end = _end_of_section(elements, number)
            elif element.name in _CELLS and number < len(elements) and _asks(element, elements[number], title):
                end = number + 1
            if end > number:
                seen.update(map(id, outside(elements[number:end])))
                yield elements[number:end]


def outside(elements: Iterable[Element], but: Container[str] = ()) -> Iterator[Element]:
    """Yield elements and those in them, of what is people's to write and not code."""

    def skipped(element: Element) -> bool:
        return element.name in UNREAD or element.name in but or is_region(element)

    for element in elements:
        if not skipped(element):
            yield element
            yield from element.walk(skipped)


def tasks_in(elements: Iterable[Element]) -> list[Element]:
    """Return the tasks of elements, with those in them."""
    return [element for element in outside(elements) if element.name == "ac:task"]


def _asks(cell: Element, following: Element, title: "re.Pattern[str]") -> bool:
    """Whether a cell holds such a heading alone, or is the label at the left of a table's row in such words."""
    inside = [child for child in cell.content if isinstance(child, Element)]
    is_heading = len(inside) == 1 and bool(HEADING.fullmatch(inside[0].name))
    is_label = cell.name == "th" and following.name == "td" and len(inside) <= 1
    said = _title(cell) if is_heading or is_label else ""
    found = title.match(said)
    return bool(found) and not said[found.end() if found else 0 :].strip(" :")


def _end_of_section(elements: Sequence[Element], first: int) -> int:
    heading, number = elements[first - 1].name, first
    while number < len(elements) and (not HEADING.fullmatch(elements[number].name) or elements[number].name > heading):
        number += 1
    return number


def _title(heading: Element) -> str:
    return undecorated(text_of(heading, but={"ac:emoticon"}))
