"""What an operator may write for one account: the base from which each backend makes its kinds of connection."""

from collections.abc import Collection, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, ClassVar, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from config.faults import Fault, Problem
from config.needs import NeedSource
from config.parts import Part
from config.team import Team

Purpose = Literal["calendar", "wiki", "mail", "needs"]


class Connection(Part):
    """One account. Each kind is a class of its own, whose ``kind`` is the one literal that an operator writes."""

    model_config = ConfigDict(defer_build=True)  # all are built in one, with the operator's file
    serves: ClassVar[tuple[Purpose, ...]] = ()
    """What teams may use it as."""
    mails_are_private: ClassVar[bool] = True
    """Whether nobody but its reader reads a mail that goes by it, so that it may tell of several teams."""

    kind: str

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with it in itself; a path counts from the connection."""
        yield from ()

    def misuse(self, purpose: Purpose, team: Team) -> Iterator[Problem]:
        """Yield what is wrong with a team's use of it, as one of ``serves``; a path counts from the team's file."""
        yield from ()

    def unfit(self, source: NeedSource, team: Team) -> Iterator[Problem]:
        """Yield what is wrong with an entry of a team's ``needs`` that names it; a path counts from the entry."""
        yield from ()

    def remarks(self, purpose: Purpose, team: Team) -> Iterator[Problem]:
        """Yield what a lead should know of a team's use of it, though it works; a path counts from the team's file."""
        yield from ()

    def unread(self, source: NeedSource, team: Team, folder: Path) -> Iterator[Fault | Problem]:
        """Yield what of the file that an entry of ``needs`` names beside the team's, in ``folder``, cannot be read now.

        It is opened for that. A fault has its place in that file, the path of a problem counts from the entry.
        """
        yield from ()

    def watched(self, data: Path, teams: Collection[str]) -> Iterator[Path]:
        """Yield the files of which an edit by a person starts a pass at once, where there are such files.

        ``data`` is the folder of everything local, ``teams`` the keys of those that are served. A path's name may be a
        pattern, as in ``calendar/*.ics``; only its folder need exist, and what lies in folders below that is not meant.
        """
        yield from ()

    def whose(self, file: Path, data: Path) -> str | None:
        """Return the key of the team to which alone a watched file belongs, by its real path; None where that is open.

        Somebody's edit of it concerns no other team.
        """
        return None


class Remote(Connection):
    """An account on a server, which is reached over a network."""

    unprotected: Literal["allowed"] | None = None
    """`allowed` where a secret may go there without encryption; else that is refused, but for this machine itself."""
    per_minute: Annotated[int, Field(strict=True, ge=60, le=1_000_000)] | None = None
    """How many requests a minute are sent at the most, over all workers; by itself as many as the kind stands."""

    def open_to(self) -> str | None:
        """Return the host to which a secret would go without encryption, if it would."""
        return None

    def problems(self) -> Iterator[Problem]:
        """Yield that others on the way could read a secret."""
        host = self.open_to()
        if host and self.unprotected is None and not is_this_machine(host):
            advice = f"{self.instead}; or, if you mean it, add unprotected: allowed"
            yield Problem(
                (), f"a secret would go to {host} without encryption, for everybody on the way to read; {advice}"
            )

    instead: ClassVar[str] = "write https:// in its address"
    """What to write so that it is encrypted."""


def open_over_http(address: str | None) -> str | None:
    """Return the host of an address that is not encrypted."""
    parts = urlsplit(address or "")
    return parts.hostname if parts.scheme == "http" else None


def is_this_machine(host: str) -> bool:
    """Whether what goes to a host leaves this machine never (RFC 6761, section 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]").removeprefix("IPv6:")).is_loopback
    except ValueError:
        return False


def kind_of(model: type[BaseModel]) -> str:
    """Return what an operator writes as the ``kind`` of such a connection; nothing where it is no connection."""
    return str(get_args(model.model_fields["kind"].annotation)[0]) if issubclass(model, Connection) else ""
