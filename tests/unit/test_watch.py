"""Edits are noticed, whatever folders come and go meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.serve.watch import Watcher

LONG = timedelta(seconds=30)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    pages = tmp_path / "wiki"
    for inner in ("quiet/retros", "archive"):
        (pages / inner).mkdir(parents=True)
    return pages


def pages_below(folder: Path) -> list[Path]:
    return [one / "*.md" for one in (folder, *folder.rglob("*/"))]


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    watcher = Watcher()
    yield watcher
    watcher.close()


def is_noticed(watcher: Watcher, file: Path) -> bool:
    file.write_text("edited")
    return file in (watcher.wait(timedelta(seconds=1)) or ())


def test_it_is_told_which_folders_are_new_or_gone(pages: Path, watcher: Watcher) -> None:
    def follow() -> set[str]:
        found = watcher.follow(pages_below(pages))
        return {str(one.relative_to(pages.parent)) for one in found}

    assert follow() >= {"wiki", "wiki/quiet", "wiki/quiet/retros"}
    assert follow() == set()
    (pages / "new").mkdir()
    assert follow() == {"wiki/new"}
    (pages / "archive").rmdir()
    assert follow() == {"wiki/archive"}
    (pages / "new").rename(pages / "old")
    (pages / "new").mkdir()
    assert follow() == {"wiki/new", "wiki/old"}


def test_what_was_watched_is_while_more_is_begun_to_be(pages: Path, watcher: Watcher) -> None:
    watcher.follow(pages_below(pages))
    page = pages / "quiet" / "page.md"
    assert any(is_noticed(watcher, page) for _ in range(20))  # the first ones may come too early
    while watcher.wait(timedelta(seconds=1)):
        pass
    for number in range(5):
        (pages / f"new {number}").mkdir()
        watcher.follow(pages_below(pages))
        page.write_text(f"edited {number}")
        assert page in (watcher.wait(LONG) or ())
