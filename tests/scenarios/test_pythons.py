"""The first releases of Python 3.11 do the same as the latest: distributions keep theirs for years."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEM = Path("/usr/bin/python3")
PROGRAM = "from daemon.cli import main; main()"
NOW = "2026-11-23T10:00"


def of_the_system(*told: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command with the system's Python, and with the libraries of ours."""
    path = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    command = [str(SYSTEM), "-c", PROGRAM, *told]
    more = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=more, capture_output=True, text=True, timeout=300)


def test_the_system_s_python_reads_what_it_has_written(tmp_path: Path) -> None:
    asked = [str(SYSTEM), "-c", "import json, sys; print(json.dumps(sys.version_info[:3]))"]
    found = json.loads(subprocess.run(asked, capture_output=True, text=True).stdout) if SYSTEM.exists() else []
    if found[:2] != list(sys.version_info[:2]):
        pytest.skip("the system's Python is of another version than the libraries here")
    assert of_the_system("init", folder=tmp_path).returncode == 0
    first = of_the_system("apply", "team.yaml", "--now", NOW, folder=tmp_path)
    assert first.returncode == 0, first.stderr
    page = next(one for one in tmp_path.glob("peerloop-data/wiki/*/*.md") if one.name != "home.md")
    page.write_text(page.read_text() + "\n- [ ] @ada order the books by 2026-12-01\n")
    assert of_the_system("apply", "team.yaml", "--now", NOW, folder=tmp_path).returncode == 0
    third = of_the_system("plan", "team.yaml", "--now", NOW, folder=tmp_path)
    assert (third.returncode, third.stdout) == (0, "My team: nothing to do\n"), third.stderr
    status = of_the_system("status", "team.yaml", "--now", NOW, "--json", folder=tmp_path)
    ((item,),) = (team["items"] for team in json.loads(status.stdout)["teams"])
    assert item["assignee"] == "ada@example.com"


def test_no_pattern_has_what_early_releases_match_wrongly() -> None:
    """Before 3.11.5 a group with a possessive quantifier does not match what it should; an atomic group does."""
    sources = [path for name in ("config", "daemon", "integrations") for path in (ROOT / name).rglob("*.py")]
    wrong = re.compile(r"[^\\]\)(?:[*+?]|\{[0-9,]+\})\+")
    found = [
        f"{path}: {line.strip()}" for path in sources for line in path.read_text().splitlines() if wrong.search(line)
    ]
    assert found == []
