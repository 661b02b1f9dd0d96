"""What people wrote of a session on a page of Markdown: takeaways, the recording, consent, and who was there."""

import re
from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

from daemon.model import WriteUp
from integrations.formats.markdown.page import LISTS, Task, everything, read, sections, words
from integrations.formats.need_words import NEEDS, marked, needs
from integrations.formats.page_words import (
    ADDRESS,
    ADDRESS_IN_WORDS,
    RECORDING,
    TAKEAWAYS,
    WHO_WAS_THERE,
    Box,
    asks_everybody,
    asks_to_record,
    consent,
    is_takeaway,
    mentioned,
)

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_FURTHER_BOX = re.compile(r"(?:\A|\s)(?:\[[\sxX]?\]\s|[☐☑☒⬜◻])")
_LINES = frozenset({"tr", "list_item", "paragraph"})
_OWN_WORDS = frozenset({"paragraph", "heading", "td", "th"})


def write_up(markdown: str) -> WriteUp:
    """Return what people wrote of a session in their part of its page.

    Takeaways and who was there stand below a heading of such a name; so does the recording, or in a line that begins
    with the word. Consent is a box that says that everybody agrees, or a table with everybody's answer.
    """
    page, tasks = read(markdown)
    asked, tagged = lacking(markdown)
    tables = [_rows(node) for node in page.walk() if node.type == "table"]
    return WriteUp(
        takeaways=tuple(dict.fromkeys(_takeaways(page, tasks))),
        recording=next(_recordings(page), None),
        consent=consent([task.done for task in _consent_boxes(page, tasks)], tables),
        attended=tuple(dict.fromkeys(_attended(page, tasks))),
        needs=asked,
        marked=tagged,
    )


def lacking(markdown: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return what people want to know, by a page of theirs: below headings that ask for it, and in lines with a mark.

    Of the former it is the items of the lists, and paragraphs that end in a question mark; a box to tick is none.
    """
    page, tasks = read(markdown)
    boxes = {task.item for task in tasks}
    asked = [line for section in sections(page, NEEDS) for line in _asked(section, boxes)]
    return needs(asked), marked(words(node) for node in page.walk() if node.type in _OWN_WORDS)


def _asked(section: Sequence["SyntaxTreeNode"], boxes: Container["SyntaxTreeNode"]) -> Iterator[str]:
    for node in section:
        if node.type == "list_item" and node not in boxes:
            yield words(node, LISTS)
        elif node.type == "paragraph" and node.parent and node.parent.type != "list_item":
            yield from filter(lambda line: line.endswith("?"), [words(node)])


def answers(page: "SyntaxTreeNode", tasks: Sequence[Task]) -> set[Task]:
    """Return the tasks that are no action items but answers: who was there, and whether everybody agrees."""
    asking = (table for table in page.walk() if table.type == "table" and any(map(asks_to_record, _rows(table)[0])))
    cells = {cell for table in asking for cell in table.walk()}
    asked = {task for task in tasks if task.item in cells}
    return {*_below(WHO_WAS_THERE, page, tasks), *_consent_boxes(page, tasks), *asked}


def _below(title: "re.Pattern[str]", page: "SyntaxTreeNode", tasks: Sequence[Task]) -> set[Task]:
    nodes = {node for section in sections(page, title) for node in section}
    return {task for task in tasks if task.item in nodes}


def _takeaways(page: "SyntaxTreeNode", tasks: Sequence[Task]) -> Iterator[str]:
    """Yield the items of the lists or, where these are empty, the paragraphs but for those that ask for something."""
    ticked = {task.item for task in tasks if task.box is not Box.UNREAD}
    for section in sections(page, TAKEAWAYS):
        own = [node for node in section if node.type == "list_item" and node not in ticked]
        items = [_above_boxes(node, ticked) for node in own]
        lines = [words(node) for node in section if node.type == "paragraph" and node.parent not in ticked]
        yield from list(filter(None, items)) or filter(is_takeaway, lines)


def _above_boxes(item: "SyntaxTreeNode", ticked: Container["SyntaxTreeNode"]) -> str:
    """Return the words of an item of a list, up to a further line of it that begins with a box."""
    text = words(item, LISTS)
    has_boxes = any(child in ticked for child in item.children)
    return _FURTHER_BOX.split(text, maxsplit=1)[0] if has_boxes else text


def _recordings(page: "SyntaxTreeNode") -> Iterator[str]:
    """Yield the addresses below a heading, or else in a row, an item or a paragraph, that says recording."""
    for section in sections(page, RECORDING):
        yield from _addresses(section)
    for node in page.walk():
        if node.type in _LINES | {"link"}:
            found = RECORDING.match if node.type in _LINES else RECORDING.search
            if found(words(node)):
                yield from _addresses([node])


def _addresses(nodes: list["SyntaxTreeNode"]) -> Iterator[str]:
    """Yield the addresses of the web in nodes: first those of links, then those in words."""
    links = (str(node.attrs["href"]) for node in everything(nodes) if node.type == "link")
    yield from filter(ADDRESS.fullmatch, links)
    for node in nodes:
        yield from ADDRESS_IN_WORDS.findall(words(node))


def _consent_boxes(page: "SyntaxTreeNode", tasks: Sequence[Task]) -> list[Task]:
    below = _below(RECORDING, page, tasks)
    return [task for task in tasks if asks_everybody(task.words, task in below)]


def _rows(table: "SyntaxTreeNode") -> list[list[str]]:
    return [[words(cell) for cell in row.children] for row in table.walk() if row.type == "tr"]


def _attended(page: "SyntaxTreeNode", tasks: Sequence[Task]) -> Iterator[str]:
    """Yield those who are ticked or mentioned below a heading that asks who was there, or stand in a list there."""
    by_item = {task.item: task for task in tasks}
    for section in sections(page, WHO_WAS_THERE):
        for node in section:
            if task := by_item.get(node):
                yield from _named(task.words) if task.done else ()
            elif node.type == "list_item":
                yield from _named(words(node, LISTS))
            elif node.type == "paragraph" and node.parent and node.parent.type != "list_item":
                yield from mentioned(words(node))


def _named(said: str) -> list[str]:
    """Return those whom words mention, or else the words."""
    return mentioned(said) or [said] * bool(said)
