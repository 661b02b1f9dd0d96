"""The right to write to a ledger: one process at a time has it, and one that has lost it writes no more.

The system takes it from a process that ends, however it ends, so a killed one delays nobody. In PostgreSQL several
processes may share it, which keeps out who wants it alone; of these, one at most gives out the work.
"""

import fcntl
import os
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from daemon.ledger.errors import LedgerBusy, LedgerError, LedgerReplaced
from daemon.ledger.server import BUSY_SECONDS

_FAR_OUT = 1 << 60
"""The byte of the ledger's file that is locked: far behind all that SQLite locks, or ever writes."""


def opened(ledger: Path) -> sqlite3.Connection:
    """Return a connection to a ledger's file, which has to be there: SQLite by itself would make an empty one.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    address = f"{ledger.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, check_same_thread=False, timeout=BUSY_SECONDS)


def nothing() -> None:
    """Do nothing."""


class Right(Protocol):
    """The right of this process, or not."""

    def take(self, anew: Callable[[], None] = nothing) -> None:
        """Take it; ``anew`` is called right before it is held in another session of the server, if it has one.

        What was written before that may be lost: the server may be one that took over from the former.

        Raises:
            LedgerBusy: another process has it.
        """
        ...

    def keep(self) -> None:
        """See that it is still ours; take it again where it was lost and nobody else has it.

        Raises:
            LedgerBusy: another process has it now.
            LedgerReplaced: another ledger is in its place, and the right to that one is not ours yet.
            LedgerError: what it is about is not there now.
        """
        ...

    def give_back(self, is_replaced: bool = False) -> None:
        """Let others have it; of a ledger that ``is_replaced`` leave nothing beside the one in its place."""
        ...

    def over_tables(self, connection: Connection) -> AbstractContextManager[None]:
        """Have it while a transaction changes the tables themselves, as one has who holds it anyway.

        Raises:
            LedgerBusy: another process has it.
        """
        ...

    def close(self) -> None:
        """Be done with it, once the ledger is closed."""
        ...

    def shared(self, gives_out: bool) -> "Sequence[Right]":
        """Return the rights, not taken yet, of one of several processes that write at the same time.

        Raises:
            LedgerError: it is not to be shared.
        """
        ...

    def sharing(self) -> int:
        """Return how many processes share it now."""
        ...

    def holder(self) -> int:
        """Return what tells its present holding here from any other one, on whatever server; 0 where nothing does."""
        ...

    def is_held_by(self, holder: int) -> bool:
        """Whether it is held now in just this way, by whatever process."""
        ...


class _OfOne:
    """A right that is only ever one process's."""

    def shared(self, gives_out: bool) -> "Sequence[Right]":
        """Refuse."""
        raise LedgerError("several processes at once need a ledger on PostgreSQL: ledger: postgresql+psycopg://…")

    def sharing(self) -> int:
        """Return that nobody does."""
        return 0

    def holder(self) -> int:
        """Return nothing."""
        return 0

    def is_held_by(self, holder: int) -> bool:
        """Return that it is not, as far as anybody else can tell."""
        return False


class InMemory(_OfOne):
    """Nobody else can see such a ledger."""

    def take(self, anew: Callable[[], None] = nothing) -> None:
        """Take it."""

    def keep(self) -> None:
        """See that it is still ours."""

    def give_back(self, is_replaced: bool = False) -> None:
        """Let others have it."""

    def over_tables(self, _connection: Connection) -> AbstractContextManager[None]:
        """Have it meanwhile."""
        return nullcontext()

    def close(self) -> None:
        """Be done with it."""


