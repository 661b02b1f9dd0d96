"""Which folders of a team's pages are watched: those that people make, but not all of an archive that lies there."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from integrations.local.connection import MOST_ENTRIES, MOST_FOLDERS, Local

LOCAL = Local(kind="local")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    pages = tmp_path / "wiki"
    for inner in ("quiet/retros/2026", "quiet/.git/objects", "archive"):
        (pages / inner).mkdir(parents=True)
    return pages


def watched_below(folder: Path) -> list[str]:
    watched = (file.parent for file in LOCAL.watched(folder.parent.parent, {folder.name}))
    return [str(one.relative_to(folder)) for one in watched if one.is_relative_to(folder)]


def test_the_folders_that_people_make_are_watched(pages: Path) -> None:
    with capture_logs() as logged:
        assert watched_below(pages / "quiet") == [".", "retros", "retros/2026"]
    assert logged == []


def test_what_is_no_teams_is_not_watched(pages: Path) -> None:
    assert [*LOCAL.watched(pages.parent, ["archive"])] == [
        pages.parent / "calendar" / "*.ics",
        pages / "archive" / "*.md",
    ]


def test_of_very_many_folders_below_one_teams_pages_some_are_watched_which_is_said_once(pages: Path) -> None:
    for number in range(MOST_FOLDERS):
        (pages / "archive" / f"{number:04}" / "inner").mkdir(parents=True)
    with capture_logs() as logged:
        for _ in range(2):
            found = watched_below(pages / "archive")
    assert found == [".", *(f"{number:04}" for number in range(MOST_FOLDERS - 1))]
    assert watched_below(pages / "quiet") == [".", "retros", "retros/2026"]
    [told] = logged
    assert told["folder"] == str(pages / "archive")
    assert "may be noticed only in the next round" in told["event"]


def test_of_very_many_files_below_one_teams_pages_it_is_not_looked_for_all_folders(pages: Path) -> None:
    for number in range(MOST_ENTRIES):
        (pages / "archive" / f"{number}.json").touch()
    with capture_logs() as logged:
        assert "." in watched_below(pages / "archive")
        assert watched_below(pages / "quiet") == [".", "retros", "retros/2026"]
    assert [told["folder"] for told in logged] == [str(pages / "archive")]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("wiki/quiet", "quiet"),
        ("wiki/quiet/retros", "quiet"),
        ("wiki/quiet/retros/a.md", "quiet"),
        ("calendar/quiet.ics", "quiet"),
        ("wiki", None),
        ("calendar", None),
        ("teams", None),
    ],
)
def test_a_folder_of_pages_is_a_teams_alone(tmp_path: Path, path: str, key: str | None) -> None:
    assert LOCAL.whose(tmp_path / path, tmp_path) == key
