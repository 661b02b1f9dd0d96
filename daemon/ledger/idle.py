"""How often what is known of teams and of people has changed, and which teams are idle as long as it does not again.

Whoever writes what a pass goes by counts it here, in the same transaction. So a pass knows that nothing has changed
without recalling any of it.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cache

from sqlalchemy import Connection, Engine, Insert, select

from daemon.ledger import tables
from daemon.ledger.documents import as_document, from_document
from daemon.ledger.rows import insert_in, insert_of
from daemon.model.idle import Idle

Writing = Callable[[], AbstractContextManager[Connection]]
Counts = Mapping[str, int]


def count_change(connection: Connection, *subjects: str) -> None:
    """Count that something else is known of teams, by their keys, or of people, by their e-mails.

    Once in a transaction, as the last it does, and all in order: so no two of them wait for each other.
    """
    if rows := [{"subject": one, "number": 1} for one in sorted({*subjects})]:
        connection.execute(_counting(connection.dialect.name), rows)


@cache
def _counting(dialect: str) -> Insert:
    table = tables.revisions
    again = {"number": table.c.number + 1}
    return insert_in(dialect, table).on_conflict_do_update(index_elements=("subject",), set_=again)


class IdleTeams:
    """Which teams are idle. Made by the ledger."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing

    def look(self, team: str, subjects: Iterable[str]) -> tuple[Idle | None, Counts]:
        """Return on what a team was idle, if it was, and how often what is known of subjects has changed."""
        idle, counts = tables.idle, tables.revisions
        with self._engine.connect().execution_options(reading=True) as connection:
            document = connection.execute(select(idle.c.document).where(idle.c.team == team)).scalar()
            found = connection.execute(select(counts).where(counts.c.subject.in_([*subjects]))).all()
        return document and from_document(Idle, document), {row.subject: row.number for row in found}

    def note(self, team: str, idle: Idle) -> None:
        """Record that a team is idle."""
        row = {"team": team, "document": as_document(idle)}
        with self._writing() as connection:
            insert = insert_of(connection, tables.idle)
            connection.execute(insert.on_conflict_do_update(index_elements=("team",), set_=row), row)
