"""The overrides of ours in a calendar file that are left as they stand: their text alone tells which they are."""

import hashlib
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from integrations.formats.ics.others import Event
from integrations.formats.ics.vevent import MARK

_BEGIN, _AFTER = "BEGIN:VEVENT", "END:VEVENT\r\n"
_INSTANCE, _UID, _MARKED = "\nRECURRENCE-ID", "\nUID:", f"\n{MARK}:"
_LONGEST_KEY = 1_000
_NOTHING = ("", "", False)


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

    def __call__(self, text: str) -> Iterator[Event]:
        """Yield the events of ours in a file that are spelled as usual; those left, one after another, as one."""
        after = _AFTER if _AFTER in text else _AFTER.replace("\r", "")
        end = begun = 0
        run = ""  # the UID of the events right before this one that are left
        for event in text.split(after)[:-1]:
            start, end = end, end + len(event) + len(after)
            uid, key, is_override = _told(event) if text[end : end + 1] not in (" ", "\t") else _NOTHING
            is_left = is_override and key not in self.wanted
            if run and not (is_left and uid == run):
                yield Event(begun, start, True, run, is_left=True)
                run = ""
            if is_left:
                begun, run = begun if run else start, uid
                self.texts.append(event)
            elif uid:
                yield Event(start, end, True, uid)
        if run:
            yield Event(begun, end, True, run, is_left=True)

    def days(self) -> list[str]:
        """Return the days of their instances as they stand there, ``20261210``."""
        return [_line(text, _INSTANCE).rpartition(":")[2][:8] for text in self.texts]

    def digest(self, shown: Iterable[object]) -> str:
        """Return what tells these overrides, and what else is ``shown``, from others."""
        told = "\n".join([*self.texts, *map(repr, shown)])
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=2000)
def _told(event: str) -> tuple[str, str, bool]:
    """Return the UID of an event with a mark, the key in that, and whether it is an override; nothing of any other.

    It is told once for as long as the event says the same, for most are of the past; 4 MB are kept.
    """
    uid, key = _line(event, _UID), _key(event)
    is_plain = event.startswith(_BEGIN) and event.count("BEGIN:") == 1 and "\\" not in uid
    return (uid, key, _INSTANCE in event) if is_plain and uid and key else _NOTHING


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
