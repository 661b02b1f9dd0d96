"""Teams whose queries are slow to be answered by a Jira that answers everybody else's at once: those go on."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.operator import load_operator
from daemon.cli.setting import Setting, world_of
from daemon.plan.guards import Allowance
from daemon.serve.rounds import Rounds
from daemon.serve.team_files import read_teams
from integrations import kinds
from integrations.deadline import SECONDS
from tests.fakes.jira import JiraServer
from tests.fakes.loopback import Answer
from tests.scenarios.command_line import TEAM, edited
from tests.scenarios.forks import LONGEST
from tests.scenarios.test_daemon import calendar_of, shows, until

SLOW = range(6)


class SlowJira(JiraServer):
    """Its searches for what is SLOW are answered once ``answers`` is set."""

    def __init__(self) -> None:
        super().__init__("cloud")
        self.answers = threading.Event()

    def received(self, method: str, target: str, headers: dict[str, str], content: bytes) -> Answer | None:
        if "SLOW" in target:
            self.answers.wait(LONGEST)
        return super().received(method, target, headers, content)


@pytest.fixture
def jira(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowJira]:
    monkeypatch.setattr("integrations.transport.TIMEOUT", 2 * LONGEST)
    with SlowJira() as server:
        server.add_project("PLAT")
        server.add_project("SLOW")
        monkeypatch.setenv("JIRA_TOKEN", server.token)
        known = {"kind": "jira-cloud", "url": server.url, "user": server.user, "token": "env:JIRA_TOKEN"}
        (folder / "peerloop.yaml").write_text(yaml.safe_dump({"connections": {"jira": known}}))
        for number in SLOW:
            (folder / f"slow-{number}.yaml").write_text(team_of(f"Slow {number}", "SLOW"))
        (folder / "team.yaml").write_text(team_of("Platform", "PLAT"))
        yield server
        server.answers.set()


def team_of(name: str, project: str) -> str:
    asks: dict[str, Any] = {"needs": [{"connection": "jira", "query": f"project = {project}"}]}
    return TEAM.replace("team: Platform", f"team: {name}") + yaml.safe_dump(asks)


def test_a_team_waits_for_no_query_of_another_team(folder: Path, jira: SlowJira) -> None:
    """Were it to, it would until their exchanges have taken the time that one may take."""
    files = [*(folder / f"slow-{number}.yaml" for number in SLOW), folder / "team.yaml"]
    told = Setting(load_operator(folder / "peerloop.yaml", kinds()).checked(), tuple(files))
    world = world_of(told)
    with closing(world.ledger), closing(Rounds(world, Allowance(), told.now)) as rounds:
        rounds.begin(read_teams(files, told.operator, told.now()).files)
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"), SECONDS - 10)
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        rounds.begin(read_teams(files, told.operator, told.now()).files, only=set())
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"), SECONDS - 10)
        assert not calendar_of(folder, "slow-0").exists()
        jira.answers.set()
        assert rounds.settle(LONGEST)
