"""Files that several write at once, by whatever paths: nothing of theirs is lost, and nobody waits for long."""

import fcntl
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import ordinary
from config.ordinary import ChangedMeanwhile, replace_ordinary

WRITERS, LINES = 8, 25


def appends(path: Path, writer: int) -> None:
    """Add lines to a file, each of them to what it holds then."""
    for number in range(LINES):
        while True:
            held = path.read_bytes()
            try:
                replace_ordinary(path, held + b"%d %d\n" % (writer, number), instead_of=held)
            except ChangedMeanwhile:
                continue
            break


def test_of_those_who_write_a_file_at_once_none_loses_anything(tmp_path: Path) -> None:
    file, link = tmp_path / "calendar.ics", tmp_path / "other.ics"
    file.touch()
    link.symlink_to(file.name)
    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(appends, (file, link)[one % 2], one) for one in range(WRITERS)]:
            done.result(120)
    lines = file.read_text().splitlines()
    assert sorted(lines) == sorted(f"{one} {number}" for one in range(WRITERS) for number in range(LINES))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["calendar.ics", "other.ics"]
    assert link.is_symlink()


def a_link(fresh: Path) -> None:
    fresh.symlink_to("theirs.txt")


def a_hard_link(fresh: Path) -> None:
    fresh.hardlink_to(fresh.with_name("theirs.txt"))


def a_pipe(fresh: Path) -> None:
    os.mkfifo(fresh)


@pytest.mark.parametrize("left", [a_link, a_hard_link, a_pipe, Path.touch])
def test_what_lies_in_the_way_is_taken_away_and_nothing_else(tmp_path: Path, left: Callable[[Path], None]) -> None:
    (tmp_path / "theirs.txt").write_text("theirs")
    left(tmp_path / ".mine.txt.new")
    replace_ordinary(tmp_path / "mine.txt", b"mine", instead_of=None)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"theirs.txt": "theirs", "mine.txt": "mine"}


def test_who_never_comes_to_an_end_keeps_nobody_waiting_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordinary, "PATIENCE", 0.1)
    with (tmp_path / ".mine.txt.new").open("w") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        begun = time.monotonic()
        with pytest.raises(ChangedMeanwhile):
            replace_ordinary(tmp_path / "mine.txt", b"mine", instead_of=None)
        assert time.monotonic() - begun < 30
    replace_ordinary(tmp_path / "mine.txt", b"mine", instead_of=None)
    assert (tmp_path / "mine.txt").read_text() == "mine"
