"""The right to a ledger in PostgreSQL: advisory locks of a session, which the server lets go of when that ends."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from secrets import randbits
from typing import Any, Literal

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from daemon.ledger.errors import LedgerBusy, LedgerError
from daemon.ledger.right import Right, nothing
from daemon.ledger.server import BUSY_SECONDS, NO_ANSWER, unusable

ADVISORY_LOCK = 0x70656572  # "peer"
GIVES_OUT = ADVISORY_LOCK + 1
"""The lock of whoever gives out the work to those that share the right."""
MAKING_TABLES = ADVISORY_LOCK + 2
"""The lock of whoever makes tables, for several workers may begin at once."""
AT_WORK = "another peerloop is at work on this ledger"
IN_THE_WAY = {GIVES_OUT: "another `peerloop run` gives out the passes of this ledger; `peerloop worker` helps it"}
RENEWED_EVERY = 1.0
"""After how many seconds a lost lock in PostgreSQL is taken again, so that after a restart nobody else is faster."""
TAKEN = """
    SELECT CASE WHEN pg_try_advisory_lock%s(:key) THEN pg_try_advisory_lock_shared(:holder) ELSE false END,
        pid, backend_start
    FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""
"""Takes the lock, and one of this session alone, whose key is random: by that it is known to others."""
TAKEN_MEANWHILE = text("SELECT pg_try_advisory_xact_lock(:key)")
"""The same until a transaction ends."""
ENDED = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND backend_start = :begun")
"""Has the server end the session in which the right was held before, if that is still there."""
WRITES_NOTHING = "the database server lets nothing be written: it is read-only, or a standby"
_SHARING = text("""
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted AND classid = 0 AND objid = :key
        AND datname = current_database()
""")


_HELD = text("""
    SELECT EXISTS (
        SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32 | objid::bigint) = :holder
            AND datname = current_database()
    )
""")


class InPostgreSQL:
    """A session's advisory lock: the server lets go of it when the connection ends, so also when it is restarted.

    Where it does not notice that, because it is suspended or the network broke, it is asked to end that session.
    """

    def __init__(self, engine: Engine, lock: int = ADVISORY_LOCK, how: Literal["", "_shared"] = "") -> None:
        self._engine = engine
        self._key, self._how = lock, how
        self._session: Connection | None = None
        self._former: Sequence[Any] | None = None
        self._holder = 0
        self._anew = nothing
        self._alone = threading.Lock()
        self._looked, self._is_read_only = 0.0, False
        self._trouble: LedgerError | None = None
        self._over = threading.Event()

    def take(self, anew: Callable[[], None] = nothing) -> None:
        """Take it, and look every second from then on whether it has to be taken again."""
        self._anew = anew
        with self._alone:
            self._lock()
        self._over.clear()
        threading.Thread(target=self._renew, daemon=True).start()

    def keep(self) -> None:
        """Ask for the session in which it is held; a new one takes it again.

        What somebody else finds meanwhile holds for who waits for that, or they would all wait, one after the other.
        """
        asked = time.monotonic()
        if not self._alone.acquire(timeout=BUSY_SECONDS):
            raise unusable(self._engine, NO_ANSWER)
        try:
            if self._looked < asked:
                self._look()
            if self._trouble:
                raise type(self._trouble)(str(self._trouble))
        finally:
            self._alone.release()

    def give_back(self, is_replaced: bool = False) -> None:
        """Unlock, for whoever takes it next may be faster than the end of the session, and end that."""
        self._over.set()
        with self._alone:
            if self._session is not None:
                with suppress(LedgerError, SQLAlchemyError):
                    self._session.execute(text("SELECT pg_advisory_unlock_all()"))
            self._end()
            self._former = None

    @contextmanager
    def over_tables(self, connection: Connection) -> Iterator[None]:
        """Have it until the transaction ends: for as long, nobody can have it alone, nor share it."""
        if self._session is None and not connection.execute(TAKEN_MEANWHILE, {"key": self._key}).scalar():
            raise LedgerBusy(AT_WORK)
        yield

    def close(self) -> None:
        """Nothing is left of it."""

    def shared(self, gives_out: bool) -> "Sequence[Right]":
        """Return the same lock, as one that others may have too, and that of whoever gives out the work."""
        among = InPostgreSQL(self._engine, self._key, "_shared")
        return (among, InPostgreSQL(self._engine, GIVES_OUT)) if gives_out else (among,)

    def sharing(self) -> int:
        """Return how many sessions have the lock together."""
        with self._engine.connect() as session:
            return int(session.execute(_SHARING, {"key": self._key}).scalar_one())

    def holder(self) -> int:
        """Return the key of what is locked besides in the session in which it is held, or was last."""
        return self._holder

    def is_held_by(self, holder: int) -> bool:
        """Whether that session is there."""
        with self._engine.connect().execution_options(reading=True) as session:
            return bool(session.execute(_HELD, {"holder": holder}).scalar_one())

    def _renew(self) -> None:
        while not self._over.wait(RENEWED_EVERY):
            with suppress(LedgerError, SQLAlchemyError):  # who writes next is told
                self.keep()

    def _look(self) -> None:
        self._trouble = None
        try:
            if not self._is_held():
                self._lock()
            if self._is_read_only:
                self._trouble = unusable(self._engine, WRITES_NOTHING)
        except LedgerError as error:
            self._trouble = error
        self._looked = time.monotonic()

    def _is_held(self) -> bool:
        if self._session is None:
            return False
        try:
            self._is_read_only = self._session.execute(text("SHOW transaction_read_only")).scalar() == "on"
            self._session.commit()
        except (LedgerError, SQLAlchemyError):
            self._end()
        return self._session is not None

    def _lock(self) -> None:
        with ExitStack() as unless_ours:
            session = unless_ours.enter_context(self._engine.connect())
            holder = randbits(62)
            is_ours, *who = session.execute(text(TAKEN % self._how), {"key": self._key, "holder": holder}).one()
            if not is_ours:
                self._end_former(session)
                raise LedgerBusy(IN_THE_WAY.get(self._key, AT_WORK))
            session.commit()
            if self._former:
                self._anew()
            self._session, self._former, self._holder = session, who, holder
            unless_ours.pop_all()

    def _end_former(self, session: Connection) -> None:
        """Have the session ended in which the right was held before, if the server has it still."""
        if self._former and session.execute(ENDED, dict(zip(("pid", "begun"), self._former, strict=True))).first():
            raise unusable(self._engine, "the database server has not ended an earlier connection of this peerloop yet")

    def _end(self) -> None:
        if self._session is not None:
            self._session.invalidate()  # so that no pool keeps it, and the lock with it
            self._session.close()
            self._session = None
