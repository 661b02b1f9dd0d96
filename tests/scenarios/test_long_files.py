"""A team's file that is as long as it may be: nobody waits for it longer than for others."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from config.faults import MOST_FAULTS
from config.operator import operator_model
from config.team_file import place_of
from config.yaml12 import LARGEST, MOST_ENTRIES, MOST_VALUES, MOST_WITHIN
from daemon.ledger import open_ledger
from daemon.serve import readings, settling
from daemon.serve import teams as serving
from daemon.serve.team_files import Reading, read_briefly, read_team
from daemon.serve.teams import Teams
from integrations import kinds
from tests.bench.readers import FILES, TEAMS
from tests.scenarios.command_line import TEAM, peerloop
from tests.scenarios.forks import LONGEST
from tests.scenarios.test_daemon import running, until

SOON = 60
"""Seconds within which a short file is read, however busy the machine."""
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LONG_TEMPLATE = "{% for i in range(900) %}{% if (range(900)|sort|join|length) == 3 %}x{% endif %}{% endfor %}\n"
FORMAT = "formats:\n  - {name: lunch-and-learn, template: ours.md}\n"


def written(path: Path, text: str) -> None:
    """Write a file, some time ago."""
    path.write_text(text)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))


@pytest.fixture
def teams(folder: Path) -> Teams:
    return Teams(operator_model(kinds()).default(folder / "peerloop-data"))


@pytest.mark.usefixtures("at_rest")
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


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Have the reading of a file whose name begins so go on until this is set."""
    goes_on = threading.Event()

    def read(path: Path, *more: Any) -> tuple[Reading, bool]:
        assert not path.name.startswith("slow") or goes_on.wait(LONGEST)
        return read_briefly(path, *more)

    monkeypatch.setattr(serving, "read_briefly", read)
    yield goes_on
    goes_on.set()


@pytest.mark.usefixtures("at_rest")
def test_a_file_that_takes_long_to_read_keeps_no_other_waiting(
    folder: Path, teams: Teams, slow: threading.Event
) -> None:
    paths = [folder / "slow.yaml", folder / "team.yaml"]
    written(paths[0], TEAM.replace("Platform", "Slow"))
    written(paths[1], TEAM)
    reading = teams.read(paths, NOW, 0.1)
    assert [file.team.team for file in reading.files] == ["Platform"]
    assert not reading.settled and not reading.complete and not reading.faults

    slow.set()
    assert [file.team.team for file in teams.read(paths, NOW).files] == ["Platform", "Slow"]
    slow.clear()
    written(paths[0], TEAM.replace("Platform", "Slow").replace("Bob Noyce", "Bob Kahn"))
    written(paths[1], "team: [")
    reading = teams.read(paths, NOW, 0.1)
    assert {file.team.members[1].name for file in reading.files} == {"Bob Noyce"}, "as it was, while it is read"
    assert not reading.settled and reading.complete and reading.faults[0].file.endswith("team.yaml")
    slow.set()
    assert {file.team.members[1].name for file in teams.read(paths, NOW).files} == {"Bob Noyce", "Bob Kahn"}


