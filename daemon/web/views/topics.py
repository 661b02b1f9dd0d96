"""Topics: what waits, what is planned, what was taught, and what people want to learn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from daemon.learn.alike import perhaps, titles
from daemon.learn.needs import by_area, needs, noticed_at, shown_by
from daemon.learn.votes import votes_of
from daemon.learn.waiting_topics import waiting_topics
from daemon.model import OVER, Asked, Topic, backlog
from daemon.model.needs import Need, NeedState
from daemon.web.look import Look

MOST_WANTED = 40
MOST_WAITING = 200
"""How many topics that wait are shown, those with the most votes: for each is worked out what may be said of it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A topic that waits, its votes in words, and why it waits again if it was taught."""

    topic: Topic
    votes: str
    why_again: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A need, where it was noticed, and what it is perhaps the same as."""

    need: Need
    places: Sequence[str]
    perhaps: Sequence[str]


def topics(look: Look) -> dict[str, Any]:
    """Return what the page of topics and needs shows."""
    named = {name: topic for topic in backlog(look.team) for name in topic.names}
    to_come = [one for one in look.memory.by_start() if one.state not in OVER and one.takes_place]
    waiting = waiting_topics(look.team, look.memory)
    return {
        "waiting": [_waiting(topic, asked) for topic, asked in waiting[:MOST_WAITING]],
        "not_shown": max(0, len(waiting) - MOST_WAITING),
        "planned": [(named[one.topic.title], one) for one in to_come if one.topic and one.topic.title in named],
        "wanted": [(area or "Of no area yet", list(group)) for area, group in _wanted(look)],
    }


def _waiting(topic: Topic, asked: Asked | None) -> Waiting:
    return Waiting(topic, votes_of(topic), f"It {asked.why_again}." if asked else "")


def _wanted(look: Look) -> Iterator[tuple[str | None, Iterator[Wanted]]]:
    found = shown_by(needs(look.team, look.memory), look.today)
    proposed = [one for one in found if one.state is NeedState.PROPOSED][:MOST_WANTED]
    known = titles(look.team, look.memory) if proposed else []
    for area, group in groupby(by_area(proposed), key=lambda one: one.area):
        yield area, (Wanted(one, _places(one), perhaps(one, known)) for one in group)


def _places(need: Need) -> list[str]:
    return list(dict.fromkeys(map(noticed_at, reversed(need.sightings))))
