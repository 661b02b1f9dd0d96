"""What was said, and waits to be said, to somebody at an earlier address was and is for them at that of today."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection, delete, or_, select, update

from daemon.ledger import tables
from daemon.ledger.documents import as_document, from_document
from daemon.model import Reminder


def readdress(connection: Connection, team: str, today: Mapping[str, str]) -> bool:
    """Let a team's reminders be for, and be known by, their readers' addresses of ``today``, by the earlier ones.

    Return whether any was known by another one.
    """
    table, found = tables.reminders, list(_moved(connection, team, today))
    for key, document, moved in found:
        mine = table.c.key == key
        if moved.key != key and connection.execute(select(table.c.key).where(table.c.key == moved.key)).first():
            connection.execute(delete(table).where(mine))  # it was said, or is to be, at both
        else:
            values = {"key": moved.key, "recipient": moved.to, "document": as_document(moved, document)}
            connection.execute(update(table).where(mine).values(values))
    return bool(found)


def _moved(connection: Connection, team: str, today: Mapping[str, str]) -> Iterator[tuple[str, str, Reminder]]:
    table = tables.reminders
    in_keys = (table.c.key.contains(old, autoescape=True) for old in today)
    named = or_(table.c.recipient.in_([*today]), *in_keys)
    found = select(table.c.key, table.c.document).where((table.c.team == team) & named)
    for key, document in connection.execute(found).all():
        said: Reminder = from_document(Reminder, document)
        if (moved := as_today(said, today)) != said:
            yield key, document, moved


def as_today(said: Reminder, today: Mapping[str, str]) -> Reminder:
    """Return a reminder as it is for, and known by, the addresses of today."""
    key, undoes = renamed(said.key, today), renamed(said.undoes, today)
    return replace(said, key=key, to=today.get(said.to, said.to), undoes=undoes)


def renamed(key: str, names: Mapping[str, str]) -> str:
    """Return a key in which addresses, as parts of it, are others."""
    for old, new in names.items():
        key = re.sub(rf"(?<=[/@]){re.escape(old)}(?=[/@]|$)", new.replace("\\", r"\\"), key)
    return key


def known_by(keys: Iterable[str], today: Mapping[str, str]) -> dict[str, str]:
    """Return under which keys something may be known: itself, and as it was at earlier addresses; to what it is now."""
    before = [{new: old} for old, new in today.items()]
    everything = ((renamed(key, names), key) for key in keys for names in ({}, *before))
    return dict(everything)
