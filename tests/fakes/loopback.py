"""HTTP on loopback for a stand-in: it listens inside of a ``with`` block, and leaves no thread and no socket behind."""

import json
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast


@dataclass
class Answer:
    """An answer: status, body and headers."""

    status: int
    content: bytes = b""
    content_type: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, body: Any, headers: dict[str, str] | None = None) -> "Answer":
        """Return an answer with a JSON body."""
        return cls(status, json.dumps(body).encode(), headers=headers or {})


Act = TypeVar("Act", bound=Callable[..., Any])


def alone(act: Act) -> Act:
    """Let no request in while somebody acts, past the API, on what has a ``world`` with a ``lock``."""

    @wraps(act)
    def locked(self: Any, *arguments: Any, **named: Any) -> Any:
        with self.world.lock:
            return act(self, *arguments, **named)

    return cast(Act, locked)


class Served(Protocol):
    """What is listened for."""

    @property
    def complaints(self) -> list[str]:
        """Where it is said what went wrong in here."""
        ...

    def received(self, method: str, target: str, headers: dict[str, str], content: bytes) -> Answer | None:
        """Answer a request, or None where its connection is to be closed without an answer. ``target`` is the path
        with the query, the names of headers are in lower case.
        """
        ...


class Loopback(ThreadingTCPServer):
    """A context manager: it listens from entering to leaving, on 127.0.0.1 and a free port, and hangs up at the end."""

    daemon_threads = False

    def __init__(self, handler: type[BaseRequestHandler], name: str) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), name=name)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

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
        self._hang_up()
        self.server_close()
        self._thread.join()

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        self._open.discard(request)
        super().shutdown_request(request)

    def _hang_up(self) -> None:
        """Close every connection still open, so that no thread waits for a next request."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster


class Listener(Loopback):
    """Speaks HTTP, for what is ``served``."""

    def __init__(self, served: Served, name: str) -> None:
        self.served = served
        super().__init__(_Handler, name)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that have gone, some tests kill theirs; anything else is complained of."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            self.served.complaints.append(f"the stand-in itself failed: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Listener

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet."""

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        answer = self.server.served.received(self.command, self.path, headers, content)
        if answer is None:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status, HTTPStatus(answer.status).phrase)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.content)))
        for key, value in answer.headers.items():
            self.send_header(key, value)
        if self.close_connection:  # who is not told may ask again on it, just as it is closed
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.content)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815
