"""The tables of what people said: rows are only ever added, each once by its id.

What is said with a name is numbered in its order. What is said without one stands apart, in no order: the numbers of
its neighbours, whose moments are known, would tell when it was said.
"""

from dataclasses import replace

from sqlalchemy import Connection, func, select, text

from daemon.ledger import tables
from daemon.ledger.documents import as_document, from_document
from daemon.model.statements import NOTHING_SAID, WITHOUT_A_NAME, Statement, Statements


def recalled_statements(connection: Connection, team: str) -> Statements:
    """Return all that was said in a team, in its order."""
    table, apart = tables.statements, tables.nameless
    unnamed = select(apart.c.document).where(apart.c.team == team).order_by(apart.c.id)
    found = [from_document(Statement, document) for document in connection.scalars(unnamed)]
    mine = select(table.c.number, table.c.document).where(table.c.team == team).order_by(table.c.number)
    found += [
        replace(from_document(Statement, document), number=number) for number, document in connection.execute(mine)
    ]
    return Statements(found) if found else NOTHING_SAID


def record_statement(connection: Connection, team: str, statement: Statement, after: int | None) -> int | None:
    """Add a statement, unless it is there, and return its number; None where another came after ``after``.

    What is said without a name has the number 0. Nobody else adds one meanwhile: SQLite lets one write at a time,
    PostgreSQL is told to.
    """
    if statement.kind in WITHOUT_A_NAME:
        return _record_nameless(connection, team, statement)
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


def _record_nameless(connection: Connection, team: str, statement: Statement) -> int:
    table = tables.nameless
    this = (table.c.team == team) & (table.c.id == statement.id)
    if connection.execute(select(table.c.id).where(this)).scalar() is None:
        row = {"team": team, "id": statement.id, "document": as_document(replace(statement, number=0))}
        connection.execute(table.insert().values(row))
    return 0
