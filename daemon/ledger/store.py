"""The ledger: what happened, in a database. It is told whole values and writes only what differs.

No transaction spans anything but the database: what is read from or written to the world happens between them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, delete, func, select, update

from config.team import Member
from config.values import canonical_email
from daemon.ledger import tables
from daemon.ledger.addresses import as_today, known_by, readdress
from daemon.ledger.digests import UNSAID, Digests
from daemon.ledger.documents import as_document, from_document
from daemon.ledger.duties import record_duties, recorded_duties
from daemon.ledger.held import Held
from daemon.ledger.idle import IdleTeams, count_change
from daemon.ledger.keys import Keys
from daemon.ledger.log import Log, begin, finish
from daemon.ledger.looks import Looks
from daemon.ledger.pulses import Pulses
from daemon.ledger.right import Right
from daemon.ledger.rows import batches, insert_of, recalled, stored, stored_free_busy, team_row
from daemon.ledger.settled import TABLES, TO_RECALL, Sums, forget_sums
from daemon.ledger.statements import recalled_statements, record_statement
from daemon.ledger.troubles import LastGood, Troubles
from daemon.ledger.waiting import is_unripe, known_of, lasts, ripen, waiting_of
from daemon.model import Engagement, Reminded, Reminder, Session
from daemon.model.entries import Entry
from daemon.model.memory import FreeBusy, Generation, Item, KnownSeries, Memory, Record, arrived
from daemon.model.messages import Waits
from daemon.model.needs import Gathered
from daemon.model.settled import NOTHING_SETTLED, Settled
from daemon.model.statements import Statement

DOCUMENTS: dict[str, tuple[Table, type]] = {
    "series": (tables.series, KnownSeries),
    "generations": (tables.generations, Generation),
    "sessions": (tables.sessions, Session),
    "records": (tables.records, Record),
    "items": (tables.items, Item),
    "sources": (tables.sources, Gathered),
}
"""The parts of a Memory that have a table of documents each: attribute, table, type."""

UNNAMED = timedelta(weeks=13)
"""How long what has been said is remembered after passes have ceased to name it. What holds is named by every pass, but
for its reader's days off; what none has named for so long is over, and if it came back, it would be news."""
NOTHING: Mapping[str, str] = MappingProxyType({})


