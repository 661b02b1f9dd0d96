"""Who is in which team: found by address, so that a mail for one person costs the same however many teams there are."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from config.team import Team
from config.values import canonical_email


class Directory(Mapping[str, Team]):
    """Teams by their keys."""

    def __init__(self, teams: Mapping[str, Team]) -> None:
        """Take the teams by their keys."""
        self._teams = dict(sorted(teams.items()))

    def __getitem__(self, key: str) -> Team:
        return self._teams[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._teams)

    def __len__(self) -> int:
        return len(self._teams)

    def of(self, email: str) -> list[str]:
        """Return the keys of the teams in which somebody is, or was, a member or the lead, in their order."""
        return self._of.get(canonical_email(email), [])

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of the teams by their keys."""
        return {key: team.team for key, team in self._teams.items()}

    @cached_property
    def _of(self) -> Mapping[str, list[str]]:
        found = defaultdict[str, list[str]](list)
        for key, team in self._teams.items():
            for email in dict.fromkeys([team.lead, *(one for who in team.members for one in (who.email, *who.was))]):
                found[email].append(key)
        return found
