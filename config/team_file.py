"""A team as its file has it."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from config.onboarding import Newcomers
from config.team import Team


@dataclass(frozen=True, slots=True)
class TeamFile:
    """A team as its file has it; ``folder`` is where its templates are looked for, ``text`` what the file says.

    One that goes on under another name has that team as its ``heir``: what is left of it is taken away, and nobody
    hears of that. ``unclaimed`` are the names of teams that no file has any more and that had half of its members: one
    of them may have been this one. ``newcomers`` tells who joined when, by that file and the file of dates beside it.
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


LONGEST_PLACE = 1_000
"""So many bytes of a path are kept."""


def place_of(path: Path) -> str:
    """Return how a team's file is known for good: its name, not where links lead, which an edit may change.

    A long one is cut, and told by its digest: PostgreSQL takes no key of more than 2,704 bytes.
    """
    place = str(path.absolute()).encode(errors="backslashreplace")
    if len(place) <= LONGEST_PLACE:
        return place.decode()
    return f"{place[:LONGEST_PLACE].decode(errors='ignore')}…{sha256(place).hexdigest()}"
