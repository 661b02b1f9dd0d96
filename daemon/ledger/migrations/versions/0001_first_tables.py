"""The first tables."""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Index, Text, UniqueConstraint

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first release."""
    op.create_table(
        "teams",
        Column("key", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("basis", Text, nullable=False),
        Column("cursors", Text, nullable=False),
    )
    for name in ("series", "generations", "sessions", "records"):
        op.create_table(
            name,
            Column("team", Text, primary_key=True),
            Column("key", Text, primary_key=True),
            Column("document", Text, nullable=False),
            ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
        )
    op.create_table(
        "digests",
        Column("message_id", Text, primary_key=True),
        Column("recipient", Text, nullable=False),
        Column("day", Text, nullable=False),
        Column("message", Text, nullable=False),
        Column("claimed_at", Text, nullable=False),
        Column("sent_at", Text),
        Column("error", Text),
        UniqueConstraint("recipient", "day", name="one_digest_a_day"),
    )
    op.create_table(
        "reminders",
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


def downgrade() -> None:
    """Drop the tables; what happened is then known from the marks alone."""
    for name in ("reminders", "digests", "records", "sessions", "generations", "series", "teams"):
        op.drop_table(name)
