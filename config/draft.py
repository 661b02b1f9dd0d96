"""What can be understood of a file that is partly wrong.

Faults must not hide each other: what is wrong is left out, or replaced by something harmless where a model cannot do
without it, and the rest becomes the model after all, so that it can be checked as a whole.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from config.cached import cached_property
from config.faults import MOST_FAULTS, Problem
from config.wording import faulty_paths, problems, value_at
from config.yaml12 import Document, Path

Model = TypeVar("Model", bound=BaseModel)
_MOST_TO_LEAVE_OUT = 10 * MOST_FAULTS
StandIns = Mapping[Path, Callable[[int], object]]
"""By path, with ``*`` for any index or name: what to put there instead, given the last index on the way."""


@dataclass(frozen=True)
class Draft(Generic[Model]):
    """A file as its model, without what is wrong.

    ``left_out`` is what of the whole file's content the model does not show. Paths of ``model`` differ from those of
    the file where entries of a list were left out.
    """

    model: Model
    document: Document
    left_out: frozenset[Path] = frozenset()
    indexes: Mapping[Path, list[int]] = field(default_factory=dict)

    @cached_property
    def root(self) -> Mapping[str, object]:
        """The content of the whole file."""
        return self.document.root if isinstance(self.document.root, dict) else {}

    def original(self, path: Path) -> Path:
        """Return the path in the file of what is at ``path`` in the model."""
        return _original(path, self.indexes)

    def is_whole(self, *path: str | int) -> bool:
        """Return whether nothing at or below a path of the model was left out."""
        return self.original(path) not in self._holding

    def shows(self, path: Path) -> bool:
        """Return whether what the model has at ``path`` is what the file has there."""
        there = self.original(path)
        return not any(there[:length] in self.left_out for length in range(len(there) + 1))

    def left_out_of(self, path: Path) -> set[str]:
        """Return the keys that were left out of the mapping at a path of the model, whole."""
        return self._holding.get(self.original(path), set())

    @cached_property
    def _holding(self) -> dict[Path, set[str]]:
        """All paths at or above something left out, with the keys that were left out right there."""
        holding: dict[Path, set[str]] = {}
        for gone in self.left_out:
            for length in range(len(gone) + 1):
                holding.setdefault(gone[:length], set())
            holding[gone[:-1]].add(str(gone[-1]))
        return holding

    def line(self, path: Path) -> int:
        """Return the line in which what is at ``path`` in the model begins."""
        return self.document.place(self.original(path)).line

    def written(self, path: Path) -> object:
        """Return what the file itself has at ``path`` of the model."""
        return value_at(self.original(path), self.root)

    def has_list(self, path: Path) -> bool:
        """Return whether the file has a list, and not a single value, at ``path`` of the model."""
        return isinstance(self.written(path), list)

    def declared(self, section: str, *keys: str) -> Counter[str]:
        """Return the names under ``keys`` in all entries of a section, faulty ones too, and how often each is there."""
        if (section, *keys) not in self._declared:
            self._declared[(section, *keys)] = Counter(_names(self.root.get(section), keys))
        return self._declared[(section, *keys)]

    @cached_property
    def _declared(self) -> dict[tuple[str, ...], Counter[str]]:
        return {}


def drafted(
    model: type[Model], document: Document, stand_ins: StandIns, context: Mapping[str, object]
) -> tuple[Draft[Model] | None, list[Problem]]:
    """Return what ``model`` makes of a file's content, and what it finds wrong with it.

    ``context`` is handed to the model's validators. There is no draft where nothing of the file can be understood, or
    so much is wrong that nobody would read more of it.
    """
    root = document.root
    try:
        return Draft(model.model_validate(root, context=context), document), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    found = problems(details[: 3 * MOST_FAULTS], root, model)
    if len(details) > _MOST_TO_LEAVE_OUT:
        return None, found
    left_out = faulty_paths(details, root)
    while () not in left_out:
        rest = _Rest(left_out, stand_ins)
        content = rest.of(root, ())
        try:
            whole = model.model_validate(content, context=context)
            return Draft(whole, document, frozenset(left_out), rest.indexes), found
        except ValidationError as error:
            wrong = faulty_paths(error.errors(include_url=False), content)
        more = {_original(path, rest.indexes) for path in wrong}
        if more <= left_out:  # left out already, and nothing stands in for it: what holds it has to go
            more = {path[:-1] for path in more}
        if more <= left_out:
            break
        left_out |= more
    return None, found


def _names(entries: object, keys: tuple[str, ...]) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else ():
        for key in keys if isinstance(entry, dict) else ():
            value = entry.get(key)
            names = value if isinstance(value, list) else [value]
            yield from (name.strip() for name in names if isinstance(name, str) and name.strip())


def _original(path: Path, indexes: Mapping[Path, list[int]]) -> Path:
    there: Path = ()
    for step in path:
        kept = indexes.get(there)
        there = (*there, kept[step] if kept is not None and isinstance(step, int) and step < len(kept) else step)
    return there


class _Rest:
    """Copies a file's content without what is left out, and notes which entries of each list remain."""

    def __init__(self, left_out: set[Path], stand_ins: StandIns) -> None:
        self.left_out = left_out
        self.indexes: dict[Path, list[int]] = {}
        self.instead: dict[Path, dict[str, object]] = {}
        for gone in left_out:
            shape = tuple("*" if 0 < index < len(gone) - 1 else step for index, step in enumerate(gone))
            if shape in stand_ins:
                number = next((step for step in reversed(gone) if isinstance(step, int)), 0)
                self.instead.setdefault(gone[:-1], {})[str(gone[-1])] = stand_ins[shape](number)

    def of(self, value: object, path: Path) -> object:
        if isinstance(value, dict):
            kept = {key: self.of(one, (*path, key)) for key, one in value.items() if (*path, key) not in self.left_out}
            return kept | self.instead.get(path, {})
        if isinstance(value, list):
            self.indexes[path] = [index for index in range(len(value)) if (*path, index) not in self.left_out]
            return [self.of(value[index], (*path, index)) for index in self.indexes[path]]
        return value
