"""One observation a key: copies that people made of what is ours are trouble, for nobody can tell which one counts."""

from collections.abc import Iterable
from dataclasses import replace

from daemon.model import Observed
from daemon.model.words import quoted


def one_each(seen: Iterable[Observed]) -> tuple[Observed, ...]:
    """Return the observations in their order, those with the same key as one that tells where the copies are."""
    by_key: dict[str, list[Observed]] = {}
    for observed in seen:
        by_key.setdefault(observed.key, []).append(observed)
    return tuple(found[0] if len(found) == 1 else _doubled(found) for found in by_key.values())


def _doubled(found: list[Observed]) -> Observed:
    first = found[0]
    places = " and ".join(dict.fromkeys(observed.url or "" for observed in found))
    times = "twice" if len(found) == 2 else f"{len(found)} times"
    return replace(
        first,
        trouble=f"{quoted(first.title)} is there {times}, in {places}, with the same mark. Delete the copies; until "
        "then peerloop leaves it alone.",
    )
