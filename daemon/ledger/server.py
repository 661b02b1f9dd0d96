"""A database server that keeps nobody waiting for ever: not who connects, nor for others' locks, nor for an answer.

A server that is suspended, or behind a broken network, goes on acknowledging what it is sent and says nothing more.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import TimeoutError as NoneFree

from daemon.ledger.errors import LedgerError, of_database
from daemon.ledger.gate import Gate

BUSY_SECONDS = 10
"""How long is waited for whoever is at work on the database."""
ANSWER_SECONDS: float = 3 * BUSY_SECONDS
"""How long for an answer; a server that is well gives up a statement before that, and says so."""
NO_ANSWER = "the database server gives no answer"


def name_of(engine: Engine) -> str:
    """Return what people are told that a ledger is called: its address, without a password."""
    return f"the ledger {engine.url.render_as_string(hide_password=True)}"


def unusable(engine: Engine, why: str, code: str | None = None) -> LedgerError:
    """Return the error that says why a ledger cannot be used now, which a server may have told by a code."""
    return of_database(f"{name_of(engine)} cannot be used now ({why}); what was done before stays", code)


MOST_CONNECTIONS = 10
"""So many connections a process has at once, though more of its threads want one: a server has a hundred for all."""
ENCODING = "UTF8"
SPOKEN = {"client_encoding": ENCODING, "DateStyle": "ISO, YMD"}
"""How letters and moments are told each other, whatever is usual on that server."""


class Patient(QueuePool):
    """Connections for which is not waited for ever either, and then a person is told so.

    They are behind a ``gate``, so that they can all be closed before others are opened.
    """

    _sqla_logger_namespace = "sqlalchemy.pool"  # what it tells of each connection is not for an operator

    def __init__(self, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more)
        self.gate = Gate()
        self._here = threading.local()

    def recreate(self) -> "Patient":
        """Return another one of the kind, behind the same gate."""
        made = cast(Patient, super().recreate())
        made.gate = self.gate
        return made

    def _do_get(self) -> Any:
        if getattr(self._here, "is_within", False):  # it asks itself once more where another thread was faster
            return super()._do_get()
        self.gate.enter(BUSY_SECONDS)
        self._here.is_within = True
        try:
            return super()._do_get()
        except BaseException as error:
            self.gate.leave()
            if not isinstance(error, NoneFree):
                raise
            raise LedgerError(
                "the ledger cannot be used now (all connections to it are in use); what was done before stays"
            ) from None
        finally:
            self._here.is_within = False

    def _do_return_conn(self, record: Any) -> None:
        super()._do_return_conn(record)
        self.gate.leave()


@contextmanager
def emptied(engine: Engine) -> Iterator[None]:
    """Close all connections, and let the caller alone open others.

    Raises:
        LedgerError: some are in use, for longer than anything should take.
    """
    gate = engine.pool.gate if isinstance(engine.pool, Patient) else Gate()
    with gate.alone(BUSY_SECONDS):
        engine.dispose()
        yield


def bounds(address: URL) -> dict[str, int]:
    """Return how long is waited for a server to be reached and heard of, but where its address says something else.

    The system finds out by itself that nobody acknowledges what is sent.
    """
    seconds = {"connect_timeout": BUSY_SECONDS, "keepalives_idle": BUSY_SECONDS, "keepalives_interval": BUSY_SECONDS}
    ours = {**seconds, "keepalives_count": 2, "tcp_user_timeout": int(1000 * ANSWER_SECONDS)}
    return {name: bound for name, bound in ours.items() if name not in address.query}


def server(address: URL) -> Engine:
    """Return the engine of a database server, whose driver is loaded for it."""
    from daemon.ledger.bounded import Bounded

    told, most = bounds(address), MOST_CONNECTIONS
    engine = create_engine(
        address, pool_pre_ping=True, connect_args=told, poolclass=Patient, pool_size=most, max_overflow=0
    )

    _spare(engine)

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, arguments: Any, told: Any) -> Any:
        return Bounded.connect(*arguments, **told)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        if (kept := connection.info.parameter_status("server_encoding")) != ENCODING:
            advice = f"Make one with ENCODING '{ENCODING}' (and TEMPLATE template0)"
            raise LedgerError(
                f"this database keeps letters as {kept}, which has not all that names are written in. {advice}."
            )
        with connection.cursor() as cursor:
            for setting in ("client_encoding", "DateStyle"):  # as whoever runs the server has them, they may differ
                cursor.execute(f"SET {setting} = '{SPOKEN[setting]}'")
        connection.commit()

    return engine


def _spare(engine: Engine) -> None:
    """Let a server be asked no more than what is to be known: it may be far away."""
    ping = engine.dialect.do_ping

    def is_there(dbapi_connection: Any) -> bool:
        return bool(dbapi_connection.is_there()) or ping(dbapi_connection)

    engine.dialect.do_ping = is_there  # type: ignore[method-assign]

    @event.listens_for(engine, "set_connection_execution_options")
    def _read(_connection: Connection, options: dict[str, Any]) -> None:
        if options.get("reading"):  # each question sees what is there then, within a transaction as well
            options["isolation_level"] = "AUTOCOMMIT"
