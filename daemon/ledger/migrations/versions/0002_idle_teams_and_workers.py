"""Which teams have nothing to do, what workers do together, and a log that says of each write who had asked for it.

What the former log told in a line of words is not kept: it does not say what of it was which.
"""

from alembic import op
from sqlalchemy import Boolean, Column, Double, ForeignKeyConstraint, Index, Integer, Text, text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables; nothing is known to be idle, so each team is passed over once more."""
    op.create_table("revisions", Column("subject", Text, primary_key=True), Column("number", Integer, nullable=False))
    op.create_table("idle", Column("team", Text, primary_key=True), Column("document", Text, nullable=False))
    op.create_table(
        "leases",
        Column("team", Text, primary_key=True),
        Column("epoch", Integer, nullable=False),
        Column("ended_at", Text),
        Column("waited", Double),
        Column("written", Integer),
        Column("errors", Text),
    )
    op.create_table(
        "quotas",
        Column("connection", Text, primary_key=True),
        *(Column(name, Double, nullable=False) for name in ("left", "since")),
    )
    op.create_index("teams_by_name", "teams", ["name"])
    op.create_index("digests_by_age", "digests", ["claimed_at"])
    op.drop_table("log")
    only = text("NOT done")
    op.create_table(
        "log",
        Column("number", Integer, primary_key=True),
        *(Column(name, Text, nullable=False) for name in ("team", "key", "at", "document")),
        Column("done", Boolean, nullable=False),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
        Index("log_of_a_team", "team", "number"),
        Index("log_under_way", "key", sqlite_where=only, postgresql_where=only),
    )
