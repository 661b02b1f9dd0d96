"""Proxies on loopback that let whoever asks through to where they want: HTTP (RFC 9110, section 9.3.6) and SOCKS 5
(RFC 1928), each of which notes the places that it led to. All names are those of this machine.
"""

import re
import socket
import threading
from socketserver import BaseRequestHandler, StreamRequestHandler
from typing import Self
from urllib.parse import urlsplit

from tests.fakes.loopback import Loopback


class Proxy(Loopback):
    """Listens like all of them; ``asked`` are the places that it led to."""

    def __init__(self, handler: type[BaseRequestHandler] | None = None) -> None:
        self.asked = list[str]()
        super().__init__(handler or _Tunnel, "proxy")

    @classmethod
    def of_socks(cls) -> Self:
        """Return one that speaks SOCKS 5."""
        made = cls(_Socks)
        made.url = made.url.replace("http://", "socks5h://")
        return made


class _Leading(StreamRequestHandler):
    server: Proxy
    rbufsize = 0  # what follows is not ours
    timeout = 30

    def lead_to(self, place: str, back: bytes = b"", there: bytes = b"") -> None:
        """Connect whoever asks with a place, which begins with so much for either."""
        self.server.asked.append(place)
        with socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2])), timeout=30) as other:
            self.wfile.write(back)
            other.sendall(there)
            answering = threading.Thread(target=_hand_on, args=(other, self.connection))
            answering.start()
            _hand_on(self.connection, other)
            answering.join()


class _Tunnel(_Leading):
    def handle(self) -> None:
        method, place, _ = self.rfile.readline().decode().split()
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        if method == "CONNECT":
            self.lead_to(place, back=b"HTTP/1.1 200 Connection established\r\n\r\n")
            return
        address = urlsplit(place)  # of this one request, after which the connection ends
        first = f"{method} {address.path}?{address.query} HTTP/1.1\r\nConnection: close\r\n".encode()
        head = re.sub(rb"(?im)^(proxy-)?connection:.*\n", b"", head)
        self.lead_to(address.netloc, there=first + head + b"\r\n")


class _Socks(_Leading):
    def handle(self) -> None:
        self.rfile.read(self.rfile.read(2)[1])
        self.wfile.write(b"\x05\x00")
        by_name = self.rfile.read(4) == b"\x05\x01\x00\x03"  # to connect, to a name
        name = self.rfile.read(self.rfile.read(1)[0]).decode() if by_name else socket.inet_ntoa(self.rfile.read(4))
        port = int.from_bytes(self.rfile.read(2))
        self.lead_to(f"{name}:{port}", back=b"\x05\x00\x00\x01" + bytes(6))


def _hand_on(here: socket.socket, there: socket.socket) -> None:
    try:
        while data := here.recv(65536):
            there.sendall(data)
        there.shutdown(socket.SHUT_WR)
    except OSError:  # the other side has hung up
        pass
