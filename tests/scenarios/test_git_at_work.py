"""Team files in a checkout of Git's: half of what it writes is not acted on, and whom it waits for holds up nobody."""

import itertools
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from daemon.serve import settling
from daemon.serve.settling import Settling
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


def git(folder: Path, *arguments: str | Path) -> None:
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


@pytest.mark.parametrize("lock", ["of a commit", "left over"])
def test_whoever_else_saves_again_and_again_an_edit_is_read_while_there_is_a_lock(folder: Path, lock: str) -> None:
    teams, index_lock = folder / "teams", folder / "teams" / ".git" / "index.lock"
    text, over = (teams / "Beta.yaml").read_text(), threading.Event()

    def saves() -> None:
        for number in itertools.count():
            (teams / "Beta.yaml").write_text(f"{text}# {number}\n")
            if over.wait(1.2):
                break

    with running(folder) as daemon, ThreadPoolExecutor() as pool, ExitStack() as stack:
        stack.callback(over.set)
        until(lambda: len(shown(folder, "Lunch & Learn")) == 2)
        (teams / "Beta.yaml").write_text(f"{text}# to be committed\n")
        if lock == "of a commit":
            stack.enter_context(git_at_work(teams, "commit", "-a", editor="sleep 300 #"))
            until(lambda: index_lock.exists() and index_lock.stat().st_size)
        else:
            index_lock.touch()
        saving = pool.submit(saves)
        renamed(folder, "Alpha")
        until(lambda: shown(folder, "Brown bag") == ["Alpha"], STILL_AT_IT)
        assert index_lock.exists() and not saving.done()
        over.set()
        assert daemon.stop() == 0 and not daemon.about("trouble")


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    time = monotonic


def test_a_lock_that_was_left_over_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seen, files = Clock(), Settling(), [tmp_path / "teams" / name for name in ("a.yaml", "b.yaml", "c.yaml")]
    monkeypatch.setattr(settling, "time", clock)
    (tmp_path / ".git").mkdir()
    (tmp_path / "teams").mkdir()

    def is_waited_for(file: Path, text: str) -> bool:
        file.write_text(text)
        seen.is_being_written(file)
        return seen.git_is_at_work(file.parent)

    assert not any(is_waited_for(file, "") for file in files)
    clock.now += 100
    (tmp_path / ".git" / "index.lock").touch()
    assert is_waited_for(files[0], "as Git has it")
    clock.now += settling.PAUSE - 1
    assert is_waited_for(files[1], "as Git has it")
    clock.now += settling.PAUSE - 1
    assert is_waited_for(files[1], "edited")
    clock.now += 1
    assert not is_waited_for(files[1], "edited again")
    assert not is_waited_for(files[2], "edited")
    (tmp_path / ".git" / "index.lock").unlink()
    assert not is_waited_for(files[2], "edited again")
    clock.now += 1
    (tmp_path / ".git" / "index.lock").touch()
    assert is_waited_for(files[2], "as Git has it"), "it is another lock"
    (tmp_path / ".git" / "index.lock").write_text("DIRC")
    assert not is_waited_for(files[2], "edited while the new index is in it")


@pytest.mark.parametrize(("branch", "place"), [("renamed", "teams"), ("moved", "teams"), ("renamed", "worktree")])
def test_a_checkout_that_writes_one_file_after_another_is_waited_for(folder: Path, branch: str, place: str) -> None:
    """It takes each file away before it writes it anew, perhaps under another name."""
    teams, expected = folder / "teams", (("Alpha", "Beta") if branch == "renamed" else ("Beta", "Gamma"))
    (teams / ".git" / "info").mkdir(exist_ok=True)
    (teams / ".git" / "info" / "attributes").write_text("*.yaml filter=slow\n")
    if place == "worktree":
        git(teams, "worktree", "add", "-q", "--detach", folder / place, "main")
        (folder / "peerloop.yaml").write_text(f"teams: {place}/*.yaml\nevery: 1 hour\n")
        teams = folder / place
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
