"""Runs commands of peerloop in forks of one process that has loaded Python and the libraries: the start, which is most
of what a command costs, is paid for once.

    python -m tests.scenarios.forks

Each line of the input asks for something, as JSON, and a line answers it: for a command to be run to its end, or to be
begun, or for how one that was begun has ended. A command may be told to kill itself at the nth of its effects: calls of
functions, such as ``os:replace``, that do what another process could see.
"""

import atexit
import gc
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from types import FrameType
from typing import IO, Any, NoReturn

ROOT = Path(__file__).parents[2]
OURS = tuple(f"{ROOT / name}{os.sep}" for name in ("daemon", "integrations"))
LONGEST = 600
"""After how many seconds a run hangs, and is ended."""
LOADED_ONCE = (
    "PIL.ImageDraw",
    "alembic.command",
    "atlassian",
    "config.countries",
    "config.schema",
    "daemon.cli",
    "daemon.cli.doctor",
    "daemon.cli.passes",
    "daemon.cli.plan_text",
    "daemon.cli.render",
    "daemon.cli.schedule",
    "daemon.cli.workers",
    "daemon.ledger",
    "daemon.serve.forever",
    "daemon.serve.log",
    "daemon.serve.queue",
    "daemon.serve.worker",
    "googleapiclient.discovery",
    "holidays.countries.germany",
    "integrations.confluence.wiki",
    "integrations.formats.chart",
    "integrations.google_calendar.client",
    "integrations.google_calendar.transport",
    "integrations.local.calendar_file",
    "jinja2",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


@dataclass(frozen=True)
class Asked:
    """A command: its arguments, where it runs, and its environment; which effects are counted, and at which it ends."""

    arguments: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    effects: Sequence[str] = ()
    nth: int = 0
    """The number of the effect at which the run kills itself, from 1; 0 for none."""
    after: bool = False
    """Whether it does so right after it, not right before."""
    says: tuple[str, str] | None = None
    """The files into which goes what it prints, and what it says on the side; for a command that is only begun."""
    umask: int | None = None
    by: int = signal.SIGKILL
    """The signal that the run sends itself at that effect."""
    settings: Mapping[str, float | str] = field(default_factory=dict)
    """What is another value in the run, such as a time: ``module:NAME``, and its value there."""


@dataclass(frozen=True)
class Run:
    """How a run ended, as ``os.waitstatus_to_exitcode`` says, what it said, and if it was not killed, its effects."""

    code: int
    out: str
    err: str
    effects: Sequence["Effect"]


@dataclass(frozen=True)
class Effect:
    """Something that another process could see: which function did it, and which of ours had it done."""

    name: str
    by: str
    done: bool = True
    """Whether the function ended well; else it changed nothing."""


# what a test does with it


def run(asked: Asked) -> Run:
    """Run a command to its end."""
    told = _answer("run", asdict(asked))
    return Run(told["code"], told["out"], told["err"], [Effect(**effect) for effect in told["effects"]])


class Begun:
    """A command that was begun, to be treated as a ``subprocess.Popen``."""

    def __init__(self, asked: Asked) -> None:
        self.pid: int = _answer("begin", asdict(asked))
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, or None as long as it has not."""
        if self._code is None:
            self._code = _answer("ended", self.pid)
        return self._code

    def wait(self, timeout: float = LONGEST) -> int:
        """Wait for its end."""
        last = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < last, f"not ended after {timeout} seconds"
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it, if it is still there."""
        self.send_signal(signal.SIGKILL)


def _answer(what: str, told: object) -> Any:
    process = _process()
    assert process.stdin and process.stdout
    try:
        process.stdin.write(json.dumps([what, told]) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())
    except BaseException:  # a test's time was up; the answer that is due would be taken for the next one's
        _process.cache_clear()
        _stop(process)
        raise


@cache
def _process() -> "subprocess.Popen[str]":
    """Start the process, which ends when its input does, at the latest with us."""
    command = [sys.executable, "-m", "tests.scenarios.forks"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(_stop, process)
    return process


def _stop(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate(timeout=10)


# the process that runs commands


class Effects:
    """Counts what other processes could see, and ends this one at the nth; at none for 0."""

    def __init__(self, asked: Asked) -> None:
        self.seen: list[Effect] = []
        self._asked = asked
        for name in asked.effects:
            self._stand_around(name)

    def _stand_around(self, effect: str) -> None:
        function: Callable[..., Any] = resolve_name(effect)
        module, _, path = effect.partition(":")
        *owners, name = path.split(".")

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.seen.append(Effect(effect, _ours(sys._getframe(1))))
            nth = len(self.seen)
            self._end_at(nth, after=False)
            try:
                return function(*args, **kwargs)
            except BaseException:
                self.seen[nth - 1] = replace(self.seen[nth - 1], done=False)
                raise
            finally:
                self._end_at(nth, after=True)

        setattr(resolve_name(f"{module}:{'.'.join(owners)}"), name, counted)

    def _end_at(self, nth: int, after: bool) -> None:
        if (nth, after) == (self._asked.nth, self._asked.after):
            os.kill(os.getpid(), self._asked.by)


def _ours(frame: FrameType | None) -> str:
    """Return which functions of ours a call came through, the innermost first."""
    names = []
    while frame:
        if frame.f_code.co_filename.startswith(OURS):
            names.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return " < ".join(names)


def _run(told: dict[str, Any]) -> dict[str, Any]:
    """Run a command in a process of its own, and return how it ended."""
    asked = Asked(**told)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as effects:
        if not (child := os.fork()):
            _become(asked, out, err, effects)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        seen = [Effect(**effect) for effect in json.loads(_all_of(effects) or "[]")]
        return asdict(Run(code, _all_of(out), _all_of(err), seen))


def _begin(told: dict[str, Any]) -> int:
    """Begin a command in a process of its own, and return its number."""
    asked = Asked(**told)
    assert asked.says
    out, err = map(Path, asked.says)
    for file in (out, err):
        file.write_bytes(b"")
    with out.open("ab") as printed, err.open("ab") as aside, tempfile.TemporaryFile() as effects:
        if not (child := os.fork()):
            _become(asked, printed, aside, effects)
        return child


def _ended(child: int) -> int | None:
    """Return how a process ended, or None as long as it has not."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def _all_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="backslashreplace")


def _become(asked: Asked, out: IO[bytes], err: IO[bytes], effects: IO[bytes]) -> NoReturn:
    """Be the process that the command runs in, in all that a command could tell."""
    code = 1
    try:
        signal.alarm(LONGEST)
        with Path(os.devnull).open("rb") as nothing:
            for number, file in enumerate((nothing, out, err)):
                os.dup2(file.fileno(), number)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)  # line by line, as Python does
        os.chdir(asked.folder)
        if asked.umask is not None:
            os.umask(asked.umask)
        os.environ.clear()
        os.environ.update(asked.environment)
        code = _code_of(asked, effects)
        gc.collect()  # as when Python ends: what was left open, the ledger, is closed
    finally:
        logging.shutdown()  # which waits for the last lines of the log, as when Python ends
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _code_of(asked: Asked, effects: IO[bytes]) -> int:
    from daemon.cli import main as peerloop

    for place, value in asked.settings.items():
        module, _, name = place.partition(":")
        setattr(import_module(module), name, value)
    counted = Effects(asked)
    sys.argv = ["peerloop", *asked.arguments]
    code: object = 0
    try:
        peerloop()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    effects.write(json.dumps([asdict(effect) for effect in counted.seen]).encode())
    effects.flush()
    return code if isinstance(code, int) else 0


def main() -> None:
    """Do what is asked for, until the input ends."""
    for module in LOADED_ONCE:
        import_module(module)
    import_module("integrations.local.files").QUIET = 0.0  # type: ignore[attr-defined] # nobody here goes on writing
    gc.freeze()  # a fork has only its own to collect
    do: Mapping[str, Callable[[Any], object]] = {"run": _run, "begin": _begin, "ended": _ended}
    for line in sys.stdin:
        what, told = json.loads(line)
        print(json.dumps(do[what](told)), flush=True)


if __name__ == "__main__":
    main()
