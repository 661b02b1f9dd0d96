"""The rows of a team as they are in the database, read in portions that it takes."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Table, TextClause, select

from daemon.ledger import tables
from daemon.ledger.documents import as_document, from_document
from daemon.model.memory import Memory

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def batches(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield the keys in portions that a database takes in one statement."""
    rest = iter(keys)
    while some := list(islice(rest, 1000)):
        yield some


def stored(connection: Connection, table: Table, team: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the documents of a team by their keys, as they are in the database."""
    own, columns = table.c.team == team, select(table.c.key, table.c.document)
    found = (connection.execute(columns.where(own & table.c.key.in_(some))) for some in batches(keys))
    return {key: document for rows in found for key, document in rows}


def recalled(
    connection: Connection, team: str, table: Table, kind: type, only: TextClause | None = None
) -> dict[str, Any]:
    """Return the values of a team by their keys, as a table has them; perhaps some ``only``."""
    own = select(table.c.key, table.c.document).where(table.c.team == team).order_by(table.c.key)
    rows = connection.execute(own if only is None else own.where(only))
    return {key: from_document(kind, document) for key, document in rows}


def stored_free_busy(connection: Connection, team: str) -> str | None:
    """Return what is known of when a team's members have time, as it is in the database."""
    mine = select(tables.teams.c.free_busy).where(tables.teams.c.key == team)
    return cast("str | None", connection.execute(mine).scalar())


def team_row(memory: Memory, free_busy: str | None) -> dict[str, Any]:
    """Return the row of a team itself; ``free_busy`` is the document of that name that is in the database."""
    return {
        "key": memory.team,
        "name": memory.name,
        "basis": json.dumps(dict(memory.basis), sort_keys=True),
        "cursors": json.dumps(dict(memory.cursors), sort_keys=True),
        "free_busy": as_document(memory.free_busy, free_busy),
        "heard": memory.heard,
    }


def insert_of(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """Return an insert that can say what becomes of a row that is there already."""
    return insert_in(connection.dialect.name, table)


def insert_in(dialect: str, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """Return such an insert in the dialect of that name."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
