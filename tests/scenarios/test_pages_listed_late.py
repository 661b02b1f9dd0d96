"""A page whose making Confluence does not answer, and that it lists late, is there once, under its own title."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.confluence import ConfluenceServer, Request
from tests.scenarios.confluence_programme import FLAVOURS, PARENT, SPACE, TEAM, ConfluenceProgramme, confluence

HOME, YEAR = "Platform: peer learning", f"{PARENT} 2026"
LUNCH = "2026-11-26 Lunch & Learn: How our ingress works"
TRUE = (
    "may not have been written: ",
    "and does not show whose it is: it may be the one that ",
    ", or not yet. If that ",
)
"""What may be said while nobody knows whether a page was made."""


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceServer]:
    with confluence(request.param) as server:
        yield server


def lists_late(server: ConfluenceServer) -> None:
    """Show no page that is made from now on in any listing."""
    listed = {page.id for page in server.pages()}

    def watch(when: str, request: Request) -> None:
        if when == "after" and request.name == "page.create":
            server.behaviour.unlisted = {page.id for page in server.pages()} - listed

    server.watchers.append(watch)


def lists_all(server: ConfluenceServer) -> None:
    server.watchers.clear()
    server.behaviour.unlisted = set()


def titles(server: ConfluenceServer) -> list[str]:
    return sorted(page.title for page in server.pages())


def goes_on(programme: ConfluenceProgramme, **later: float) -> None:
    """Make a pass in a new process, which may say only what is true and change nothing that people see."""
    programme.later(**later)
    programme.client.restart()
    outcome = programme.run()
    assert outcome.errors and all(any(one in error for one in TRUE) for error in outcome.errors), outcome.errors
    assert outcome.plan.findings == ()


@pytest.mark.parametrize("lost", [1, 3], ids=["one answer", "three answers"])
@pytest.mark.parametrize("has_year", [True, False])
def test_each_page_is_made_once(server: ConfluenceServer, tmp_path: Path, lost: int, has_year: bool) -> None:
    programme = ConfluenceProgramme(server, tmp_path)
    if has_year:
        server.person_adds_page(SPACE, YEAR, "", server.titled(PARENT).id)
    lists_late(server)
    server.faults.lose_answer(times=lost, on="page.create")
    for seconds in (0, 1, 1, 20, 200):
        goes_on(programme, seconds=seconds)
    made = titles(server)
    assert {HOME, YEAR} <= {*made} and not any("(2)" in one for one in made)
    lists_all(server)
    server.faults.clear()
    programme.settle()
    assert len(programme.shown().pages_of) == len([one for one in titles(server) if one not in (PARENT, YEAR)]) - 1
    assert LUNCH in titles(server) and not any("(2)" in one for one in titles(server))
    assert {*made} <= {*titles(server)}


@pytest.mark.parametrize("is_made", ["at once, listed late", "late", "not at all"])
def test_another_topic_meanwhile_makes_no_other_page(server: ConfluenceServer, tmp_path: Path, is_made: str) -> None:
    programme, topics = ConfluenceProgramme(server, tmp_path), TEAM["topics"]
    server.person_adds_page(SPACE, YEAR, "", server.titled(PARENT).id)
    lists_late(server)
    server.faults.lose_answer(times=1000, on="page.create", done=is_made == "at once, listed late")
    goes_on(programme)
    made = [one.body for one in server.requests if one.name == "page.create" and isinstance(one.body, dict)]
    server.faults.clear()
    assert programme.edit({**programme.team, "topics": [{**topics[0], "title": "How caches work"}, *topics[1:]]})
    if is_made == "late":  # Confluence has gone on with what nobody waited for
        sent = next(one["body"] for one in made if one["title"] == LUNCH)
        server.person_adds_page(SPACE, LUNCH, sent.get("storage", sent)["value"], server.titled(YEAR).id)
        server.behaviour.unlisted |= {server.titled(LUNCH).id}
    if is_made != "not at all":
        goes_on(programme, seconds=1)
    lists_all(server)
    programme.settle()
    (lunch,) = [one for one in titles(server) if one.startswith("2026-11-26 Lunch")]
    assert lunch == "2026-11-26 Lunch & Learn: How caches work"


def test_one_of_a_year_that_another_team_has_just_made_waits_for_it(server: ConfluenceServer, tmp_path: Path) -> None:
    programme = ConfluenceProgramme(server, tmp_path)
    lists_late(server)
    server.person_adds_page(SPACE, YEAR, "", server.titled(PARENT).id)
    server.behaviour.unlisted = {server.titled(YEAR).id}
    goes_on(programme)
    lists_all(server)
    programme.settle()
    assert titles(server).count(YEAR) == 1
    assert server.page(server.titled(LUNCH).parent or "").title == YEAR


def test_a_title_that_nobody_is_shown_to_have_for_ten_minutes_is_somebody_else_s(
    server: ConfluenceServer, tmp_path: Path
) -> None:
    programme = ConfluenceProgramme(server, tmp_path)
    server.faults.fail(times=1000, on="page.create", done=False)
    goes_on(programme)
    server.faults.clear()
    server.person_restricts(server.person_adds_page(SPACE, HOME))
    for minutes in (1, 1, 5):
        goes_on(programme, minutes=minutes)
        assert f"{HOME} (2)" not in titles(server)
    programme.later(minutes=5)
    programme.settle()
    assert titles(server).count(HOME) == titles(server).count(f"{HOME} (2)") == 1
