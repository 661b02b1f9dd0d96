"""Reminders by how their keys begin: found without a look at all the others, however many wait for somebody. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter

from daemon.model import Reminder


class ByKey:
    """Reminders, of which those are asked for whose keys begin alike."""

    def __init__(self, reminders: Iterable[Reminder]) -> None:
        """Take the reminders, in any order."""
        self._sorted = sorted(reminders, key=attrgetter("key"))
        self._keys = [one.key for one in self._sorted]

    def beginning(self, *heads: str) -> Iterator[Reminder]:
        """Yield those whose keys begin with one of these, perhaps more than once."""
        for head in heads:
            for at in range(bisect_left(self._keys, head), len(self._keys)):
                if not self._keys[at].startswith(head):
                    break
                yield self._sorted[at]
