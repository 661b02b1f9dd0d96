"""What a team gets of a mail server: what sends its mail."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from config.team import Team
from integrations.mail.account import Account
from integrations.mail.connection import Smtp
from integrations.mail.messenger import SmtpMessenger


def messenger(connection: Smtp, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> SmtpMessenger:
    """Return what sends a team's mail; teams with the same connection share what is known of its server.

    Raises:
        Refused: nobody can have the sender's address.
    """
    return SmtpMessenger(_account(team.mail.connection, connection), connection.sender, team.lead)


@lru_cache(maxsize=64)
def _account(name: str, connection: Smtp) -> Account:
    return Account(name, connection)
