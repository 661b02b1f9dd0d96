"""Commands whose output, or what is said on the side, goes where nothing can be written: how they end."""

import subprocess
from pathlib import Path

import pytest

from tests.scenarios.command_line import PROGRAM, TEAM, Result, environment
from tests.scenarios.forks import LONGEST

FULL = "what this prints: No space left on device; make room there\n"


def peerloop(folder: Path, *arguments: str, to: str) -> Result:
    """Run a command in a shell that leads its output elsewhere."""
    command = ["/bin/sh", "-c", f'exec "$0" "$@" {to}', str(PROGRAM), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=LONGEST)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("arguments", [("check", "team.yaml"), ("plan", "team.yaml", "--json"), ("--help",)])
def test_output_that_cannot_be_written_is_said_in_a_sentence(folder: Path, arguments: tuple[str, ...]) -> None:
    (folder / "team.yaml").write_text(TEAM)
    assert peerloop(folder, *arguments, to=">/dev/full") == Result(1, "", FULL)
    assert peerloop(folder, *arguments, to=">/dev/full 2>/dev/full") == Result(1, "", "")


@pytest.mark.parametrize("to", ["2>/dev/full", "2>&-"])
def test_what_cannot_be_said_on_the_side_changes_nothing(folder: Path, to: str) -> None:
    (folder / "team.yaml").write_text(TEAM)
    assert peerloop(folder, "check", "none.yaml", to=to) == Result(2, "", "")
    assert peerloop(folder, "run", "none.yaml", to=to) == Result(2, "", "")
    assert peerloop(folder, "check", "team.yaml", to=to) == Result(0, "team.yaml: fine: 3 members, 1 series\n", "")
