"""The overrides of ours in a calendar file that are left as they stand: their text alone tells which they are."""

import hashlib
from collections.abc import Container, Iterable
from typing import NamedTuple
from urllib.parse import unquote

from integrations.formats.ics.vevent import MARK

_INSTANCE, _UID, _MARKED = "\nRECURRENCE-ID", "\nUID:", f"\n{MARK}:"
_LONGEST_MARK = 1_000


class Override(NamedTuple):
    """What the text of an override tells: its UID, the key in its mark, and the day of its instance, ``20261210``."""

    text: str
    uid: str
    key: str
    day: str


class _EveryKey(Container[str]):
    def __contains__(self, _key: object) -> bool:
        return True


EVERY_KEY = _EveryKey()


class LeftAlone:
    """The overrides whose marks have none of the ``wanted`` keys."""

    def __init__(self, wanted: Container[str]) -> None:
        """Take the keys; none of them is ``found`` yet."""
        self.wanted = wanted
        self.found: list[Override] = []

    def __call__(self, event: str) -> str:
        """Return the UID of such an override, and take note of it; nothing of any other event."""
        told = _told(event)
        if told is None or told.key in self.wanted:
            return ""
        self.found.append(told)
        return told.uid

    def digest(self, shown: Iterable[object]) -> str:
        """Return what tells these overrides, and what else is ``shown``, from others."""
        texts = [*(one.text for one in self.found), *map(repr, shown)]
        return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def _told(event: str) -> Override | None:
    """Return what an event tells by its text; None where that does not tell it for certain, or is of no override."""
    at = event.find(_MARKED)
    instance, uid = _line(event, _INSTANCE), _line(event, _UID)
    if at < 0 or not (instance and uid) or event.find(_MARKED, at + 1) >= 0:
        return None
    mark = event[at + len(_MARKED) : at + _LONGEST_MARK].replace("\r\n ", "").replace("\n ", "")
    key, _, rest = mark.partition(" ")
    return Override(event, uid, unquote(key), instance.rpartition(":")[2][:8]) if rest else None


def _line(event: str, name: str) -> str:
    """Return the rest of the first line that begins so; nothing where there is none, or where it is folded."""
    if (start := event.find(name)) < 0:
        return ""
    end = event.find("\n", start + 1)
    return "" if event[end + 1 : end + 2] in (" ", "\t") else event[start + len(name) : end].strip()
