"""The web page beside the passes: a server in a thread of its own, which stops when the daemon does."""

import logging
import socket
import threading
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from config.web import Listen
from daemon.web.connections import Prompt

MOST_AT_ONCE = 200
"""So many requests there may be; uvicorn turns away what is more."""
GRACE = 1
"""Seconds that requests have to come to their end once the daemon is told to stop, which has 3 for all it does."""


class CannotListen(Exception):
    """The address is in use, or not one of this machine; the message says why, to a person."""


class Server:
    """Serves an application at an address of this machine, from ``start`` to ``stop``."""

    def __init__(self, listen: Listen, or_any_port: bool = False) -> None:
        """Take the address; where its port is taken, another one will do if ``or_any_port``.

        Raises:
            CannotListen: it cannot be served there.
        """
        try:
            self._socket = _bound(listen)
        except OSError as error:
            if not or_any_port:
                raise CannotListen(f"{listen} cannot be listened at: {error.strerror}") from error
            self._socket = _bound(listen._replace(port=0))
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://{listen._replace(port=self.port)}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: ASGIApp) -> None:
        """Serve from now on."""
        for noisy in ("uvicorn", "python_multipart"):  # neither a request cut short by a stop nor an odd one is a crash
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        config = uvicorn.Config(
            app,
            http=Prompt,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            limit_concurrency=MOST_AT_ONCE,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=GRACE,
        )
        self._server = uvicorn.Server(config)
        run = self._server.run
        self._thread = threading.Thread(target=lambda: run(sockets=[self._socket]), name="web", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Serve no more; what is under way is waited for, but not for long."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(GRACE + 1)
        with suppress(OSError):
            self._socket.close()


def _bound(listen: Listen) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in listen.host else socket.AF_INET)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(tuple(listen))
        made.listen(2048)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made
