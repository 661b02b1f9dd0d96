"""Team files in a checkout of Git's: half of what it writes is not acted on, and whom it waits for holds up nobody."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.scenarios.command_line import TEAM, edited, environment
from tests.scenarios.test_daemon import calendar_of, running, shows, until

NAMES = ("Alpha", "Beta")
SLOWLY = "sh -c 'sleep 1.5; cat'"
"""How a file is written by a checkout from a server that takes its time."""
WHO = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"} | {
    f"GIT_{role}_{what}": "ada@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
STILL_AT_IT = 25
"""In so many seconds an edit is read for sure, and a lock of Git's is not yet taken to be left over."""


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=environment(WHO), check=True, capture_output=True, timeout=60)


@contextmanager
def git_at_work(folder: Path, *arguments: str, editor: str = "true") -> Iterator[subprocess.Popen[bytes]]:
    """Have Git do something until the block ends; it, and what it waits for, is ended then."""
    env = environment({**WHO, "GIT_EDITOR": editor})
    told, quiet = ["git", *arguments], subprocess.DEVNULL
    with subprocess.Popen(told, cwd=folder, env=env, stderr=quiet, start_new_session=True) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two teams in a checkout, and branches on which more and more is named otherwise."""
    (tmp_path / "teams").mkdir()
    (tmp_path / "peerloop.yaml").write_text("teams: teams/*.yaml\nevery: 1 hour\n")
    git(tmp_path / "teams", "init", "-q", "-b", "main")
    for name in NAMES:
        (tmp_path / "teams" / f"{name}.yaml").write_text(TEAM.replace("Platform", name))
    git(tmp_path / "teams", "add", ".")
    git(tmp_path / "teams", "commit", "-q", "-m", "two teams")
    git(tmp_path / "teams", "checkout", "-q", "-b", "renamed")
    for name in NAMES:
        renamed(tmp_path, name)
    git(tmp_path / "teams", "commit", "-q", "-a", "-m", "another name")
    git(tmp_path / "teams", "checkout", "-q", "-b", "moved")
    git(tmp_path / "teams", "mv", "Alpha.yaml", "Gamma.yaml")
    edited(tmp_path / "teams" / "Gamma.yaml", "team: Alpha", "team: Gamma\nwas: Alpha")
    git(tmp_path / "teams", "commit", "-q", "-a", "-m", "and another name for a team and its file")
    git(tmp_path / "teams", "checkout", "-q", "main")
    return tmp_path


def renamed(folder: Path, name: str) -> None:
    edited(folder / "teams" / f"{name}.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")


def shown(folder: Path, series: str) -> list[str]:
    return [name for name in NAMES if shows(calendar_of(folder, name.lower()), f"SUMMARY:{series}")()]


def test_a_commit_that_waits_for_its_message_holds_up_no_edit(folder: Path) -> None:
    with running(folder) as daemon:
        until(lambda: len(shown(folder, "Lunch & Learn")) == 2)
        edited(folder / "teams" / "Beta.yaml", "rotation:", "topics: [{title: Ingress}]\nrotation:")
        lock = folder / "teams" / ".git" / "index.lock"
        with git_at_work(folder / "teams", "commit", "-a", editor="sleep 300 #") as commit:
            until(lambda: lock.exists() and lock.stat().st_size)
            renamed(folder, "Alpha")
            until(lambda: shown(folder, "Brown bag") == ["Alpha"], STILL_AT_IT)
            until(shows(calendar_of(folder, "beta"), "Ingress"), STILL_AT_IT)
            assert commit.poll() is None and lock.exists()
        assert daemon.stop() == 0 and not daemon.about("trouble")


def test_a_lock_that_was_left_over_holds_up_no_edit(folder: Path) -> None:
    with running(folder) as daemon:
        until(lambda: len(shown(folder, "Lunch & Learn")) == 2)
        (folder / "teams" / ".git" / "index.lock").touch()
        renamed(folder, "Alpha")
        until(lambda: shown(folder, "Brown bag") == ["Alpha"], STILL_AT_IT)
        assert daemon.stop() == 0


@pytest.mark.parametrize("branch", ["renamed", "moved"])
def test_a_checkout_that_writes_one_file_after_another_is_waited_for(folder: Path, branch: str) -> None:
    """It takes each file away before it writes it anew, perhaps under another name."""
    teams, expected = folder / "teams", (("Alpha", "Beta") if branch == "renamed" else ("Beta", "Gamma"))
    (teams / ".git" / "info").mkdir(exist_ok=True)
    (teams / ".git" / "info" / "attributes").write_text("*.yaml filter=slow\n")
    with running(folder) as daemon:
        until(lambda: len(shown(folder, "Lunch & Learn")) == 2)
        git(teams, "config", "filter.slow.smudge", SLOWLY)
        with git_at_work(teams, "checkout", "-q", branch) as checkout:

            def are_all_read() -> bool:
                is_at_work, found = checkout.poll() is None, shown(folder, "Brown bag")
                assert not (is_at_work and found), "it was not done yet"
                return found == [*NAMES]

            until(are_all_read)
            assert checkout.returncode == 0
        until(lambda: daemon.about("serving")[-1]["teams"] == [*expected])
        assert daemon.stop() == 0 and not daemon.about("trouble")
        assert {tuple(line["teams"]) for line in daemon.about("serving")} == {NAMES, expected}
