"""Members: their e-mails, when they are there, and whom a name on a page means."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Annotated

from pydantic import StringConstraints

from config.team import Member, Team

Email = Annotated[str, StringConstraints(to_lower=True)]
"""An e-mail in the one spelling that ``canonical_email`` gives; what the ledger recalls is brought into it."""


def why_away(member: Member, day: date) -> str | None:
    """Return why a member is not there on a day, which is a date in the team's zone; None where they are."""
    if member.joined and day < member.joined:
        return f"joins on {member.joined}"
    if member.leaves and day > member.leaves:
        return f"is in the team until {member.leaves}"
    return "is away" if any(day in dates for dates in member.away) else None


def meant_by(team: Team) -> Callable[[str | None], list[str]]:
    """Return what tells everybody whom a name on a page could mean.

    Today's addresses go before former ones, and those before names, which are the first one or all of it.
    """
    today = {member.email: (member.email,) for member in team.members} | {team.lead: (team.lead,)}
    before = {member.email: member.was for member in team.members}
    called = {member.email: _names(member.name) for member in team.members}

    @cache
    def meant(written: str | None) -> list[str]:
        name = " ".join((written or "").split()).lstrip("@").casefold()
        named = [email for email, names in called.items() if name in names]
        return _matching(name, today) or _matching(name, before) or sorted(named)

    return meant


def _names(name: str) -> set[str]:
    """Return how somebody may be called on a page besides their address."""
    full = name.casefold().split()
    return {" ".join(full), full[0]} if full else set()


def _matching(name: str, addresses: Mapping[str, Iterable[str]]) -> list[str]:
    def is_meant(address: str) -> bool:
        return name == (address if "@" in name else address.partition("@")[0]).casefold()

    found = {email.casefold(): email for email, known in addresses.items() if any(map(is_meant, known))}
    return sorted(found.values())
