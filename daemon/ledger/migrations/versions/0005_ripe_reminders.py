"""Whether the pass that left a reminder has come to its end: what waits for that is in no mail yet."""

from alembic import op
from sqlalchemy import Boolean, Column, true

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the column; what waits now goes into the next mail, as it would have."""
    op.add_column("reminders", Column("ripe", Boolean, nullable=False, server_default=true()))
