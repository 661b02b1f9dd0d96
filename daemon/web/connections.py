"""Connections of the web page: what is half sent keeps nobody out, for it is waited for only so long, and gives way."""

import asyncio
from typing import Any

from h11 import LocalProtocolError
from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 10.0
"""How long a request may take until its head has come."""
MOST = 150
"""So many connections there may be; of more, the oldest gives way on which nobody waits for an answer."""


class Prompt(H11Protocol):
    """A connection on which a request has to come soon; uvicorn itself would wait for the rest of one for ever."""

    def __init__(self, *told: Any, **more: Any) -> None:
        """Take what uvicorn tells its connections."""
        super().__init__(*told, **more)
        self.begun = self.loop.time()
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room, and wait for a request."""
        super().connection_made(transport)
        _make_room(self.connections)
        self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._be_calm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and see whether a request is there now."""
        try:
            super().data_received(data)
        except LocalProtocolError:  # nonsense after its answer: there is nothing left to say
            self.transport.abort()
        self._hurry()

    @property
    def is_half_sent(self) -> bool:
        """Whether nobody waits for an answer here: nothing was asked, not all of it, or it is answered."""
        return self._is_headless or bool(self.cycle.more_body) or self.transport.is_closing()

    @property
    def _is_headless(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _hurry(self) -> None:
        if not self._is_headless or self.transport.is_closing():
            self._be_calm()
        elif self._late is None:
            self._late = self.loop.call_later(SECONDS, self.transport.abort)

    def _be_calm(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None


def _make_room(connections: Any) -> None:
    """Drop the oldest connection on which nobody waits for an answer, where there are too many."""
    if len(connections) > MOST:
        waiting = [one for one in connections if isinstance(one, Prompt) and one.is_half_sent]
        if waiting:
            oldest = min(waiting, key=lambda one: one.begun)
            connections.discard(oldest)
            oldest.transport.abort()
