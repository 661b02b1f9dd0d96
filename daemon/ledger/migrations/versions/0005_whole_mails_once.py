"""Whether the pass that left a reminder has come to its end: what waits for that is in no mail yet. And when a server
last put off a mail, and whether it may have taken it, so that it rests before the next try.
"""

from alembic import op
from sqlalchemy import Boolean, Column, Text, false, true

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the columns; what waits now goes into the next mail, as it would have."""
    op.add_column("reminders", Column("ripe", Boolean, nullable=False, server_default=true()))
    op.add_column("digests", Column("put_off_at", Text))
    op.add_column("digests", Column("unsure", Boolean, nullable=False, server_default=false()))
