"""The first tables."""

from alembic import op
from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint, false, text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first release."""
    _what_is_known()
    _what_people_hear()


def _what_is_known() -> None:
    op.create_table(
        "teams",
        Column("key", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("basis", Text, nullable=False),
        Column("cursors", Text, nullable=False),
        Column("free_busy", Text, nullable=False),
        Column("heard", Integer, nullable=False, server_default=text("0")),
    )
    for name in ("series", "generations", "sessions", "records", "items", "sources"):
        op.create_table(
            name,
            Column("team", Text, primary_key=True),
            Column("key", Text, primary_key=True),
            Column("document", Text, nullable=False),
            ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
        )

    op.create_table(
        "duties",
        Column("number", Integer, primary_key=True),
        Column("team", Text, nullable=False),
        Column("session", Text, nullable=False),
        Column("email", Text, nullable=False),
        Column("starts_at", Text, nullable=False),
        Column("ends_at", Text, nullable=False),
        Column("title", Text, nullable=False),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
        Index("duties_of_somebody", "email"),
        Index("duties_of_a_session", "team", "session"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "statements",
        Column("number", Integer, primary_key=True),
        *(Column(name, Text, nullable=False) for name in ("team", "id", "document")),
        UniqueConstraint("team", "id", name="said_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "nameless",
        *(Column(name, Text, primary_key=True) for name in ("team", "id")),
        Column("document", Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _what_people_hear() -> None:
    op.create_table(
        "digests",
        Column("message_id", Text, primary_key=True),
        Column("recipient", Text, nullable=False),
        Column("day", Text, nullable=False),
        Column("message", Text, nullable=False),
        Column("claimed_at", Text, nullable=False),
        Column("sent_at", Text),
        Column("error", Text),
        Column("given_up_at", Text),
        UniqueConstraint("recipient", "day", name="one_digest_a_day"),
        _index("digests_unsent", "claimed_at", "sent_at IS NULL"),
    )
    op.create_table(
        "reminders",
        Column("key", Text, primary_key=True),
        Column("team", Text, nullable=False),
        Column("recipient", Text, nullable=False),
        Column("document", Text, nullable=False),
        Column("lasting", Boolean, nullable=False, server_default=false()),
        Column("digest", Text),
        Column("last_named", Text),
        Column("about", Text),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
        _index("reminders_waiting", "team", "digest IS NULL"),
        _index("reminders_of_items", "team", "about IS NOT NULL"),
    )
    op.create_table(
        "troubles",
        *(Column(name, Text, primary_key=True) for name in ("team", "subject", "since")),
        Column("text", Text, nullable=False),
        Column("ended", Text),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    )
    op.create_table("files", Column("path", Text, primary_key=True), Column("text", Text, nullable=False))
    op.create_table("looks", Column("kind", Text, primary_key=True), Column("at", Text, nullable=False))
    op.create_table(
        "log",
        Column("number", Integer, primary_key=True),
        *(Column(name, Text, nullable=False) for name in ("team", "at", "line")),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
        Index("log_of_a_team", "team", "number"),
    )
    op.create_table(
        "pulses",
        *(Column(name, Text, primary_key=True) for name in ("team", "session")),
        Column("answer", Integer, primary_key=True),
        Column("count", Integer, nullable=False),
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    )
    op.create_table("keys", Column("name", Text, primary_key=True), Column("key", Text, nullable=False))


def _index(name: str, column: str, only: str) -> Index:
    return Index(name, column, sqlite_where=text(only), postgresql_where=text(only))


def downgrade() -> None:
    """Drop the tables; what happened is then known from the marks alone."""
    for name in (
        "keys",
        "pulses",
        "log",
        "looks",
        "files",
        "troubles",
        "reminders",
        "digests",
        "nameless",
        "statements",
        "duties",
        "sources",
        "items",
        "records",
        "sessions",
        "generations",
        "series",
        "teams",
    ):
        op.drop_table(name)
