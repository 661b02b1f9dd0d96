"""What people wrote on a page of Markdown, as a tree: its sections, its tasks, and the words that it shows."""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import takewhile
from typing import TYPE_CHECKING

from integrations.formats.page_words import undecorated

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

LISTS = frozenset({"bullet_list", "ordered_list"})
_UNREAD = frozenset({"fence", "code_block", "html_block", "html_inline"})
_WITHIN_A_LINE = frozenset({"inline", "em", "strong", "link"})
_LINE_END = re.compile(r"\r\n?|\n")
_TASK = re.compile(r"\[([ xX])\]\s+(.*)", re.S)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A box to tick in a list, bulleted or numbered: the Markdown of its first paragraph, and the words of that."""

    item: "SyntaxTreeNode"
    done: bool
    markdown: str
    words: str


@lru_cache(maxsize=1)
def read(markdown: str) -> tuple["SyntaxTreeNode", tuple[Task, ...]]:
    """Return a page as a tree, and all its tasks."""
    from markdown_it.tree import SyntaxTreeNode

    page = SyntaxTreeNode(_parser().parse(markdown))
    lines = _LINE_END.split(markdown)
    found = (_task(node, lines) for node in page.walk() if node.type == "list_item")
    return page, tuple(task for task in found if task)


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def _task(item: "SyntaxTreeNode", lines: list[str]) -> Task | None:
    first = item.children[0] if item.children else None
    if first is None or first.type != "paragraph" or first.map is None:
        return None
    content = _own_lines(first.children[0].content, lines[first.map[0] : first.map[1]])
    task, shown = _TASK.match(content), _TASK.match(words(first))
    return Task(item, task[1] != " ", task[2].strip(), shown[2] if shown else "") if task else None


def _own_lines(content: str, source: list[str]) -> str:
    """Return a paragraph without the lines that Markdown lets an item swallow although they are not indented."""
    lines = content.split("\n")
    swallowed = (n for n, line in enumerate(source) if n and not line.startswith((" ", "\t", ">")))
    return "\n".join(lines[: next(swallowed, len(lines))])


def sections(page: "SyntaxTreeNode", title: "re.Pattern[str]") -> Iterator[list["SyntaxTreeNode"]]:
    """Yield all that stands below each heading with such a title, up to the next of its level in the same place."""
    for place in page.walk():
        for number, block in enumerate(place.children, 1):
            if block.type == "heading" and title.match(undecorated(words(block))):
                yield list(everything(takewhile(partial(_is_below, block.tag), place.children[number:])))


def _is_below(heading: str, block: "SyntaxTreeNode") -> bool:
    return block.type != "heading" or block.tag > heading


def everything(nodes: Iterable["SyntaxTreeNode"]) -> Iterator["SyntaxTreeNode"]:
    """Yield nodes, and all that is in them."""
    for node in nodes:
        yield from node.walk()


def words(node: "SyntaxTreeNode", but: Container[str] = ()) -> str:
    """Return the words that a node shows, on one line, without those of nodes of some types."""
    return " ".join(_words(node, but).split())


def _words(node: "SyntaxTreeNode", but: Container[str]) -> str:
    if node.type in _UNREAD or node.type in but:
        return " "
    if node.type == "code_inline":
        return f"`{node.content}`"
    if node.children:
        inside = "".join([_words(child, but) for child in node.children])
        return inside if node.type in _WITHIN_A_LINE else f" {inside} "
    return " " if node.type in ("softbreak", "hardbreak") else node.content
