"""What the scenarios begin with."""

from pathlib import Path

import pytest

from daemon.serve import settling
from tests.scenarios.command_line import TEAM


@pytest.fixture
def at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody be about to change a team's file that was just written."""
    monkeypatch.setattr(settling, "QUIET", 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a team's file in it, ``team.yaml``."""
    (tmp_path / "team.yaml").write_text(TEAM)
    return tmp_path
