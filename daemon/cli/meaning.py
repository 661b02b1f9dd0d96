"""Alike by their meaning: an optional extra, loaded only where somebody asks for it.

The weights and the tokenizer are those that wordllama's wheel holds; wordllama itself is not imported, for it looks for
the tokenizer elsewhere and would fetch it from the network.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from daemon.learn.alike import Likeness

FLOOR = 0.35
"""Below that cosine of their vectors, texts that mean the same are rarer than chance."""


class NotInstalled(Exception):
    """The extra is not there; as text it says how to get it."""

    def __init__(self) -> None:
        super().__init__("comparing by meaning needs the extra: pip install 'peerloop[similar]'")


def meaning() -> Likeness:
    """Return the likeness of meanings.

    Raises:
        NotInstalled: the extra is not there.
    """
    spec = find_spec("wordllama")
    folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec else None
    weights = next((folder / "weights").glob("*_256.safetensors"), None) if folder else None
    tokenizer = next((folder / "tokenizers").glob("*.json"), None) if folder else None
    if weights is None or tokenizer is None:
        raise NotInstalled
    return Likeness(_Vectors(weights, tokenizer).alike, FLOOR)


class _Vectors:
    """A text as the mean of the vectors of its parts."""

    def __init__(self, weights: Path, tokenizer: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        (self._rows,) = load_file(weights).values()

    def alike(self, text: str, others: Sequence[str]) -> Sequence[float]:
        """Return the cosine of a text and each of the others."""
        own = self._vector(text)
        return [float(own @ self._vector(other)) for other in others]

    def _vector(self, text: str) -> Any:
        import numpy

        mean = self._rows[self._tokenizer.encode(text, add_special_tokens=False).ids].mean(axis=0, dtype=numpy.float32)
        return mean / (numpy.linalg.norm(mean) or 1.0)
