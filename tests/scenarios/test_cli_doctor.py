"""`peerloop doctor`: what it says of connections that are well, and of those that are not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.zones import RELEASE
from daemon.ledger import open_ledger
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.jira import JiraServer
from tests.scenarios.command_line import MONDAY, TEAM, edited, peerloop, tree

ZONES = f"its time zones are up to date: the rules of release {RELEASE}, which came with peerloop"
MACHINE = "This machine\n"
CALENDAR = "team@group.calendar.google.com"
LOCAL = """\
Platform
  calendar: local
    + the folder can be written: peerloop-data/calendar
    + the calendar can be read: not there yet
  wiki: local
    + the folder can be written: peerloop-data/wiki/platform
    + the pages can be read: 0 of ours
  mail: local
    + the folder can be written: peerloop-data/outbox
"""
GOOGLE = f"""\
Platform
  calendar: google (google-calendar), {CALENDAR}
    + it signs in
    + it finds the calendar: {CALENDAR}, Europe/Berlin
    + it may write
    + it may invite
    + it may see when people are busy
"""


@pytest.fixture
def google(folder: Path) -> Iterator[GoogleCalendarServer]:
    """Let the team use a calendar of Google's, under a connection called google."""
    with GoogleCalendarServer() as google:
        google.add_calendar(CALENDAR, "Europe/Berlin")
        now = datetime.now(UTC)
        for name in ("ada", "bob", "cleo"):
            google.set_busy(f"{name}@example.com", [(now, now + timedelta(hours=1))])
        told = f"kind: google-calendar, api_endpoint: {google.api_endpoint}"
        (folder / "peerloop.yaml").write_text(f"connections:\n  google: {{{told}}}\n")
        with (folder / "team.yaml").open("a") as team:
            team.write(f"calendar: {{connection: google, id: {CALENDAR}}}\n")
        yield google
        assert google.complaints == []


def test_all_is_well_and_nothing_is_left_behind(folder: Path) -> None:
    before = tree(folder)
    result = peerloop(folder, "doctor", "team.yaml")
    teams, _, machine = result.out.partition(MACHINE)
    assert (result.code, teams, result.err) == (0, LOCAL, "")
    steps = [line.partition(":")[0] for line in machine.splitlines()]
    assert f"  + {ZONES}\n" in machine and steps == [
        "  + its time zones are up to date",
        "  + the ledger can be used",
        "  + its clock is right",
        "  + it has room",
    ]
    assert tree(folder) == before


def test_what_is_there_is_counted(folder: Path) -> None:
    assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY).code == 0
    before = tree(folder)
    result = peerloop(folder, "doctor", "team.yaml")
    assert result.code == 0
    assert "+ the calendar can be read: 5 of ours\n" in result.out
    assert "+ the pages can be read: 2 of ours\n" in result.out
    assert tree(folder) == before


def test_each_step_that_fails_says_how_to_mend_it(folder: Path) -> None:
    data = folder / "peerloop-data"
    (data / "calendar").mkdir(parents=True)
    (data / "calendar" / "platform.ics").write_text("Dear diary\n")
    (data / "outbox").write_text("in the way")
    result = peerloop(folder, "doctor", "team.yaml")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[3] == "    - the calendar can be read: no"
    assert lines[4].startswith("        The calendar of platform, peerloop-data/calendar/platform.ics, cannot be read")
    assert "    + the pages can be read: 0 of ours" in lines
    at = lines.index("This machine")
    assert lines[at - 2 : at] == [
        "    - the folder can be written: no",
        "        peerloop-data/outbox cannot be written: Not a directory. "
        "Check the path, its owner and its permissions.",
    ]


def test_a_calendar_of_google_s(folder: Path, google: GoogleCalendarServer) -> None:
    result = peerloop(folder, "doctor", "team.yaml")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(GOOGLE)
    assert google.invitations == []


def test_one_bad_connection_does_not_stop_the_others(folder: Path, google: GoogleCalendarServer) -> None:
    edited(folder / "peerloop.yaml", "google-calendar", "google-calendar, credentials: env:NOT_SET")
    (folder / "other.yaml").write_text(TEAM.replace("Platform", "Other"))
    result = peerloop(folder, "doctor", "team.yaml", "other.yaml")
    assert result.code == 1
    assert result.out.splitlines()[2:5] == [
        "    - it signs in: no",
        "        The connection “google” has no credentials: the secret env:NOT_SET is empty or not set; "
        "provide it, or correct its place.",
        "    ~ it finds the calendar: not tried",
    ]
    assert "  wiki: local\n    + the folder can be written: peerloop-data/wiki/platform\n" in result.out
    other = LOCAL.replace("Platform", "Other").replace("/platform", "/other")
    assert result.out.partition(MACHINE)[0].endswith(other)


