"""A team's file that is as long as it may be: nobody waits for it longer than for others."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest

from config.faults import MOST_FAULTS
from config.operator import operator_model
from daemon.serve.teams import Teams
from integrations import kinds
from tests.scenarios.command_line import TEAM, peerloop

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FORMAT = "formats:\n  - {name: lunch-and-learn, template: ours.md}\n"


def written(path: Path, text: str) -> None:
    """Write a file, some time ago."""
    path.write_text(text)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))


@pytest.fixture
def teams(folder: Path) -> Teams:
    return Teams(operator_model(kinds()).default(folder / "peerloop-data"))


def test_a_file_that_was_not_touched_is_not_read_anew(folder: Path, teams: Teams) -> None:
    path = folder / "team.yaml"
    written(path, TEAM + "topics:\n" + "".join(f"  - {{title: Topic {n}}}\n" for n in range(5_000)))
    taken = []
    for _ in range(2):
        start = process_time()
        assert len(teams.read([path], NOW).files) == 1
        taken.append(process_time() - start)
    assert taken[1] < taken[0] / 10

    written(path, TEAM.replace("Bob Noyce", "Bob Kahn"))
    assert [one.name for one in teams.read([path], NOW).files[0].team.members][1] == "Bob Kahn"
    written(path, "team: [")
    assert teams.read([path], NOW).faults == teams.read([path], NOW).faults != ()
    path.unlink()
    assert "there is no such file" in str(teams.read([path], NOW).faults[0])


def test_what_stands_beside_a_file_is_read_anew(folder: Path, teams: Teams) -> None:
    path, template = folder / "team.yaml", folder / "ours.md"
    written(path, TEAM + FORMAT)
    written(template, "Hello")
    assert not teams.read([path], NOW).faults
    written(template, "{{ nonsense }}")
    assert "nonsense" in str(teams.read([path], NOW).faults[0])


def test_decisions_that_become_wrong_with_time_are_told_though_nobody_touched_the_file(
    folder: Path, teams: Teams
) -> None:
    path = folder / "team.yaml"
    written(path, TEAM + "sessions:\n  - {series: Lunch & Learn, on: 2026-11-25, cancel: x}\n")
    assert teams.read([path], NOW).faults
    assert not teams.read([path], NOW + timedelta(days=4)).faults


def test_thousands_of_wrong_decisions_are_told_in_part(folder: Path, teams: Teams) -> None:
    days = [datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=7 * n) for n in range(1_900)]
    decisions = "".join(f"  - {{series: Lunch & Learn, on: {day:%Y-%m-%d}, cancel: x}}\n" for day in days)
    path = folder / "team.yaml"
    written(path, TEAM + "sessions:\n" + decisions)
    start = process_time()
    assert len(teams.read([path], NOW).faults) <= MOST_FAULTS + 1
    assert process_time() - start < 4


@pytest.mark.parametrize(
    ("section", "entry"),
    [
        ("topics", "{{title: Topic {0}}}"),
        ("sessions", "{{series: Lunch & Learn, on: 2026-12-10, cancel: x{0}}}"),
        ("blackouts", "{{dates: 2026-12-24, reason: x{0}}}"),
    ],
)
def test_too_many_entries_are_refused(folder: Path, section: str, entry: str) -> None:
    entries = "".join(f"  - {entry.format(n)}\n" for n in range(5_001))
    (folder / "team.yaml").write_text(f"{TEAM}{section}:\n{entries}")
    told = peerloop(folder, "check", "team.yaml")
    assert told.code == 2
    assert f"5001 {section} are too many for one team" in told.out + told.err
