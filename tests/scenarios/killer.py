"""Runs ``peerloop apply`` again and again, each time in a process that kills itself at the next write.

    python -m tests.scenarios.killer TEAM.yaml NOW BASE WORK before|after

Each run begins with a copy of the data folder BASE. ``WORK/reference`` is what an undisturbed run makes of it;
``WORK/1``, ``WORK/2`` and so on are what becomes of it when a first run is killed right before, or right after, its
first write, its second, and so on, and a second run is not. What counts as a write is whatever another process could
see: a folder made, a file replaced, flushed or removed, a commit of the ledger. Prints their names as JSON.

Python and the libraries are loaded once: each run is a fork of this process.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from daemon.cli import cli

LOADED_ONCE = (
    "alembic.command",
    "config.countries",
    "daemon.ledger",
    "daemon.passes",
    "daemon.plan_text",
    "holidays.countries.germany",
    "integrations.local.calendar_file",
    "jinja2",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
FILE_EFFECTS = ("replace", "fsync", "unlink", "mkdir", "ftruncate")
LEDGER_EFFECT = "do_commit"


class Effects:
    """Counts what other processes could see, and ends this one at the nth; at none for 0."""

    def __init__(self, nth: int, after: bool) -> None:
        self.names: list[str] = []
        self._nth, self._after = nth, after
        for name in FILE_EFFECTS:
            self._stand_around(os, name)
        self._stand_around(DefaultDialect, LEDGER_EFFECT)

    def _stand_around(self, owner: Any, name: str) -> None:
        effect: Callable[..., Any] = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.names.append(name)
            mine = len(self.names) == self._nth
            if mine and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return effect(*args, **kwargs)
            finally:
                if mine:
                    os.kill(os.getpid(), signal.SIGKILL)

        setattr(owner, name, counted)


def forked(command: list[str], nth: int, after: bool, work: Path) -> int:
    """Run a command in a process of its own; return how it ended, as ``os.waitstatus_to_exitcode`` says."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        effects = Effects(nth, after)
        sys.stdout = sys.stderr = Path(work, "said.txt").open("w")  # noqa: SIM115
        cli.main(command, standalone_mode=False)
    except SystemExit as ended:
        code = int(ended.code or 0)
        Path(work, "names.json").write_text(json.dumps(effects.names))
    finally:
        sys.stdout.flush()
        os._exit(code)


def main(team: str, now: str, base: str, work: str, moment: str) -> None:
    """Make the reference, then one run for every write in turn."""
    for module in LOADED_ONCE:
        import_module(module)

    def run(name: str, nth: int = 0) -> int:
        data = Path(work, name)
        if not data.exists():
            shutil.copytree(base, data)
        return forked(["apply", team, "--now", now, "--data", str(data)], nth, moment == "after", Path(work))

    def said() -> str:
        return Path(work, "said.txt").read_text()

    Path(work).mkdir(exist_ok=True)
    assert run("reference") == 0, f"the undisturbed run failed: {said()}"
    effects = json.loads(Path(work, "names.json").read_text())
    for nth in range(1, len(effects) + 1):
        killed = run(str(nth), nth)
        assert killed == -signal.SIGKILL, f"the run was to be killed at write {nth}, and ended with {killed}"
        assert run(str(nth)) == 0, f"the run after the kill at write {nth} failed: {said()}"
    json.dump(effects, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
