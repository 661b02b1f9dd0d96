"""Templates of teams, rendered in a process of their own: one that takes too long is ended, and nobody waits for it.

The process is started with the first such template and serves those after it. It asks nothing of its surroundings,
and ends with the process that started it.
"""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from config.rendering import TemplateProblem, rendered

SECONDS = 1.0
"""So long of a processor's time a template may take; on a busy machine that is longer by the clock."""
PATIENCE = 30.0
"""So many seconds by the clock it is waited for at most, on however busy a machine."""
_TO_START = 120.0
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH")
"""What Python may need to start; nothing else of the environment is a template's business, nor are secrets in it."""
_MEMORY = 1024**3  # bytes
_GIVES_WAY = 5
"""By so much it is less urgent than the process that started it (nice(2)), which others' passes wait for."""
_MOST_IDLE = 2
_MOST_KNOWN = 256
_KNOWN_FOR = 600.0
"""So many seconds a check's outcome is remembered: the files are read often, and a busy machine makes all slower."""
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from config.apart import serve; serve()"
_TOO_LONG = "it takes longer than a second; take out of it what is worked out again and again"

_idle: "list[_Worker]" = []
_known: dict[bytes, tuple[float, dict[str, Any]]] = {}
_alone = threading.Lock()


class Spent(threading.local):
    """What templates have taken of a processor's ``seconds``, as far as one thread had them rendered or checked."""

    seconds = 0.0


spent = Spent()


def rendered_apart(source: str, facts: Mapping[str, Any], checked: bool = False) -> str:
    """Return what ``rendered`` does, from a process that is ended where that takes too long.

    Raises:
        TemplateProblem: as ``rendered`` does, or it takes too long or too much memory, or no process can be started.
    """
    job = json.dumps([source, facts, checked]).encode() + b"\n"
    answer = _checked(job) if checked else _rendered_by_some(job)
    spent.seconds += answer["seconds"]
    if "text" in answer:
        return str(answer["text"])
    raise TemplateProblem(answer["problem"], answer["line"])


def _checked(job: bytes) -> dict[str, Any]:
    """Return what is known of a check, or was lately."""
    now = time.monotonic()
    since, answer = _known.get(job, (0.0, {}))
    if not answer or now - since > _KNOWN_FOR:
        answer = _rendered_by_some(job)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[job] = now, answer
    return answer


def _rendered_by_some(job: bytes) -> dict[str, Any]:
    answer = None
    while answer is None and (worker := _taken()):  # it may have been ended from outside meanwhile
        answer = _answer(worker, job)
    try:
        answer = answer or _answer(_Worker(), job)
    except OSError as error:
        raise TemplateProblem(f"no process can be started to render it: {error.strerror or error}") from None
    if answer is None:
        raise TemplateProblem("the process that renders it has ended, perhaps for want of memory; make it simpler")
    return answer


def _taken() -> "_Worker | None":
    with _alone:
        return _idle.pop() if _idle else None


def _answer(worker: "_Worker", job: bytes) -> dict[str, Any] | None:
    """Return what a process answers, which then waits for more; None where it ended."""
    answer = worker.answer(job)
    with _alone:
        if worker.is_alive and len(_idle) < _MOST_IDLE:
            _idle.append(worker)
            return answer
    worker.end()
    return answer


class _Worker:
    """A process that renders templates."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parent.parent)
        self._process = subprocess.Popen(  # noqa: S603, it is this program # nosec B603
            [sys.executable, "-I", "-c", _PROGRAM, root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            start_new_session=True,
        )
        self.is_alive = True
        self._read = b""
        self._line(_TO_START)

    def answer(self, job: bytes) -> dict[str, Any] | None:
        """Return what it makes of a job, in time; None where it has ended for another reason."""
        try:
            self._input.write(job)
            self._input.flush()
            line = self._line(PATIENCE)
        except OSError:
            line = b""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        was_alive = self._process.poll() is None
        self.end()
        too_long = was_alive or self._process.returncode == -signal.SIGPROF
        return {"problem": _TOO_LONG, "line": 1, "seconds": SECONDS} if too_long else None

    def end(self) -> None:
        """End it, whatever it does."""
        self.is_alive = False
        self._process.kill()
        with suppress(OSError):
            self._input.close()
        self._output.close()
        self._process.wait()

    def disown(self) -> None:
        """Leave it to the process that it belongs to, of which this one is a fork."""
        self._process.returncode = 0

    @property
    def _input(self) -> Any:
        return self._process.stdin

    @property
    def _output(self) -> Any:
        return self._process.stdout

    def _line(self, seconds: float) -> bytes:
        """Return what it says next, or nothing where it says nothing in time or has ended."""
        until, output = time.monotonic() + seconds, self._output.fileno()
        while b"\n" not in self._read:
            ready, _, _ = select.select([output], [], [], max(0.0, until - time.monotonic()))
            more = os.read(output, 65536) if ready else b""
            if not more:
                return b""
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line


@atexit.register
def _end_all() -> None:
    while worker := _taken():
        worker.end()


def _leave_to_parent() -> None:
    """Forget, in a fork of this process, the processes that are not its own."""
    _alone.release()
    for worker in _idle:
        worker.disown()
    _of_parent.extend(_idle)
    _idle.clear()


_of_parent: "list[_Worker]" = []
os.register_at_fork(before=_alone.acquire, after_in_parent=_alone.release, after_in_child=_leave_to_parent)


def serve() -> None:
    """Render what is asked for on standard input, line by line, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # which ends the process, whatever it is about
    _bound_memory()
    os.nice(_GIVES_WAY)
    rendered("", {"minutes": 1, "roles": {}, "link": None, "whiteboard": None})
    _say("ready")
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        answer = _rendered(*json.loads(line))
        signal.setitimer(signal.ITIMER_PROF, 0)
        _say(answer)


def _rendered(source: str, facts: Mapping[str, Any], checked: bool) -> dict[str, Any]:
    begun = time.process_time()
    try:
        answer: dict[str, Any] = {"text": rendered(source, facts, checked)}
    except TemplateProblem as problem:
        answer = {"problem": str(problem), "line": problem.line}
    return {**answer, "seconds": time.process_time() - begun}


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _bound_memory() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
