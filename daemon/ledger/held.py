"""How a process holds the ledger: alone, or together with others; and that each write sees that it still does."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from itertools import count

from sqlalchemy import Connection, Engine

from daemon.ledger.errors import Superseded
from daemon.ledger.leases import Leases
from daemon.ledger.quotas import Quotas
from daemon.ledger.right import Right, nothing
from daemon.ledger.server import emptied

_era: ContextVar[int | None] = ContextVar("era", default=None)
"""In which era what is done in this thread was begun."""


class Held:
    """A ledger as far as it is held."""

    def __init__(self, engine: Engine, right: Right, prepare: Callable[[], None]) -> None:
        """Take an engine, the right to write, which is not taken yet, and what brings the schema up to date."""
        self._engine, self._right, self._prepare = engine, right, prepare
        self._held: Sequence[Right] = ()
        self._eras = count()
        self.era = next(self._eras)
        """It becomes another one when all is begun anew."""
        self.when_connected_anew = nothing
        """What is to be done, by whatever thread, once all is begun anew since a database server was connected to anew.

        It may have restarted, or another one may have taken over that never heard of what was written last.
        """
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None
        """Who writes to a file waits here for whoever else of this process does: SQLite would look now and then, ever
        less often, and those who come later would go first."""
        self.leases, self.quotas = Leases(engine), Quotas(engine)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the ledger for this process; what a killed process held is free at once.

        Raises:
            LedgerBusy: another process holds it.
        """
        with self._holding((self._right,)):
            yield

    @contextmanager
    def among_workers(self, gives_out: bool = False) -> Iterator[None]:
        """Hold the ledger together with other processes; of those, one at most gives out the work.

        Raises:
            LedgerBusy: a process holds it alone, or another one gives out the work.
            LedgerError: such a ledger is one process's.
        """
        with self._holding(self._right.shared(gives_out)):
            yield

    @contextmanager
    def _holding(self, rights: Sequence[Right]) -> Iterator[None]:
        with ExitStack() as held:
            for right in rights:
                right.take(self._connect_anew)
                held.callback(right.give_back)
            self._prepare()  # another release may have had it between its opening and now
            self._held = rights
            held.callback(setattr, self, "_held", ())
            yield

    def giver(self) -> int:
        """Return what tells this process, as it gives out the work in this era, from whoever does so at another time.

        Raises:
            Superseded: what is done in this thread was begun in an earlier era.
        """
        giver = self._held[-1].holder()
        self._see_to_the_era()  # which is another one before there is another giver
        return giver

    def gives_out(self, giver: int) -> bool:
        """Whether a process gives out the work just now that is, in its present era, this ``giver``."""
        return self._right.shared(gives_out=True)[-1].is_held_by(giver)

    def workers(self) -> int:
        """Return how many processes hold the ledger together now."""
        return self._right.sharing()

    def keep(self) -> None:
        """See that the ledger is still there and still held by this process, as each write does, too.

        Raises:
            LedgerBusy: another process holds it now.
            LedgerReplaced: another ledger is in its place, with which it was not possible to go on yet.
            LedgerError: it is not there, or not reached.
        """
        for right in self._held:
            right.keep()

    def try_out(self) -> None:
        """See to the same, and that it can be written to, as far as that shows while nothing is to be written.

        Raises:
            Unusable: it cannot, as where another program has locked it.
            LedgerBusy, LedgerReplaced, LedgerError: as ``keep``.
        """
        with self._writing():
            pass

    @contextmanager
    def in_era(self, era: int) -> Iterator[Callable[[], None]]:
        """Let the caller write here in this thread until all is begun anew; what it is given raises Superseded then.

        ``era`` is that in which it was asked to.
        """
        before = _era.set(era)
        try:
            yield self._see_to_the_era
        finally:
            _era.reset(before)

    def _see_to_the_era(self) -> None:
        if _era.get() not in (None, self.era):
            why = "before another folder or ledger was put in place, or the ledger was connected to anew"
            raise Superseded(f"it was begun {why}; the next pass begins anew")

    def begin_anew(self) -> None:
        """Let nothing that is under way write any more, for it knows the world as it was."""
        self.era = next(self._eras)

    def _connect_anew(self) -> None:
        self.begin_anew()
        self.when_connected_anew()

    def reopen(self) -> None:
        """Go on with the ledger that was put in the place of this one; what is under way writes nothing any more.

        As long as that fails, ``keep`` finds this one replaced, and nothing is written.

        Raises:
            LedgerBusy: another process holds that one.
            LedgerError: it is none of ours.
        """
        self.begin_anew()
        with emptied(self._engine):  # SQLite would read what was written last to the other file into this one
            self.begin_anew()  # for who began meanwhile may have read that
            self._right.give_back(is_replaced=True)
            self._right.take()
            try:
                self._prepare()
            except Exception:
                self._right.give_back()
                raise

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()
        self._right.close()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._see_to_the_era()
        self.keep()
        with self._turn or nullcontext(), self._engine.begin() as connection:
            self._see_to_the_era()  # it may have been waited for
            self.leases.see_to(connection)
            yield connection
