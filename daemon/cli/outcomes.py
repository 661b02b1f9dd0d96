"""Whether programmes help, as the command line says it: team by team and, of several, together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from textwrap import wrap
from typing import Any

from config.team import Team
from config.team_file import TeamFile
from daemon.cli.render import counted
from daemon.describe.outcome_words import Figure, figures_of, figures_together
from daemon.describe.outcomes import Outcomes, outcomes
from daemon.learn.needs import reported_bugs
from daemon.model.memory import Memory
from daemon.model.words import names_of, weekday_of

WIDTH = 100
"""How many characters a line has, for texts of several sentences."""
Known = tuple[TeamFile, Memory, datetime]
"""A team's file, what its ledger knows, and now."""


@dataclass(frozen=True)
class TeamsOutcomes:
    """What can be told of each of several teams."""

    teams: Sequence[tuple[Team, Outcomes]]
    faults: Sequence[str]
    """What is wrong with their files of dates."""

    @classmethod
    def of(cls, known: Iterable[Known]) -> "TeamsOutcomes":
        """Return what can be told of teams of which this is known."""
        known = list(known)
        return cls(
            [
                (file.team, outcomes(file.team, memory, file.newcomers, reported_bugs(memory), now))
                for file, memory, now in known
            ],
            [str(fault) for file, _, _ in known for fault in file.newcomers.faults],
        )

    @property
    def together(self) -> list[Figure]:
        """The figures of all teams together; none of a single one."""
        return list(figures_together([found for _, found in self.teams])) if len(self.teams) > 1 else []

    def json(self) -> dict[str, Any]:
        """Return all of it for programs."""
        return {
            "teams": [
                {
                    "team": team.team,
                    "until": f"{_last_day(found)}",
                    "figures": [_figure_json(figure) for figure in figures_of(team, found)],
                    "known_by_one": [{"area": area, "member": email} for area, email in found.keepers],
                }
                for team, found in self.teams
            ],
            "together": [_figure_json(figure) for figure in self.together],
        }

    def lines(self) -> Iterator[str]:
        """Yield all of it for people."""
        for team, found in self.teams:
            yield f"{team.team}, up to {weekday_of(_last_day(found))}"
            for figure in figures_of(team, found):
                yield from _figure_lines(figure)
            yield from _keepers(team, found)
        if self.together:
            yield f"{counted(len(self.teams), 'team')} together"
            for figure in self.together:
                yield from _figure_lines(figure)


def _last_day(found: Outcomes) -> date:
    return found.until - timedelta(days=1)


def _figure_lines(figure: Figure) -> Iterator[str]:
    yield f"  {figure.heading}"
    for text in (figure.said, figure.meaning):
        yield from wrap(text, WIDTH, initial_indent="    - ", subsequent_indent="      ")


def _keepers(team: Team, found: Outcomes) -> Iterator[str]:
    """Yield the areas that only one person knows, and who: whoever runs the command is taken to be the lead."""
    if not found.keepers:
        return
    names = names_of(team)
    yield "  For the lead alone: known to one person, as far as the file and the sessions tell"
    yield from (f"    ! {area}: {names[email]}" for area, email in found.keepers)


def _figure_json(figure: Figure) -> dict[str, Any]:
    interval = figure.interval
    return {
        "figure": figure.name,
        "unit": figure.unit,
        "value": _number(figure.value),
        "low": _number(interval.low if interval else None),
        "high": _number(interval.high if interval else None),
        "n": list(figure.n),
        "claim": _number(figure.claim),
        "said": figure.said,
        "meaning": figure.meaning,
    }


def _number(value: float | None) -> float | None:
    """Return a number as JSON can have it: what is infinite is none."""
    return round(value, 4) if value is not None and isfinite(value) else None
