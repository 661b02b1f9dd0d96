"""Teams side by side: whoever's server is silent or slow, the other teams' calendars, edits and mails go on."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path
from typing import cast

import pytest
import yaml
from structlog.testing import capture_logs

from config.operator import operator_model
from config.team import Team
from daemon.cli.setting import Setting, world_of
from daemon.ledger import Ledger
from daemon.loop import World
from daemon.plan.guards import Allowance
from daemon.ports import Calendar
from daemon.serve import rounds as serving
from daemon.serve.rounds import PATIENCE, Rounds
from daemon.serve.team_files import read_teams
from integrations import kinds
from tests.fakes.stubborn import StubbornServer
from tests.scenarios.command_line import MONDAY, TEAM, edited
from tests.scenarios.disturbances import Between
from tests.scenarios.forks import LONGEST
from tests.scenarios.test_daemon import calendar_of, running, shows, until

SOON = 150
"""Seconds within which the others' things are done, however busy the machine: one after the other, the fifteen teams
that wait for their servers would take six minutes or more."""


@pytest.fixture
def stubborn(folder: Path) -> Iterator[StubbornServer]:
    """Have teams whose Google, Confluence, mail server or Jira is silent or drips, beside one that is all local."""
    with ExitStack() as servers:
        silent = servers.enter_context(StubbornServer())
        drips = servers.enter_context(StubbornServer(drips=b"HTTP/1.1 200 OK\r\nx-a: "))
        greets = servers.enter_context(StubbornServer(drips=b"220-still "))
        cloud = {"kind": "confluence-cloud", "user": "bot@example.com", "token": "env:TOKEN_OF_TEST"}
        smtp = {"kind": "smtp", "host": "127.0.0.1", "security": "none", "from": "peers@example.com"}
        connections = {
            "google": {"kind": "google-calendar", "api_endpoint": f"http://127.0.0.1:{silent.port}/calendar/v3"},
            "confluence": {**cloud, "url": f"http://127.0.0.1:{silent.port}/wiki"},
            "dripping": {**cloud, "url": f"http://127.0.0.1:{drips.port}/wiki"},
            "mail": {**smtp, "port": greets.port},
            "jira": {**cloud, "kind": "jira-cloud", "url": f"http://127.0.0.1:{silent.port}"},
        }
        (folder / "peerloop.yaml").write_text(yaml.safe_dump({"every": "1 minute", "connections": connections}))
        for number, uses in enumerate(USES * 3):
            team = TEAM.replace("team: Platform", f"team: Stuck {number}") + yaml.safe_dump(uses)
            (folder / f"stuck-{number}.yaml").write_text(team)
        yield silent


USES = (
    {"calendar": {"connection": "google", "id": "team@group.calendar.google.com"}},
    {"wiki": {"connection": "confluence", "space": "PLAT"}},
    {"wiki": {"connection": "dripping", "space": "PLAT"}},
    {"mail": {"connection": "mail"}},
    {"needs": [{"connection": "jira", "query": "project = PLAT"}]},
)


def test_the_others_go_on(folder: Path, stubborn: StubbornServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_TEST", "secret")
    stuck = sorted(file.name for file in folder.glob("stuck-*.yaml"))
    with running(folder, *stuck, "team.yaml") as daemon:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"), SOON)
        until(lambda: stubborn.asked >= 2, SOON)
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"), SOON)
        start = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - start < 25  # a server's silence would take longer
        troubles = {line["about"] for line in daemon.about("trouble")}
    assert "Platform" not in troubles


def test_a_ledger_and_a_folder_are_put_in_place_without_waiting_for_a_silent_server(
    folder: Path, stubborn: StubbornServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_OF_TEST", "secret")
    project, old, fresh = (folder / name for name in ("project", "old", "fresh"))
    for place in (project, fresh):
        place.mkdir()
        for file in folder.glob("*.yaml"):
            shutil.copy(file, place / file.name)
    ledger, stuck = project / "peerloop-data" / "ledger.db", sorted(file.name for file in folder.glob("stuck-*.yaml"))
    with running(project, *stuck, "team.yaml") as daemon:
        until(shows(calendar_of(project), "SUMMARY:Lunch & Learn"), SOON)
        until(lambda: stubborn.asked >= 2, SOON)
        with closing(sqlite3.connect(ledger)) as here, closing(sqlite3.connect(folder / "backup")) as backup:
            here.backup(backup)
        for file in ledger.parent.glob("ledger.db*"):
            file.unlink()
        (folder / "backup").rename(ledger)
        edited(project / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(project), "SUMMARY:Brown bag"), SOON)
        edited(fresh / "team.yaml", "name: Lunch & Learn", "was: Brown bag, name: Bag lunch")
        project.rename(old)
        fresh.rename(project)
        for left in ("peerloop-data", "stderr.log"):
            (old / left).rename(project / left)
        until(shows(calendar_of(project), "SUMMARY:Bag lunch"), SOON)
        assert daemon.stop() == 0


Stuck = tuple[Setting, World, threading.Event, Callable[[Team, str], Calendar]]


def with_stuck(folder: Path, files: tuple[Path, ...]) -> Stuck:
    """Return what is told, the world, and calendars of which that of the team Stuck hangs until the event is set."""
    told = Setting(operator_model(kinds()).default(folder / "peerloop-data"), files, datetime.fromisoformat(MONDAY))
    real, answers = world_of(told), threading.Event()

    def calendar(team: Team, key: str) -> Calendar:
        assert team.team != "Stuck" or answers.wait(LONGEST)
        return real.calendar(team, key)

    return told, real, answers, calendar


def test_a_digest_waits_for_no_team_that_is_stuck(folder: Path) -> None:
    """Ada is in both teams, Bob in the one whose calendar hangs only."""
    stuck = TEAM.replace("team: Platform", "team: Stuck").replace("cleo@", "dora@")
    (folder / "stuck.yaml").write_text(stuck)
    (folder / "team.yaml").write_text(TEAM.replace("bob@", "eve@"))
    files = (folder / "stuck.yaml", folder / "team.yaml")
    told, real, answers, calendar = with_stuck(folder, files)

    rounds = Rounds(replace(real, calendar=calendar), Allowance(), told.now)
    rounds.begin(read_teams(files, told.operator, told.now()).files)
    until(lambda: reached(folder) == {"ada", "eve", "cleo"}, SOON)
    assert "Stuck" not in "".join(file.read_text() for file in (folder / "peerloop-data" / "outbox").glob("*.eml"))

    answers.set()
    assert rounds.settle(LONGEST)
    assert reached(folder) == {"ada", "eve", "cleo", "bob", "dora"}  # ada hears of it tomorrow: one mail a day
    rounds.close()
    real.ledger.close()


def test_of_a_pass_that_does_not_come_to_its_end_it_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "stuck.yaml").write_text(TEAM.replace("team: Platform", "team: Stuck"))
    files = (folder / "stuck.yaml", folder / "team.yaml")
    told, real, answers, calendar = with_stuck(folder, files)
    rounds = Rounds(replace(real, calendar=calendar), Allowance(), told.now)

    def said_in_a_round() -> list[tuple[str, str]]:
        with capture_logs() as lines:
            rounds.begin(read_teams(files, told.operator, told.now()).files, only=set())
        return [(line["event"], line["about"]) for line in lines if line.get("about", "").startswith("the pass over")]

    rounds.begin(read_teams(files, told.operator, told.now()).files)
    rounds.settle(2 * PATIENCE)
    until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"), SOON)
    assert said_in_a_round() == []
    monkeypatch.setattr(serving, "VERY_LONG", 0.0)
    assert said_in_a_round() == [("trouble", "the pass over Stuck")]
    assert said_in_a_round() == []
    answers.set()
    assert rounds.settle(LONGEST)
    assert said_in_a_round() == [("recovered", "the pass over Stuck")]
    rounds.close()
    real.ledger.close()


def test_an_edit_waits_for_no_pass_of_another_team(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail does: until all are done, or for so long."""
    monkeypatch.setattr(serving, "PATIENCE", SOON)
    (folder / "stuck.yaml").write_text(TEAM.replace("team: Platform", "team: Stuck"))
    files = (folder / "stuck.yaml", folder / "team.yaml")
    told, real, answers, calendar = with_stuck(folder, files)

    rounds, start = Rounds(replace(real, calendar=calendar), Allowance(), told.now), time.monotonic()
    rounds.begin(read_teams(files, told.operator, told.now()).files)
    edited(folder / "team.yaml", "name: Lunch & Learn", "name: Brown bag")
    rounds.begin(read_teams(files, told.operator, told.now()).files, only=set())
    until(shows(calendar_of(folder), "SUMMARY:Brown bag"), SOON)
    assert time.monotonic() - start < SOON
    answers.set()
    assert rounds.settle(LONGEST)
    rounds.close()
    real.ledger.close()


