"""The events of a calendar file that are none of ours, which need not be taken apart."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_EVENT = re.compile(
    r"^BEGIN:VEVENT\r?\n(?![ \t])(?>(?:(?!BEGIN|END)[^\n]*\n)*)END:VEVENT\r?\n(?![ \t])", re.IGNORECASE | re.MULTILINE
)
_FOLD = re.compile(r"\r?\n[ \t]")
_EDGE = re.compile(r"^[\ufeff \t]*(?:BEGIN|END)\b", re.IGNORECASE | re.MULTILINE)
_ODD = re.compile(r"\n[ \t]|\ufeff")
"""Where a line may begin an event, or end it, that does not look so."""
_UID = re.compile(r"^UID([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


class _Event(NamedTuple):
    start: int
    end: int
    is_named: bool
    uid: str
    """Its UID as it is written; nothing where that has more signs than a UID needs."""


def others(text: str, word: str) -> list[tuple[int, int]]:
    """Return where the events stand that neither have a ``word``, in small letters, nor share a UID with one that has.

    Those that follow on each other are one place. Events that are written in an unusual way are not among them.
    """
    events = list(_events(text, word))
    named = {event.uid for event in events if event.is_named}
    places = list[tuple[int, int]]()
    for event in () if "" in named else events:
        if event.uid and event.uid not in named:
            follows = bool(places) and places[-1][1] == event.start
            places[-1:] = [(places[-1][0], event.end)] if follows else [*places[-1:], (event.start, event.end)]
    return places


def _events(text: str, word: str) -> Iterator[_Event]:
    for match in _EVENT.finditer(text):
        content = match[0]
        if is_odd := bool(_ODD.search(content)):
            content = _FOLD.sub("", content)
        uids = [] if is_odd and len(_EDGE.findall(content)) != 2 else _UID.findall(content)
        is_plain = len(uids) == 1 and uids[0].startswith(":") and "\\" not in uids[0]
        yield _Event(match.start(), match.end(), word in content.lower(), uids[0][1:].strip() if is_plain else "")
