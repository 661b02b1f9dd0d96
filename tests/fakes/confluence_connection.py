"""The wiki of a team on the stand-in for Confluence, spoken to by the real client, and pages to keep there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import pytest

from config.secret import Secret
from config.team import Team
from daemon.model import Bar, Mark, Observation, Observed, Page, Write, Written, fingerprint
from integrations.atlassian.site import Site
from integrations.confluence.cloud import Cloud
from integrations.confluence.connection import ConfluenceCloud, ConfluenceDataCenter
from integrations.confluence.data_center import DataCenter
from integrations.confluence.faults import CONFLUENCE
from integrations.confluence.look import Look
from integrations.confluence.places import Cache
from integrations.confluence.storage import Region, region_of, regions
from integrations.confluence.wiki import TeamWiki
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence.state import Page as Kept

Flavour = Literal["cloud", "data-center"]
SPACE, PARENT, KEY = "PLAT", "Peer learning", "platform"
ADA = {"cloud": "5b10ac8d82e05b22cc7d4ef5", "data-center": "ada"}
TEAM: dict[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "ada@example.com",
    "series": [
        {"name": "Lunch", "format": "lunch-and-learn", "cadence": {"every": "week", "on": "thursday", "at": "12:15"}}
    ],
}
PAGE = Page(
    key="platform/lunch/2026-12-10T12:15/page",
    name="2026-12-10-1215-lunch",
    title="2026-12-10 Lunch: How our ingress works",
    region="| Session | Lunch |\n| --- | --- |\n| **Facilitator** | Ada Lovelace |\n\n*Please write below.*",
    body="## Agenda\n\n1. Welcome\n",
    year=2026,
    labels=("platform", "lunch", "lunch-and-learn", "kubernetes"),
    values={"topic": "How our ingress works", "facilitator": "Ada Lovelace"},
)
NEWS = replace(PAGE, title="2026-12-10 Lunch: Caches", region="| **Facilitator** | Bob |\n\nnew")
OTHER = replace(PAGE, key="platform/lunch/2026-12-17T12:15/page", title="2026-12-17 Lunch: Queues")
CHARTED = "**Turns taken**\n\n![Turns taken: Ada {}](turns.png)"
HOME = Page("platform/home", "home", "Platform: peer learning", CHARTED.format(1), "", chart=(Bar("Ada", 1, 1),))


class Connection:
    """A team's connection; ``waited`` are the seconds for which it was patient, ``said`` its errors."""

    def __init__(self, server: ConfluenceServer, url: str = "", **wiki: Any) -> None:
        self.server = server
        self.waited, self.said = list[float](), list[str]()
        cloud, token = server.world.cloud, Secret(variable="CONFLUENCE_TOKEN")
        url, wait = url or server.url, self.waited.append
        self.api: Cloud | DataCenter
        if cloud:
            user = server.credentials.user
            known = ConfluenceCloud(kind="confluence-cloud", url=url, user=user, token=token)
            self.api = Cloud(Site(CONFLUENCE, "confluence", known, sleep=wait))
        else:
            own = ConfluenceDataCenter(kind="confluence-data-center", url=url, token=token)
            self.api = DataCenter(Site(CONFLUENCE, "confluence", own, sleep=wait))
        self.restarted()
        self.flavour: Flavour = "cloud" if cloud else "data-center"
        self.use = {"connection": "confluence", "space": SPACE, "parent": PARENT, **wiki}
        self.members = [
            {"name": "Ada Lovelace", "email": "ada@example.com", "confluence": ADA[self.flavour]},
            {"name": "Bob Hopper", "email": "bob@example.com"},
        ]

    def restarted(self) -> "Connection":
        """Forget everything, as a new process has."""
        self.cache = Cache(Look(self.api))
        return self

    def wiki(self) -> TeamWiki:
        """Return the team's wiki, as each pass makes it."""
        team = Team.model_validate({**TEAM, "members": self.members, "wiki": self.use})
        return TeamWiki(self.api, self.cache, team, KEY)

    def write(self, page: Page, *fields: str, version: str = "") -> Written:
        """Write a page: these fields of it, or all of it where none is named."""
        write = Write(page, Mark(page.key, fingerprint(page.content)), frozenset(fields) if fields else None, version)
        (written,) = self.wiki().write([write])
        self.said.append(written.error)
        return written

    def made(self, page: Page = PAGE) -> Kept:
        """Make a page, and return it as Confluence has it."""
        assert self.write(page).error == ""
        return self.kept(page)

    def kept(self, page: Page = PAGE) -> Kept:
        """Return a page of ours as Confluence has it."""
        found = [one for one in self.server.pages() if isinstance(region_of(one.storage, page.key), Region)]
        assert len(found) == 1, [one.title for one in found]
        return found[0]

    def around(self, page: Page = PAGE) -> str:
        """Return all of a page that is people's."""
        kept = self.kept(page)
        (region,) = regions(kept.storage)
        return kept.storage[: region.whole.start] + kept.storage[region.whole.end :]

    def look(self, cursor: str | None = None) -> Observation:
        """Look at what is there."""
        return self.wiki().observe(cursor)

    def seen(self, page: Page = PAGE) -> Observed | None:
        """Return what a complete look shows of a page."""
        return {one.key: one for one in self.look().seen}.get(page.key)


@contextmanager
def connected(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch, context: str | None = None, **wiki: Any
) -> Iterator[Connection]:
    """Give a connection to a site with a space and the page named as parent; nothing may be amiss in the end."""
    with ConfluenceServer(flavour, context=context) as server:
        server.add_space(SPACE)
        server.person_adds_page(SPACE, PARENT)
        server.index.catch_up()
        monkeypatch.setenv("CONFLUENCE_TOKEN", server.credentials.token)
        yield Connection(server, **wiki)
        assert server.complaints == []
