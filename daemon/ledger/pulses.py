"""Whether sessions were worth people's time: how often each answer was given, and nothing of who gave it or when."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine, delete, select, text

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
        """Count one answer more; all of the session are written anew: no place of a row tells which came last."""
        table = tables.pulses
        this = (table.c.team == team) & (table.c.session == session)
        with self._writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE pulses IN SHARE ROW EXCLUSIVE MODE"))
            counts = Counter({row.answer: row.count for row in connection.execute(select(table).where(this))})
            counts[answer] += 1
            connection.execute(delete(table).where(this))
            rows = [{"team": team, "session": session, "answer": one, "count": counts[one]} for one in sorted(counts)]
            connection.execute(table.insert(), rows)
