"""Perhaps the same: topics that are much like what somebody wants to know, for a person to decide. Pure.

Nothing is ever taken for the same by itself: two of three topics that mean the same have hardly a word in common.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from config.team import Team
from daemon.model import OVER, backlog
from daemon.model.memory import Memory
from daemon.model.needs import Need, NeedState

MOST = 3
"""How many topics are offered."""
_WORD = re.compile(r"\w+")
_SMALL_WORDS = frozenset(
    (
        *("a", "an", "the", "and", "or", "of", "to", "in", "on", "at", "for", "from", "with", "by", "about", "as"),
        *("how", "what", "why", "when", "where", "which", "who", "do", "does", "did", "is", "are", "was", "be", "can"),
        *("should", "would", "could", "i", "we", "you", "it", "its", "my", "our", "your", "us", "not", "work", "works"),
    )
)
"""Words that half of all questions have in common."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A way to tell how much alike texts are: ``measure`` tells it of one and each of several.

    Below the ``floor`` they have nothing to do with each other; 1 is the same.
    """

    measure: Callable[[str, Sequence[str]], Sequence[float]]
    floor: float


@dataclass(frozen=True, slots=True)
class Titled:
    """A topic that waits or was taught, and its area."""

    title: str
    area: str | None


def titles(team: Team, memory: Memory) -> list[Titled]:
    """Return the topics of the backlog, and those that were taught and stand there no more."""
    known = [Titled(topic.title, topic.area) for topic in backlog(team)]
    names = {name for topic in backlog(team) for name in (topic.title, *topic.was)}
    taught = [one.topic for one in memory.by_start() if one.topic and one.takes_place and one.state in OVER]
    past = [Titled(one.title, one.area) for each in (memory.settled.topics, taught) for one in each]
    return [*known, *dict.fromkeys(one for one in past if one.title not in names)]


def perhaps(need: Need, known: Iterable[Titled], likenesses: Sequence[Likeness] = ()) -> tuple[str, ...]:
    """Return the titles that are most like a need, of the same area where both have one; none once it is decided."""
    if need.state is not NeedState.PROPOSED:
        return ()
    fitting = tuple(one.title for one in known if not (one.area and need.area and one.area != need.area))
    return _most_alike(need.text, fitting, tuple(likenesses) or (SPELLING,)) if fitting else ()


@lru_cache(maxsize=1000)
def _most_alike(text: str, fitting: tuple[str, ...], likenesses: tuple[Likeness, ...]) -> tuple[str, ...]:
    above = dict.fromkeys(fitting, 0.0)
    for likeness in likenesses:
        for title, measured in zip(fitting, likeness.measure(text, fitting), strict=True):
            above[title] = max(above[title], (measured - likeness.floor) / (1 - likeness.floor))
    ranked = sorted((-value, title) for title, value in above.items() if value > 0)
    return tuple(title for _, title in ranked[:MOST])


def _spelled_alike(text: str, others: Sequence[str]) -> Sequence[float]:
    """Return how many letters and words texts share, in whatever order these stand."""
    from rapidfuzz import fuzz

    own = _key(text)
    scorers = (fuzz.token_set_ratio, fuzz.token_sort_ratio)
    return [max(score(own, _key(other)) for score in scorers) / 100 for other in others]


def _key(text: str) -> str:
    words = _WORD.findall(text.casefold())
    return " ".join([word for word in words if word not in _SMALL_WORDS] or words)


SPELLING = Likeness(_spelled_alike, 0.6)
"""Alike by their letters."""
