"""What holds for all tests: where their folders are, and when a soak begins nothing more."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

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


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what has not begun when a soak's time is up."""
    if soak.time_is_up():
        pytest.skip("left out: the soak's time was up")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what a soak was drawn from, and how to repeat it."""
    if soak.SOAKING:
        terminalreporter.write_line(f"soak: seed {soak.SEED}; once more: make soak SOAK_SEED={soak.SEED}")
