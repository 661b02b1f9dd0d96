"""Bug reports that come again and again: of which area there are so many that there is something to be learned."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from config.values import Often
from daemon.model.needs import Sighting, monday_of


@dataclass(frozen=True, slots=True)
class Report:
    """A bug of an area, as it was reported on a day."""

    area: str
    day: date


def recurring(
    reports: Iterable[Report], often: Often, today: date, where: str, link: str | None = None
) -> list[Sighting]:
    """Return a need for each area of which there were so many bug reports in the span that ends ``today``."""
    recent = defaultdict[str, list[date]](list)
    for one in reports:
        if today - often.within < one.day <= today:
            recent[one.area].append(one.day)
    return [
        Sighting(f"Bugs in {area} that come again", where, max(days), link, area, len(days))
        for area, days in sorted(recent.items())
        if len(days) >= often.times
    ]


def by_week(reports: Sequence[Report]) -> Mapping[str, Mapping[date, int]]:
    """Return how many there were by area, and then by the Monday of the week."""
    weeks = defaultdict[str, Counter[date]](Counter)
    for one in reports:
        weeks[one.area][monday_of(one.day)] += 1
    return {area: dict(sorted(counted.items())) for area, counted in sorted(weeks.items())}
