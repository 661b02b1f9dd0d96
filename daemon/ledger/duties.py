"""The table of duties: who has a role in the sessions to come of all teams, so that each can ask for its members."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, select

from config.team import Member
from daemon.ledger import tables
from daemon.model import Engagement, State
from daemon.model.memory import Memory

ASKED_AT_ONCE = 1000
"""For how many addresses a database is asked in one statement."""


def recorded_duties(connection: Connection, members: Iterable[Member]) -> Iterator[Engagement]:
    """Yield the duties of members, what was announced first before the others."""
    today = {old: member.email for member in members for old in (*member.was, member.email)}
    table, asked = tables.duties, list(today)
    for first in range(0, len(asked), ASKED_AT_ONCE):
        theirs = table.c.email.in_(asked[first : first + ASKED_AT_ONCE])
        for row in connection.execute(select(table).where(theirs).order_by(table.c.number)):
            span = (datetime.fromisoformat(row.starts_at), datetime.fromisoformat(row.ends_at))
            yield Engagement(row.number, row.team, row.session, today[row.email], *span, row.title)


def record_duties(connection: Connection, before: Memory, after: Memory) -> set[str]:
    """Keep a row for each duty to come, and return whose differ; one that is as it was keeps its row and its number."""
    old, new, table = _duties(before), _duties(after), tables.duties
    gone = [
        {"held": session, "by": email} for session, email in old if old[session, email] != new.get((session, email))
    ]
    if gone:
        mine = (table.c.session == bindparam("held")) & (table.c.email == bindparam("by"))
        connection.execute(delete(table).where((table.c.team == after.team) & mine), gone)
    fresh = [values for key, values in sorted(new.items()) if old.get(key) != values]
    if fresh:
        connection.execute(table.insert(), fresh)
    return {key[1] for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def _duties(memory: Memory) -> dict[tuple[str, str], dict[str, str]]:
    """Return who has a role in which session to come, as it stands in the table."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for key, session in memory.sessions.items():
        for email in session.roles.values() if session.state is State.ANNOUNCED else ():
            series = memory.series.get(session.slot.series)
            found[key, email] = {
                "team": memory.team,
                "session": key,
                "email": email,
                "starts_at": session.slot.starts_at.astimezone(UTC).isoformat(),
                "ends_at": session.slot.ends_at.astimezone(UTC).isoformat(),
                "title": f"{series.name if series else session.slot.series} of {memory.name}",
            }
    return found
