"""A team's file that nobody has touched is read anew on another day, and not before."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.operator import operator_model
from daemon.serve import teams
from daemon.serve.team_files import Reading, read_briefly
from daemon.serve.teams import Teams
from integrations import kinds

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
TEAM = """\
team: Platform
timezone: Asia/Kolkata
lead: ada@example.com
members:
  - {name: Ada, email: ada@example.com}
  - {name: Bob, email: bob@example.com}
series:
  - {name: Lunch, format: lunch-and-learn, cadence: {every: week, on: thursday, at: "12:15"}}
"""


def readings_at(folder: Path, text: str, hours: list[float], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how often the file had been read after a look at each of these moments."""
    path, read = folder / "team.yaml", list[Path]()
    path.write_text(text)
    os.utime(path, (0, 0))

    def reading(path: Path, *more: object) -> tuple[Reading, bool]:
        read.append(path)
        return original(path, *more)  # type: ignore[arg-type]

    original = read_briefly
    monkeypatch.setattr(teams, "read_briefly", reading)
    served, counts = Teams(operator_model(kinds()).default(folder)), []
    for hour in hours:
        served.read([path], NOON + timedelta(hours=hour))
        counts.append(len(read))
    return counts


def test_it_is_read_when_a_day_begins_where_the_team_is_and_when_one_has_ended_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = [0, 0.3, 6, 6.6, 7, 23.9, 24, 30]
    assert readings_at(tmp_path, TEAM, hours, monkeypatch) == [1, 1, 1, 2, 2, 2, 3, 3]


def test_a_faulty_one_whose_day_nobody_knows_is_read_each_quarter_of_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert readings_at(tmp_path, f"{TEAM}nobody: knows\n", [0, 0.1, 0.3], monkeypatch) == [1, 1, 2]


def test_of_many_files_in_one_folder_few_things_are_looked_at_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, looked_at = [tmp_path / f"{number}.yaml" for number in range(50)], list[Path]()
    for number, path in enumerate(paths):
        path.write_text(TEAM.replace("Platform", f"Team {number}"))
        os.utime(path, (0, 0))
    served = Teams(operator_model(kinds()).default(tmp_path))
    assert len(served.read(paths, NOON).files) == len(paths)

    def look(path: Path, **more: bool) -> os.stat_result:
        looked_at.append(path)
        return original(path, **more)

    original = Path.stat
    monkeypatch.setattr(Path, "stat", look)
    assert len(served.read(paths, NOON).files) == len(paths)
    assert len(looked_at) <= 2 * len(paths) + 50, "in each round all teams wait for that"
