"""The mails of a day: each claimed with every word of it before it is sent, and settled once its fate is known."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, delete, or_, select, true, update

from config.values import canonical_email
from daemon.ledger import tables
from daemon.ledger.documents import as_document, from_document
from daemon.ledger.idle import count_change
from daemon.ledger.rows import insert_in
from daemon.ledger.waiting import waiting_of_its_loss
from daemon.model import Message, Undelivered
from daemon.model.messages import Claim, Had, Miss, Past, Unsent

Writing = Callable[[], AbstractContextManager[Connection]]
KEPT = timedelta(weeks=5)
"""How long a digest is kept that has gone out or was given up. Then its day is long over, so nobody gets another one
for it, and the lead is not told any more that it did not arrive."""
LATELY = timedelta(days=9)
"""How far back it is told what somebody had: what can wait for another digest waits no longer than a week, wherever."""
REMEMBERED = timedelta(days=2)
"""How long this process itself knows what went out: until that day is over, wherever."""
UNSAID = ""
"""Stands for the mail of a reminder that waits no more although its reader never saw it."""

_digests, _reminders = tables.digests, tables.reminders
_this = _digests.c.message_id == bindparam("this")
_READER = select(_digests.c.recipient, _digests.c.error).where(_this)
_WORDS = select(_digests.c.message).where(_this)
_TEAMS = select(_reminders.c.team).where(_reminders.c.digest == bindparam("this")).distinct()
_BEGUN = update(_digests).where(_this).values(unsure=true(), put_off_at=bindparam("at"))
_WENT_OUT = update(_digests).where(_this).values(sent_at=bindparam("at"), error=None)
_FAILED = update(_digests).where(_this).values(error=bindparam("why"), unsure=bindparam("is_unsure"), put_off_at=None)
_PUT_OFF = _FAILED.values(put_off_at=bindparam("at"))
_GIVEN_UP = _FAILED.values(given_up_at=bindparam("at"))
_WAITS_AGAIN = update(_reminders).where(_reminders.c.digest == bindparam("this")).values(digest=None, last_named=None)
_IN_IT = (
    update(_reminders)
    .where((_reminders.c.key == bindparam("one")) & _reminders.c.digest.is_(None))
    .values(digest=bindparam("mail"), last_named=bindparam("on"))
)


class Digests:
    """The digests of everybody. Made by the ledger."""

    def __init__(self, engine: Engine, writing: Writing) -> None:
        """Take an engine whose schema is up to date, and how it is written to."""
        self._engine, self._writing = engine, writing
        self._catching_up = threading.Lock()
        self._unrecorded = dict[str, Callable[[Connection], None]]()
        """What is known of digests, and how to record it, where the ledger could not be written to."""
        self._went_out = dict[str, datetime]()
        """Which went out lately as far as this process knows, and when: the ledger may be replaced by an older one."""

    def had(self, now: datetime) -> Had:
        """Return which digests people had up to ``now``, as far as that may matter to the next one."""
        since, table = (now.astimezone(UTC) - LATELY).isoformat(), tables.digests
        lately = or_(table.c.claimed_at >= since, table.c.sent_at >= since)
        how = (table.c.recipient, table.c.day, table.c.sent_at, table.c.given_up_at, table.c.account)
        asked = select(*how).where(lately)
        found = defaultdict[str, list[Past]](list)
        with self._engine.connect().execution_options(reading=True) as connection:
            for to, day, at, given_up, account in connection.execute(asked):
                sent_at = datetime.fromisoformat(at) if at else None
                past = Past(date.fromisoformat(day), sent_at, given_up is not None, account)
                found[canonical_email(to)].append(past)
        return Had(found)

    def claim(self, claims: Sequence[Claim]) -> list[Message]:
        """Claim digests, all at once, and return those that nobody had claimed for their readers, days, accounts.

        Digests that were settled long ago go.
        """
        if not claims:
            return []
        self._remember_since(max(one.message.date for one in claims) - REMEMBERED)
        by_id = {one.message.message_id: one for one in claims}
        claiming = insert_in(self._engine.dialect.name, tables.digests).on_conflict_do_nothing()
        with self._writing() as connection:
            _forget(connection, max(one.message.date for one in claims) - KEPT)
            rows = [_row(one.message) for one in claims]
            fresh = connection.execute(claiming.returning(tables.digests.c.message_id), rows).scalars().all()
            mine = [by_id[one] for one in fresh]
            if settled := [row for one in mine for row in _said(one)]:
                connection.execute(_IN_IT, settled)
            count_change(connection, *(said.team for one in mine for said in (*one.said, *one.left_out)))
        return [one.message for one in claims if one in mine]

    def unsent(self) -> tuple[Unsent, ...]:
        """Return the digests that were claimed but are not known to have gone out, oldest first.

        Those of which more is known than could be recorded are not among them.
        """
        table = tables.digests
        is_open = table.c.sent_at.is_(None) & table.c.given_up_at.is_(None)
        how = (table.c.message, table.c.put_off_at, table.c.unsure, table.c.error.is_not(None))
        found = select(*how).where(is_open).order_by(table.c.claimed_at)
        with self._engine.connect().execution_options(reading=True) as connection:
            rows = connection.execute(found).all()
        open_ones = (
            Unsent(from_document(Message, text), at and datetime.fromisoformat(at), *how) for text, at, *how in rows
        )
        return tuple(one for one in open_ones if one.message.message_id not in self._unrecorded)

    def catch_up(self) -> None:
        """Record what could not be recorded before.

        Raises:
            LedgerError: it cannot.
        """
        with self._catching_up:
            for message_id, how in list(self._unrecorded.items()):
                self._record(message_id, how)

    def note_begun(self, message_id: str, at: datetime) -> None:
        """Record that a server is given a digest: until more is known, it is in doubt whether it took it.

        Raises:
            LedgerError: it cannot be recorded; sent all the same, it would be sent again and again.
        """
        with self._writing() as connection:
            connection.execute(_BEGUN, {"this": message_id, "at": at.astimezone(UTC).isoformat()})

    def undelivered(self) -> tuple[Undelivered, ...]:
        """Return the digests that did not go out although it was tried, oldest first."""
        table = tables.digests
        failed = table.c.sent_at.is_(None) & table.c.error.is_not(None)
        how = (table.c.message, table.c.error, table.c.given_up_at, table.c.unsure)
        found = select(*how).where(failed).order_by(table.c.claimed_at)
        with self._engine.connect().execution_options(reading=True) as connection:
            rows = connection.execute(found).all()
        return tuple(Undelivered(from_document(Message, text), why, bool(at), it) for text, why, at, it in rows)

    def settle(self, message_id: str, at: datetime) -> None:
        """Record that a digest went out at ``at``; that it did not, where nobody has heard so yet, is not said."""
        self._went_out[message_id] = at

        def settled(connection: Connection) -> None:
            concerned, failed = _concerned(connection, message_id)
            if failed:
                (words,) = connection.execute(_WORDS, {"this": message_id}).scalars()
                connection.execute(waiting_of_its_loss(from_document(Message, words)))
            connection.execute(_WENT_OUT, {"this": message_id, "at": at.astimezone(UTC).isoformat()})
            count_change(connection, *concerned)

        self._record(message_id, settled)

    def is_out(self, message_id: str) -> bool:
        """Whether this process knows that a digest went out, whatever has become of the ledger since."""
        return message_id in self._went_out

    def _remember_since(self, moment: datetime) -> None:
        for message_id in [one for one, at in list(self._went_out.items()) if at < moment]:
            self._went_out.pop(message_id, None)

    def fail(self, message_id: str, at: datetime, miss: Miss) -> None:
        """Record what kept a digest at ``at`` from going out.

        What one says that is given up waits again, unless it may have gone out: as long as it holds, the next one says
        it.
        """
        this = {"this": message_id}
        how = {**this, "at": at.astimezone(UTC).isoformat(), "why": miss.why, "is_unsure": miss.unsure}

        def failed(connection: Connection) -> None:
            concerned, _ = _concerned(connection, message_id, fails=True)
            connection.execute(_GIVEN_UP if miss.for_good else _PUT_OFF if miss.put_off else _FAILED, how)
            if miss.for_good and not miss.unsure:
                connection.execute(_WAITS_AGAIN, this)
            count_change(connection, *concerned)

        self._record(message_id, failed)

    def _record(self, message_id: str, how: Callable[[Connection], None]) -> None:
        """Record something of a digest; until it is, this process knows it."""
        self._unrecorded[message_id] = how
        with self._writing() as connection:
            how(connection)
        if self._unrecorded.get(message_id) is how:
            del self._unrecorded[message_id]


def _concerned(connection: Connection, message_id: str, fails: bool = False) -> tuple[set[str], bool]:
    """Return whom the fate of a digest concerns, and whether it had failed before.

    Of one that fails, or had failed, the lead of each team hears that has its reader.
    """
    this = {"this": message_id}
    concerned = {*connection.execute(_TEAMS, this).scalars()}
    found = connection.execute(_READER, this).one_or_none()
    failed = bool(found and found.error)
    if found and (fails or failed):
        concerned.add(canonical_email(found.recipient))
    return concerned, failed


def _row(message: Message) -> dict[str, str]:
    return {
        "message_id": message.message_id,
        "recipient": message.to,
        "day": message.date.date().isoformat(),
        "account": message.account,
        "message": as_document(message),
        "claimed_at": message.date.astimezone(UTC).isoformat(),
    }


def _said(claim: Claim) -> Iterator[dict[str, str]]:
    """Yield of each reminder in which mail it is, if in any, and on what day that was."""
    day = claim.message.date.date().isoformat()
    for mail, some in ((claim.message.message_id, claim.said), (UNSAID, claim.left_out)):
        yield from ({"one": one.key, "mail": mail, "on": day} for one in some)


def _forget(connection: Connection, before: datetime) -> None:
    is_settled = _digests.c.sent_at.is_not(None) | _digests.c.given_up_at.is_not(None)
    is_old = _digests.c.claimed_at < before.astimezone(UTC).isoformat()
    connection.execute(delete(_digests).where(is_settled & is_old))
