"""The daemon's log: readable on a terminal, JSON lines otherwise; always on stderr, and nobody waits for its reader."""

import logging
import os
import queue
import sys
import threading
import time
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

MOST_UNREAD = 10_000
"""So many lines wait for whoever reads the log; of more, it is said how many were lost."""
LOST = "lines of this log were lost, for they could not be written"
LAST_WORDS = 1.0
"""For how many seconds the end of a process waits until they are read."""


class Unhurried(logging.Handler):
    """Writes the log in a thread of its own: a terminal that is held, or a collector that hangs, stops no pass."""

    def __init__(self, descriptor: int) -> None:
        """Write to what is open there, past Python's own streams: those are waited for when the process ends."""
        super().__init__()
        self._descriptor, self._lost = descriptor, 0
        self._cut = ""  # the end of a line of which only a part could be written
        self._lines = queue.Queue[str](MOST_UNREAD)
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Have a line written as soon as that may be."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self._lost += 1

    def flush(self) -> None:
        """Wait until all is written, but not for long."""
        end = time.monotonic() + LAST_WORDS
        while self._lines.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.01)

    def _write(self) -> None:
        while True:
            self._write_line(self._lines.get())
            self._lines.task_done()

    def _write_line(self, line: str) -> None:
        left = whole = f"{self._cut}{line}\n".encode(errors="backslashreplace")
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:  # nobody is there any more, or its disk is full
            self._lost += 1
            self._cut = "\n" if left != whole else self._cut
            return
        self._cut = ""
        if self._lost and self._lines.empty():
            lost, self._lost = self._lost, 0
            structlog.get_logger("daemon").warning(LOST, lines=lost)


def set_up_log() -> None:
    """Send structlog's events, and what libraries log or warn of, to stderr; ``NO_COLOR`` turns colours off."""
    terminal = sys.stderr.isatty()
    stamped: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S" if terminal else "iso", utc=not terminal),
    ]
    handler = Unhurried(sys.stderr.fileno())
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=stamped, processors=[ProcessorFormatter.remove_processors_meta, *_rendered(terminal)]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*stamped, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    for ours in ("daemon", "integrations"):
        logging.getLogger(ours).setLevel(logging.INFO)


def _rendered(terminal: bool) -> list[Any]:
    """Return what turns an event into a line."""
    if not terminal:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=not os.environ.get("NO_COLOR"), exception_formatter=plain)]
