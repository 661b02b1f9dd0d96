"""The dates on which people were onboarded: what the file beside a team's file may say, and what is wrong with it."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import MOST_FAULTS
from config.load import load_team
from config.onboarding import LARGEST, Newcomer, Newcomers, newcomers_of
from tests.soak import examples
from tests.unit.test_describe import a_team

TEAM = a_team(
    members=[
        {"name": "Ada", "email": "ada@example.com", "was": "countess@example.com", "joined": "2026-01-12"},
        {"name": "Bob", "email": "bob@example.com", "joined": "2026-02-02", "onboarded": "2026-03-02"},
        {"name": "Cy", "email": "cy@example.com"},
    ],
    outcomes={"file": "dates.csv"},
)
BOB = Newcomer(date(2026, 2, 2), date(2026, 3, 2))
YAML = """\
team: Platform
timezone: Europe/Berlin
lead: ada@example.com
members:
  - {name: Ada, email: ada@example.com, joined: 2026-01-12}
series:
  - {name: Lunch, format: lunch-and-learn, cadence: {every: week, on: thursday, at: "12:15"}}
"""


def read(folder: Path, text: str | bytes) -> Newcomers:
    (folder / "dates.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return newcomers_of(TEAM, folder)


def wrong(folder: Path, text: str | bytes) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in read(folder, text).faults]


@pytest.mark.parametrize(
    "text",
    [
        "email,date\nAda@Example.com,2026-02-20\n",
        "email,date\ncountess@example.com,2026-02-20",
        "\ufeffDate;Team;E-mail;EMAIL\r\n2026-02-20;Platform;;ada@example.com\r\n;;;\r\n",
        'email,date,note\nada@example.com, 2026-02-20 ,"on call,\nat last"\n\n',
    ],
)
def test_a_date_counts_for_whoever_has_the_address(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text) == Newcomers((Newcomer(date(2026, 1, 12), date(2026, 2, 20)), BOB))


def test_who_has_left_counts_where_the_file_says_when_they_joined(tmp_path: Path) -> None:
    text = "email,date,joined\nzoe@example.com,2025-05-05,2025-03-03\ncy@example.com,2026-05-05,2026-04-01\n"
    people = read(tmp_path, text).people
    ada, _, cy, zoe = people
    assert ada == Newcomer(date(2026, 1, 12))
    assert zoe == Newcomer(date(2025, 3, 3), date(2025, 5, 5))
    assert cy == Newcomer(date(2026, 4, 1), date(2026, 5, 5))


def test_each_line_that_cannot_be_used_is_told_with_its_place_and_the_others_count(tmp_path: Path) -> None:
    text = """\
email,date,joined
ada@example.com,2026-02-20
ada@example.com,2026-02-21
countess@example.com,2026-02-21
zoe@example.com,2026-02-20
cy@example.com,2026-02-20
yan@example.com,2026-02-20,2026-03-20
bob@example.com,2026-03-09
20.2.2026,ada
xi@example.com,20.2.2026,2026-01-01
xi@example.com,,2026-01-01
"""
    found = read(tmp_path, text)
    assert [(fault.file, fault.column) for fault in found.faults] == [(str(tmp_path / "dates.csv"), 1)] * 9
    assert [(fault.line, fault.message.partition(";")[0]) for fault in found.faults] == [
        (3, "ada@example.com stands in an earlier line too"),
        (4, "ada@example.com stands in an earlier line too"),
        (5, "nobody in the team has the address 'zoe@example.com'"),
        (6, "when cy@example.com joined is not known"),
        (7, "2026-02-20 lies before yan@example.com joined on 2026-03-20"),
        (8, "the team's file says 2026-03-02 of bob@example.com, which counts"),
        (9, "'20.2.2026' is not an e-mail address"),
        (10, "'20.2.2026' is not a date"),
        (11, "'' is not a date"),
    ]
    assert [one.onboarded for one in found.people] == [date(2026, 2, 20), date(2026, 3, 2)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "the first line has to name the columns email and date"),
        ("who,when\nada@example.com,2026-02-20\n", 1, "the first line has to name the columns email and date"),
        ("email,date\n".encode("utf-16"), 1, "the file is not written in UTF-8"),
        (b"email,date\n" + b"x" * LARGEST, 1, "the file is larger than 200 kB"),
        ("date,email\n2026-02-20\n", 2, "'' is not an e-mail address"),
        ("email,date\n" + "x" * 150_000, 2, "this is no line of a CSV file"),
    ],
)
def test_a_file_that_is_none_says_why(text: str | bytes, line: int, said: str, tmp_path: Path) -> None:
    ((where, message),) = wrong(tmp_path, text)
    assert where == line and message.startswith(said)


def test_no_file_of_any_length_gives_more_faults_than_can_be_read(tmp_path: Path) -> None:
    found = read(tmp_path, "email,date\n" + "nobody\n" * 5000 + "ada@example.com,2026-02-20\n")
    assert len(found.faults) == MOST_FAULTS and found.people[0].onboarded


@examples(50)
@given(st.text(alphabet='ab@.,;"\n\r2026-\x00\u2028', max_size=60) | st.binary(max_size=60))
def test_whatever_stands_in_the_file_it_is_read(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    head = b"email,date\n" if isinstance(text, bytes) else "email,date\n"
    found = read(tmp_path_factory.getbasetemp(), head + text)  # type: ignore[operator]
    assert BOB in found.people


def test_a_pipe_keeps_nobody_waiting_and_a_file_that_has_gone_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "dates.csv")
    assert "no ordinary file" in newcomers_of(TEAM, tmp_path).unread
    (tmp_path / "dates.csv").unlink()
    assert newcomers_of(TEAM, tmp_path).unread == "it cannot be read (No such file or directory)"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (
            "elsewhere.csv",
            "team.yaml:8:18: there is no file 'elsewhere.csv'; it is looked for in the folder of this file",
        ),
        ("../dates.csv", "team.yaml:8:18: the file '../dates.csv' lies outside the folder of this file; move it there"),
    ],
)
def test_a_file_that_is_not_beside_the_teams_is_a_fault_of_that(file: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(f"{YAML}outcomes: {{file: {file}}}\n")
    (fault,) = load_team(tmp_path / "team.yaml").faults
    assert str(fault).endswith(said)


def test_a_line_that_cannot_be_used_is_a_warning_and_no_fault(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(f"{YAML}outcomes: {{file: dates.csv}}\n")
    (tmp_path / "dates.csv").write_text("email,date\nada@example.com,soon\n")
    loaded = load_team(tmp_path / "team.yaml")
    assert loaded.faults == () and [fault.line for fault in loaded.warnings] == [2]
    assert load_team(tmp_path / "team.yaml", earlier=YAML).warnings == ()


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ("onboarded: 2026-03-02", "how long 'Ada' took cannot be told without the day of joining"),
        (
            "joined: 2026-03-03, onboarded: 2026-03-02",
            "'Ada' was onboarded on 2026-03-02, before joining on 2026-03-03",
        ),
    ],
)
def test_the_dates_of_a_member_go_together(dates: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(YAML.replace("joined: 2026-01-12", dates))
    (fault,) = load_team(tmp_path / "team.yaml").faults
    assert said in fault.message
