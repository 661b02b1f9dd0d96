"""Teams whose needs come from Jira or Confluence: what programmes do while that hangs, refuses, and is back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.operator import Operator, load_operator
from config.team import Team
from daemon.learn.needs import needs
from daemon.loop import World
from daemon.ports import Sources
from integrations import kinds
from integrations.breaker import FAILURES, PAUSE, Breaker, Guarded
from integrations.confluence.sources import LabelledPages, Watch
from integrations.jira.sources import JiraIssues
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.jira import JiraServer
from tests.fakes.jira_connection import api_of
from tests.scenarios.confluence_programme import FLAVOURS, USE, ConfluenceProgramme, Flavour, confluence
from tests.scenarios.confluence_programme import TEAM as WITH_PAGES
from tests.scenarios.programme import MONDAY, TEAM, Programme, heard_of

QUERY = "project = PLAT"
HANGS = 0.05


class TrackedProgramme(Programme):
    """A programme whose needs come from the stand-in for Jira; nobody waits for long for an answer, or at all between
    two of them.
    """

    def __init__(self, server: JiraServer, folder: Path) -> None:
        self.server, self.config = server, folder / "peerloop.yaml"
        self.breaker, self.api = Breaker(), api_of("cloud", server.url, [], whole=HANGS)
        super().__init__(
            folder, {**TEAM, "series": TEAM["series"][:1], "needs": [{"connection": "jira", "query": QUERY}]}, MONDAY
        )

    def operators(self) -> Operator:
        jira = {"kind": "jira-cloud", "url": self.server.url, "user": self.server.user, "token": "env:JIRA_TOKEN"}
        self.config.write_text(yaml.safe_dump({"data": str(self.data), "connections": {"jira": jira}}))
        return load_operator(self.config, kinds()).checked()

    @contextmanager
    def world(self, create: bool = True) -> Iterator[World]:
        def sources(team: Team, key: str, folder: Path) -> list[Sources]:
            made = (JiraIssues(self.api, one, lambda: self.now) for one in team.needs)
            return [Guarded(one, self.breaker, lambda: self.now) for one in made]

        with super().world(create) as world:
            yield replace(world, sources=sources)

    def known(self) -> list[str]:
        """Return what people lack, as far as peerloop knows."""
        return [one.text for one in needs(self.file.team, self.memory())]

    def goes_on(self, **later: float) -> tuple[str, ...]:
        """Make a pass a while later; return what failed in it."""
        self.now += timedelta(**later)
        return self.run().errors


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrackedProgramme]:
    with JiraServer("cloud", clock=lambda: MONDAY) as server:
        server.add_project("PLAT")
        server.person_reports("How we roll back")
        monkeypatch.setenv("JIRA_TOKEN", server.token)
        yield TrackedProgramme(server, tmp_path)
        assert server.complaints == []


def test_a_jira_that_hangs_refuses_and_recovers(team: TrackedProgramme, monkeypatch: pytest.MonkeyPatch) -> None:
    assert team.goes_on() == ()
    assert team.known() == ["How we roll back"]
    asked = len(team.server.requests)
    assert team.goes_on(minutes=30) == ()
    assert len(team.server.requests) == asked

    team.server.faults.slow(5 * HANGS, times=999)
    (said,) = team.goes_on(hours=1)
    assert said.startswith(f"needs: {team.server.url} was not reached") or "did not show whom we sign in as" in said
    team.edit({**team.team, "topics": [{"title": "How eBPF works", "votes": 9}]})
    assert len(team.goes_on(minutes=5)) == 1
    assert "How eBPF works" in team.calendar_path.read_text()  # all else goes on
    assert heard_of(team, "What the team needs to learn") == []
    assert team.known() == ["How we roll back"]

    monkeypatch.setenv("JIRA_TOKEN", "revoked")
    team.server.faults.clear()
    (said,) = team.goes_on(days=1)
    assert said.startswith("needs: Jira does not accept the sign-in of the connection “jira”")
    (told,) = heard_of(team, "What the team needs to learn")
    assert told.startswith("What the team needs to learn cannot be read everywhere, since Monday 2026-11-23, 11:30")
    assert team.known() == ["How we roll back"]

    monkeypatch.setenv("JIRA_TOKEN", team.server.token)
    team.server.person_reports("What a quorum is")
    assert team.goes_on(days=1) == ()
    assert sorted(team.known()) == ["How we roll back", "What a quorum is"]
    assert team.goes_on(days=5) == ()  # it goes with the next mail
    *_, over = heard_of(team, "What the team needs to learn")
    assert over.startswith("What the team needs to learn can be read everywhere again, since Wednesday 2026-11-25")


def test_what_is_left_out_is_told_to_the_lead_once(team: TrackedProgramme) -> None:
    entry = {"connection": "jira", "query": QUERY, "many": "3 in 4 weeks"}
    team.edit({**team.team, "needs": [entry]})
    team.goes_on()
    team.server.person_reports("Another without a component")
    team.goes_on(days=1)
    told = heard_of(team, "what the team needs to learn is not read whole: Jira has issues without a component")
    assert len(told) == 1
    assert "which are counted nowhere: give the entry of the team's needs an area, or the issues a component" in told[0]


def test_a_query_that_fails_leaves_the_connection_to_others(team: TrackedProgramme) -> None:
    assert team.goes_on() == ()
    team.server.faults.fail(500, times=999, on="search")
    for _ in range(2 * FAILURES):
        (said,) = team.goes_on(hours=1)
        assert said.startswith("needs: Jira did not show the issues of the query “project = PLAT”")
        assert "It is asked again in a while" not in said and not team.breaker.is_down()

    team.server.faults.clear()
    team.server.faults.fail(503, times=999)
    for _ in range(2 * FAILURES):
        team.goes_on(hours=1)
    assert team.breaker.is_down()


class LabelledProgramme(ConfluenceProgramme):
    """A programme with pages in Confluence, and needs on those of people; the ``breaker`` is its connection's."""

    def __init__(self, server: ConfluenceServer, folder: Path, breaker: Breaker, **differently: Any) -> None:
        self.breaker = breaker
        super().__init__(server, folder, {**WITH_PAGES, "series": TEAM["series"][:1], **differently})

    @contextmanager
    def world(self, create: bool = True) -> Iterator[World]:
        def guarded(port: object) -> Any:
            return Guarded(port, self.breaker, lambda: self.now)

        def sources(team: Team, key: str, folder: Path) -> list[Sources]:
            return [guarded(LabelledPages(self.client.api, Watch(), team, one, lambda: self.now)) for one in team.needs]

        with super().world(create) as world:
            yield replace(world, wiki=lambda *told: guarded(self.client.of_team(*told)), sources=sources)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_pages_that_cannot_be_searched_leave_confluence_to_others(flavour: Flavour, tmp_path: Path) -> None:
    needs_of = [{"connection": "confluence", "label": f"retro-{number}"} for number in range(FAILURES)]
    with confluence(flavour) as server:
        server.add_space("STORE")
        asks = LabelledProgramme(server, tmp_path / "asks", breaker := Breaker(), needs=needs_of)
        other = LabelledProgramme(server, tmp_path / "other", breaker, team="Storage", wiki={**USE, "space": "STORE"})
        server.person_adds_page("STORE", USE["parent"])
        asks.settle()
        other.settle()

        server.faults.fail(503, times=999, on="search", done=False)
        said = asks.run().errors
        assert len(said) == FAILURES and not breaker.is_down()
        assert all(one.startswith("needs: Confluence did not show the pages") for one in said)
        other.edit({**other.team, "topics": [{"title": "What a quorum is", "votes": 9}]})
        assert other.run().errors == ()
        assert any(page.title.endswith("What a quorum is") for page in server.pages())

        server.faults.fail(503, times=999, done=False)
        asks.run()
        assert breaker.is_down()
        (left_alone,) = other.run().errors
        assert "It is asked again in a while" in left_alone


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_pages_that_cannot_be_read_leave_confluence_to_others(flavour: Flavour, tmp_path: Path) -> None:
    with confluence(flavour) as server:
        one = LabelledProgramme(server, tmp_path, breaker := Breaker())
        one.settle()
        server.faults.fail(503, times=999, on="page.list", done=False)
        for _ in range(2 * FAILURES):
            (said,) = one.run().errors
            assert said.startswith("wiki: Confluence did not show")
            assert "It is asked again in a while" not in said and not breaker.is_down()
        assert breaker.failed == 2 * FAILURES

        server.faults.fail(503, times=999, done=False)
        for _ in range(FAILURES):
            one.run()
        assert breaker.is_down()
        server.faults.clear()
        one.now += PAUSE
        assert one.run().errors == () and not breaker.is_down()
