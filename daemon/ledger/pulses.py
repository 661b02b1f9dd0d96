"""Whether sessions were worth people's time: how often each answer was given, and nothing of who gave it or when."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine, select, update

from daemon.ledger import tables

Writing = Callable[[], AbstractContextManager[Connection]]
Counts = Mapping[int, int]
"""How often each answer was given."""


class Pulses:
    """The answers by session. Made by the ledger."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing

    def of(self, team: str) -> Mapping[str, Counts]:
        """Return how often each answer was given in a team, by the keys of its sessions."""
        table, found = tables.pulses, defaultdict[str, dict[int, int]](dict)
        with self._engine.connect().execution_options(reading=True) as connection:
            mine = select(table.c.session, table.c.answer, table.c.count).where(table.c.team == team)
            for session, answer, count in connection.execute(mine):
                found[session][answer] = count
        return dict(found)

    def add(self, team: str, session: str, answer: int) -> None:
        """Count one answer more."""
        table = tables.pulses
        this = (table.c.team == team) & (table.c.session == session) & (table.c.answer == answer)
        with self._writing() as connection:
            if not connection.execute(update(table).where(this).values(count=table.c.count + 1)).rowcount:
                row = {"team": team, "session": session, "answer": answer, "count": 1}
                connection.execute(table.insert(), row)
