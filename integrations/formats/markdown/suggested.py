"""The boxes in our part of a page of Markdown: which promises of a transcript people accept, and which are kept."""

import re
from collections.abc import Iterator

from daemon.model import ACCEPTED, SUGGESTED, Accepted
from integrations.formats.page_words import Box, box

_TITLE = re.compile(r"\*\*(.+)\*\*|\*(?!\s).*")
_BOX = re.compile(r"[-*+] (?P<all>\[(?P<sign>.)\] +(?P<words>\S.*))")


def ticked(region: str, rewritten: bool) -> tuple[Accepted, ...]:
    """Return the promises that have been accepted, in their order: those of an earlier look, then those just ticked.

    Where people have ``rewritten`` the region nothing new is accepted, for it would stay ticked where it stands.
    """
    boxes = list(_boxes(region))
    kept = [Accepted(found["words"], found["sign"]) for title, found in boxes if title == ACCEPTED]
    fresh = (
        []
        if rewritten
        else [Accepted(found["words"], is_new=True) for title, found in boxes if _is_accepted(title, found)]
    )
    return (*kept, *fresh)


def as_tasks(accepted: tuple[Accepted, ...]) -> str:
    """Return accepted promises as people write action items."""
    return "\n".join(f"- [{one.sign}] {one.words}" for one in accepted)


def _boxes(region: str) -> Iterator[tuple[str, "re.Match[str]"]]:
    title = ""
    for line in region.splitlines():
        if heading := _TITLE.fullmatch(line.strip()):
            title = heading[1] or ""
        elif found := _BOX.fullmatch(line.strip()):
            yield title, found


def _is_accepted(title: str, found: "re.Match[str]") -> bool:
    said = box(found["all"])
    return title == SUGGESTED and said is not None and said[0] is Box.DONE
