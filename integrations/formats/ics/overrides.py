"""The overrides of ours in a calendar file that are left as they stand: their text alone tells which they are."""

import hashlib
from collections.abc import Container, Iterable
from urllib.parse import unquote

from integrations.formats.ics.vevent import MARK

_INSTANCE, _UID, _MARKED = "\nRECURRENCE-ID", "\nUID:", f"\n{MARK}:"
_LONGEST_KEY = 1_000


class _EveryKey(Container[str]):
    def __contains__(self, _key: object) -> bool:
        return True


EVERY_KEY = _EveryKey()


class LeftAlone:
    """The overrides whose marks have none of the ``wanted`` keys; of many, so little is looked at."""

    def __init__(self, wanted: Container[str]) -> None:
        """Take the keys; none of the overrides is found yet."""
        self.wanted = wanted
        self.texts: list[str] = []

    def __call__(self, event: str) -> tuple[str, bool] | None:
        """Return the UID of an event with a mark, and whether it is left; None where its text does not tell it."""
        key, uid = _key(event), _line(event, _UID)
        if not (key and uid) or "\\" in uid:
            return None
        is_left = key not in self.wanted and _INSTANCE in event
        if is_left:
            self.texts.append(event)
        return uid, is_left

    def days(self) -> list[str]:
        """Return the days of their instances as they stand there, ``20261210``."""
        return [_line(text, _INSTANCE).rpartition(":")[2][:8] for text in self.texts]

    def digest(self, shown: Iterable[object]) -> str:
        """Return what tells these overrides, and what else is ``shown``, from others."""
        told = "\n".join([*self.texts, *map(repr, shown)])
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _key(event: str) -> str:
    """Return the key in the mark of an event; nothing where it has none."""
    if (at := event.rfind(_MARKED)) < 0:
        return ""
    start = at + len(_MARKED)
    key = event[start : event.find(" ", start)]
    if "\n" in key:
        key = event[start : start + _LONGEST_KEY].replace("\r\n ", "").replace("\n ", "").partition(" ")[0]
    return unquote(key) if "%" in key else key


def _line(event: str, name: str) -> str:
    """Return the rest of the first line that begins so; nothing where there is none, or where it is folded."""
    if (start := event.find(name)) < 0:
        return ""
    end = event.find("\n", start + 1)
    return "" if event.startswith((" ", "\t"), end + 1) else event[start + len(name) : end].strip()
