"""Needs: what people lack, as it was noticed somewhere, and what became of it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

SOMEBODY = "somebody"
"""What stands instead of a person."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A need as one place shows it: in whose words, where, since when, how often.

    ``where`` names the place to people, ``link`` leads there. ``seen`` is the day, or of what was said without a name
    the Monday of its week.
    """

    text: str
    where: str
    seen: date
    link: str | None = None
    area: str | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that one source shows: needs, and how many bug reports there were of an area in a week.

    ``cursor`` tells the source when it was looked at. ``reports`` are by area and then by the Monday of the week.
    Those of days before ``until`` are whole; a source that counts no bug reports has none. ``unread`` is what could not
    be read, in words for the lead.
    """

    cursor: str
    sightings: tuple[Sighting, ...] = ()
    reports: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class BugReports:
    """How many bug reports there were, by area and by the Monday of the week, whole before ``until``.

    Where that is None, no source tells of any.
    """

    weeks: Mapping[tuple[str, date], int] = field(default_factory=dict)
    until: date | None = None


class NeedState(StrEnum):
    """The life of a need: somebody said it, the lead took it up or not, it was taught, and people can do it or not."""

    PROPOSED = "proposed"
    BACKLOG = "backlog"
    PLANNED = "planned"
    TAUGHT = "taught"
    CLOSED = "closed"
    STILL_OPEN = "still open"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Need:
    """What people lack, wherever it was said in the same words; ``topic`` is the title of what answers it."""

    id: str
    text: str
    state: NeedState
    sightings: tuple[Sighting, ...]
    area: str | None = None
    topic: str | None = None

    @property
    def times(self) -> int:
        """How often it was noticed."""
        return sum(one.times for one in self.sightings)

    @property
    def seen(self) -> date:
        """When it was last noticed."""
        return max(one.seen for one in self.sightings)


@lru_cache(maxsize=10_000)
def need_id(text: str) -> str:
    """Return the id of a need, which is made of its words: who says the same elsewhere names the same need."""
    words = " ".join(_WORD.findall(text.casefold())) or text.strip()
    return f"n-{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:8]}"


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
