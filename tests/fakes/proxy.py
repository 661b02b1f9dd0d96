"""A proxy on loopback that lets whoever asks through to where they want (RFC 9110, section 9.3.6)."""

import socket
import threading
from socketserver import StreamRequestHandler

from tests.fakes.loopback import Loopback


class Proxy(Loopback):
    """Listens like all of them; ``asked`` are the places that it led to."""

    def __init__(self) -> None:
        self.asked = list[str]()
        super().__init__(_Tunnel, "proxy")


class _Tunnel(StreamRequestHandler):
    server: Proxy
    timeout = 30

    def handle(self) -> None:
        method, place, _ = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        assert method == "CONNECT", "nothing else leads through it"
        self.server.asked.append(place)
        host, _, port = place.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as there:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            answering = threading.Thread(target=_hand_on, args=(there, self.connection))
            answering.start()
            _hand_on(self.connection, there)
            answering.join()


def _hand_on(here: socket.socket, there: socket.socket) -> None:
    try:
        while data := here.recv(65536):
            there.sendall(data)
        there.shutdown(socket.SHUT_WR)
    except OSError:  # the other side has hung up
        pass