class OfFile(_OfOne):
    """The right to a file: a lock beside it, which every system has, and where Linux allows it one on itself.

    So whoever deletes the file beside it lets nobody in. Both are advisory, and SQLite's own locks are not met.

    What was written last stands in a file of SQLite's beside the ledger, its write-ahead log. Where that is deleted
    meanwhile, who has it open goes on with it unseen, and all of it would go with them: it is put into the ledger.
    """

    def __init__(self, ledger: Path) -> None:
        self._ledger, self._beside = ledger, ledger.with_name(ledger.name + ".lock")
        self._keeper: sqlite3.Connection | None = None
        self._of_sqlite: Mapping[Path, os.stat_result] = {}
        self._locked: list[int] = []
        self._unlocked: list[int] = []

    def take(self, anew: Callable[[], None] = nothing) -> None:
        """Take it, and say beside the ledger which process has it."""
        try:
            self._locked.append(beside := _open(self._beside, os.O_RDWR | os.O_CREAT))
            fcntl.flock(beside, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._locked.append(ledger := self._opened())
            _lock_far_out(ledger)
        except BlockingIOError:
            self.give_back()
            who = f" (process {owner})" if (owner := self._owner()) else ""
            raise LedgerBusy(f"another peerloop{who} is at work on this ledger, {self._ledger}") from None
        except OSError as error:
            self.give_back()
            raise LedgerError(f"the ledger {self._ledger} cannot be locked ({error.strerror})") from None
        os.ftruncate(beside, 0)
        os.pwrite(beside, f"{os.getpid()}\n".encode(), 0)
        self._keep_open()

    def _keep_open(self) -> None:
        """Have SQLite's files open, and know which they are: none of them goes by itself as long as they are."""
        with suppress(sqlite3.Error):  # whoever uses the ledger is told what is wrong with it
            self._keeper = opened(self._ledger)
            self._keeper.execute("PRAGMA schema_version")
        beside = [self._ledger.with_name(self._ledger.name + ending) for ending in ("-wal", "-shm")]
        self._of_sqlite = {file: file.stat() for file in beside if file.exists()}

    def keep(self) -> None:
        """See that the file is still the one that was locked; whoever could not lock what replaced it has no right."""
        try:
            now = self._ledger.stat()
        except OSError as error:
            said = f"the ledger {self._ledger} is not there any more ({error.strerror})"
            raise LedgerError(f"{said}; nothing is written until it is back") from None
        if not (self._locked and os.path.samestat(now, os.fstat(self._locked[-1]))):
            said = f"the ledger {self._ledger} was replaced by another file while it was in use"
            raise LedgerReplaced(f"{said}; what runs is given up, and the next pass begins with that one")
        for file, known in self._of_sqlite.items():
            if not _is(file, known):
                self._put_into_ledger()
                raise LedgerReplaced(
                    f"{file}, which belongs to the ledger, was deleted or replaced while it was in use; "
                    "what stood in it is in the ledger now, and the next pass opens that anew"
                )

    def _put_into_ledger(self) -> None:
        try:
            is_busy = self._keeper and self._keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            is_busy = str(error)
        if is_busy:
            raise LedgerError(
                f"a file of SQLite's beside the ledger {self._ledger} is gone, and what stood in it cannot "
                "be put into the ledger now; it is tried again, so do not end peerloop"
            )

    def give_back(self, is_replaced: bool = False) -> None:
        """Unlock; the ledger's file stays open, since SQLite's locks on a file go when anybody here closes it."""
        with suppress(OSError):  # SQLite leaves its files beside one that has moved, and would read them into another
            if is_replaced and self._locked and not os.path.samestat(self._ledger.stat(), os.fstat(self._locked[-1])):
                for file in (file for file, known in self._of_sqlite.items() if _is(file, known)):
                    file.unlink()
        beside, ledger = self._locked[:1], self._locked[1:]
        self._locked, self._of_sqlite = [], {}
        if self._keeper:
            self._keeper.close()
        for descriptor in ledger:
            _lock_far_out(descriptor, fcntl.F_UNLCK)
        for descriptor in beside:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)
        self._unlocked += ledger

    @contextmanager
    def over_tables(self, _connection: Connection) -> Iterator[None]:
        """Have it meanwhile."""
        with ExitStack() as meanwhile:
            if not self._locked:
                self.take()
                meanwhile.callback(self.give_back)
            yield

    def close(self) -> None:
        """Close the files."""
        for descriptor in self._unlocked:
            os.close(descriptor)
        self._unlocked = []

    def _opened(self) -> int:
        """Return the ledger's file, open; it is open still where it could not be locked before."""
        now = self._ledger.stat()
        for descriptor in self._unlocked:
            if os.path.samestat(now, os.fstat(descriptor)):
                self._unlocked.remove(descriptor)
                return descriptor
        return _open(self._ledger, os.O_RDWR)

    def _owner(self) -> str:
        with suppress(OSError, UnicodeError):
            return self._beside.read_text()[:32].strip()
        return ""


def _is(file: Path, known: os.stat_result) -> bool:
    try:
        return os.path.samestat(file.stat(), known)
    except OSError:
        return False


def _open(file: Path, how: int) -> int:
    return os.open(file, how | os.O_CLOEXEC, 0o600)


def _lock_far_out(descriptor: int, how: int = fcntl.F_WRLCK) -> None:
    """Lock one byte of an open file, or unlock it, in the name of what is open, not of the process (Linux)."""
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi0q", how, os.SEEK_SET, _FAR_OUT, 1, 0))
    except BlockingIOError:
        raise
    except OSError:
        pass  # a file system that knows no such locks
