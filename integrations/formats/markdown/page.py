"""What people wrote on a page of Markdown, as a tree: its sections, its tasks, and the words that it shows."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from integrations.formats.markdown.parser import parser
from integrations.formats.page_words import Box, box, only_says_who_or_when, undecorated

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

LISTS = frozenset({"bullet_list", "ordered_list"})
_UNREAD = frozenset({"fence", "code_block", "html_block", "html_inline"})
_WITHIN_A_LINE = frozenset({"inline", "em", "strong", "link"})
_LINE_END = re.compile(r"\r\n?|\n")
_BULLET = re.compile(r"\s*[-*+]?\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A box to tick in a list, bulleted or numbered, or in a table's cell: the Markdown behind it, and its words.

    Each line of an item, or right below a list, that begins with a box is one. Where no list is around such a line,
    nobody can tell what else belongs to it: it cannot be read. ``item`` is where it stands on the page.
    """

    item: "SyntaxTreeNode"
    box: Box
    markdown: str
    words: str

    @property
    def done(self) -> bool:
        """Whether it is ticked."""
        return self.box is Box.DONE


@lru_cache(maxsize=1)
def read(markdown: str) -> tuple["SyntaxTreeNode", tuple[Task, ...]]:
    """Return a page as a tree, and all its tasks."""
    from markdown_it.tree import SyntaxTreeNode

    page = SyntaxTreeNode(parser().parse(markdown))
    lines = _LINE_END.split(markdown)
    return page, tuple(task for node in page.walk() for task in _tasks(node, lines))


def _tasks(node: "SyntaxTreeNode", lines: list[str]) -> Iterator[Task]:
    """Yield the boxes of an item of a list, of a table's row, or of a paragraph that stands alone."""
    match node.type:
        case "list_item":
            task = _task(node, lines)
            yield from [task] if task else []
            for number, part in enumerate(one for one in node.children if one.type == "paragraph"):
                yield from _further(part, lines, 1 if number == 0 and part is node.children[0] else 0)
        case "tr":
            yield from _in_row(node)
        case "paragraph" if node.parent and node.parent.type != "list_item":
            for line in node.children[0].content.split("\n") if node.children else ():
                found = box(line[_BULLET.match(line).end() :])  # type: ignore[union-attr]
                if found and found[1] and found[0] is not Box.UNREAD:
                    yield Task(node, Box.UNREAD, line.strip(), line.strip())


def _in_row(row: "SyntaxTreeNode") -> Iterator[Task]:
    """Yield the boxes in a row's cells; one that is alone there takes its words, name and date from the others."""
    cells = [cell for cell in row.children if cell.type == "td"]
    texts = [cell.children[0].content if cell.children else "" for cell in cells]
    found = [(number, at) for number, text in enumerate(texts) if (at := box(text))]
    for number, (said, words) in found:
        if len(found) == 1:
            others = [text for other, text in enumerate(texts) if other != number]
            said_there = [text for text in others if text.strip() and not only_says_who_or_when(text)]
            words = words or next(iter(said_there), "")
            words = ", ".join([words, *filter(only_says_who_or_when, others)]) if words else ""
        yield Task(cells[number], said, words.strip(), words.strip())


def _task(item: "SyntaxTreeNode", lines: list[str]) -> Task | None:
    """Return the box with which an item of a list begins."""
    first = item.children[0] if item.children else None
    if first is None or first.type != "paragraph" or first.map is None:
        return None
    own = first.children[0].content.split("\n")
    end = next((n for n, line in enumerate(own) if n and _begins_another(line)), len(own))
    content = _own_lines(own[:end], lines[first.map[0] : first.map[1]])
    task, shown = box(content), box(words(first))
    if task is None:
        return None
    return Task(item, *task, task[1] if end < len(own) else shown[1] if shown else "")


def _further(paragraph: "SyntaxTreeNode", lines: list[str], first: int) -> Iterator[Task]:
    """Yield the boxes with which further lines of an item of a list begin, or all lines of what stands below it."""
    if paragraph.map is None or not paragraph.children:
        return
    own, source = paragraph.children[0].content.split("\n"), lines[slice(*paragraph.map)]
    begins = [n for n, line in enumerate(own) if n >= first and _begins_another(line)]
    for start, end in pairwise([*begins, len(own)]):
        if found := box(_own_lines(own[start:end], source[start:])):
            yield Task(paragraph, *found, found[1])


def _begins_another(line: str) -> bool:
    found = box(line)
    return found is not None and bool(found[1]) and found[0] is not Box.UNREAD


def _own_lines(content: Sequence[str], source: Sequence[str]) -> str:
    """Return lines without those that Markdown lets an item swallow although they are not indented."""
    swallowed = (n for n, line in enumerate(source) if n and not line.startswith((" ", "\t", ">")))
    return "\n".join(content[: next(swallowed, len(content))])


def sections(page: "SyntaxTreeNode", title: "re.Pattern[str]") -> Iterator[list["SyntaxTreeNode"]]:
    """Yield all that stands below each heading with such a title, up to the next of its level in the same place.

    What stands below such a heading within another section is part of that.
    """
    seen: set[SyntaxTreeNode] = set()
    ends: dict[SyntaxTreeNode, int] = {}
    for place, number, heading in _headings(page):
        if place not in seen and number > ends.get(place, 0) and title.match(heading):
            ends[place] = _end_of_section(place.children, number)
            section = list(everything(place.children[number : ends[place]]))
            seen.update(section)
            yield section


@lru_cache(maxsize=1)
def _headings(page: "SyntaxTreeNode") -> list[tuple["SyntaxTreeNode", int, str]]:
    """Return where each heading stands, which of the blocks there is the first below it, and what it says."""
    return [
        (place, number, undecorated(words(block)))
        for place in page.walk()
        for number, block in enumerate(place.children, 1)
        if block.type == "heading"
    ]


def _end_of_section(blocks: Sequence["SyntaxTreeNode"], first: int) -> int:
    level = blocks[first - 1].tag
    number = first
    while number < len(blocks) and (blocks[number].type != "heading" or blocks[number].tag > level):
        number += 1
    return number


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
