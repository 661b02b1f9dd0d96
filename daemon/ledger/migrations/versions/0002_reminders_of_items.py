"""Of which action item a reminder reminds; and the index by which those are found."""

from alembic import op
from sqlalchemy import Column, Connection, Text, text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column and its index, and fill it for what has been left due so far."""
    op.add_column("reminders", Column("about", Text))
    _fill(op.get_bind())
    said_of = text("about IS NOT NULL")
    op.create_index("reminders_of_items", "reminders", ["team"], sqlite_where=said_of, postgresql_where=said_of)


def _fill(connection: Connection) -> None:
    """Read items off keys, which were TEAM/ITEM/STAGE@DUE/RECIPIENT."""
    rows = connection.execute(text("SELECT key, team, recipient FROM reminders")).all()
    stages = {row.key: row.key.removesuffix(f"/{row.recipient}").rpartition("/") for row in rows}
    found = [
        {"item": stages[row.key][0].removeprefix(f"{row.team}/"), "its_key": row.key}
        for row in rows
        if stages[row.key][2].startswith(("before-", "overdue-"))
    ]
    if found:
        connection.execute(text("UPDATE reminders SET about = :item WHERE key = :its_key"), found)
