"""What a pass asks of Confluence: requests, as the stand-in counts them, on Cloud and on Data Center."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.fakes.confluence import ConfluenceServer
from tests.scenarios.confluence_programme import FLAVOURS, USE, ConfluenceProgramme, confluence


class Asked(NamedTuple):
    """How many requests one pass made, on Cloud and on Data Center; ``limit`` is the most that it may make."""

    name: str
    cloud: int
    data_center: int
    limit: str


def asked_of_confluence() -> Iterator[Asked]:
    """Tell what passes of a team with three series ask."""
    with TemporaryDirectory() as folder:
        counted = []
        for flavour in FLAVOURS:
            with confluence(flavour) as server:
                counted.append(dict(_asked(server, Path(folder, flavour))))
    cloud, data_center = counted
    for (name, limit), requests in cloud.items():
        yield Asked(name, requests, data_center[name, limit], f"at most {limit}")


def _asked(server: ConfluenceServer, folder: Path) -> Iterator[tuple[tuple[str, int], int]]:
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
