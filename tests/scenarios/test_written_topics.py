"""A topic that people write where they see it, in Google Calendar and in Confluence, is read as the session's."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.confluence import ConfluenceServer
from tests.fakes.google_connection import CALENDAR
from tests.scenarios.confluence_programme import FLAVOURS, ConfluenceProgramme, confluence
from tests.scenarios.google_programme import SERIES, GoogleProgramme, stand_in
from tests.scenarios.google_programme import TEAM as ON_GOOGLE
from tests.scenarios.programme import ZONE, Programme

SESSION = "platform/lunch-learn/2026-11-26T12:15"
FIRST = datetime(2027, 3, 4, 12, 15, tzinfo=ZONE)
"""The first session at Google."""


def topic(programme: Programme) -> str | None:
    """Return what the first session is about."""
    found = programme.memory().by_start()[0].topic
    return found.title if found else None


def findings(programme: Programme) -> list[str]:
    outcome = programme.settle()
    return [one.text for one in outcome.plan.findings if "as the topic of" in one.text]


def test_in_the_title_of_an_event_at_google(tmp_path: Path) -> None:
    with stand_in({}) as google:
        programme = GoogleProgramme(google, tmp_path, {**ON_GOOGLE, "rotation": {"ahead": "3 weeks"}})
        programme.settle()
        assert topic(programme) is None
        google.edit(CALENDAR, SERIES, FIRST, summary="Lunch & Learn: How eBPF works")
        (said,) = findings(programme)
        assert said.startswith("somebody wrote “How eBPF works” in the title of its event")
        assert topic(programme) == "How eBPF works"
        assert any("Lunch & Learn: How eBPF works\n" in text for text in programme.pages().values())
        google.edit(CALENDAR, SERIES, FIRST, summary="Lunch & Learn: topic wanted")
        assert findings(programme) == []
        assert topic(programme) is None


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceServer]:
    with confluence(request.param) as server:
        yield server


def of(server: ConfluenceServer, folder: Path) -> tuple[ConfluenceProgramme, Any]:
    programme = ConfluenceProgramme(server, folder)
    assert programme.edit({**programme.team, "topics": [], "rotation": {"ahead": "2 weeks"}})
    programme.settle()
    return programme, server.page(programme.shown().pages_of[f"{SESSION}/page"])


def test_in_the_heading_of_a_page_in_confluence(server: ConfluenceServer, tmp_path: Path) -> None:
    programme, page = of(server, tmp_path)
    server.person_retitles(page.id, "2026-11-26 Lunch & Learn: How eBPF works")
    (said,) = findings(programme)
    assert "in the heading of its page" in said
    assert topic(programme) == "How eBPF works"


def test_in_the_table_of_a_page_in_confluence(server: ConfluenceServer, tmp_path: Path) -> None:
    programme, page = of(server, tmp_path)
    cell = r"(<th><p>No topic yet</p></th><td><p>)[^<]*"
    text, times = re.subn(cell, r"\1How eBPF works", page.storage)
    assert times == 1, page.storage
    server.person_edits(page.id, text)
    (said,) = findings(programme)
    assert "in the table of its page" in said
    assert topic(programme) == "How eBPF works"
    assert server.page(page.id).title == "2026-11-26 Lunch & Learn: How eBPF works"


def test_a_page_in_whose_table_somebody_wrote_goes_on_being_brought_up_to_date_in_confluence(
    server: ConfluenceServer, tmp_path: Path
) -> None:
    programme, page = of(server, tmp_path)
    (asked,) = re.findall(r"<th><p>No topic yet</p></th><td><p>[^<]*", page.storage)
    server.person_edits(page.id, page.storage.replace(asked, "<th><p>Topic</p></th><td><p>Flink"))
    findings(programme)
    assert programme.settle().plan.changes == () and topic(programme) == "Flink"
    assert len(findings(programme)) == 1
    first = programme.memory().by_start()[0]
    role, email = next(iter(first.roles.items()))
    gone = [{**one, "away": ["2026-11-26"]} if one["email"] == email else one for one in programme.team["members"]]
    assert programme.edit({**programme.team, "members": gone})
    plan = programme.settle().plan
    assert programme.memory().by_start()[0].roles[role] != email
    assert not [one.text for one in plan.findings if "part kept by peerloop" in one.text]
    storage = server.page(page.id).storage
    member = next(one["name"] for one in gone if one["email"] == programme.memory().by_start()[0].roles[role])
    assert re.search(rf"<th><p>{role.capitalize()}</p></th><td><p>{member}", storage), storage
    assert storage.count("<th><p>Topic</p></th>") == 1 and topic(programme) == "Flink"
    back = storage.replace("<th><p>Topic</p></th><td><p>Flink", "<th><p>Topic</p></th><td><p>Kafka")
    server.person_edits(page.id, back)
    assert len(findings(programme)) == 1 and topic(programme) == "Kafka"
    back = server.page(page.id).storage.replace("<th><p>Topic</p></th><td><p>Kafka", asked)
    server.person_edits(page.id, back)
    assert findings(programme) == [] and topic(programme) is None
    assert not [one for one in programme.settle().plan.findings if "part kept by peerloop" in one.text]
