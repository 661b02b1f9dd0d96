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
        self._made: OrderedDict[tuple[str, str | bytes], Made] = OrderedDict()
        self._alone = Lock()

    def of(self, url: str, data: bytes) -> Made:
        """Return it, as it was made before of the same bytes."""
        return self._of((url, sha256(data).digest()), lambda: self._make(url, data))

    def of_untouched(self, place: str, signature: str, read: Callable[[], tuple[str, bytes]]) -> Made:
        """Return it of a file that nobody has touched for as long as its ``signature`` is the same: it is read once.

        ``place`` is what else its address depends on, which ``read`` returns with the bytes.
        """
        return self._of((place, signature), lambda: self.of(*read()))

    def _of(self, key: tuple[str, str | bytes], make: Callable[[], Made]) -> Made:
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
