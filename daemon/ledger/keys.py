"""Keys to sign with, which outlast a restart: what was signed before it is known again."""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine, select

from daemon.ledger import tables
from daemon.ledger.rows import insert_of

Writing = Callable[[], AbstractContextManager[Connection]]


class Keys:
    """The keys of this ledger, by what they are for. Made by the ledger."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing

    def of(self, name: str) -> str:
        """Return the key of this name, made with the first question for it: 256 bits, as text."""
        return self._known(name) or self._made(name) or self.of(name)

    def _known(self, name: str) -> str | None:
        table = tables.keys
        with self._engine.connect().execution_options(reading=True) as connection:
            return connection.execute(select(table.c.key).where(table.c.name == name)).scalar()

    def _made(self, name: str) -> str | None:
        """Return a new key; None where somebody else was faster."""
        key = secrets.token_hex(32)
        with self._writing() as connection:
            row = insert_of(connection, tables.keys).values(name=name, key=key).on_conflict_do_nothing()
            return connection.execute(row.returning(tables.keys.c.key)).scalar()
