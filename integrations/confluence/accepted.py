"""The boxes in our part of a page: which promises of a transcript people accept, and which are kept."""

import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache

from daemon.model import ACCEPTED, SUGGESTED, Accepted, ActionItem
from integrations.confluence.reading import child_of, is_done, item_in
from integrations.confluence.shown import text_of
from integrations.confluence.storage import Element, Malformed, parse, regions

_IDS = 1_000_000_000
"""Ours begin with it, above those that Confluence gives to people's tasks, and there are so many: both fit 31 bits."""


def lasting_id(title: str, words: str) -> int:
    """Return the id of a task of ours: for as long as it stands below a title in the same words."""
    return _IDS + zlib.crc32(f"{title}\n{words}".encode("utf-8", "replace")) % _IDS


def accepted_in(
    page_key: str, inner: str, people: Mapping[str, str], done: Mapping[str, bool], rewritten: bool
) -> tuple[tuple[Accepted, ...], tuple[ActionItem, ...]]:
    """Return the promises that have been accepted in our part of a page, ``inner``, and the action items that they are.

    ``people`` and ``done`` as in ``seen.observed``. Where people have ``rewritten`` our part nothing new is accepted,
    for it would stay ticked where it stands.

    Raises:
        Malformed: as ``parse`` does.
    """
    found: dict[str, tuple[Accepted, ActionItem | None]] = {}
    for title, task, body in _boxes(inner):
        words, ticked = text_of(body, people), _is_ticked(task, done)
        is_new = title == SUGGESTED and ticked and not rewritten
        if (title == ACCEPTED or is_new) and words not in found:
            one = Accepted(words, is_new=True) if is_new else Accepted(words, "x" if ticked else " ")
            item_id = str(lasting_id(ACCEPTED, words))
            found[words] = (one, item_in(page_key, item_id, body, ticked and not is_new, people))
    kept = sorted(found.values(), key=lambda pair: pair[0].is_new)
    return tuple(one for one, _ in kept), tuple(item for _, item in kept if item)


@lru_cache(maxsize=1024)
def has_open_boxes(storage: str) -> bool:
    """Whether a box in our part of a page is not ticked, as far as its text tells."""
    try:
        inside = (one.inner.of(storage) for one in regions(storage) if one.inner)
        return "<ac:task>" in storage and any(not is_done(task) for inner in inside for _, task, _ in _boxes(inner))
    except Malformed:
        return False


def _boxes(inner: str) -> Iterator[tuple[str, Element, Element]]:
    """Yield each task with the title of its list, and its body."""
    title = ""
    for element in parse(inner).content:
        if isinstance(element, Element) and element.name == "p":
            said = text_of(element)
            title = said if said in (ACCEPTED, SUGGESTED) else title
        elif isinstance(element, Element) and element.name == "ac:task-list":
            for task in element.children("ac:task"):
                if body := child_of(task, "ac:task-body"):
                    yield title, task, body


def _is_ticked(task: Element, done: Mapping[str, bool]) -> bool:
    task_id = child_of(task, "ac:task-id")
    return done.get(task_id.text() if task_id else "", is_done(task))
