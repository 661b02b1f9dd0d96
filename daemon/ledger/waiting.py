"""What waits to be said: which reminders a team has, and which of them stay though no pass names them."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Delete, Select, delete, select, update

from daemon.ledger import tables
from daemon.ledger.documents import from_document
from daemon.model import Message, Reminder
from daemon.model.names import undelivered_key

OVER_AFTER = timedelta(weeks=1)
"""How long after its day what tells of a moment still waits for a mail, though its reader may never get one."""


def waiting_of(team: str) -> Select[tuple[str, str]]:
    """Return the query for what waits in a team, by its keys."""
    table = tables.reminders
    return select(table.c.key, table.c.document).where((table.c.team == team) & table.c.digest.is_(None))


def is_unripe(connection: Connection, team: str) -> bool:
    """Whether a pass over a team left something due and has not come to its end."""
    table = tables.reminders
    unripe = select(table.c.key).where((table.c.team == team) & table.c.digest.is_(None) & ~table.c.ripe)
    return connection.execute(unripe.limit(1)).first() is not None


def ripen(connection: Connection, team: str) -> None:
    """Let the next mails tell what waits in a team: a pass over it has come to its end."""
    table = tables.reminders
    unripe = (table.c.team == team) & table.c.digest.is_(None) & ~table.c.ripe
    connection.execute(update(table).where(unripe).values(ripe=True))


def lasts(document: str, now: datetime) -> bool:
    """Whether what waits stays due though no pass names it: it tells of a moment, and of nothing long gone by."""
    reminder: Reminder = from_document(Reminder, document)
    return reminder.lasting and (reminder.due is None or now.date() - reminder.due < OVER_AFTER)


def known_of(keys: list[str]) -> Select[tuple[str, str]]:
    """Return the query for when reminders were last named, by their keys."""
    return select(tables.reminders.c.key, tables.reminders.c.last_named).where(tables.reminders.c.key.in_(keys))


def waiting_of_its_loss(message: Message) -> Delete:
    """Return what takes back, where nobody has heard it yet, that a digest did not arrive."""
    table = tables.reminders
    key = undelivered_key("", message.to, message.date)
    return delete(table).where(table.c.digest.is_(None) & table.c.key.endswith(key, autoescape=True))
