"""What a team gets of Google: its calendar."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from config.team import Team
from integrations.google_calendar.cache import Cache
from integrations.google_calendar.calendar import TeamCalendar
from integrations.google_calendar.client import Account
from integrations.google_calendar.connection import GoogleCalendar
from integrations.google_calendar.credentials import check_installed


def calendar(
    connection: GoogleCalendar, data: Path, clock: Callable[[], datetime], team: Team, key: str
) -> TeamCalendar:
    """Return a team's part of the calendar that it names; teams with the same connection share the account.

    Raises:
        Refused: Google's libraries are not installed.
    """
    account, calendar_id = _account(team.calendar.connection, connection), team.calendar.id or "primary"
    emails = [member.email for member in team.members]
    return TeamCalendar(account, _cache(account, calendar_id), calendar_id, key, emails, clock, meet=team.calendar.meet)


@lru_cache(maxsize=64)
def _account(name: str, connection: GoogleCalendar) -> Account:
    check_installed(name)
    return Account(name, connection)


@lru_cache(maxsize=256)
def _cache(account: Account, calendar_id: str) -> Cache:
    return Cache(account.seconds)
