"""The daemon's log: readable on a terminal, JSON lines otherwise; always on stderr."""

import logging
import os
import sys
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter


def set_up_log() -> None:
    """Send structlog's events, and what libraries log or warn of, to stderr; ``NO_COLOR`` turns colours off."""
    terminal = sys.stderr.isatty()
    stamped: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S" if terminal else "iso", utc=not terminal),
    ]
    handler = logging.StreamHandler(sys.stderr)
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
