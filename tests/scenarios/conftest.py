"""What the scenarios begin with."""

from pathlib import Path

import pytest

from tests.scenarios.command_line import TEAM


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a team's file in it, ``team.yaml``."""
    (tmp_path / "team.yaml").write_text(TEAM)
    return tmp_path
