"""What became of action items."""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make room for the life of every action item."""
    op.create_table(
        "items",
        Column("team", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("document", Text, nullable=False),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Forget it; every item is then seen anew."""
    op.drop_table("items")
