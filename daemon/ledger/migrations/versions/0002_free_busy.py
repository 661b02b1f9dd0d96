"""When members have no time."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make room for what members' calendars say."""
    op.add_column("teams", Column("free_busy", Text, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Forget it; it is asked for again."""
    op.drop_column("teams", "free_busy")
