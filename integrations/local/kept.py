"""What was made of a file's bytes, kept for as long as others did not need the room more."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """What ``make`` makes of a file's bytes, by its address; the ``most`` that were asked for last are made once."""

    def __init__(self, make: Callable[[str, bytes], Made], most: int) -> None:
        self._make, self._most = make, most
        self._made: OrderedDict[tuple[str, bytes], Made] = OrderedDict()
        self._alone = Lock()

    def of(self, url: str, data: bytes) -> Made:
        """Return it, as it was made before of the same bytes."""
        key = url, sha256(data).digest()
        with self._alone:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        made = self._make(url, data)
        with self._alone:
            self._made[key] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made
