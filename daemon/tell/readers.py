"""Everybody to whom mails go, over all teams: found by their address, whatever number of teams there is. Pure."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from config.connection import LOCAL
from config.team import Team
from config.values import canonical_email
from daemon.tell.digest import may_write_to
from daemon.tell.people import addressee


class Readers:
    """The people of ``teams``, which are known by their keys, at a moment: members by all their addresses, and leads.

    Several teams may tell different things of somebody. None of them keeps another one's words from arriving.
    """

    def __init__(self, teams: Mapping[str, Team], now: datetime) -> None:
        """Take the teams as they are served, and the moment, aware."""
        self.teams, self._now = teams, now

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What each team is called, by its key."""
        return {key: team.team for key, team in self.teams.items()}

    @cached_property
    def _keys(self) -> Mapping[str, Sequence[str]]:
        found = defaultdict[str, list[str]](list)
        for key, team in sorted(self.teams.items()):
            addresses = (email for member in team.members for email in (member.email, *member.was))
            for email in {team.lead, *addresses}:
                found[email].append(key)
        return found

    @cached_property
    def _former(self) -> Mapping[str, Sequence[str]]:
        found = defaultdict[str, list[str]](list)
        for team in self.teams.values():
            for member in team.members:
                found[member.email] += member.was
        return found

    def keys_of(self, email: str) -> Sequence[str]:
        """Return the keys of the teams that somebody belongs to."""
        return self._keys.get(canonical_email(email), ())

    def account_of(self, email: str) -> tuple[Team, str]:
        """Return the team from whose account somebody is written to, and its key.

        It is one in which they are now rather than one that they have left, one that sends mail rather than one that
        keeps it on this machine, and of those the first by name.
        """
        key = min(self.keys_of(email), key=lambda key: (not self._is_in(email, key), not self._sends(key)))
        return self.teams[key], key

    def team_of(self, email: str, among: Container[str] | None = None) -> Team:
        """Return the team whose hours hold for somebody: of some, one by which they are at work, if there is any."""
        own = [self.account_of(email)[1], *self.keys_of(email)]
        teams = [self.teams[key] for key in own if among is None or key in among] or [self.teams[own[0]]]
        return next((team for team in teams if may_write_to(email, team, self._now)), teams[0])

    def there(self, email: str, among: Container[str] | None = None) -> datetime:
        """Return the moment in somebody's zone, as that team has it."""
        team = self.team_of(email, among)
        who = addressee(email, team)
        return self._now.astimezone(who.zone if who else ZoneInfo(team.timezone))

    def name_of(self, email: str, among: Container[str]) -> str:
        """Return how these teams call somebody to whom they have something to tell; nothing where none names them."""
        teams = (self.teams[key] for key in self.keys_of(email) if key in among)
        return next((who.name for team in teams if (who := addressee(email, team)) and who.name), "")

    def _is_in(self, email: str, key: str) -> bool:
        who = addressee(email, self.teams[key])
        return who is not None and who.has_joined(self._now) and not who.has_left(self._now)

    def _sends(self, key: str) -> bool:
        return self.teams[key].mail.connection != LOCAL

    def addresses_of(self, email: str) -> list[str]:
        """Return somebody's address, and those that they had before."""
        return [*dict.fromkeys((email, *self._former.get(email, ())))]
