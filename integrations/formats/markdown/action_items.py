"""Action items that people write on a page: ``- [ ] @ada write the runbook by 2026-12-01``, done once it says ``[x]``.

An item is a task of a Markdown list, bulleted or numbered, at any depth, or of a table's cell, but not in code.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from config.markdown import code_ends
from daemon.model import ActionItem
from integrations.formats.markdown.page import Task, read
from integrations.formats.markdown.write_up import answers
from integrations.formats.page_words import (
    LONGEST_ITEM,
    MOST_ITEMS,
    PLACEHOLDER,
    Box,
    cut_unread,
    named_together,
    other_mentions,
    tidy,
    without_date,
    without_mention,
)

_TICKS_OR_TAG = re.compile(r"(?P<ticks>`+)|(?P<comment><!--)|</?(?:del|s|strike)>", re.I)


def action_items(page: str, markdown: str) -> tuple[ActionItem, ...]:
    """Return the action items in people's part of a page, whose key is ``page``, in their order; at most one too many.

    An item keeps its ``id`` for as long as its words stay; items in the same words are told apart by their order.
    """
    return tuple(item for _, item in boxed(page, markdown))


def boxed(page: str, markdown: str) -> Iterator[tuple[Task, ActionItem]]:
    """Yield the action items of ``action_items``, each with the task that it was read of."""
    boxes = (task for task in _asked(markdown) if task.box is not Box.UNREAD)
    found = islice(((task, item) for task in boxes if (item := _item(page, task))), MOST_ITEMS + 1)
    seen: Counter[str] = Counter()
    yield from ((task, _identified(item, seen)) for task, item in found)


def unread(page: str, markdown: str) -> tuple[str, ...]:
    """Return what looks like an action item and cannot be read: what its box says, or what is to be done."""
    asked = (task for task in _asked(markdown)[: 2 * MOST_ITEMS] if task.markdown)
    return cut_unread(task.markdown for task in asked if task.box is Box.UNREAD or not _item(page, task))


def _asked(markdown: str) -> list[Task]:
    tree, tasks = read(markdown)
    answered = answers(tree, tasks)
    return [task for task in tasks if task not in answered and task.markdown != PLACEHOLDER]


def _item(page: str, task: Task) -> ActionItem | None:
    if len(task.markdown) > LONGEST_ITEM:
        return None
    text, done = _without_html(task.markdown), task.done
    others = tuple((tidy(without_date(words)[0]), name) for words, name in other_mentions(text))
    besides, together = named_together(text)
    text, assignee = without_mention(text)
    text, due = without_date(text)
    text, dropped = tidy(text), task.box is Box.DROPPED
    if not text:
        return None
    item = ActionItem(page, "", text, assignee, due.day, done, others, dropped, due.written, due.unclear)
    return replace(item, together=together, besides=tidy(without_date(besides)[0]))


def _without_html(text: str) -> str:
    """Return an item's words without comments, and with ~~ for the tags that strike something out; code stays."""
    codes, last_end = code_ends(text), text.rfind("-->")
    parts, at = [], 0
    for found in _TICKS_OR_TAG.finditer(text):
        start, end = found.span()
        if start < at:
            continue
        if found["ticks"]:
            end, instead = codes.get(start, end), text[start : codes.get(start, end)]
        elif not found["comment"]:
            instead = "~~"
        elif last_end >= end:
            end, instead = text.index("-->", end) + len("-->"), " "
        else:
            continue
        parts += [text[at:start], instead]
        at = end
    return "".join([*parts, text[at:]])


def _identified(item: ActionItem, seen: Counter[str]) -> ActionItem:
    words = hashlib.sha256(item.text.casefold().encode("utf-8", "replace")).hexdigest()[:10]
    seen[words] += 1
    return replace(item, id=words if seen[words] == 1 else f"{words}-{seen[words]}")
