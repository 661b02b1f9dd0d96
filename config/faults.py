"""What is wrong with a file, and where: said so that its author can mend it at first reading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest

from config.values import CONTROL
from config.yaml12 import MOST_FAULTS as MOST_FAULTS
from config.yaml12 import Path

_COMPARED, _NEAREST = 40, 12
"""How much of a name is compared with a mistaken one, and with how many names letter by letter."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong with a file.

    ``line`` and ``column`` count from 1, the column in characters. ``message`` says what is wrong and, after a
    semicolon, what to do. As text it is ``file:line:column: message``, which editors and terminals can follow; control
    characters are escaped there.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message}"
        return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at ``path``, which the file may lack; ``at_key`` where the key is to blame and not its value."""

    path: Path
    message: str
    at_key: bool = False


class ConfigError(Exception):
    """A file that cannot be used, with all its faults; as text, one a line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return ``; did you mean …?`` for a word that is not known, or nothing where none is like it."""
    meant = closest(word, known)
    return f"; did you mean {meant}?" if meant else ""


def closest(word: object, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known name that a word was probably meant to be, or None."""
    if not isinstance(word, str) or not (word := word.strip()):
        return None
    return _closest(word, tuple(known), likeness)


@lru_cache(maxsize=1024)
def _closest(word: str, known: tuple[str, ...], likeness: float) -> str | None:
    from difflib import get_close_matches

    names, folded = _folded(known), word.casefold()[:_COMPARED]
    near = list(names)
    if len(near) > _NEAREST:  # to compare every letter with all of them takes too long
        pairs = _pairs(folded)
        near = nlargest(
            _NEAREST, names, key=lambda name: len(pairs & names[name][1]) / (len(pairs) + len(names[name][1]) + 1)
        )
    close = get_close_matches(folded, near, n=1, cutoff=likeness)
    longer = [name for name in names if len(folded) > 2 and name.startswith(folded)]
    found = close or (longer if len(longer) == 1 else [])
    return names[found[0]][0] if found else None


@lru_cache(maxsize=8)
def _folded(known: tuple[str, ...]) -> dict[str, tuple[str, frozenset[str]]]:
    """Return names, as they are compared, each with the name itself and the pairs of letters in it."""
    names: dict[str, tuple[str, frozenset[str]]] = {}
    for name in known:
        if (folded := name.casefold()[:_COMPARED]) not in names:
            names[folded] = name, _pairs(folded)
    return names


def _pairs(folded: str) -> frozenset[str]:
    return frozenset(map("".join, zip(f" {folded}", f"{folded} ", strict=True))) | frozenset(folded)


def listing(names: Iterable[str], most: int = 12) -> str:
    """Return names as they stand in a sentence, a long list cut short."""
    known = list(names)
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")
