"""When somebody last acted on this ledger, as the clock was then: so that one that has leapt is noticed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection, Engine, delete, select

from daemon.ledger import tables

Writing = Callable[[], AbstractContextManager[Connection]]
Kind = Literal["trusted", "doubted"]


class Looks:
    """The moments at which the clock was last trusted and doubted, aware. Made by the ledger."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing

    def last(self, kind: Kind) -> datetime | None:
        """Return when the clock was last trusted, or since when it is doubted."""
        table = tables.looks
        with self._engine.connect().execution_options(reading=True) as connection:
            found = connection.execute(select(table.c.at).where(table.c.kind == kind)).scalar()
        return found and datetime.fromisoformat(found)

    @property
    def doubted(self) -> bool:
        """Whether the clock is doubted now, so that nothing is to be recorded by it."""
        return self.last("doubted") is not None

    def note(self, kind: Kind, now: datetime) -> None:
        """Record that the clock is trusted at a moment, so doubted no more, or that it is doubted."""
        table, moment = tables.looks, now.astimezone(UTC).isoformat()
        with self._writing() as connection:
            connection.execute(delete(table).where(table.c.kind.in_((kind, "doubted"))))
            connection.execute(table.insert(), {"kind": kind, "at": moment})
