"""One connection by which a worker hears of new jobs in all its lanes: a database has a hundred of them in all."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from procrastinate import PsycopgConnector
from procrastinate.connector import Notify
from psycopg import OperationalError
from psycopg.sql import SQL, Identifier

from daemon.ledger.bounded import BoundedAsync

Seconds = float
LOOKS_EVERY: Seconds = 0.5
"""After how long it is listened to a new lane as well, or tried whether a lost connection can be had again."""
ASKS_EVERY: Seconds = 10.0
"""After how long without a word the server is asked for one: a dead connection is as silent as an idle one."""


class Listening(PsycopgConnector):
    """A connector whose lanes are told of their jobs by one task, ``listen``; each would have a connection of its own.

    Between times, and while there is none, a lane looks for jobs by itself.
    """

    def __init__(self, *, conninfo: str, **more: Any) -> None:
        """Take the database's address, and what a connector takes besides."""
        super().__init__(conninfo=conninfo, connection_class=BoundedAsync, **more)
        self._address = conninfo
        self._told = dict[str, Notify]()

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Have somebody told of what is said on some channels, until this is cancelled."""
        mine = dict.fromkeys(channels, on_notification)
        self._told |= mine
        try:
            await asyncio.Event().wait()
        finally:
            self._told = {channel: told for channel, told in self._told.items() if channel not in mine}

    async def listen(self) -> None:
        """Tell whoever wants to hear of it, until this is cancelled."""
        while True:
            with suppress(OperationalError):
                async with await BoundedAsync.connect(self._address, autocommit=True) as connection:
                    await self._hear(connection)
            await asyncio.sleep(LOOKS_EVERY)

    async def _hear(self, connection: BoundedAsync) -> None:
        heard = set[str]()
        while True:
            if time.monotonic() - connection.heard_at > ASKS_EVERY:
                await connection.execute("SELECT 1")
            for channel in self._told.keys() - heard:
                await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
                heard.add(channel)
            async for said in connection.notifies(timeout=LOOKS_EVERY):
                if tell := self._told.get(said.channel):
                    await tell(channel=said.channel, payload=said.payload)
