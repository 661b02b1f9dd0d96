"""Which teams have nothing to do, and how often what that rests on has changed."""

from alembic import op
from sqlalchemy import Column, Integer, Text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables; nothing is known to be idle, so each team is passed over once more."""
    op.create_table("revisions", Column("subject", Text, primary_key=True), Column("number", Integer, nullable=False))
    op.create_table("idle", Column("team", Text, primary_key=True), Column("document", Text, nullable=False))
