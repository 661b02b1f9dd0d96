"""Topics: what waits, what is planned, what was taught, and what people want to learn."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from daemon.learn.alike import perhaps, titles
from daemon.learn.needs import by_area, needs, noticed_at, shown_by
from daemon.model import OVER, Session, backlog
from daemon.model.needs import Need, NeedState
from daemon.web.look import Look

MOST_WANTED = 40
MOST_WAITING = 50
"""How many topics that wait are shown, those with the most votes: for each is worked out what may be said of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A need, where it was noticed, and what it is perhaps the same as."""

    need: Need
    places: Sequence[str]
    perhaps: Sequence[str]


def topics(look: Look) -> dict[str, Any]:
    """Return what the page of topics and needs shows."""
    had = (*look.memory.before, *look.memory.sessions.values())
    known, held = backlog(look.team), defaultdict[str, list[Session]](list)
    for one in had:
        if one.takes_place and one.topic:
            held[one.topic.title].append(one)
    about = {topic.title: [one for name in {topic.title, *topic.was} for one in held.get(name, ())] for topic in known}
    waiting = [topic for topic in known if not about[topic.title]]
    planned = [(topic, one) for topic in known for one in about[topic.title] if one.state not in OVER]
    return {
        "waiting": sorted(waiting, key=lambda one: (-one.votes, str(one.added or "9"), one.title))[:MOST_WAITING],
        "not_shown": max(0, len(waiting) - MOST_WAITING),
        "planned": sorted(planned, key=lambda pair: pair[1].slot.starts_at),
        "wanted": [(area or "Of no area yet", list(group)) for area, group in _wanted(look)],
    }


def _wanted(look: Look) -> Iterator[tuple[str | None, Iterator[Wanted]]]:
    found = shown_by(needs(look.team, look.memory), look.today)
    proposed = [one for one in found if one.state is NeedState.PROPOSED][:MOST_WANTED]
    known = titles(look.team, look.memory) if proposed else []
    for area, group in groupby(by_area(proposed), key=lambda one: one.area):
        yield area, (Wanted(one, _places(one), perhaps(one, known)) for one in group)


def _places(need: Need) -> list[str]:
    return list(dict.fromkeys(map(noticed_at, reversed(need.sightings))))
