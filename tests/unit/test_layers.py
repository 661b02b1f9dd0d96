"""The rules of who may import whom refuse every kind of trespasser, in a file that is new as well."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "daemon", "integrations")
TRESPASSERS = (
    ("config/new.py", "import daemon.model"),
    ("config/new.py", "import integrations"),
    ("daemon/model/new.py", "import daemon.ledger"),
    ("daemon/ledger/new.py", "import daemon.learn.learn"),
    ("daemon/learn/new.py", "import daemon.decide.decide"),
    ("daemon/decide/new.py", "import daemon.plan.plan"),
    ("daemon/plan/new.py", "import daemon.describe.describe"),
    ("daemon/describe/new.py", "import daemon.tell.due"),
    ("daemon/tell/new.py", "import daemon.apply"),
    ("daemon/decide/new.py", "import daemon.say"),
    ("daemon/describe/new.py", "import daemon.loop"),
    ("daemon/serve/new.py", "import daemon.cli.setting"),
    ("daemon/serve/new.py", "import integrations"),
    ("daemon/cli/new.py", "import integrations.local"),
    *(("daemon/learn/new.py", f"import {module}") for module in ("os", "pathlib", "time", "random", "socket")),
    *(("daemon/decide/new.py", f"import {module}") for module in ("subprocess", "urllib.request", "sqlalchemy")),
    ("daemon/plan/new.py", "import structlog"),
    ("daemon/describe/new.py", "import scipy.stats"),
    ("daemon/describe/new.py", "import daemon.ledger"),
    ("daemon/tell/new.py", "import daemon.ports"),
    ("daemon/web/views/new.py", "import time"),
    ("daemon/web/look.py", "import daemon.ledger"),
    ("integrations/local/new.py", "import daemon.plan.plan"),
    ("integrations/formats/new.py", "import daemon.apply"),
    ("integrations/local/new.py", "import integrations.mail"),
    ("integrations/formats/new.py", "import integrations.local"),
)
"""A file of each room, and what it must not import."""


def copied_to(folder: Path) -> Path:
    """Copy the project's packages and rules to a folder, and return it."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def lint(folder: Path) -> str:
    """Return what import-linter says of the packages in a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600).stdout


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the project in which every trespasser has moved in."""
    copy = copied_to(tmp_path_factory.mktemp("trespassers"))
    for file, line in TRESPASSERS:
        with (copy / file).open("a") as written:
            written.write(f"{line}\n")
    return lint(copy)


@pytest.mark.parametrize(("file", "line"), TRESPASSERS)
def test_a_trespasser_is_refused(file: str, line: str, verdict: str) -> None:
    importer, imported = file.removesuffix(".py").replace("/", "."), line.removeprefix("import ")
    if not imported.startswith(PACKAGES):
        imported = imported.partition(".")[0]  # of others' packages the linter knows only the first name
    assert re.search(rf"{re.escape(f'{importer} -> {imported}')}(?![\w.])", verdict), verdict


def test_every_rule_has_refused_one(verdict: str) -> None:
    rules = [found[1] for line in verdict.splitlines() if (found := re.search(r" (KEPT|BROKEN)(?: \(|$)", line))]
    assert rules == ["BROKEN"] * 6, verdict


@pytest.mark.parametrize("folder", ["learn", "decide", "plan", "describe", "tell", "web/views"])
def test_a_step_asks_no_clock_and_opens_no_file(folder: str) -> None:
    calls = [
        node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for path in (ROOT / "daemon" / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Attribute) and node.args)
    ]
    assert {"now", "today", "utcnow", "open"} & {*calls} == set()


def test_a_room_that_no_rule_knows_is_refused(tmp_path: Path) -> None:
    copy = copied_to(tmp_path)
    (copy / "daemon" / "helpers.py").write_text("")
    assert "daemon.helpers" in lint(copy)
