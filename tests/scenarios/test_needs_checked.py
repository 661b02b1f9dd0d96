"""What `check` says of the files that a team's needs name: before the first pass, and with their place."""

import os
from pathlib import Path

import pytest

from tests.scenarios.command_line import MONDAY, TEAM, peerloop

NEEDS = "needs:\n  - {file: %s}\n"


def checked(folder: Path, name: str, content: bytes | None, entry: str = NEEDS) -> list[str]:
    """Return what `check` says of a team whose needs stand in a file; a warning makes no file faulty."""
    (folder / "team.yaml").write_text(TEAM + entry % name)
    if content is not None:
        (folder / name).write_bytes(content)
    done = peerloop(folder, "check", "team.yaml", "--now", MONDAY)
    assert (done.code, done.out) == (0, "team.yaml: fine: 3 members, 1 series\n")
    return done.err.splitlines()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", None, "team.yaml:12:12: warning: there is no file 'a.csv'; it is looked for in the folder of"),
        ("a.csv", b"a,b\n1,2\n", "a.csv:1:1: warning: it has no column of needs in its first line; name one of them"),
        ("a.csv", b"title\nS\xe4gen\n", "a.csv:2:2: warning: it is not in UTF-8, as in line 2; save it as UTF-8"),
        ("a.csv", b"title\n\n", ""),
        ("a.csv", b"area\nk8s\n", "a.csv:1:1: warning: it has no row that says what somebody needs to learn; name"),
        ("a.json", b'[\n{"title": }]', "a.json:2:11: warning: it is no JSON from line 2, column 11 on; export it"),
        ("a.json", b'[{"a": 1}]', "a.json:1:1: warning: it has no row that says what somebody needs to learn; name"),
        ("a.json", b'[{"title": NaN}, {"title": "x"}]', "a.json:1:1: warning: it has numbers that are none, such as"),
        ("a.csv", b"x" * 1_000_001, "team.yaml:12:12: warning: a.csv is larger than 1 MB, and is not read. Take out"),
    ],
)
def test_what_cannot_be_read(folder: Path, name: str, content: bytes | None, said: str) -> None:
    lines = checked(folder, name, content)
    assert len(lines) == bool(said)
    assert "".join(lines).startswith(said)


def test_a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "a.csv")
    (line,) = checked(folder, "a.csv", None)
    assert line.startswith("team.yaml:12:12: warning: a.csv cannot be read: it is no ordinary file, but a device or a")


def test_bugs_without_a_date(folder: Path) -> None:
    entry = "needs:\n  - {file: %s, many: 2 in 4 weeks}\n"
    (line,) = checked(folder, "bugs.csv", b"title,area\nslow,db\n", entry)
    assert line.startswith("bugs.csv:1:1: warning: it has no row with a date and an area, so that no bugs are counted")


def test_half_a_character_in_json_is_no_end_of_a_pass(folder: Path) -> None:
    assert (
        checked(folder, "a.json", b'[{"title": "How \\ud800 sagas work", "area": "\\udfff", "where": "\\ud800"}]') == []
    )
    done = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    assert (done.code, done.err) == (0, "")
    listed = peerloop(folder, "needs", "team.yaml", "--now", MONDAY)
    assert (listed.code, "sagas work" in listed.out) == (0, True)
