"""What `peerloop needs` says: needs by area, for people and for programs, and a need as a topic of the backlog."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from config.team import Team
from daemon.cli.render import counted
from daemon.learn.alike import Likeness, perhaps, titles
from daemon.learn.needs import WEB_PAGE, by_area, needs, noticed_at, shown_by
from daemon.model.memory import Memory
from daemon.model.needs import Need, NeedState, Sighting
from daemon.model.words import often, quoted, shortened

MOST_PLACES = 5
"""How many places are named at which a need was noticed."""
LONGEST_TITLE, LONGEST_WHY = 120, 400
NO_AREA = "no area yet"
HELD_BACK = frozenset({WEB_PAGE})
"""Of what is said there without a name the lead hears from the next Monday on; on the home page everybody sees it."""


def need_json(team: Team, memory: Memory, today: date, likenesses: Sequence[Likeness]) -> Iterator[dict[str, Any]]:
    """Yield each need of a team for programs."""
    known = titles(team, memory)
    for one in shown_by(needs(team, memory), today, HELD_BACK):
        yield {
            "id": one.id,
            "text": one.text,
            "area": one.area,
            "state": one.state.value,
            "times": one.times,
            "sources": [sighting_json(seen) for seen in one.sightings],
            "perhaps": [*perhaps(one, known, likenesses)],
        }


def sighting_json(seen: Sighting) -> dict[str, Any]:
    """Return where a need was noticed, for programs."""
    return {"where": seen.where, "link": seen.link, "seen": seen.seen.isoformat()}


def need_lines(team: Team, memory: Memory, today: date, likenesses: Sequence[Likeness]) -> Iterator[str]:
    """Yield a team's needs for people: those that nobody has decided about by area, then what became of the others."""
    found, known = [*shown_by(needs(team, memory), today, HELD_BACK)], titles(team, memory)
    if not memory.sessions:
        yield f"{team.team}: nothing has been applied yet; a pass looks for needs, as in `peerloop apply`"
        return
    waiting = [one for one in found if one.state is NeedState.PROPOSED]
    yield f"{team.team}: {counted(len(waiting), 'need')} to decide about, {len(found) - len(waiting)} decided"
    for area, group in groupby(by_area(waiting), key=lambda one: one.area):
        yield f"  {area or NO_AREA}"
        for one in group:
            yield f"    {one.id}  {one.text}"
            yield f"        {noticed(one)}"
            if alike := perhaps(one, known, likenesses):
                yield f"        perhaps the same as {', '.join(map(quoted, alike))}"
    for one in found:
        if one.state is not NeedState.PROPOSED:
            yield f"  {one.id}  {shortened(one.text, 100)}: {became(one)}"


def became(one: Need) -> str:
    """Return what became of a need."""
    return one.state.value if one.topic is None else f"{one.state.value} as {quoted(one.topic)}"


def noticed(one: Need) -> str:
    """Return how often a need was noticed, where, and when."""
    places = [place(seen) for seen in one.sightings[:MOST_PLACES]]
    more = [f"{len(one.sightings) - MOST_PLACES} more places"] if len(one.sightings) > MOST_PLACES else []
    return f"noticed {often(one.times)}: {'; '.join([*places, *more])}"


def place(seen: Sighting) -> str:
    """Return where and when a need was noticed, with the link that leads there."""
    link = f" <{seen.link}>" if seen.link else ""
    return f"{noticed_at(seen)}{link}"


def entry(
    one: Need, title: str | None, area: str | None, owner: str | None, today: date
) -> "dict[str, str | list[str]]":
    """Return the topic of the backlog that answers a need."""
    links = (seen.link for seen in one.sightings if seen.link and seen.link.startswith(("https://", "http://")))
    written: dict[str, str | list[str] | None] = {
        "title": title or shortened(one.text, LONGEST_TITLE),
        "area": area or one.area,
        "why": shortened(_why(one), LONGEST_WHY),
        "link": next(links, None),
        "owner": owner,
        "added": today.isoformat(),
        "answers": [one.id],
    }
    return {key: value for key, value in written.items() if value}


def _why(one: Need) -> str:
    places = list(dict.fromkeys(map(noticed_at, one.sightings)))[:MOST_PLACES]
    return f"Noticed {often(one.times)}: {'; '.join(places)}"
