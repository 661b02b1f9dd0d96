"""Action items that people write on a page: ``- [ ] @ada write the runbook by 2026-12-01``, done once it says ``[x]``.

An item is a task of a Markdown list, bulleted or numbered, at any depth, outside code and comments.
"""

import hashlib
import re
from collections import Counter
from dataclasses import replace

from daemon.model import ActionItem
from integrations.formats.markdown.page import read
from integrations.formats.markdown.write_up import answers
from integrations.formats.page_words import CODE, PLACEHOLDER, other_mentions, tidy, without_date, without_mention

_CODE_OR_COMMENT = re.compile(rf"{CODE}|<!--.*?-->", re.S)

_STRUCK = re.compile(rf"{CODE}|</?(?:del|s|strike)>", re.S | re.I)


def action_items(page: str, markdown: str) -> tuple[ActionItem, ...]:
    """Return the action items in people's part of a page, whose key is ``page``, in their order.

    An item keeps its ``id`` for as long as its words stay; items in the same words are told apart by their order.
    """
    tree, tasks = read(markdown)
    answered = answers(tree, tasks)
    asked = (task for task in tasks if task not in answered and task.markdown != PLACEHOLDER)
    found = [item for task in asked if (item := _item(page, task.done, task.markdown))]
    seen: Counter[str] = Counter()
    return tuple(_identified(item, seen) for item in found)


def _item(page: str, done: bool, text: str) -> ActionItem | None:
    text = _CODE_OR_COMMENT.sub(lambda match: match[0] if match["ticks"] else " ", text)
    text = _STRUCK.sub(lambda match: match[0] if match["ticks"] else "~~", text)
    others = tuple((tidy(without_date(words)[0]), name) for words, name in other_mentions(text))
    text, assignee = without_mention(text)
    text, due = without_date(text)
    text = tidy(text)
    return ActionItem(page, "", text, assignee, due, done, others) if text else None


def _identified(item: ActionItem, seen: Counter[str]) -> ActionItem:
    words = hashlib.sha256(item.text.casefold().encode("utf-8", "replace")).hexdigest()[:10]
    seen[words] += 1
    return replace(item, id=words if seen[words] == 1 else f"{words}-{seen[words]}")
