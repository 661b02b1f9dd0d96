"""When each team was passed over last, and how that went: for whoever wants to know how a daemon is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LastPass:
    """When a pass ended, how many resources it wrote, and what failed in it, in words for people."""

    at: datetime
    written: int
    errors: tuple[str, ...]


@dataclass(slots=True)
class Passed:
    """The last pass of each team, by the team's key; several threads may tell of it and ask for it."""

    _last: dict[str, LastPass] = field(default_factory=dict)

    def note(self, team: str, at: datetime, written: int, errors: Iterable[str]) -> None:
        """Remember that a pass over a team has ended."""
        self._last[team] = LastPass(at, written, tuple(errors))

    def last(self, team: str) -> LastPass | None:
        """Return the last pass over a team; None where there was none yet."""
        return self._last.get(team)
