"""Which sessions are settled, with all that is known of them, and what those came to, so that a pass need not recall
each of them."""

from alembic import op
from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Text, false, text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the columns and the table; nothing is settled, so each team is recalled as a whole once more."""
    only = text("NOT settled")
    for name in ("sessions", "records", "items"):
        op.add_column(name, Column("settled", Boolean, nullable=False, server_default=false()))
        op.create_index(f"{name}_to_recall", name, ["team"], sqlite_where=only, postgresql_where=only)
    op.create_table(
        "sums",
        Column("team", Text, primary_key=True),
        Column("document", Text, nullable=False),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    )
