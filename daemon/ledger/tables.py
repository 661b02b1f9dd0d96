"""The ledger's tables. What is nested is kept as a JSON document; what is searched for has a column.

Wall times and instants are ISO 8601 text, instants in UTC, so that every database orders and returns them alike.
"""

from sqlalchemy import Column, ForeignKeyConstraint, Index, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()

teams = Table(
    "teams",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("cursors", Text, nullable=False),
    Column("free_busy", Text, nullable=False, server_default="{}"),
)


def _of_a_team(name: str) -> Table:
    """Return a table of documents, each known by its key within a team."""
    return Table(
        name,
        metadata,
        Column("team", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("document", Text, nullable=False),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    )


series = _of_a_team("series")
generations = _of_a_team("generations")
sessions = _of_a_team("sessions")
records = _of_a_team("records")
items = _of_a_team("items")

digests = Table(
    "digests",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("claimed_at", Text, nullable=False),
    Column("sent_at", Text),
    Column("error", Text),
    Column("given_up_at", Text),
    UniqueConstraint("recipient", "day", name="one_digest_a_day"),
)

reminders = Table(
    "reminders",
    metadata,
    Column("key", Text, primary_key=True),
    Column("team", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", Text),
    ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    ForeignKeyConstraint(["digest"], ["digests.message_id"]),
    Index("reminders_waiting", "team", "digest"),
)
