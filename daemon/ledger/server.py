"""A database server that keeps nobody waiting for ever: not who connects, nor for others' locks, nor for an answer.

A server that is suspended, or behind a broken network, goes on acknowledging what it is sent and says nothing more.
"""

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import TimeoutError as NoneFree

from daemon.ledger.errors import LedgerError, of_database

if TYPE_CHECKING:
    from collections.abc import Generator

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
    """Connections for which is not waited for ever either, and then a person is told so."""

    _sqla_logger_namespace = "sqlalchemy.pool"  # what it tells of each connection is not for an operator

    def _do_get(self) -> Any:
        try:
            return super()._do_get()
        except NoneFree:
            raise LedgerError(
                "the ledger cannot be used now (all connections to it are in use); what was done before stays"
            ) from None


def server(address: URL) -> Engine:
    """Return the engine of a database server."""
    told = {} if "connect_timeout" in address.query else {"connect_timeout": BUSY_SECONDS}
    engine = create_engine(
        address, pool_pre_ping=True, connect_args=told, poolclass=Patient, pool_size=MOST_CONNECTIONS, max_overflow=0
    )
    connection_class = _bounded()

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, arguments: Any, told: Any) -> Any:
        return connection_class.connect(*arguments, **told)

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
            cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
            cursor.execute(f"SET statement_timeout = '{2 * BUSY_SECONDS}s'")
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{2 * BUSY_SECONDS}s'")  # who stands still
        connection.commit()

    return engine


def _bounded() -> Any:
    """Return a kind of connection on which each exchange has an end; its driver is loaded where a server is used."""
    from psycopg import Connection, OperationalError
    from psycopg.errors import ConnectionTimeout

    class Bounded(Connection[Any]):
        @classmethod
        def connect(cls, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().connect(*args, **kwargs)
            except ConnectionTimeout:
                raise OperationalError(NO_ANSWER) from None

        def wait(self, gen: "Generator[Any, Any, Any]", *args: Any, **kwargs: Any) -> Any:
            begun = time.monotonic()
            try:
                return super().wait(gen, *args, **{"timeout": ANSWER_SECONDS, **kwargs})
            except OperationalError:
                if time.monotonic() - begun < ANSWER_SECONDS:
                    raise
                self.pgconn.finish()  # an answer that comes later is nobody's
                raise OperationalError(NO_ANSWER) from None

    return Bounded
