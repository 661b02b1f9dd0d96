"""What was written to calendar and wiki, line by line, for whoever wants to know what the programme did."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select

from daemon.ledger import tables

Writing = Callable[[], AbstractContextManager[Connection]]
Entry = tuple[datetime, str]
"""When something was written, aware, and what."""
KEPT = timedelta(weeks=13)
"""How long a line is kept."""


class Log:
    """The lines of each team. Made by the ledger."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing

    def note(self, team: str, now: datetime, lines: Iterable[str]) -> None:
        """Add what was written by a pass at ``now``, aware; what is older than a quarter goes."""
        table, at = tables.log, now.astimezone(UTC).isoformat()
        rows = [{"team": team, "at": at, "line": line} for line in lines]
        if rows:
            old = (table.c.team == team) & (table.c.at < (now - KEPT).astimezone(UTC).isoformat())
            with self._writing() as connection:
                connection.execute(delete(table).where(old))
                connection.execute(table.insert(), rows)

    def last(self, team: str, most: int) -> Sequence[Entry]:
        """Return the last lines of a team, the latest first."""
        table = tables.log
        mine = select(table.c.at, table.c.line).where(table.c.team == team)
        with self._engine.connect().execution_options(reading=True) as connection:
            found = connection.execute(mine.order_by(table.c.number.desc()).limit(most))
            return [(datetime.fromisoformat(at), line) for at, line in found]
