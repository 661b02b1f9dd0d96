"""A page as it is shown once an action item of it counts as done elsewhere: its box is ticked, for the eye alone."""

import re
from collections.abc import Collection, Iterator

from integrations.formats.markdown.action_items import boxed
from integrations.formats.markdown.page import Task
from integrations.formats.page_words import beginning

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_OPEN = re.compile(r"\[ \](?=\s)")


def ticked(page: str, markdown: str, done: Collection[str]) -> str:
    """Return people's part of a page, as long as it was, with the boxes of these items ticked, by their ids."""
    lines = _LINE.findall(markdown)
    for task, item in boxed(page, beginning(markdown)) if done else ():
        if item.id in done and not task.done:
            number = next(_lines_of(task, lines), None)
            if number is not None:
                lines[number] = _with_tick(lines[number], task)
    return "".join(lines)


def _lines_of(task: Task, lines: list[str]) -> Iterator[int]:
    """Yield where on its page the box of a task may stand: in lines that have its words behind an open box."""
    node = task.item
    while node.map is None and node.parent:
        node = node.parent
    start, end = node.map or (0, 0)
    yield from (number for number in range(start, min(end, len(lines))) if _with_tick(lines[number], task))


def _with_tick(line: str, task: Task) -> str:
    """Return a line with the box of a task ticked; nothing where it does not stand there."""
    words = task.markdown.partition("\n")[0].partition(",")[0]
    found = list(_OPEN.finditer(line))
    mine = [one for one in found if line[one.end() :].lstrip().startswith(words)]
    box = next(iter(mine or (found if len(found) == 1 and "|" in line else [])), None)
    return f"{line[: box.start()]}[x]{line[box.end() :]}" if box else ""
