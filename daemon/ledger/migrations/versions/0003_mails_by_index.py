"""What one mail says, and which went out lately, is found without reading all; and how workers' passes broke off."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the indexes and the columns."""
    op.create_index("digests_by_sending", "digests", ["sent_at"])
    op.create_index("reminders_by_digest", "reminders", ["digest"])
    for name in ("broken_off_at", "broken_off_how"):
        op.add_column("leases", Column(name, Text))
