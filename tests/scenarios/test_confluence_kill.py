"""A ``peerloop apply`` that is killed at any request to Confluence, or at any commit of the ledger beside it, and run
again, leaves the pages of one that was not killed: none twice, none half made, and no word of people's lost.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from tests import soak
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence.storage import settled
from tests.scenarios.confluence_programme import FLAVOURS, TEAM, ConfluenceProgramme, Flavour, confluence
from tests.scenarios.killer import LEDGER, REQUESTS, Kills
from tests.scenarios.programme import MONDAY, contents


def cold(programme: ConfluenceProgramme) -> None:
    """The very first apply."""


def changed(programme: ConfluenceProgramme) -> None:
    """Topics and an absence, when people have written beside and inside of our part, and done what they had to."""
    programme.settle()
    first, second, *_ = [one for key, one in programme.shown().pages_of.items() if key != "platform/home"]
    programme.hands.writes(first, "Before it", above=True)
    programme.hands.writes(first, "After it", above=False)
    programme.hands.edits_region(second, "By hand")
    programme.hands.adds_item(first, "bob", "item of ours", MONDAY.date())
    programme.hands.adds_item(second, "ada", "item of hers", MONDAY.date())
    programme.settle()
    programme.hands.ticks_item(first)
    away, team = ["2026-11-25..2026-12-04"], programme.team
    members = [{**one, "away": away} if number == 1 else one for number, one in enumerate(team["members"])]
    topics = [{"title": "On <call>", "votes": 9, "owner": "eve@example.com"}, *team["topics"][1:]]
    assert programme.edit({**team, "members": members, "topics": topics}), programme.faults


def later(programme: ConfluenceProgramme) -> None:
    """More pages to be opened, some days after; one of them has been given its title by a person."""
    programme.settle()
    programme.server.person_adds_page("PLAT", "2026-12-03 LUNCH & LEARN")
    programme.later(days=4)


@pytest.fixture
def server(flavour: Flavour) -> Iterator[ConfluenceServer]:
    with confluence(flavour) as server:
        yield server


CASES = [*product(FLAVOURS, (cold, changed, later))]
FEW: list[tuple[Flavour, Callable[[ConfluenceProgramme], None]]] = [
    ("cloud", cold),
    ("cloud", changed),
    ("data-center", changed),
    ("data-center", later),
]
"""On each flavour pages are made, and changed."""


@soak.soaked
@pytest.mark.parametrize(("flavour", "prepare"), soak.either(FEW, CASES))
def test_a_killed_apply_leaves_the_same_pages(
    prepare: Callable[[ConfluenceProgramme], None], server: ConfluenceServer, tmp_path: Path
) -> None:
    programme = ConfluenceProgramme(server, tmp_path, TEAM, MONDAY)
    programme.data.mkdir()
    prepare(programme)
    told = [programme.path, "--config", programme.config, "--now", programme.now.isoformat()]
    reset = partial(server.restore, server.snapshot())
    kills = Kills((*REQUESTS, *LEDGER), told, programme.data, tmp_path / "work", reset)
    ends = {name: end(server, data) for name, data in kills}
    assert {*REQUESTS, *LEDGER} <= {name.rpartition(" ")[2] for name in ends}
    reference = ends["undisturbed"]
    for name, found in ends.items():
        differing = {key: (reference.get(key), found.get(key)) for key in {*reference, *found}}
        assert not {key: two for key, two in differing.items() if two[0] != two[1]}, name


def end(server: ConfluenceServer, data: Path) -> dict[str, object]:
    """Return each page with all that belongs to it, but how often it was saved, and what is in the local folders."""
    pages = {
        page.title: (
            (page.id, page.parent, page.status, settled(page.storage), sorted(page.labels)),
            {name: found.value for name, found in page.properties.items()},
            {name: versions[-1] for name, versions in server.attachments(page.id).items()},
        )
        for status in ("current", "archived", "trashed")
        for page in server.pages(status)
    }
    return {**pages, **contents(data)}
