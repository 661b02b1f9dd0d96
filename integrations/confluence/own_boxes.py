"""The boxes in our part of a page: what people tick there, and the promises of a transcript that they accept so."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from daemon.model import ACCEPTED, BOXED, CAN_YOU, Accepted, ActionItem, TickBox
from integrations.confluence.reading import child_of, is_done, item_in
from integrations.confluence.shown import text_of
from integrations.confluence.storage import Element, Malformed, parse, regions

_IDS = 1_000_000_000
"""Ours begin with it, above those that Confluence gives to people's tasks, and there are so many: both fit 31 bits."""


def lasting_id(title: str, words: str) -> int:
    """Return the id of a task of ours: for as long as it stands below a title in the same words."""
    return _IDS + zlib.crc32(f"{title}\n{words}".encode("utf-8", "replace")) % _IDS


def own_boxes(inner: str, people: Mapping[str, str], done: Mapping[str, bool]) -> list[tuple[TickBox, Element]]:
    """Return the boxes of the lists that people are to tick, in our part of a page, ``inner``, each with its body.

    ``people`` and ``done`` as in ``seen.observed``.

    Raises:
        Malformed: as ``parse`` does.
    """
    found = []
    for title, task, body in _boxes(inner):
        ticked = _is_ticked(task, done)
        found.append((TickBox(title, text_of(body, people), "x" if ticked else " ", ticked), body))
    return found


def promised(
    page_key: str,
    accepted: Iterable[Accepted],
    boxes: Iterable[tuple[TickBox, Element]],
    people: Mapping[str, str],
) -> Iterator[ActionItem]:
    """Yield the action items that accepted promises are, read from the bodies of their boxes."""
    bodies = {box.words: body for box, body in boxes if box.title != CAN_YOU}
    for one in accepted:
        item_id = str(lasting_id(ACCEPTED, one.words))
        if item := item_in(page_key, item_id, bodies[one.words], one.sign == "x", people):
            yield item


@lru_cache(maxsize=1024)
def has_open_boxes(storage: str) -> bool:
    """Whether a box in our part of a page is not ticked, as far as its text tells."""
    try:
        inside = (one.inside(storage) for one in regions(storage))
        return "<ac:task>" in storage and any(not is_done(task) for inner in inside for _, task, _ in _boxes(inner))
    except Malformed:
        return False


def _boxes(inner: str) -> Iterator[tuple[str, Element, Element]]:
    """Yield each task with the title of its list, and its body."""
    title = ""
    for element in parse(inner).content:
        if isinstance(element, Element) and element.name == "p":
            said = text_of(element)
            title = said if said in BOXED else title
        elif isinstance(element, Element) and element.name == "ac:task-list":
            for task in element.children("ac:task"):
                if body := child_of(task, "ac:task-body"):
                    yield title, task, body


def _is_ticked(task: Element, done: Mapping[str, bool]) -> bool:
    task_id = child_of(task, "ac:task-id")
    return done.get(task_id.text() if task_id else "", is_done(task))
