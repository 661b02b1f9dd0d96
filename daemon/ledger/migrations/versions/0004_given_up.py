"""Which digests can never be delivered."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make room for when a digest was given up."""
    op.add_column("digests", Column("given_up_at", Text))


def downgrade() -> None:
    """Forget it; what was refused for good is tried again."""
    op.drop_column("digests", "given_up_at")
