"""Kills ``peerloop`` by SIGKILL at everything it does that another process could see, in turn.

    python -m tests.scenarios.killer EFFECT…

is a process that runs commands of peerloop, each in a fork of itself: Python and the libraries are loaded once. An
effect is a function, such as ``os:replace``. Each line of the input asks for a run, as JSON: the arguments, the number
of the effect at which the run kills itself, 0 for none, and whether it does so right after it or right before. The line
that answers says how the run ended, which effects it had if it was not killed, and what it said.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

ROOT = Path(__file__).parents[2]
LEDGER = ("sqlalchemy.engine.default:DefaultDialect.do_commit",)
FILES = ("os:replace", "os:fsync", "os:unlink", "os:mkdir", "os:ftruncate")
REQUESTS = ("httplib2:Http.request",)
LOADED_ONCE = (
    "PIL.ImageDraw",
    "alembic.command",
    "atlassian",
    "config.countries",
    "daemon.ledger",
    "daemon.cli.passes",
    "daemon.cli.plan_text",
    "google_auth_httplib2",
    "googleapiclient.discovery",
    "holidays.countries.germany",
    "integrations.formats.chart",
    "integrations.confluence.wiki",
    "integrations.google_calendar.client",
    "integrations.local.calendar_file",
    "jinja2",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


@dataclass(frozen=True)
class Run:
    """How a run ended, as ``os.waitstatus_to_exitcode`` says, with the names of its effects, and what it said."""

    code: int
    effects: list[str]
    said: str


Runner = Callable[[Sequence[object], int, bool], Run]


# what a test does with it


@contextmanager
def runner(effects: Sequence[str]) -> Iterator[Runner]:
    """Give what runs a command: its arguments, the effect to be killed at, and whether after it."""
    command = [sys.executable, "-m", "tests.scenarios.killer", *effects]
    killer = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert killer.stdin and killer.stdout
    asked, answered = killer.stdin, killer.stdout

    def run(arguments: Sequence[object], nth: int, after: bool) -> Run:
        asked.write(json.dumps([[str(one) for one in arguments], nth, after]) + "\n")
        asked.flush()
        return Run(**json.loads(answered.readline()))

    try:
        yield run
    finally:
        os.killpg(killer.pid, signal.SIGKILL)
        killer.communicate(timeout=10)


@dataclass(frozen=True)
class Kills:
    """``peerloop apply`` on a copy of the folder ``base``, killed before or ``after`` each of its ``effects``.

    ``reset`` puts the rest of the world back to where every run begins; ``told`` are the arguments but for ``--data``.
    """

    effects: Sequence[str]
    told: Sequence[object]
    base: Path
    work: Path
    after: bool
    reset: Callable[[], object] = lambda: None

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        """Yield the folder that an undisturbed run leaves behind, then for each effect the one that is left behind
        by a run that was killed there and another that was not; with what happened to it.
        """
        with runner(self.effects) as run:
            undisturbed = self._run(run, self._fresh(0))
            assert undisturbed.code == 0, undisturbed.said
            yield "undisturbed", self.work / "0"
            for nth, effect in enumerate(undisturbed.effects, 1):
                where = f"{'after' if self.after else 'before'} {nth} of {len(undisturbed.effects)}, {effect}"
                data = self._fresh(nth)
                killed = self._run(run, data, nth)
                assert killed.code == -signal.SIGKILL, f"not killed {where}: {killed.code}, {killed.said}"
                again = self._run(run, data)
                assert again.code == 0, f"killed {where}, the next run failed: {again.said}"
                yield f"killed {where}", data

    def _fresh(self, nth: int) -> Path:
        self.reset()
        return Path(shutil.copytree(self.base, self.work / str(nth)))

    def _run(self, run: Runner, data: Path, nth: int = 0) -> Run:
        return run(["apply", *self.told, "--data", data], nth, self.after)


# the process that runs commands


class Effects:
    """Counts what other processes could see, and ends this one at the nth; at none for 0."""

    def __init__(self, effects: Sequence[str], nth: int, after: bool) -> None:
        self.names: list[str] = []
        self._nth, self._after = nth, after
        for effect in effects:
            self._stand_around(effect)

    def _stand_around(self, effect: str) -> None:
        function: Callable[..., Any] = resolve_name(effect)
        module, _, path = effect.partition(":")
        *owners, name = path.split(".")

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.names.append(effect)
            mine = len(self.names) == self._nth
            if mine and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return function(*args, **kwargs)
            finally:
                if mine:
                    os.kill(os.getpid(), signal.SIGKILL)

        setattr(resolve_name(f"{module}:{'.'.join(owners)}"), name, counted)


def forked(arguments: list[str], effects: Sequence[str], nth: int, after: bool) -> Run:
    """Run a command in a process of its own, and return how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        said, names = Path(folder, "said.txt"), Path(folder, "names.json")
        said.touch()
        if not (child := os.fork()):
            _run(arguments, Effects(effects, nth, after), said, names)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return Run(code, json.loads(names.read_text()) if names.exists() else [], said.read_text())


def _run(arguments: list[str], effects: Effects, said: Path, names: Path) -> None:
    from daemon.cli.commands import cli

    code = 1
    try:
        sys.stdout = sys.stderr = said.open("w")
        cli.main(arguments, standalone_mode=False)
    except SystemExit as ended:
        code = int(ended.code or 0)
        names.write_text(json.dumps(effects.names))
    finally:
        sys.stdout.flush()
        os._exit(code)


def main(effects: Sequence[str]) -> None:
    """Run what is asked for, until the input ends."""
    for module in LOADED_ONCE:
        import_module(module)
    for line in sys.stdin:
        print(json.dumps(asdict(forked(*_asked(json.loads(line), effects)))), flush=True)


def _asked(line: list[Any], effects: Sequence[str]) -> tuple[list[str], Sequence[str], int, bool]:
    arguments, nth, after = line
    return arguments, effects, nth, after


if __name__ == "__main__":
    main(sys.argv[1:])
