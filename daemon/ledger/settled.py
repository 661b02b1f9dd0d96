"""What the settled sessions of teams came to, and which documents are of them, not to be recalled with the rest.

The sums are made of documents that stay where they are, so nothing is lost with them.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine, Table, delete, select, text, update

from daemon.ledger import tables
from daemon.ledger.documents import as_document, from_document
from daemon.ledger.rows import batches, insert_of
from daemon.model import Observed
from daemon.model.memory import Memory
from daemon.model.settled import NOTHING_SETTLED, Settled

TO_RECALL = text("NOT settled")
TABLES: tuple[Table, ...] = (tables.sessions, tables.records, tables.items)
Writing = Callable[[], AbstractContextManager[Connection]]


def digest_of(shown: Iterable[Observed]) -> str:
    """Return what tells whether resources show the same."""
    documents = sorted(as_document(one) for one in shown)
    return hashlib.sha256("\n".join(documents).encode("utf-8", "surrogatepass")).hexdigest()


def forget_sums(connection: Connection, before: Memory, after: Memory) -> None:
    """Forget what the settled sessions of a team came to, where something of it changes: it is summed up anew.

    Of a memory without those, only what counts of the other sessions of that time makes a difference.
    """
    settled, had, has = before.settled, before.sessions, after.sessions
    parts = ((before.sessions, after.sessions), (before.records, after.records), (before.items, after.items))
    if settled is not NOTHING_SETTLED:
        is_over = any(settled.counted(had.get(key)) != settled.counted(has.get(key)) for key in {**had, **has})
    else:
        is_over = any(one is not other and one != other for one, other in parts)
    mine = tables.sums.c.team == after.team
    if is_over and connection.execute(select(tables.sums.c.team).where(mine)).first():
        connection.execute(delete(tables.sums).where(mine))


class Sums:
    """What the settled sessions of each team came to. Made by the ledger."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing

    def of(self, team: str) -> Settled | None:
        """Return what those of a team came to; None where that is not known."""
        table = tables.sums
        with self._engine.connect().execution_options(reading=True) as connection:
            document = connection.execute(select(table.c.document).where(table.c.team == team)).scalar()
        return from_document(Settled, document) if document else None

    def note(self, team: str, sums: Settled, keys: Mapping[str, Iterable[str]]) -> None:
        """Record what the settled sessions of a team came to, and the keys of all that is known of them, by table."""
        if self.of(team) == sums:
            return
        with self._writing() as connection:
            for table in TABLES:
                _mark(connection, table, team, {*keys[table.name]})
            row = {"team": team, "document": as_document(sums)}
            insert = insert_of(connection, tables.sums)
            connection.execute(insert.on_conflict_do_update(index_elements=("team",), set_=row), row)


def _mark(connection: Connection, table: Table, team: str, keys: set[str]) -> None:
    own = table.c.team == team
    marked = {*connection.execute(select(table.c.key).where(own & table.c.settled)).scalars()}
    for is_settled, changed in ((False, marked - keys), (True, keys - marked)):
        for some in batches(sorted(changed)):
            connection.execute(update(table).where(own & table.c.key.in_(some)).values(settled=is_settled))
