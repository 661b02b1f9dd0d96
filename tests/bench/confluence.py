"""What a pass asks of Confluence: requests, as the stand-in counts them, on Cloud and on Data Center, and how many
rounds of them come one after the other.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.fakes.confluence import ConfluenceServer
from tests.fakes.rounds import Rounds
from tests.scenarios.confluence_programme import FLAVOURS, SPACE, USE, ConfluenceProgramme, confluence

Counted = Iterator[tuple[tuple[str, int], int]]


QUIET = 0.05
"""For how many seconds the stand-in waits whether more is asked at once."""
NOTES = 40


class Asked(NamedTuple):
    """How many requests one pass made, or rounds of them, on Cloud and on Data Center; ``limit`` is the most."""

    name: str
    cloud: int
    data_center: int
    limit: int


def asked_of_confluence() -> Iterator[Asked]:
    """Tell what passes of a team with three series ask."""
    yield from _on_both(_asked)


def rounds_of_confluence() -> Iterator[Asked]:
    """Tell how many rounds of requests a first pass takes, where people have many pages of their own."""
    yield from _on_both(_rounds)


def _on_both(counted: Callable[[ConfluenceServer, Path], Counted]) -> Iterator[Asked]:
    with TemporaryDirectory() as folder:
        found = []
        for flavour in FLAVOURS:
            with confluence(flavour) as server:
                found.append(dict(counted(server, Path(folder, flavour))))
    cloud, data_center = found
    for (name, limit), requests in cloud.items():
        yield Asked(name, requests, data_center[name, limit], limit)


def _rounds(server: ConfluenceServer, folder: Path) -> Counted:
    for number in range(NOTES):
        server.person_labels(server.person_adds_page(SPACE, f"Notes {number}"), "platform")
    server.index.catch_up()
    programme = ConfluenceProgramme(server, folder)
    programme.edit({**programme.team, "wiki": {**USE, "open": "12 days before"}})
    yield ("4 pages and the home page, 40 of people's, a first pass", 21), _in_a_row(programme)
    programme.client.restart()
    (folder / "data" / "ledger.db").unlink()
    yield ("the same without its ledger", 12), _in_a_row(programme)


def _in_a_row(programme: ConfluenceProgramme) -> int:
    programme.server.watchers = [rounds := Rounds(QUIET)]
    programme.run()
    return rounds.in_a_row


def _asked(server: ConfluenceServer, folder: Path) -> Counted:
    programme = ConfluenceProgramme(server, folder)
    programme.edit({**programme.team, "wiki": {**USE, "open": "12 days before"}})
    programme.run()
    yield ("cold start, 4 pages and the home page", 26), len(programme.asked)
    for page in programme.settle().memory.records:
        if page.endswith("/page"):
            server.person_adds_task(programme.shown().pages_of[page], "@ada tidy up")
    programme.settle()
    yield ("nothing to do", 2), len(programme.asked)
    programme.edit({**programme.team, "needs": [{"connection": "confluence", "label": "retrospective"}]})
    programme.settle()
    programme.settle()
    yield ("nothing to do, with needs from pages with a label", 2), len(programme.asked)
    programme.edit({**programme.team, "whiteboard": "https://whimsical.com/ours"})
    programme.run()
    yield ("4 changed pages", 2 + 4 * 2), len(programme.asked)
    programme.later(days=1)
    programme.settle()
    programme.edit({**programme.team, "wiki": {**USE, "open": "17 days before"}})
    created = programme.run().plan.changes
    opened = len([one for one in created if one.resource.key.endswith("/page")])
    yield (f"{opened} opened pages and the home page, which lists them", 2 + opened * 4 + 2), len(programme.asked)
