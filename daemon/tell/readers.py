"""Everybody to whom mails go, over all teams: found by their address, whatever number of teams there is. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from config.connection import LOCAL
from config.team import Team
from config.values import canonical_email
from daemon.tell.people import addressee


class Readers:
    """The people of ``teams``, which are known by their keys: members by all their addresses, and leads."""

    def __init__(self, teams: Mapping[str, Team]) -> None:
        """Take the teams as they are served."""
        self.teams = teams

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What each team is called, by its key."""
        return {key: team.team for key, team in self.teams.items()}

    @cached_property
    def _keys(self) -> Mapping[str, Sequence[str]]:
        found = defaultdict[str, list[str]](list)
        for key, team in sorted(self.teams.items(), key=lambda one: (one[1].mail.connection == LOCAL, one[0])):
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
        """Return the keys of the teams that somebody belongs to, first those whose mail leaves this machine."""
        return self._keys.get(canonical_email(email), ())

    def account_of(self, email: str) -> tuple[Team, str]:
        """Return the team from whose account somebody is written to, and its key: the first that they belong to.

        Where one has an account, no other keeps what it sends on this machine.
        """
        key = self.keys_of(email)[0]
        return self.teams[key], key

    def team_of(self, email: str) -> Team:
        """Return the team whose hours hold for somebody: that from whose account they are written to."""
        return self.account_of(email)[0]

    def there(self, email: str, now: datetime) -> datetime:
        """Return the moment in somebody's zone."""
        team = self.team_of(email)
        who = addressee(email, team)
        return now.astimezone(who.zone if who else ZoneInfo(team.timezone))

    def addresses_of(self, email: str) -> list[str]:
        """Return somebody's address, and those that they had before."""
        return [*dict.fromkeys((email, *self._former.get(email, ())))]

    @property
    def addresses_today(self) -> dict[str, str]:
        """The address of everybody by those that they had before and that are nobody's now."""
        members = [member for team in self.teams.values() for member in team.members]
        present = {member.email for member in members}
        return {old: member.email for member in members for old in member.was if old not in present}