@pytest.mark.usefixtures("slow", "at_rest")
def test_an_edit_waits_for_no_files_that_are_new(folder: Path, teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    known, new = folder / "team.yaml", [folder / f"slow{number}.yaml" for number in range(3)]
    written(known, TEAM)
    teams.read([known], NOW)
    for number, path in enumerate(new):
        written(path, TEAM.replace("Platform", f"Slow {number}"))
    teams.read([*new, known], NOW, 0.1)
    written(known, TEAM.replace("Bob Noyce", "Bob Kahn"))
    start = time.monotonic()
    (file,) = teams.read([*new, known], NOW, SOON).files
    assert file.team.members[1].name == "Bob Kahn"

    monkeypatch.setattr(settling, "QUIET", SOON)
    known.write_text(TEAM.replace("Bob Noyce", "Bob Taylor"))  # just now, so it is read in a moment
    assert not teams.read([*new, known], NOW, SOON).settled
    assert time.monotonic() - start < SOON


def test_a_long_file_that_is_saved_again_and_again_is_read_now_and_then(
    folder: Path, teams: Teams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "LONG", -1.0)  # so that any takes long
    monkeypatch.setattr(readings, "REST", 1e9)
    path = folder / "team.yaml"
    written(path, TEAM)
    assert teams.read([path], NOW, LONGEST).settled
    written(path, TEAM.replace("Bob Noyce", "Bob Kahn"))
    reading = teams.read([path], NOW, LONGEST)
    assert [file.team.members[1].name for file in reading.files] == ["Bob Noyce"] and not reading.settled


def test_a_file_that_took_long_before_is_not_waited_for(
    folder: Path, teams: Teams, slow: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "LONG", -1.0)  # so that any takes long
    monkeypatch.setattr(readings, "REST", 0)
    path = folder / "slow.yaml"
    written(path, TEAM)
    slow.set()
    assert teams.read([path], NOW, LONGEST).settled
    slow.clear()
    path.write_text(TEAM.replace("Bob Noyce", "Bob Kahn"))  # just now, so it is read in a moment
    assert not teams.read([path], NOW, SOON).settled
    written(path, TEAM.replace("Bob Noyce", "Bob Kahn"))
    start = time.monotonic()
    reading = teams.read([path], NOW, SOON)
    assert [file.team.members[1].name for file in reading.files] == ["Bob Noyce"] and not reading.settled
    assert time.monotonic() - start < SOON


def test_templates_that_take_long_keep_no_other_team_waiting_at_the_start(folder: Path) -> None:
    slow = [f"Slow {number}" for number in range(4)]
    for name in slow:
        (folder / f"{name}.yaml").write_text(TEAM.replace("Platform", name) + FORMAT.replace("ours", name))
        (folder / f"{name}.md").write_text(f"# {name}\n{LONG_TEMPLATE}")
    patient = {"daemon.cli.serving:PATIENCE": float(SOON)}  # for what is read briefly, on however busy a machine
    with running(folder, *(f"{name}.yaml" for name in slow), "team.yaml", settings=patient) as daemon:
        served = until(lambda: [{*line["teams"]} for line in daemon.about("serving")])
        assert served[0] < {"Platform", *slow}
        until(lambda: {*daemon.about("serving")[-1]["teams"]} == {"Platform", *slow})
        assert daemon.stop() == 0


def test_while_its_templates_are_tried_a_file_is_served_as_before_where_it_says_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def read(path: Path, *more: Any) -> Reading:
        assert goes_on.wait(LONGEST)
        return read_team(path, *more)

    monkeypatch.setattr(serving, "read_team", read)
    texts = {folder / f"{name}.yaml": TEAM.replace("Platform", name) + FORMAT for name in ("Same", "Edited")}
    for path, text in {**texts, folder / "team.yaml": TEAM, folder / "ours.md": "Hello"}.items():
        written(path, text)
    with closing(open_ledger("sqlite://")) as ledger, ledger.alone():
        before = {path: text.replace("Bob", "Rob" if "Edited" in text else "Bob") for path, text in texts.items()}
        ledger.last_good.keep({place_of(path): text for path, text in before.items()})
        teams, paths = (
            Teams(operator_model(kinds()).default(folder / "peerloop-data"), ledger),
            [*texts, folder / "team.yaml"],
        )
        reading = teams.read(paths, NOW, SOON)
        assert {file.team.team for file in reading.files} == {"Same", "Platform"}
        assert not reading.settled
        goes_on.set()
        reading = teams.read(paths, NOW)
    assert {file.team.team for file in reading.files} == {"Same", "Platform", "Edited"}
    assert {file.team.members[1].name for file in reading.files} == {"Bob Noyce"}


@pytest.mark.parametrize("shape", ["names that are alike", "roles", "empty topics", "unknown keys", "values"])
def test_no_file_takes_long_to_read(folder: Path, teams: Teams, shape: str) -> None:
    text = {**TEAMS, **FILES}[shape](250_000)
    assert len(text) < LARGEST
    written(folder / "team.yaml", text)
    start = process_time()
    teams.read([folder / "team.yaml"], NOW)
    assert process_time() - start < 10  # minutes, and a gigabyte of memory, where nothing was counted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"topics: [{'{},' * (MOST_ENTRIES + 1)}]", f"8:{3 * MOST_ENTRIES + 10}: this is one more than the 6,000"),
        (f"was: [[{'a,' * (MOST_WITHIN + 1)}]]", f"8:{2 * MOST_WITHIN + 8}: this is one more than the 1,000"),
        ("".join(f"k{n}: 1\n" for n in range(MOST_WITHIN)), "1003:1: this is one more than the 1,000"),
        ("was: [" + f"[{'a,' * 999}]," * (MOST_VALUES // 999) + "]", "there are more than 120,000 keys and values"),
    ],
)
def test_a_file_of_too_many_values_is_refused_at_the_first_of_them(folder: Path, text: str, said: str) -> None:
    series = 'series: [{name: A, format: pairing, cadence: {every: week, on: monday, at: "12:15"}}]\n'
    head = "team: A\ntimezone: UTC\nlead: a@example.com\n\n\nmembers: [{name: A, email: a@example.com}]\n" + series
    (folder / "team.yaml").write_text(head + text)
    told = peerloop(folder, "check", "team.yaml")
    assert told.code == 2 and said in told.out + told.err


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


def test_what_a_broken_file_said_last_is_served_once_it_is_right_again(folder: Path) -> None:
    path = folder / "team.yaml"
    wrong_that_day = "sessions:\n  - {series: Lunch & Learn, on: 2026-11-25, cancel: x}\n"
    with closing(open_ledger("sqlite://")) as ledger, ledger.alone():
        ledger.last_good.keep({place_of(path): TEAM + wrong_that_day})
        teams = Teams(operator_model(kinds()).default(folder / "peerloop-data"), ledger)
        written(path, "team: [")
        midnight = datetime(2026, 11, 25, 23, tzinfo=UTC)  # where the team is
        served = [teams.read([path], midnight + timedelta(hours=hours)).files for hours in (-1, 0.5)]
    assert [len(files) for files in served] == [0, 1]


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
