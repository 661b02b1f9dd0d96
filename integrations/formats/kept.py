"""What took time to make, kept for as long as others did not need the room more."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """What was made for the keys that were asked for last, ``most`` of them, by whatever threads."""

    def __init__(self, most: int) -> None:
        self._most, self._made, self._alone = most, OrderedDict[Hashable, Made](), Lock()

    def of(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what is kept for a key, or else what ``make`` makes now."""
        with self._alone:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        made = make()
        with self._alone:
            self._made[key] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made
