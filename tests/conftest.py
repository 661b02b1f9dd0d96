"""What holds for all tests: where their folders are, and when a soak begins nothing more."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine

from config import secret
from daemon.ledger import database
from integrations.local import files
from tests import soak

MEMORY = Path("/dev/shm")
ROOM = 2**30
"""What all folders need at once, generously, in bytes."""


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


if "TMPDIR" not in os.environ and _has_room(MEMORY):  # there fsync, of which the tests do thousands, costs nothing
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell has it for what runs in its background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else what the tests start could not be interrupted


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Let all ledgers on SQLite share the statements that were compiled: tests open one for every pass, as a process
    does, and would spend a fifth of their time on this.
    """
    first, compiled = create_engine("sqlite://").dialect, dict[object, object]()

    def create(url: str | URL, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        if engine.dialect.name == first.name:
            engine.dialect = first
            engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", create)
        yield


@pytest.fixture(autouse=True)
def _each_process_reads_its_own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test take no word out of what is said that was a secret in one before it."""
    monkeypatch.setattr(secret, "_REVEALED", set[str]())


@pytest.fixture(autouse=True)
def _nobody_goes_on_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait for a second before it writes what it has just changed as a person."""
    monkeypatch.setattr(files, "QUIET", 0.0)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what has not begun when a soak's time is up."""
    if soak.time_is_up():
        pytest.skip("left out: the soak's time was up")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what a soak was drawn from, and how to repeat it."""
    if soak.SOAKING:
        terminalreporter.write_line(f"soak: seed {soak.SEED}; once more: make soak SOAK_SEED={soak.SEED}")