def test_who_is_in_one_team_hears_all_of_it_at_once_however_long_its_pass_takes(folder: Path) -> None:
    """Nobody hears the half that a pass has left due so far, which would be all for that day; another one hangs."""
    (folder / "stuck.yaml").write_text(TEAM.replace("team: Platform", "team: Stuck").replace("@example.com", "@b.test"))
    files = (folder / "stuck.yaml", folder / "team.yaml")
    (told, real, answers, calendar), goes_on = with_stuck(folder, files), threading.Event()

    def leaves(call: Callable[[], None]) -> None:
        assert goes_on.wait(LONGEST)
        call()

    ledger = cast(Ledger, Between(real.ledger, frozenset({"leave"}), leaves))
    rounds = Rounds(replace(real, calendar=calendar, ledger=ledger), Allowance(), told.now)
    for _ in range(2):
        rounds.begin(read_teams(files, told.operator, told.now()).files)
        assert not rounds.settle(2 * PATIENCE), "so long that mails have been tried"
    until(lambda: real.ledger.waiting(unripe=True), SOON)
    assert real.ledger.waiting(unripe=True), "they are welcome, and nothing else is left due yet"
    assert reached(folder) == set()
    goes_on.set()
    until(lambda: reached(folder) == {"ada", "bob", "cleo"}, SOON)
    answers.set()
    assert rounds.settle(LONGEST)
    rounds.close()
    real.ledger.close()


def reached(folder: Path) -> set[str]:
    mails = (message_from_bytes(file.read_bytes()) for file in (folder / "peerloop-data" / "outbox").glob("*.eml"))
    return {parseaddr(mail["To"])[1].partition("@")[0] for mail in mails}
