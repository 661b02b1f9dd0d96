"""What one mail says, and which went out lately, is found without reading all."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("digests_by_sending", "digests", ["sent_at"])
    op.create_index("reminders_by_digest", "reminders", ["digest"])
