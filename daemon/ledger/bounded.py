"""Connections to a database server on which each exchange has an end, for threads and for a loop.

Where one got no answer, those that were not heard of since are taken for as dead as it is: else each of a pool would be
waited for in turn.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any, Self

from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.errors import ConnectionTimeout

from daemon.ledger import server

Seconds = float
MOMENT: Seconds = 1.0
"""A connection on which the server answered so lately is there, unless it has been closed since."""
_unanswered = dict[tuple[bytes, bytes], Seconds]()
"""When a server was last asked something that it never answered, by its host and port."""


class Bounded(Connection[Any]):
    """A connection for threads."""

    heard_at: Seconds = float("inf")
    """When the server answered last, in seconds that go by; there is nothing to be heard before it is open."""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """Return a connection to a server that gives up what takes it too long."""
        with _reached():
            connection = super().connect(*args, **kwargs)
        connection.execute(_gives_up())
        connection.commit()
        return connection

    def is_there(self) -> bool:
        """Whether the server answered a moment ago, and has said nothing since: it would say that it goes away."""
        if self.closed or time.monotonic() - self.heard_at > MOMENT:
            return False
        said = poll()
        said.register(self.fileno(), POLLIN)
        return not said.poll(0)

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        """Have an exchange with the server, and close where it gives no answer."""
        with _answered(self):
            return super().wait(gen, *args, **{"timeout": server.ANSWER_SECONDS, **kwargs})


class BoundedAsync(AsyncConnection[Any]):
    """A connection for a loop."""

    heard_at: Seconds = float("inf")

    @classmethod
    async def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """Return a connection to a server that gives up what takes it too long."""
        with _reached():
            connection = await super().connect(*args, **kwargs)
        await connection.execute(_gives_up())
        await connection.commit()
        return connection

    async def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        """Have an exchange with the server, and close where it gives no answer."""
        with _answered(self):
            return await super().wait(gen, *args, **{"timeout": server.ANSWER_SECONDS, **kwargs})


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except ConnectionTimeout:
        raise OperationalError(server.NO_ANSWER) from None


@contextmanager
def _answered(connection: Bounded | BoundedAsync) -> Iterator[None]:
    begun, place = time.monotonic(), (connection.pgconn.host, connection.pgconn.port)
    if connection.heard_at >= _unanswered.get(place, 0.0):
        try:
            yield
            connection.heard_at = time.monotonic()
            return
        except OperationalError:
            if time.monotonic() - begun < server.ANSWER_SECONDS:
                raise
            _unanswered[place] = begun
    connection.pgconn.finish()  # an answer that comes later is nobody's
    raise OperationalError(server.NO_ANSWER) from None


def _gives_up() -> bytes:
    """Return what has a server give a statement up before it is waited for in vain."""
    return (
        f"SET lock_timeout = '{server.BUSY_SECONDS}s'; SET statement_timeout = '{2 * server.BUSY_SECONDS}s'; "
        f"SET idle_in_transaction_session_timeout = '{2 * server.BUSY_SECONDS}s'"
    ).encode()
