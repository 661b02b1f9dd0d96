"""What an operator may write for one account: the base from which each backend makes its kinds of connection."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict

from config.faults import Problem
from config.parts import Part
from config.team import Team

Purpose = Literal["calendar", "wiki", "mail"]
LOCAL = "local"
"""The connection that is always there, by its name; its kind is called so, too."""


class Connection(Part):
    """One account. Each kind is a class of its own, whose ``kind`` is the one literal that an operator writes."""

    model_config = ConfigDict(defer_build=True)  # all are built in one, with the operator's file
    serves: ClassVar[tuple[Purpose, ...]] = ()
    """What teams may use it as."""

    kind: str

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with it in itself; a path counts from the connection."""
        yield from ()

    def misuse(self, purpose: Purpose, team: Team) -> Iterator[Problem]:
        """Yield what is wrong with a team's use of it, as one of ``serves``; a path counts from the team's file."""
        yield from ()

    def watched(self, data: Path) -> Iterator[Path]:
        """Yield the files of which an edit by a person starts a pass at once, where there are such files.

        ``data`` is the folder of everything local. A path's name may be a pattern, as in ``calendar/*.ics``; only
        its folder need exist, and what lies in folders below that is not meant.
        """
        yield from ()


def kind_of(model: type[BaseModel]) -> str:
    """Return what an operator writes as the ``kind`` of such a connection; nothing where it is no connection."""
    return str(get_args(model.model_fields["kind"].annotation)[0]) if issubclass(model, Connection) else ""
