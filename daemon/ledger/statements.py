"""The table of what people said: rows are only ever added, each once by its id, and numbered in their order."""

from dataclasses import replace

from sqlalchemy import Connection, func, select, text

from daemon.ledger import tables
from daemon.ledger.documents import as_document, from_document
from daemon.model.statements import NOTHING_SAID, Statement, Statements


def recalled_statements(connection: Connection, team: str) -> Statements:
    """Return all that was said in a team, in its order."""
    table = tables.statements
    mine = select(table.c.number, table.c.document).where(table.c.team == team).order_by(table.c.number)
    found = [
        replace(from_document(Statement, document), number=number) for number, document in connection.execute(mine)
    ]
    return Statements(found) if found else NOTHING_SAID


def record_statement(connection: Connection, team: str, statement: Statement, after: int | None) -> int | None:
    """Add a statement, unless it is there, and return its number; None where another came after ``after``.

    Nobody else adds one meanwhile: SQLite lets one write at a time, PostgreSQL is told to.
    """
    table = tables.statements
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE statements IN SHARE ROW EXCLUSIVE MODE"))
    mine = table.c.team == team
    known = connection.execute(select(table.c.number).where(mine & (table.c.id == statement.id))).scalar()
    if known is not None:
        return int(known)
    latest = connection.execute(select(func.max(table.c.number)).where(mine)).scalar() or 0
    if after is not None and latest != after:
        return None
    row = {"team": team, "id": statement.id, "document": as_document(replace(statement, number=0))}
    added = connection.execute(table.insert().values(row).returning(table.c.number)).scalar_one()
    return int(added)
