"""What was written to calendar and wiki, entry by entry, for whoever wants to know what the programme did, and why.

An entry is begun in the transaction that records the intent, and done in the one that records that it was written, or
that a write which was cut short had arrived. So a kill between any two lines loses none.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select, update

from daemon.ledger import tables
from daemon.ledger.documents import as_document, from_document
from daemon.ledger.rows import batches
from daemon.model import Message
from daemon.model.entries import Entry

KEPT = timedelta(weeks=13)
"""How long an entry is kept."""


class Log:
    """The entries of each team. Made by the ledger."""

    def __init__(self, engine: Engine) -> None:
        """Take an engine whose schema is up to date."""
        self._engine = engine

    def last(self, team: str, most: int) -> Sequence[Entry]:
        """Return the last entries of a team that were done, the latest first."""
        return [entry for entry, is_done in self.all_of(team, most, only_done=True) if is_done]

    def all_of(self, team: str, most: int, only_done: bool = False) -> Sequence[tuple[Entry, bool]]:
        """Return the last entries of a team, the latest first, each with whether it is known to have been done."""
        table = tables.log
        mine = select(table.c.document, table.c.done).where(table.c.team == team)
        mine = mine.where(table.c.done) if only_done else mine
        with self._engine.connect().execution_options(reading=True) as connection:
            found = connection.execute(mine.order_by(table.c.number.desc()).limit(most))
            return [(from_document(Entry, row.document), bool(row.done)) for row in found]

    def told_of(self, team: str) -> tuple[frozenset[str], datetime | None]:
        """Return of which resources of a team there are entries, and when the first of these was made."""
        table = tables.log
        with self._engine.connect().execution_options(reading=True) as connection:
            rows = connection.execute(select(table.c.key, table.c.at).where(table.c.team == team)).all()
        first = min((row.at for row in rows), default=None)
        return frozenset(row.key for row in rows), first and datetime.fromisoformat(first)

    def mails(self) -> Sequence[tuple[Message, datetime | None, str]]:
        """Return the digests of the last weeks, each with when it went out, if it did, and what kept it from that."""
        table = tables.digests
        found = select(table.c.message, table.c.sent_at, table.c.error).order_by(table.c.claimed_at)
        with self._engine.connect().execution_options(reading=True) as connection:
            rows = connection.execute(found).all()
        sent = [datetime.fromisoformat(row.sent_at) if row.sent_at else None for row in rows]
        return [(from_document(Message, row.message), at, row.error or "") for row, at in zip(rows, sent, strict=True)]


def begin(connection: Connection, team: str, entries: Sequence[Entry]) -> None:
    """Add what is about to be written; what is older than a quarter goes.

    Where the same was about to be written before, that came to nothing, and this takes its place.
    """
    if not entries:
        return
    table, oldest = tables.log, min(entry.at for entry in entries) - KEPT
    mine = table.c.team == team
    connection.execute(delete(table).where(mine & (table.c.at < _text(oldest))))
    for keys in batches(entry.key for entry in entries):
        connection.execute(delete(table).where(mine & ~table.c.done & table.c.key.in_(keys)))
    rows = [{"team": team, "key": e.key, "at": _text(e.at), "done": False, "document": as_document(e)} for e in entries]
    connection.execute(table.insert(), rows)


def finish(connection: Connection, team: str, keys: Iterable[str]) -> None:
    """Note that what was about to be written was written."""
    table = tables.log
    for some in batches(keys):
        begun = (table.c.team == team) & ~table.c.done & table.c.key.in_(some)
        connection.execute(update(table).where(begun).values(done=True))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
