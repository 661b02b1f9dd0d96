"""Action items that people write on a page: ``- [ ] @ada write the runbook by 2026-12-01``, done once it says ``[x]``.

An item is a task of a Markdown list, bulleted or numbered, at any depth, outside code and comments. The first ``@``
names who does it; the date stands after ``by``, ``due`` or ``until``, or at the end. Its text is all the rest.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from daemon.model import ActionItem

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

PLACEHOLDER = "@name what by YYYY-MM-DD"
"""What a template's empty item says, to show how it is done; it is nobody's task."""

_MAY_HAVE_ITEMS = re.compile(
    r"^[\s>]*(?:[-*+]|\d{1,9}[.)])\s.*?\[[ xX]\][ \t]+(?!@name what by YYYY-MM-DD\s*$)\S", re.M
)
_TASK = re.compile(r"\[([ xX])\]\s+(.*)", re.S)
_UNREAD = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|<!--.*?-->", re.S)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_BEFORE_A_STOP = re.compile(r"[\s,;:–-]+(?=[.,;:!?](?:\s|\Z))")
_MENTION = re.compile(r"(?<![A-Za-z0-9@.+/-])@([\w.+'-]+(?:@[\w-]+(?:\.[\w-]+)*)?)")
_AROUND_A_NAME = {"()", "[]", "**", "__"}
_DATE = re.compile(r"[(\[]?\b(?:(by|due|until)\b:?\s+)?(\d{4}-\d{2}-\d{2})\b[)\]]?", re.I)


def action_items(page: str, markdown: str) -> tuple[ActionItem, ...]:
    """Return the action items in people's part of a page, whose key is ``page``, in their order.

    An item keeps its ``id`` for as long as its words stay; items in the same words are told apart by their order.
    """
    if not _MAY_HAVE_ITEMS.search(markdown):
        return ()
    found = [item for done, text in _tasks(markdown) if (item := _item(page, done, text))]
    seen: Counter[str] = Counter()
    return tuple(_identified(item, seen) for item in found)


def _tasks(markdown: str) -> Iterator[tuple[bool, str]]:
    """Yield each task of a list: whether it is done, and its first paragraph."""
    lines = markdown.splitlines()
    tokens = _parser().parse(markdown)
    for item, paragraph, content in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or content.map is None:
            continue
        task = _TASK.match(_own_lines(content.content, lines[content.map[0] : content.map[1]]))
        if task and task[2].strip() != PLACEHOLDER:
            yield task[1] != " ", task[2].strip()


def _own_lines(content: str, source: list[str]) -> str:
    """Return a paragraph without the lines that Markdown lets an item swallow although they are not indented."""
    lines = content.split("\n")
    swallowed = (n for n, line in enumerate(source) if n and not line.startswith((" ", "\t", ">")))
    return "\n".join(lines[: next(swallowed, len(lines))])


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable("inline")


def _item(page: str, done: bool, text: str) -> ActionItem | None:
    text, assignee = _without_mention(text)
    text, due = _without_date(text)
    text = " ".join(_COMMENT.sub(" ", text).split()).strip(" ,;:–-")
    text = _BEFORE_A_STOP.sub("", text)
    return ActionItem(page, "", text, assignee, due, done) if text else None


def _without_mention(text: str) -> tuple[str, str | None]:
    match = _MENTION.search(_readable(text))
    if not match or not (name := match[1].rstrip(".,;:!?'-_")):
        return text, None
    start, end = match.start(), match.start() + 1 + len(name)
    while text[start - 1 : start] + text[end : end + 1] in _AROUND_A_NAME:
        start, end = start - 1, end + 1
    return _without(text, start, end), name


def _without_date(text: str) -> tuple[str, date | None]:
    """Take the last date away; one that does not exist stays in the words, for people to see."""
    readable = _readable(text)
    for match in reversed(list(_DATE.finditer(readable))):
        if not match[1] and readable[match.end() :].strip(" .,;"):
            continue
        try:
            return _without(text, match.start(), match.end()), date.fromisoformat(match[2])
        except ValueError:
            continue
    return text, None


def _readable(text: str) -> str:
    """Return the text with code and comments blanked out, at the same length."""
    return _UNREAD.sub(lambda match: " " * len(match[0]), text)


def _without(text: str, start: int, end: int) -> str:
    return f"{text[:start]} {text[end:]}".strip()


def _identified(item: ActionItem, seen: Counter[str]) -> ActionItem:
    words = hashlib.sha256(item.text.casefold().encode("utf-8", "replace")).hexdigest()[:10]
    seen[words] += 1
    return replace(item, id=words if seen[words] == 1 else f"{words}-{seen[words]}")
