"""Says in what is built of which commit it is: the build hook of hatchling that pyproject.toml names."""

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TOLD_IN = "daemon/commit.txt"
"""Where what is built says it; `daemon/cli/version.py` reads it there."""


class CommitHook(BuildHookInterface[Any]):
    """Writes the commit into a wheel and into a source distribution, of which a wheel may be built elsewhere."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file; an editable wheel has none, for its checkout moves on."""
        said = _commit(Path(self.root))
        if version != "editable" and said:
            self._folder = tempfile.TemporaryDirectory()
            path = Path(self._folder.name) / "commit.txt"
            path.write_text(f"{said}\n", encoding="utf-8")
            build_data["force_include"][str(path)] = TOLD_IN


def _commit(root: Path) -> str:
    """Return the commit of a checkout, and that it was changed since; nothing where Git cannot tell."""
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
