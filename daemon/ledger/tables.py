"""The ledger's tables. What is nested is kept as a JSON document; what is searched for has a column.

Wall times and instants are ISO 8601 text, instants in UTC, so that every database orders and returns them alike.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    false,
    text,
    true,
)

metadata = MetaData()

teams = Table(
    "teams",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("cursors", Text, nullable=False),
    Column("free_busy", Text, nullable=False),
    Column("heard", Integer, nullable=False, server_default=text("0")),
    Index("teams_by_name", "name"),
)
"""``heard`` is the number of the latest statement that a team's sessions have followed."""


def _index(name: str, column: str, only: str) -> Index:
    """Return an index of the few rows of which something is still to be done.

    Naming what a kind of database is to do loads all that it can do, so that is left until tables are made in one.
    """
    return Index(name, column, info={"only": text(only)})


@event.listens_for(metadata, "before_create")
def _narrow(_metadata: MetaData, connection: Connection, **_more: Any) -> None:
    for index in (index for table in metadata.sorted_tables for index in table.indexes if "only" in index.info):
        index.dialect_kwargs[f"{connection.dialect.name}_where"] = index.info["only"]


def _of_a_team(name: str, *more: Column[Any] | Index) -> Table:
    """Return a table of documents, each known by its key within a team."""
    return Table(
        name,
        metadata,
        Column("team", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("document", Text, nullable=False),
        *more,
        ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    )


def _that_settle(name: str) -> Table:
    """Return such a table in which most documents are of sessions that are settled: those count by their sums."""
    is_settled = Column("settled", Boolean, nullable=False, server_default=false())
    return _of_a_team(name, is_settled, _index(f"{name}_to_recall", "team", "NOT settled"))


series = _of_a_team("series")
generations = _of_a_team("generations")
sessions = _that_settle("sessions")
records = _that_settle("records")
items = _that_settle("items")
sources = _of_a_team("sources")

sums = Table(
    "sums",
    metadata,
    Column("team", Text, primary_key=True),
    Column("document", Text, nullable=False),
    ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
)
"""What the sessions came to that are settled. It is made of them, and goes as soon as anything of them changes."""

duties = Table(
    "duties",
    metadata,
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
"""Who has a role in the sessions to come, of all teams, so that each can ask for its members. A duty at another time,
or of somebody else, is another row: the numbers tell what was announced first."""

statements = Table(
    "statements",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("team", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("team", "id", name="said_once"),
    sqlite_autoincrement=True,
)
"""What people said. Nothing is changed or deleted here; it may stand here before the team does, so nothing refers to
that."""

nameless = Table(
    "nameless",
    metadata,
    Column("team", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("document", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What was said without a name; nothing tells in which order, nor when but for the week."""

digests = Table(
    "digests",
    metadata,
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
    Column("account", Text, nullable=False, server_default=""),
    UniqueConstraint("recipient", "day", "account", name="one_digest_a_day"),
    _index("digests_unsent", "claimed_at", "sent_at IS NULL"),
    Index("digests_by_age", "claimed_at"),
    Index("digests_by_sending", "sent_at"),
)
"""``put_off_at`` is when its server last did not take this one; ``unsure`` where it did not say whether it has."""

reminders = Table(
    "reminders",
    metadata,
    Column("key", Text, primary_key=True),
    Column("team", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("lasting", Boolean, nullable=False, server_default=false()),
    Column("digest", Text),
    Column("last_named", Text),
    Column("about", Text),
    Column("ripe", Boolean, nullable=False, server_default=true()),
    ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    _index("reminders_waiting", "team", "digest IS NULL"),
    _index("reminders_of_items", "team", "about IS NOT NULL"),
    Index("reminders_by_digest", "digest"),
)
"""``digest`` is the Message-ID of the mail that says it, empty where its reader never saw it, and ``last_named`` a day
of the month in which that or a pass last named it; both are missing as long as it waits. ``about`` is an item's key.
It is ``ripe`` once a pass over its team has come to its end, in whatever way: of what a killed one left, a mail would
tell half."""

troubles = Table(
    "troubles",
    metadata,
    Column("team", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("since", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("ended", Text),
    ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
)

files = Table("files", metadata, Column("path", Text, primary_key=True), Column("text", Text, nullable=False))
"""The last good text of each team's file."""

looks = Table("looks", metadata, Column("kind", Text, primary_key=True), Column("at", Text, nullable=False))
"""When the clock was last trusted, to a day, and when it was doubted, as long as it is."""

log = Table(
    "log",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("team", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
    Index("log_of_a_team", "team", "number"),
    _index("log_under_way", "key", "NOT done"),
)
"""What was written to calendar and wiki, of the resource ``key``, or is about to be."""

pulses = Table(
    "pulses",
    metadata,
    Column("team", Text, primary_key=True),
    Column("session", Text, primary_key=True),
    Column("answer", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    ForeignKeyConstraint(["team"], ["teams.key"], ondelete="CASCADE"),
)
"""How often each answer was given to whether a session was worth the time: nothing of who gave it, or when."""

keys = Table("keys", metadata, Column("name", Text, primary_key=True), Column("key", Text, nullable=False))
"""What is signed with, by what for: it is made once, and known to nobody but this ledger."""

revisions = Table(
    "revisions",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)
"""How often what a pass goes by has changed, by a team's key or a person's e-mail. Either may be counted before there
is such a team, so nothing refers to one."""

idle = Table(
    "idle",
    metadata,
    Column("team", Text, primary_key=True),
    Column("document", Text, nullable=False),
)
"""Up to when each team has nothing to do, as long as nothing changes."""

leases = Table(
    "leases",
    metadata,
    Column("team", Text, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("ended_at", Text),
    Column("waited", Double),
    Column("written", Integer),
    Column("errors", Text),
    Column("broken_off_at", Text),
    Column("broken_off_how", Text),
)
"""Which pass over a team is the latest that was begun by a worker; an earlier one writes nothing more. And how the last
one that came to its end went: when that was, how many seconds it had waited for a worker, and what came of it; and
whether a later one did not come to its end."""

quotas = Table(
    "quotas",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("left", Double, nullable=False),
    Column("since", Double, nullable=False),
)
"""What is left of the quota of a connection that several processes spend, at a moment in seconds of the server's."""
