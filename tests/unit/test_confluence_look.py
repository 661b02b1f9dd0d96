"""Teams in one space share a look at their pages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.operator import operator_model
from config.team import Team
from daemon.model import Mark, Page, Write, fingerprint
from daemon.ports import Wiki
from integrations import kinds, wiki
from integrations.confluence.look import Look
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence_connection import Connection

SPACE = "PLAT"


@pytest.fixture
def server() -> Iterator[ConfluenceServer]:
    with ConfluenceServer("cloud") as server:
        server.add_space(SPACE)
        yield server
        assert server.complaints == []


def page_of(key: str) -> Page:
    return Page(f"{key}/home", "home", f"{key}: peer learning", "Coming up", "- [ ] @ada tidy up\n")


def team_of(name: str) -> Team:
    cadence = {"every": "week", "on": "thursday", "at": "12:15"}
    told = {"team": name, "timezone": "Europe/Berlin", "lead": "ada@example.com"}
    people = {"members": [{"name": "Ada Lovelace", "email": "ada@example.com"}]}
    series = {"series": [{"name": "Lunch", "format": "lunch-and-learn", "cadence": cadence}]}
    place = {"wiki": {"connection": "confluence", "space": SPACE}}
    return Team.model_validate({**told, **people, **series, **place})


def test_a_pass_over_two_teams_costs_two_requests(server: ConfluenceServer, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(server.credentials.token)
    told = {"kind": "confluence-cloud", "url": server.url, "user": server.credentials.user}
    connections = {"confluence": {**told, "token": f"file:{tmp_path / 'token'}"}}
    operator = operator_model(kinds()).model_validate({"data": str(tmp_path), "connections": connections})
    teams = {name.lower(): team_of(name) for name in ("Platform", "Data")}

    def pages(key: str) -> Wiki:
        return wiki(operator, lambda _: datetime(2026, 12, 1, tzinfo=UTC), teams[key], key)

    for key in teams:
        page = page_of(key)
        assert [one.error for one in pages(key).write([Write(page, Mark(page.key, fingerprint(page.content)))])] == [""]
    cursors = {key: pages(key).observe(None).cursor for key in teams}
    for key, cursor in cursors.items():
        assert pages(key).observe(cursor).seen == ()
    before = len(server.requests)
    for key, cursor in cursors.items():
        assert pages(key).observe(cursor).seen == ()
    assert server.requests.names[before:] == ["page.list", "task.list"]
    server.person_ticks(server.titled("data: peer learning").id, "1")
    seen = {key: pages(key).observe(cursor).seen for key, cursor in cursors.items()}
    assert seen["platform"] == ()
    assert [item.done for one in seen["data"] for item in one.items] == [True]


def test_an_old_look_serves_nobody(server: ConfluenceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFLUENCE_TOKEN", server.credentials.token)
    page = server.person_adds_page(SPACE, "A page")
    seconds = 100.0
    look = Look(Connection(server).api, lambda: seconds)
    for team in ("platform", "data"):
        assert [state.title for state in look.at(team, [page])[0]] == ["A page"]
    assert server.requests.names.count("page.list") == 1
    look.at("platform", [page])
    look.wrote("data")
    look.at("data", [page])
    assert server.requests.names.count("page.list") == 3
    look.at("platform", [page])
    server.person_retitles(page, "Another")
    seconds += 60
    assert [state.title for state in look.at("data", [page])[0]] == ["Another"]
