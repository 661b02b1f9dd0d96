"""A server that answers every request alike, with bytes that are given: without an end, packed, or nonsense."""

import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain, repeat
from pathlib import Path
from types import TracebackType
from typing import Self

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def endless() -> Iterator[bytes]:
    """Give an answer in chunks that never ends."""
    chunk = b"[1," * 20_000
    return chain([_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], repeat(b"%x\r\n%b\r\n" % (len(chunk), chunk)))


def in_tiny_pieces() -> Iterator[bytes]:
    """Give an answer without an end, each chunk of which is one byte."""
    return chain([_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], repeat(b"1\r\n1\r\n" * 10_000))


def of_nothing() -> Iterator[bytes]:
    """Give packed nothings without an end."""
    nothings = gzip.compress(b"") * 3_000
    head = _HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    return chain([head], repeat(b"%x\r\n%b\r\n" % (len(nothings), nothings)))


def shorter_than_nothing() -> list[bytes]:
    """Give an answer with a part of a length below nothing."""
    return [_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"-5\r\n{}\r\n0\r\n\r\n"]


def about_to_answer() -> Iterator[bytes]:
    """Say that an answer will come, and go on saying so."""
    return repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)


def whole(content: bytes, more: bytes = b"") -> list[bytes]:
    """Return an answer of one piece; ``more`` are further headers."""
    return [_HEAD + more + b"Content-Length: %d\r\n\r\n" % len(content), content]


@lru_cache
def packed(megabytes: int, encoding: str = "gzip") -> list[bytes]:
    """Return a small answer that unpacks to so many megabytes; it is made once, in little memory."""
    packing = zlib.compressobj(1, wbits=zlib.MAX_WBITS if "deflate" in encoding else 31)
    pieces = [packing.compress(b" " * 1_000_000) for _ in range(megabytes)]
    return whole(b"".join([*pieces, packing.flush()]), f"Content-Encoding: {encoding}\r\n".encode())


class FloodServer:
    """It listens on loopback inside of a ``with`` block, and counts the bytes that it ``sent``.

    One that ``greets`` speaks before anybody has asked it something; ``heard`` is told what it is asked; with
    a ``certificate`` it speaks TLS.
    """

    def __init__(
        self,
        answer: Callable[[], Iterable[bytes]],
        greets: bool = False,
        heard: Callable[[bytes], object] = lambda _: None,
        certificate: Path | None = None,
    ) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._tls and certificate:
            self._tls.load_cert_chain(certificate)
        self._answer, self._greets, self._heard = answer, greets, heard
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"
        self.sent = 0

    def __enter__(self) -> Self:
        self._listener.settimeout(0.05)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(30)
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):  # nobody came, or who came has gone
                caller, _ = self._listener.accept()
                with self._tls.wrap_socket(caller, server_side=True) if self._tls else caller as secured:
                    self._flood(secured)

    def _flood(self, caller: socket.socket) -> None:
        caller.settimeout(10)
        if not self._greets:
            self._heard(caller.recv(65_536))
        for piece in self._answer():
            caller.sendall(piece)
            self.sent += len(piece)
            if self._over.is_set():
                return
        caller.shutdown(socket.SHUT_WR)
        while caller.recv(65_536):  # to hang up with something unread would take back what was sent
            pass
