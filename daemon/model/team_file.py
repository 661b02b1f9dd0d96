"""A team as its file has it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.onboarding import Newcomers
from config.team import Team
from daemon.model.names import team_key


@dataclass(frozen=True, slots=True)
class TeamFile:
    """A team as its file has it; ``folder`` is where its templates are looked for, ``text`` what the file says.

    One that goes on under another name has that team as its ``heir``: what is left of it is taken away, and nobody
    hears of that. ``unclaimed`` are the names of teams that no file has any more: one of them may have been this one.
    ``newcomers`` tells who joined when, by that file and the file of dates beside it.
    """

    path: Path
    team: Team
    text: str = field(default="", repr=False)
    heir: Team | None = None
    unclaimed: tuple[str, ...] = ()
    newcomers: Newcomers = field(default=Newcomers(), repr=False)

    @property
    def folder(self) -> Path:
        """The folder that paths in the file are relative to."""
        return self.path.parent


def place_of(path: Path) -> str:
    """Return how a team's file is known for good: its name, not where links lead, which an edit may change."""
    return str(path.absolute()).encode(errors="backslashreplace").decode()


def with_former(files: Iterable[TeamFile], known: Mapping[str, str]) -> Iterator[TeamFile]:
    """Yield the teams, and before each those that it was before it began anew by another key, without any series.

    ``known`` are the keys of known teams by their names.
    """
    for file in files:
        for name in former_names(file.team, known):
            nothing = {"was": (), "series": (), "sessions": (), "topics": (), "needs": ()}
            yield replace(file, team=file.team.model_copy(update={"team": name, **nothing}), heir=file.team)
        yield file


def former_names(team: Team, known: Mapping[str, str]) -> list[str]:
    """Return the earlier names of a team under which another key is known than the one that it has now."""
    return [name for name in team.was if known.get(name, team_key(team, known)) != team_key(team, known)]
