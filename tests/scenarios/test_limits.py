"""A process that may have too little to go on for ever: it says so at its start, in a sentence, and what to raise."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.serve.in_words import in_words
from daemon.serve.limits import ENOUGH, FILES
from tests.scenarios.command_line import PROGRAM, TEAM, Result, environment
from tests.scenarios.forks import LONGEST, ROOT

THREADLESS = """\
import os, resource
from daemon.serve.limits import lacking
if not os.getuid():
    os.setuid(54321)  # of root, threads are not counted
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
print(lacking())
"""
SOFT = """\
import resource
from daemon.serve.limits import lacking
resource.setrlimit(resource.RLIMIT_NOFILE, (24, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
print(repr(lacking()), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def limited(folder: Path, limit: str, *arguments: str) -> Result:
    """Run a command in a shell with this limit."""
    command = ["/bin/sh", "-c", f'ulimit {limit}; exec "$0" "$@"', str(PROGRAM), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=LONGEST)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("files", [10, 24])
def test_too_few_files_are_said_at_the_start(folder: Path, files: int) -> None:
    (folder / "team.yaml").write_text(TEAM)
    advice = f"raise that, by `ulimit -n {ENOUGH}` before it, or LimitNOFILE={ENOUGH} in its systemd unit"
    said = f"this process may have {files} files and connections open at once, and needs {FILES}; {advice}\n"
    assert limited(folder, f"-n {files}", "run", "team.yaml") == Result(1, "", said)


def test_what_may_be_had_is_taken() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    taken = ENOUGH if most == resource.RLIM_INFINITY else min(most, ENOUGH)
    assert _told_by(SOFT) == f"'' {taken}"


def test_that_no_threads_can_be_started_is_said_at_the_start() -> None:
    said = _told_by(THREADLESS)
    assert said.startswith("this process cannot start 16 threads, which it needs; raise what its user or its container")


def test_in_the_midst_of_a_pass_it_is_called_what_it_is(folder: Path) -> None:
    (folder / "team.yaml").write_text(TEAM)
    told = limited(folder, "-n 10", "apply", "team.yaml")
    assert told.code == 1 and "Traceback" not in told.err
    assert "Too many open files" in told.err and "check the path" not in told.err
    assert in_words(RuntimeError("can't start new thread")).startswith("no thread can be started now")


def _told_by(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
