"""The events of a calendar file as a whole: those that are none of ours need not be taken apart, others but once."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_EVENT = re.compile(
    r"^BEGIN:VEVENT\r?\n(?![ \t])(?>(?:(?!BEGIN|END)[^\n]*\n)*)END:VEVENT\r?\n(?![ \t])", re.IGNORECASE | re.MULTILINE
)
_FOLD = re.compile(r"\r?\n[ \t]")
_TORN = re.compile(r"\n[ \t]*(?:B(?:E(?:GI?)?)?|EN?|UI?)?\r?\n[ \t]|\n[ \t]*\ufeff", re.IGNORECASE)
"""Where a line may begin an event, end it or name it that does not look so, as the name of its property is folded."""
_SHORT = 1000
"""Of an event of so many characters it is told but once, for a file is read anew after each write; 6 MB are kept."""
_UID = re.compile(r"\n[Uu][Ii][Dd]([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")


class _Event(NamedTuple):
    start: int
    end: int
    is_named: bool
    uid: str
    """Its UID as it is written; nothing where that has more signs than a UID needs."""


def events_of(text: str, word: str) -> list[tuple[int, int, bool]]:
    """Return where events stand, and whether each has to do with a ``word``, in small letters.

    It has if it has the word, or shares a UID with one that has. Of those that have not, in their usual spelling, some
    that follow on each other are one place.
    """
    events = list(_events(text, word))
    named = {event.uid for event in events if event.is_named}
    places = list[tuple[int, int, bool]]()
    for event in events:
        is_ours = "" in named or not event.uid or event.uid in named
        follows = bool(places) and not (is_ours or places[-1][2]) and places[-1][1] == event.start
        start = places.pop()[0] if follows else event.start
        places.append((start, event.end, is_ours))
    return places


def _events(text: str, word: str) -> Iterator[_Event]:
    for match in _EVENT.finditer(text):
        told = _told_once if match.end() - match.start() <= _SHORT else _told
        yield _Event(match.start(), match.end(), *told(match[0], word))


def _told(content: str, word: str) -> tuple[bool, str]:
    """Return whether an event has a word, and its UID."""
    uids = [] if _TORN.search(content) else [*map(unfolded, _UID.findall(content))]
    is_plain = len(uids) == 1 and uids[0].startswith(":") and "\\" not in uids[0]
    is_named = word in content.lower() or word in unfolded(content).lower()
    return is_named, uids[0][1:].strip() if is_plain else ""


def unfolded(content: str) -> str:
    """Return content lines without their folds (RFC 5545, section 3.1)."""
    return _FOLD.sub("", content)


_told_once = lru_cache(maxsize=6000)(_told)
