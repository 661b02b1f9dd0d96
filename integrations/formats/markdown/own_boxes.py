"""The boxes in our part of a page of Markdown: what people tick there."""

import re
from collections.abc import Iterator

from daemon.model import BOXED, Accepted, TickBox
from integrations.formats.page_words import Box, box

_TITLE = re.compile(r"\*\*(.+)\*\*|\*(?!\s).*")
_BOX = re.compile(r"[-*+] (?P<all>\[(?P<sign>.)\] +(?P<words>\S.*))")


def own_boxes(region: str) -> tuple[TickBox, ...]:
    """Return the boxes of the lists that people are to tick, in their order."""
    return tuple(_boxes(region))


def as_tasks(accepted: tuple[Accepted, ...]) -> str:
    """Return accepted promises as people write action items."""
    return "\n".join(f"- [{one.sign}] {one.words}" for one in accepted)


def _boxes(region: str) -> Iterator[TickBox]:
    title = ""
    for line in region.splitlines():
        if heading := _TITLE.fullmatch(line.strip()):
            title = heading[1] or ""
        elif title in BOXED and (found := _BOX.fullmatch(line.strip())):
            said = box(found["all"])
            yield TickBox(title, found["words"], found["sign"], said is not None and said[0] is Box.DONE)
