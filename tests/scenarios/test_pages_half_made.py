"""A page that was made, but not all that belongs to it, and whose topic changes before the next pass."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.loop import Pass
from tests.fakes.confluence import ConfluenceServer, Page, Request
from tests.scenarios.command_line import begun
from tests.scenarios.confluence_programme import FLAVOURS, ConfluenceProgramme, confluence

WAS, MEANWHILE, IS = "How our ingress works", "How caches work", "How we page people"
TITLE = "2026-11-26 Lunch & Learn: "


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceServer]:
    with confluence(request.param) as server:
        yield server


def fails(programme: ConfluenceProgramme, what: str, tmp_path: Path) -> None:
    """Make a pass in which nothing of this kind is put onto a new page."""
    programme.server.faults.fail(times=1000, on=what, done=False)
    assert programme.run().errors
    programme.server.faults.clear()
    programme.client.restart()


def dies(programme: ConfluenceProgramme, what: str, tmp_path: Path) -> None:
    """Make a pass that is killed when the first of this kind is put onto a new page."""
    told = [str(programme.path), "--config", str(programme.config), "--now", programme.now.isoformat()]
    process = begun(tmp_path, "apply", *told, says=(tmp_path / "out", tmp_path / "err"))

    def watch(when: str, request: Request) -> None:
        if (when, request.name) == ("before", what):
            os.kill(process.pid, signal.SIGKILL)

    programme.server.watchers.append(watch)
    assert process.wait() == -signal.SIGKILL, (tmp_path / "err").read_text()
    programme.server.watchers.clear()


Half = Callable[[ConfluenceProgramme, str, Path], None]


def lunch(server: ConfluenceServer) -> Page:
    (found,) = [page for page in server.pages() if page.title.startswith(TITLE)]
    return found


def about(programme: ConfluenceProgramme, topic: str) -> None:
    """Let the team's file have another topic in the first place."""
    first, *others = programme.team["topics"]
    assert programme.edit({**programme.team, "topics": [{**first, "title": topic}, *others]}), programme.faults


def told(outcome: Pass) -> list[str]:
    return [found.text for found in outcome.plan.findings]


@pytest.mark.parametrize("half", [fails, dies])
@pytest.mark.parametrize("what", ["property.create", "label.add"])
def test_it_is_about_the_new_topic(server: ConfluenceServer, tmp_path: Path, half: Half, what: str) -> None:
    programme = ConfluenceProgramme(server, tmp_path)
    half(programme, what, tmp_path)
    begun_as = lunch(server)
    assert begun_as.title == f"{TITLE}{WAS}"
    programme.hands.writes(begun_as.id, "Bring your own", above=False)
    about(programme, MEANWHILE)
    assert programme.run().errors == ()
    page = lunch(server)
    assert (page.id, page.title) == (begun_as.id, f"{TITLE}{MEANWHILE}")
    assert MEANWHILE in page.storage and WAS not in page.storage
    assert "Bring your own" in page.storage and page.labels
    about(programme, IS)
    assert told(programme.settle()) == []
    page = lunch(server)
    assert page.title == f"{TITLE}{IS}" and IS in page.storage and MEANWHILE not in page.storage


@pytest.mark.parametrize("half", [fails, dies])
def test_what_a_person_changed_on_it_stays_and_is_told(server: ConfluenceServer, tmp_path: Path, half: Half) -> None:
    programme = ConfluenceProgramme(server, tmp_path)
    half(programme, "label.add", tmp_path)
    programme.hands.edits_region(lunch(server).id, "By hand")
    about(programme, MEANWHILE)
    outcome = programme.settle()
    page = lunch(server)
    assert page.title == f"{TITLE}{MEANWHILE}"
    assert "By hand" in page.storage and WAS in page.storage
    assert [one for one in told(outcome) if "a person changed its part kept by peerloop, which stays" in one]
