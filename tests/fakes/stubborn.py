"""A server that lets everybody in and then says nothing, or drips: one byte now and then, and never an end."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class StubbornServer:
    """It listens on loopback inside of a ``with`` block; what it ``drips`` comes byte by byte, over and over."""

    def __init__(self, drips: bytes = b"", every: float = 0.05) -> None:
        self._drips, self._every = drips, every
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.asked = 0
        """How often somebody came."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.settimeout(0.1)
        self.port = self._listener.getsockname()[1]
        self._begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        self._listener.close()

    def _begin(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            with suppress(TimeoutError):
                caller, _ = self._listener.accept()
                self.asked += 1
                self._begin(self._keep_waiting, caller)

    def _keep_waiting(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            said = 0
            while not self._over.wait(self._every):
                if self._drips:
                    caller.sendall(self._drips[said % len(self._drips)].to_bytes())
                    said += 1
