"""The row of our table that says what a session is about: the one row in which a person may write and be understood."""

import re
from collections.abc import Iterator, Mapping

from daemon.model import Mark, fingerprint, unticked
from integrations.formats.page_words import TOPIC_ROW, is_topic_said
from integrations.formats.web_page import unescaped

CELL_EDGE = re.compile(r"(?<!\\)\|")
AROUND, TOPIC = "around", "topic"
"""The parts of a page's mark that say what our part was but for its topic, and which topic there is a person's."""
ESCAPED_SIGN = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKUP = re.compile(r"(?<!\\)[`\[\]<>]|://")
_RULE = re.compile(r"\|(?: -+ \|)+")


def unaligned(region: str) -> str:
    """Return Markdown whose tables have one blank around each bar and three dashes a column, as ours are written."""
    return "\n".join(_unaligned(line) if line.lstrip().startswith("|") else line for line in region.splitlines())


def _unaligned(row: str) -> str:
    cells = " | ".join(cell.strip(" \t") for cell in CELL_EDGE.split(row.strip())).strip()
    return re.sub("-+", "---", cells) if _RULE.fullmatch(cells) else cells


def topic_in(region: str) -> str:
    """Return what the table says of the topic, without the signs of Markdown around it; nothing where it says none."""
    return _shown_text(next((cells[2] for _, cells in _topic_rows(region)), ""))


def around(region: str) -> str:
    """Return a digest of all but the row of the topic; of all, where that row has more than plain words."""
    row, cells = next(_topic_rows(region), (-1, []))
    is_plain = len(cells) == 3 or (len(cells) == 4 and not cells[3].strip())
    if not is_plain or _MARKUP.search(cells[2]):
        row = -1
    rest = (line for number, line in enumerate(unticked(region).splitlines()) if number != row)
    return fingerprint({AROUND: unaligned("\n".join(rest))})[AROUND]


def told(region: str, said: str, mark: Mark) -> Mapping[str, str]:
    """Return what the mark of a region tells of its topic, which is a person's where they have ``said`` the same."""
    _, cells = next(_topic_rows(region), (-1, []))
    if not cells:
        return mark.roles
    asks = cells[1].strip("*_ ").casefold().startswith("no ")
    is_theirs = not asks and is_topic_said(topic_in(region), said)
    return {**mark.roles, AROUND: around(region), **({TOPIC: said} if is_theirs else {})}


def _topic_rows(region: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(region.splitlines()):
        cells = CELL_EDGE.split(line.strip()) if line.lstrip().startswith("|") else []
        if len(cells) > 2 and TOPIC_ROW.fullmatch(cells[1].strip().strip("*_ ")):
            yield number, cells


def _shown_text(markdown: str) -> str:
    return unescaped(ESCAPED_SIGN.sub(r"\1", markdown.strip().strip("*"))).strip()
