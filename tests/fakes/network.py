"""A network before a server: its connections of today go silent, as where a host was lost, and new ones get through."""

import socket
import threading
from contextlib import suppress
from socketserver import BaseRequestHandler

from tests.fakes.loopback import Loopback


class Network(Loopback):
    """Leads to a port on loopback."""

    def __init__(self, leads_to: int) -> None:
        self.leads_to, self.ways, self.silent = leads_to, list[socket.socket](), set[socket.socket]()
        self.asked = 0
        """How often something was said to the server."""
        super().__init__(_Way, "network")
        self.port = int(self.server_address[1])

    def go_silent(self) -> int:
        """Let nothing through the connections of today any more, nor say so; return how many there are."""
        ways, self.ways = self.ways, []
        self.silent |= set(ways)
        for there in ways:
            with suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)
        return len(ways)


class _Way(BaseRequestHandler):
    server: Network

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.leads_to)) as there:
            self.server.ways.append(there)
            answering = threading.Thread(target=self._answer, args=(there,))
            answering.start()
            with suppress(OSError):
                while data := self.request.recv(65536):
                    self.server.asked += 1
                    if there not in self.server.silent:
                        there.sendall(data)
            with suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)
            answering.join()

    def _answer(self, there: socket.socket) -> None:
        with suppress(OSError):
            while data := there.recv(65536):
                self.request.sendall(data)
        if there not in self.server.silent:
            with suppress(OSError):
                self.request.shutdown(socket.SHUT_RDWR)