class Ledger(Held):
    """The memory that survives restarts. Make one with ``daemon.ledger.open_ledger``."""

    def __init__(self, engine: Engine, right: Right, prepare: Callable[[], None]) -> None:
        """Take an engine, the right to write, which is not taken yet, and what brings the schema up to date."""
        super().__init__(engine, right, prepare)
        self.troubles, self.last_good = Troubles(engine, self._writing), LastGood(engine, self._writing)
        self.looks, self.keys = Looks(engine, self._writing), Keys(engine, self._writing)
        self.pulses, self.log = Pulses(engine, self._writing), Log(engine)
        self.idle, self.digests = IdleTeams(engine, self._writing), Digests(engine, self._writing)
        self.sums = Sums(engine, self._writing)
        try:
            prepare()
        except Exception:
            self.close()
            raise

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(reading=True) as connection:
            yield connection

    def team_keys(self, names: Iterable[str] | None = None) -> Mapping[str, str]:
        """Return the key of each team that was ever applied, by its present name; perhaps of these names alone."""
        table = tables.teams
        found = select(table.c.key, table.c.name)
        with self._reading() as connection:
            asked = [found] if names is None else [found.where(table.c.name.in_(some)) for some in batches(names)]
            return {name: key for one in asked for key, name in connection.execute(one)}

    def bases(self, names: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """Return for whom and by what rules teams were planned last, by their present names."""
        found = select(tables.teams.c.name, tables.teams.c.basis)
        with self._reading() as connection:
            asked = [found.where(tables.teams.c.name.in_(some)) for some in batches(names)]
            return {name: _basis(told) for one in asked for name, told in connection.execute(one)}

    def recall(self, team: str, name: str, settled: Settled = NOTHING_SETTLED) -> Memory:
        """Return what is known of a team; of an unknown one nothing but its key and name.

        Of what is ``settled`` nothing is recalled but what it came to.
        """
        only_open = TO_RECALL if settled is not NOTHING_SETTLED else None
        with self._reading() as connection:
            row = connection.execute(select(tables.teams).where(tables.teams.c.key == team)).one_or_none()
            said = recalled_statements(connection, team)
            if row is None:
                return Memory(team, name, statements=said)
            parts: dict[str, Any] = {
                part: recalled(connection, team, table, kind, only_open if table in TABLES else None)
                for part, (table, kind) in DOCUMENTS.items()
            }
        known = (row.name, _basis(row.basis), json.loads(row.cursors))
        free_busy = from_document(FreeBusy, row.free_busy)
        parts |= {"free_busy": free_busy, "statements": said, "heard": row.heard, "settled": settled}
        return Memory(team, *known, **parts)

    def remember(
        self,
        before: Memory,
        after: Memory,
        notices: Sequence[Reminder] = (),
        begun: Sequence[Entry] = (),
        done: Iterable[str] = (),
    ) -> None:
        """Record what differs between two memories of a team, and what people are told of it, in one transaction.

        No mail tells that before the pass has come to its end: what it still finds out belongs into the same one.
        ``begun`` are the entries of the log for what is about to be written, ``done`` the keys of what was.
        """
        done = [*done, *arrived(before, after)]
        if not (notices or begun or done) and (before is after or before == after):
            return
        with self._writing() as connection:
            row = team_row(after, stored_free_busy(connection, after.team))
            self._upsert(connection, tables.teams, [row], ("key",))
            for part, (table, _) in DOCUMENTS.items():
                self._record(connection, table, after.team, getattr(before, part), getattr(after, part))
            forget_sums(connection, before, after)
            busy = record_duties(connection, before, after)
            begin(connection, after.team, begun)
            finish(connection, after.team, done)
            concerned = self._leave(connection, notices, ripe=False)
            if replace(before, cursors=after.cursors) != after:
                concerned |= {after.team, *busy}
            count_change(connection, *concerned)

    def _record(
        self, connection: Connection, table: Table, team: str, before: Mapping[str, object], after: Mapping[str, object]
    ) -> None:
        changed = [key for key, value in after.items() if before.get(key) != value]
        there = stored(connection, table, team, [key for key in changed if key in before])
        rows = [{"team": team, "key": key, "document": as_document(after[key], there.get(key))} for key in changed]
        self._upsert(connection, table, rows, ("team", "key"))
        if lost := [{"lost_team": team, "lost_key": key} for key in before if key not in after]:
            here = (table.c.team == bindparam("lost_team")) & (table.c.key == bindparam("lost_key"))
            connection.execute(delete(table).where(here), lost)

    def _upsert(self, connection: Connection, table: Table, rows: list[dict[str, Any]], keys: tuple[str, ...]) -> None:
        if not rows:
            return
        insert = insert_of(connection, table)
        changed = {column.name: insert.excluded[column.name] for column in table.c if column.name not in keys}
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed), rows)

    def say(self, team: str, statement: Statement, after: int | None = None) -> int | None:
        """Record what somebody said, once for good, and return its number.

        None, and nothing is recorded, where something else was said after the number ``after``, if that is given.
        """
        with self._writing() as connection:
            number = record_statement(connection, team, statement, after)
            count_change(connection, team)
            return number

    def said_since(self, number: int | None) -> tuple[int, set[str]]:
        """Return the number of the latest statement, and in which teams something was said after ``number``."""
        table = tables.statements
        with self._reading() as connection:
            if number is None:
                return connection.execute(select(func.max(table.c.number))).scalar() or 0, set()
            rows = connection.execute(select(table.c.number, table.c.team).where(table.c.number > number)).all()
        return max([number, *(row.number for row in rows)]), {row.team for row in rows}

    def engagements(self, members: Iterable[Member]) -> tuple[Engagement, ...]:
        """Return which duties members have in sessions to come, in whatever team, by their address of today."""
        with self._reading() as connection:
            return tuple(recorded_duties(connection, members))

    # What people are to hear

    def leave(self, team: str, due: Sequence[Reminder], now: datetime, counted: Iterable[str] = ()) -> None:
        """Leave these reminders due, each once for good; earlier ones of the team that no longer hold are withdrawn.

        One that is still waiting says what it says now: what was missing then may be there. What has been said is
        forgotten once no pass has named it for long, be it as due or, by its key, as ``counted``.
        """
        named, table, month = {one.key: one for one in due}, tables.reminders, now.astimezone(UTC).date().replace(day=1)
        with self._reading() as connection:
            asked = batches(dict.fromkeys([*named, *counted]))
            known = {row.key: row.last_named for some in asked for row in connection.execute(known_of(some))}
            waiting = {row.key: row.document for row in connection.execute(waiting_of(team))}
            unripe = is_unripe(connection, team)
        changed = {key for key in waiting if named.get(key) != from_document(Reminder, waiting[key])}
        stale = {key for key in changed if key in named or not lasts(waiting[key], now)}
        fresh = [one for key, one in named.items() if key in stale or key not in known]
        said = [key for key, last in known.items() if last and last < month.isoformat()]
        if not (fresh or stale or said or unripe):
            return
        with self._writing() as connection:
            if unripe:
                ripen(connection, team)
            for some in batches(stale):
                connection.execute(delete(table).where(table.c.digest.is_(None) & table.c.key.in_(some)))
            for some in batches(said):
                connection.execute(update(table).where(table.c.key.in_(some)).values(last_named=month.isoformat()))
            is_over = table.c.last_named < (month - UNNAMED).isoformat()
            connection.execute(delete(table).where((table.c.team == team) & is_over))
            count_change(connection, team, *self._leave(connection, fresh, waiting))

    def readdress(self, team: str, today: Mapping[str, str]) -> None:
        """Let what was said, and waits to be said, at earlier addresses be of those of ``today``."""
        if today:
            with self._writing() as connection:
                if readdress(connection, team, today):
                    count_change(connection, team)

    def add(self, team: str, due: Sequence[Reminder]) -> None:
        """Leave these reminders of a team due, too, each once for good; those that wait go on waiting as they are."""
        with self._reading() as connection:
            unripe = is_unripe(connection, team)
        if due or unripe:
            with self._writing() as connection:
                if unripe:
                    ripen(connection, team)
                count_change(connection, *self._leave(connection, due))

    def _leave(
        self, connection: Connection, due: Iterable[Reminder], stored: Mapping[str, str] = NOTHING, ripe: bool = True
    ) -> set[str]:
        """Leave reminders due, and return the teams whose they are."""
        rows = [
            {
                "key": one.key,
                "team": one.team,
                "recipient": one.to,
                "document": as_document(one, stored.get(one.key)),
                "lasting": one.lasting,
                "about": one.about,
                "ripe": ripe,
            }
            for one in due
        ]
        if rows:
            connection.execute(insert_of(connection, tables.reminders).on_conflict_do_nothing(), rows)
        return {str(row["team"]) for row in rows}

    def waits(self) -> Mapping[str, Sequence[Waits]]:
        """Return how much waits for whom, by the person it is for: that is known without reading any of it."""
        table, found = tables.reminders, defaultdict[str, list[Waits]](list)
        place = (table.c.recipient, table.c.team)
        waits = select(*place, func.count()).where(table.c.digest.is_(None) & table.c.ripe).group_by(*place)
        with self._reading() as connection:
            for to, team, number in connection.execute(waits):
                found[canonical_email(to)].append(Waits(to, team, number))
        return found

    def waiting(
        self, unripe: bool = False, among: Collection[Waits] | None = None
    ) -> Mapping[str, tuple[Reminder, ...]]:
        """Return the reminders that are in no digest yet, by the person they are for.

        ``unripe`` is with those of passes, too, that have not come to their end; ``among`` these alone is read what
        waits for their people in their teams.
        """
        table = tables.reminders
        waits = table.c.digest.is_(None) if unripe else table.c.digest.is_(None) & table.c.ripe
        if among is not None:
            waits &= table.c.team.in_({one.team for one in among}) & table.c.recipient.in_({one.to for one in among})
        waiting = select(table.c.recipient, table.c.document).where(waits).order_by(table.c.key)
        found = defaultdict[str, list[Reminder]](list)
        with self._reading() as connection:
            for recipient, document in connection.execute(waiting):
                found[canonical_email(recipient)].append(from_document(Reminder, document))
        return {recipient: tuple(reminders) for recipient, reminders in found.items()}

    def foreseen(
        self, due: Mapping[str, Sequence[Reminder]], today: Mapping[str, Mapping[str, str]]
    ) -> Mapping[str, tuple[Reminder, ...]]:
        """Return what would be ``waiting`` if these reminders, by their teams' keys, were left due; nothing is left.

        Whom a team knows by an earlier address it would know by that of ``today``, by its key.
        """
        fresh = {reminder.key: reminder for reminders in due.values() for reminder in reminders}
        found, keys = defaultdict[str, dict[str, Reminder]](dict), dict[str, str]()
        for team, reminders in due.items():
            keys |= known_by((reminder.key for reminder in reminders), today.get(team, NOTHING))
        with self._reading() as connection:
            known = {keys[row.key] for some in batches(keys) for row in connection.execute(known_of(some))}
        waiting = (one for reminders in self.waiting(unripe=True).values() for one in reminders)
        for one in (as_today(one, today.get(one.team, NOTHING)) for one in waiting):
            if one.team not in due or one.lasting or one.key in fresh:
                found[canonical_email(one.to)][one.key] = fresh.get(one.key, one)
        for one in fresh.values():
            if one.key not in known:
                found[one.to][one.key] = one
        return {recipient: tuple(reminders.values()) for recipient, reminders in found.items()}

    def waiting_of(self, team: str) -> tuple[Reminder, ...]:
        """Return a team's reminders that are in no digest yet."""
        with self._reading() as connection:
            return tuple(from_document(Reminder, row.document) for row in connection.execute(waiting_of(team)))

    def reminded(self, team: str) -> tuple[Reminded, ...]:
        """Return which reminders of a team's action items have really gone out to whom, as far as is remembered."""
        said, mails = tables.reminders, tables.digests
        both = said.outerjoin(mails, said.c.digest == mails.c.message_id)
        # a mail whose row is missing went out long ago: of those that never did, the reminders name none
        went_out = (said.c.digest != UNSAID) & (mails.c.message_id.is_(None) | mails.c.sent_at.is_not(None))
        of_items = (said.c.team == team) & said.c.about.is_not(None) & went_out
        found = select(said.c.key, said.c.about, said.c.recipient, mails.c.sent_at).select_from(both).where(of_items)
        with self._reading() as connection:
            rows = connection.execute(found.order_by(said.c.key)).all()
        return tuple(Reminded(key, item, to, at and datetime.fromisoformat(at)) for key, item, to, at in rows)


def _basis(told: str) -> dict[str, str]:
    return {canonical_email(name): value for name, value in json.loads(told).items()}
