"""A command loads what it uses: most of the time that one takes goes into that."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.command_line import MONDAY, TEAM, peerloop

LOADED = """
import sys
from daemon.cli.commands import cli
try:
    cli()
finally:
    print(*sys.modules, file=sys.stderr)
"""
NEVER = {"structlog", "rich", "tenacity", "jinja2", "holidays", "icalendar", "alembic", "psycopg", "starlette", "httpx"}
NOT_TO_CHECK = {
    *(*NEVER, "sqlalchemy", "sqlite3", "subprocess", "asyncio", "logging", "ssl"),
    *("daemon.loop", "daemon.decide", "daemon.model", "daemon.ledger", "daemon.tell", "daemon.serve.lanes"),
    *("integrations.local.ports", "integrations.mail", "integrations.confluence", "integrations.google_calendar"),
}
NOT_TO_PLAN = {
    *(*NEVER, "config.apart", "integrations.local.sources", "integrations.local.exports"),
    "integrations.formats.markdown.as_html",
}


@pytest.mark.parametrize(
    ("command", "unused"),
    [(("check", "team.yaml"), NOT_TO_CHECK), (("plan", "team.yaml", "--now", MONDAY), NOT_TO_PLAN)],
)
def test_nothing_is_loaded_that_a_command_does_not_use(
    command: tuple[str, ...], unused: set[str], tmp_path: Path
) -> None:
    (tmp_path / "team.yaml").write_text(TEAM)
    if command[0] == "plan":
        for _ in range(2):
            assert peerloop(tmp_path, "apply", "team.yaml", "--now", MONDAY).code == 0
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *command], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    assert {*done.stderr.split()} & unused == set()
    assert "config.load" in done.stderr