def test_each_source_of_needs_is_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with JiraServer("data-center") as jira, (folder / "team.yaml").open("a") as team:
        monkeypatch.setenv("JIRA_TOKEN", jira.token)
        jira.add_project("PLAT")
        jira.person_reports("How we roll back")
        told = f"kind: jira-data-center, url: {jira.url}, token: env:JIRA_TOKEN"
        (folder / "peerloop.yaml").write_text(f"connections:\n  jira: {{{told}}}\n")
        (folder / "incidents.csv").write_text("title\nHow we fail over\n")
        team.write(
            "needs:\n- {connection: jira, query: project = PLAT}\n- {connection: jira, query: project = NOPE}\n"
            "- {under: retros}\n- {file: incidents.csv}\n"
        )
        team.flush()
        result = peerloop(folder, "doctor", "team.yaml")
        assert jira.complaints == []
    assert result.code == 1
    assert result.out.partition("outbox\n")[2].partition(MACHINE)[0].splitlines() == [
        "  needs: jira (jira-data-center), project = PLAT",
        "    + it signs in: Peer learning",
        "    + it finds issues: 1",
        "  needs: jira (jira-data-center), project = NOPE",
        "    + it signs in: Peer learning",
        "    - it finds issues: no",
        "        Jira does not accept the query “project = NOPE” (“The value 'NOPE' does not exist for the field "
        "'project'”). Mend query in the team's needs; or, where all that it names is there, let whom we sign in as see "
        "it.",
        "  needs: local, retros",
        "    - its pages can be read: no",
        "        There is no folder peerloop-data/wiki/platform/retros; make it, or mend under in the team's needs.",
        "  needs: local, incidents.csv",
        "    + the file can be read: 1 rows in incidents.csv",
    ]


def test_for_programs(folder: Path, google: GoogleCalendarServer) -> None:
    google.add_calendar(CALENDAR, "Europe/Berlin", writable=False)
    result = peerloop(folder, "doctor", "team.yaml", "--json")
    assert result.code == 1
    told = json.loads(result.out)
    (team,) = told["teams"]
    assert told["time_zones"] == RELEASE and all(check["well"] for check in told["machine"])
    calendar, wiki, mail = team["connections"]
    assert (team["team"], wiki["use"], mail["use"]) == ("Platform", "wiki", "mail")
    expected = {"use": "calendar", "connection": "google", "kind": "google-calendar", "place": CALENDAR}
    assert calendar.items() >= expected.items()
    assert [check["well"] for check in calendar["checks"]] == [True, True, False, None, True]
    assert "share it with the account" in calendar["checks"][2]["told"]


def test_the_input_is_wrong(folder: Path) -> None:
    (folder / "wrong.yaml").write_text("team: Wrong\n")
    assert peerloop(folder, "doctor", "nowhere.yaml").code == 2
    result = peerloop(folder, "doctor", "wrong.yaml", "team.yaml")
    assert (result.code, result.out.partition(MACHINE)[0]) == (2, LOCAL)
    assert "wrong.yaml:1:1" in result.err


def test_a_clock_that_went_back_and_a_proxy_that_is_not_there_are_said(folder: Path) -> None:
    assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY).code == 0
    ledger = open_ledger(f"sqlite:///{folder}/peerloop-data/ledger.db")
    ledger.looks.note("trusted", datetime.now(UTC) + timedelta(days=20))
    ledger.close()
    (folder / "peerloop.yaml").write_text("connections:\n  mail: {kind: smtp, host: 127.0.0.1, from: p@example.com}\n")
    proxy = {"https_proxy": "http://me:hunter2@127.0.0.1:1"}
    result = peerloop(folder, "doctor", "team.yaml", env=proxy)
    assert result.code == 1 and "hunter2" not in result.out + result.err
    assert "- its clock is right: no\n      it says " in result.out
    assert "- the proxy for https is reached: no\n      it was not reached (Connection refused)" in result.out


def test_without_its_ledger_all_else_is_looked_at(folder: Path) -> None:
    (folder / "peerloop-data").mkdir()
    (folder / "peerloop-data" / "ledger.db").write_bytes(b"SQLite format 3\0" + b"garbage " * 4096)
    told = peerloop(folder, "doctor", "team.yaml")
    assert told.code == 1 and told.err == ""
    assert "    + the folder can be written: peerloop-data/calendar" in told.out
    assert "  - the ledger can be used: no" in told.out and "Put its backup in its place; or move it away" in told.out
    assert "  ~ its clock is right: not tried" in told.out and "  + it has room: " in told.out
