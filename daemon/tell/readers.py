"""Everybody to whom mails go, over all teams: found by their address, whatever number of teams there is. Pure."""

from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from config.cached import cached_property
from config.team import Team
from config.values import canonical_email
from daemon.model import Message, Reminder
from daemon.model.messages import Waits
from daemon.tell.digest import may_write_to
from daemon.tell.people import addressee

Told = TypeVar("Told", Reminder, Waits)
AccountOf = Callable[[Team, str], str]
"""By which account a team's mail goes, which is known by its key. Teams of one account tell things in one mail."""


def by_connection(team: Team, _key: str) -> str:
    """Return the connection by which a team's mail goes: so where only its reader reads it."""
    return team.mail.connection


class Reader(NamedTuple):
    """Somebody, by their address, as the teams of one account write to them."""

    email: str
    account: str


class Readers:
    """The people of ``teams``, which are known by their keys, at a moment: members by all their addresses, and leads.

    Several teams of one account tell somebody in one mail what they have to; none of them keeps another one's words
    from arriving. What teams of another account tell goes by that, and neither waits for the other.
    """

    def __init__(self, teams: Mapping[str, Team], now: datetime, account_of: AccountOf = by_connection) -> None:
        """Take the teams as they are served, the moment, aware, and by which account each writes."""
        self.teams, self._now = teams, now
        self._accounts = {key: account_of(team, key) for key, team in teams.items()}

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
        found, today = (
            defaultdict[str, list[str]](list),
            {one.email for team in self.teams.values() for one in team.members},
        )
        for team in self.teams.values():
            for member in team.members:  # what is somebody's today, as other teams have it, is no former one
                found[member.email] += (email for email in member.was if email not in today)
        return found

    def of(self, message: Message) -> Reader:
        """Return whose a mail is: by another account of theirs where no team of theirs writes by its own any more."""
        reader = Reader(message.to, message.account)
        if not self.keys_of(reader) and (keys := self._keys.get(canonical_email(message.to), ())):
            return Reader(message.to, self._accounts[keys[0]])
        return reader

    def by_account(self, waiting: Mapping[str, Sequence[Told]]) -> dict[Reader, list[Told]]:
        """Return what waits for people, by their addresses, as it goes to each by the accounts of the teams."""
        found = defaultdict[Reader, list[Told]](list)
        for email, told in waiting.items():
            for one in told:
                if one.team in self.teams:
                    found[Reader(email, self._accounts[one.team])].append(one)
        return {reader: some for reader, some in found.items() if self.keys_of(reader)}

    def keys_of(self, reader: Reader) -> Sequence[str]:
        """Return the keys of the teams of an account that somebody belongs to."""
        keys = self._keys.get(canonical_email(reader.email), ())
        return [key for key in keys if self._accounts[key] == reader.account]

    def account_of(self, reader: Reader) -> tuple[Team, str]:
        """Return a team that writes to somebody by an account, and its key: one that they have not left, if any."""
        key = min(self.keys_of(reader), key=lambda key: not self._is_in(reader.email, key))
        return self.teams[key], key

    def team_of(self, reader: Reader, among: Container[str] | None = None) -> Team:
        """Return the team whose hours hold for somebody: of some, one by which they are at work, if there is any."""
        own = [self.account_of(reader)[1], *self.keys_of(reader)]
        teams = [self.teams[key] for key in own if among is None or key in among] or [self.teams[own[0]]]
        return next((team for team in teams if may_write_to(reader.email, team, self._now)), teams[0])

    def there(self, reader: Reader, among: Container[str] | None = None) -> datetime:
        """Return the moment in somebody's zone, as that team has it."""
        team = self.team_of(reader, among)
        who = addressee(reader.email, team)
        return self._now.astimezone(who.zone if who else ZoneInfo(team.timezone))

    def name_of(self, reader: Reader, among: Container[str]) -> str:
        """Return how these teams call somebody to whom they have something to tell; nothing where none names them."""
        teams = (self.teams[key] for key in self.keys_of(reader) if key in among)
        return next((who.name for team in teams if (who := addressee(reader.email, team)) and who.name), "")

    def _is_in(self, email: str, key: str) -> bool:
        who = addressee(email, self.teams[key])
        return who is not None and who.has_joined(self._now) and not who.has_left(self._now)

    def addresses_of(self, reader: Reader) -> list[str]:
        """Return somebody's address, and those that they had before."""
        return [*dict.fromkeys((reader.email, *self._former.get(reader.email, ())))]
