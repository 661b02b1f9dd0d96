"""peerloop as a person starts it: a process of its own, in a folder of its own.

The process is a fork of one that has loaded all; where the start matters, the terminal, or a signal, it is ``PROGRAM``.
"""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from os import environ
from pathlib import Path

from tests.scenarios.forks import LONGEST, Asked, Begun, run

PROGRAM = Path(sys.executable).with_name("peerloop")
MONDAY = "2026-11-23T10:00"
TEAM = """\
team: Platform
timezone: Europe/Berlin
lead: ada@example.com
members:
  - {name: Ada Lovelace, email: ada@example.com}
  - {name: Bob Noyce, email: bob@example.com}
  - {name: Cleo Patra, email: cleo@example.com}
series:
  - {name: Lunch & Learn, format: lunch-and-learn, cadence: {every: week, on: thursday, at: "12:15"}}
rotation: {ahead: 4 weeks}
"""


NONE: Mapping[str, float | str] = {}


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment without what would colour the output here but not elsewhere."""
    return {name: value for name, value in environ.items() if name != "NO_COLOR"} | dict(more or {})


def peerloop(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
    """Run a command to its end; whatever a person does, it never ends in a traceback."""
    done = run(Asked(arguments, str(folder), environment(env)))
    return _without_traceback(Result(done.code, done.out, done.err))


def begun(
    folder: Path,
    *arguments: str,
    says: tuple[Path, Path],
    env: Mapping[str, str] | None = None,
    umask: int | None = None,
    settings: Mapping[str, float | str] = NONE,
) -> Begun:
    """Begin a command; what it prints, and what it says on the side, goes into files."""
    out, err = map(str, says)
    return Begun(Asked(arguments, str(folder), environment(env), says=(out, err), umask=umask, settings=settings))


def from_scratch(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
    """Do the same in a Python of its own."""
    command = [str(PROGRAM), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(env), capture_output=True, text=True, timeout=LONGEST)
    return _without_traceback(Result(done.returncode, done.stdout, done.stderr))


def _without_traceback(result: Result) -> Result:
    assert "Traceback" not in result.err + result.out, result.err
    return result


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return every file below a folder with its bytes, and every folder."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def edited(file: Path, old: str, new: str) -> None:
    """Edit a file as a person would, who sees what they replace."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
