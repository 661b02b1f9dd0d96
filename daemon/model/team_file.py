"""A team as its file has it."""

from dataclasses import dataclass
from pathlib import Path

from config.team import Team


@dataclass(frozen=True, slots=True)
class TeamFile:
    """A team as its file has it; ``folder`` is where its templates are looked for."""

    path: Path
    team: Team

    @property
    def folder(self) -> Path:
        """The folder that paths in the file are relative to."""
        return self.path.parent
