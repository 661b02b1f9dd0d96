"""What is, and lately was, in trouble: since when, and until when; so that an hour of it outlasts a restart."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select, update

from daemon.ledger import tables
from daemon.ledger.idle import count_change
from daemon.ledger.rows import batches
from daemon.model import Trouble

Writing = Callable[[], AbstractContextManager[Connection]]
KEPT = timedelta(weeks=2)
"""How long a trouble is remembered after its end; by then whoever heard of it has heard of its end, too."""


class Troubles:
    """The troubles of all teams. Made by the ledger."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing

    def note(self, team: str, subjects: Iterable[str], found: Mapping[str, str], now: datetime) -> tuple[Trouble, ...]:
        """Record which of some subjects of a team are in trouble now, and what is wrong; the others are well.

        Of a team that the ledger does not know nothing is recorded. What is known then is returned.
        """
        known = self.of(team)
        return self.of(team) if self._noted(team, known, subjects, found, now) else known

    def _noted(
        self, team: str, known: Iterable[Trouble], subjects: Iterable[str], found: Mapping[str, str], now: datetime
    ) -> bool:
        table, moment = tables.troubles, now.astimezone(UTC).isoformat()
        present = {one.subject: one for one in known if one.ended is None}
        fresh = [subject for subject in found if subject not in present]
        mended = [subject for subject in subjects if subject in present and subject not in found]
        changed = [subject for subject in found if subject in present and present[subject].text != found[subject]]
        if not (fresh or mended or changed):
            return False
        rows = [{"team": team, "subject": one, "since": moment, "text": found[one]} for one in fresh]
        mine = (table.c.team == team) & table.c.ended.is_(None)
        with self._writing() as connection:
            if connection.execute(select(tables.teams.c.key).where(tables.teams.c.key == team)).first() is None:
                return False
            for subject in changed:
                here = mine & (table.c.subject == subject)
                connection.execute(update(table).where(here).values(text=found[subject]))
            connection.execute(update(table).where(mine & table.c.subject.in_(mended)).values(ended=moment))
            if rows:
                again = (table.c.since == moment) & table.c.subject.in_(fresh)  # ended in the same moment: it goes on
                connection.execute(delete(table).where((table.c.team == team) & again))
                connection.execute(table.insert(), rows)
            is_old = table.c.ended < (now.astimezone(UTC) - KEPT).isoformat()
            connection.execute(delete(table).where((table.c.team == team) & is_old))
            count_change(connection, team)
        return True

    def of(self, team: str) -> tuple[Trouble, ...]:
        """Return what is and lately was in trouble for a team, oldest first, and of what somebody was told."""
        table, said = tables.troubles, tables.reminders
        both = table.outerjoin(said, said.c.key == table.c.team + Trouble.INFIX + table.c.subject + "@" + table.c.since)
        columns = select(table.c.subject, table.c.text, table.c.since, table.c.ended, said.c.digest).select_from(both)
        found = columns.where(table.c.team == team).order_by(table.c.since, table.c.subject)
        with self._engine.connect().execution_options(reading=True) as connection:
            rows = connection.execute(found).all()
        return tuple(
            Trouble(
                team, subject, text, datetime.fromisoformat(since), ended and datetime.fromisoformat(ended), bool(mail)
            )
            for subject, text, since, ended, mail in rows
        )


class LastGood:
    """The last good text of each team's file, by its path: what a restart serves while the file is faulty."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing

    def of(self, path: str) -> str | None:
        """Return the last good text of a file, if one is known."""
        wanted = select(tables.files.c.text).where(tables.files.c.path == path)
        with self._engine.connect().execution_options(reading=True) as connection:
            found: str | None = connection.execute(wanted).scalar()
        return found

    def keep(self, texts: Mapping[str, str]) -> None:
        """Record what files say that is good, by their paths, where that is news; in one transaction, be they many."""
        table = tables.files
        with self._engine.connect().execution_options(reading=True) as connection:
            asked = (select(table.c.path, table.c.text).where(table.c.path.in_(some)) for some in batches(texts))
            known = {path: text for one in asked for path, text in connection.execute(one)}
        fresh = {path: text for path, text in texts.items() if known.get(path) != text}
        if not fresh:
            return
        with self._writing() as connection:
            for some in batches(fresh):
                connection.execute(delete(table).where(table.c.path.in_(some)))
                connection.execute(table.insert(), [{"path": path, "text": fresh[path]} for path in some])
