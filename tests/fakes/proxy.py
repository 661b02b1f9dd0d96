"""A proxy on loopback that lets whoever asks through to where they want (RFC 9110, section 9.3.6)."""

import socket
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self


class Proxy(ThreadingTCPServer):
    """A context manager: it listens from entering to leaving; ``asked`` are the places that it led to."""

    daemon_threads = False

    def __init__(self) -> None:
        self.asked = list[str]()
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


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
