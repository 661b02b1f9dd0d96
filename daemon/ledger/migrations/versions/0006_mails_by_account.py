"""By whose account a mail goes, of which each tells somebody once a day what its teams have to tell."""

from alembic import op
from sqlalchemy import Boolean, Column, Index, MetaData, Table, Text, UniqueConstraint, false, text

revision = "0006"
down_revision = "0005"

_UNSENT = text("sent_at IS NULL")
_BEFORE = Table(
    "digests",
    MetaData(),
    Column("message_id", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("claimed_at", Text, nullable=False),
    Column("sent_at", Text),
    Column("error", Text),
    Column("given_up_at", Text),
    Column("put_off_at", Text),
    Column("unsure", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("recipient", "day", name="one_digest_a_day"),
    Index("digests_unsent", "claimed_at", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
    Index("digests_by_age", "claimed_at"),
    Index("digests_by_sending", "sent_at"),
)
"""SQLite takes a constraint out of a table by making it anew; what it was is told, since it has not to be looked up."""


def upgrade() -> None:
    """Make the column; what went out before counts for every account."""
    with op.batch_alter_table("digests", copy_from=_BEFORE) as digests:
        digests.add_column(Column("account", Text, nullable=False, server_default=""))
        digests.drop_constraint("one_digest_a_day", type_="unique")
        digests.create_unique_constraint("one_digest_a_day", ["recipient", "day", "account"])
