"""A worker that is to end does so at once, though it listens whether its parent has."""

import subprocess
import sys

PROGRAM = """
import threading, time
from daemon.cli.workers import _heed_end
threading.Thread(target=_heed_end, args=(None,), daemon=True).start()
time.sleep(0.2)
"""


def test_listening_for_the_end_of_its_parent_keeps_no_worker() -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        assert child.stderr.read() == b""
        assert child.wait(60) == 0
