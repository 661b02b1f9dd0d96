"""A whole programme on the stand-in for Confluence, where people open the pages in the browser."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import icalendar
import yaml

from config.operator import Operator, load_operator
from config.team import Team
from daemon.deliver import Delivered
from daemon.loop import USUAL_CAPS, Pass, World
from daemon.model.names import home_key
from daemon.plan.guards import Allowance
from integrations import kinds
from integrations.atlassian.site import Site
from integrations.confluence.cloud import Cloud
from integrations.confluence.comments import Comments
from integrations.confluence.connection import ConfluenceCloud, ConfluenceDataCenter
from integrations.confluence.data_center import DataCenter
from integrations.confluence.faults import CONFLUENCE
from integrations.confluence.look import Look
from integrations.confluence.places import Cache
from integrations.confluence.wiki import TeamWiki
from integrations.pause import Pause
from tests.fakes.confluence import ConfluenceServer, Requests
from tests.scenarios import programme
from tests.scenarios.confluence_view import ConfluenceHands, boxes_of, text_of, view_of
from tests.scenarios.disturbances import Killed
from tests.scenarios.programme import MONDAY, Box, Programme, Through

Flavour = Literal["cloud", "data-center"]
FLAVOURS: tuple[Flavour, ...] = ("cloud", "data-center")
SPACE, PARENT = "PLAT", "Peer learning"
USE: Mapping[str, Any] = {"connection": "confluence", "space": SPACE, "parent": PARENT}
TEAM: Mapping[str, Any] = {**programme.TEAM, "wiki": USE}
"""The team of the other scenarios."""


@contextmanager
def confluence(flavour: Flavour) -> Iterator[ConfluenceServer]:
    """Give a Confluence with one space and the page below which a team keeps its own."""
    with ConfluenceServer(flavour, clock=lambda: MONDAY) as server:
        server.add_space(SPACE)
        server.person_adds_page(SPACE, PARENT, "<p>What we teach each other.</p>")
        server.index.catch_up()
        yield server
        assert server.complaints == []


class Client:
    """A connection to the stand-in as a process has it. Waiting is counted instead of done."""

    def __init__(
        self,
        connection: ConfluenceCloud | ConfluenceDataCenter,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.connection, self._clock = connection, clock
        self.waited: list[float] = []
        self.restart()

    def restart(self) -> None:
        """Forget everything, as a new process has."""
        site = Site(CONFLUENCE, "confluence", self.connection, self.waited.append)
        self.api = Cloud(site) if isinstance(self.connection, ConfluenceCloud) else DataCenter(site)
        self.caches: dict[str, Cache] = {}
        self.pauses = defaultdict[str, Pause](lambda: Pause(lambda: self._clock().timestamp()))

    def of_team(self, team: Team, key: str) -> TeamWiki:
        """Return a team's pages as the team's file has them."""
        cache = self.caches.setdefault(key, Cache(Look(self.api)))
        return TeamWiki(self.api, cache, team, key, self._clock)

    def to_team(self, team: Team, key: str) -> Comments:
        """Return what writes to a team's people below its home page."""
        return Comments(self.api, team, self.of_team(team, key).places, home_key(key), self.pauses[key])


class ConfluenceProgramme(Programme):
    """A programme whose pages are in Confluence; what a pass asked of it is in ``asked``."""

    def __init__(
        self, server: ConfluenceServer, folder: Path, team: Mapping[str, Any] = TEAM, now: datetime = MONDAY
    ) -> None:
        self.server, self.config = server, folder / "peerloop.yaml"
        self.asked = Requests()
        super().__init__(folder, self.with_accounts(team), now)
        connection = self.operator.connections["confluence"]
        assert isinstance(connection, ConfluenceCloud | ConfluenceDataCenter)
        self.client = Client(connection, lambda: self.now)

    def with_accounts(self, team: Mapping[str, Any]) -> dict[str, Any]:
        """Return a team whose members have the accounts that there are."""
        users = self.server.world.state.users.values()
        accounts = {one.email: one.account_id if self.server.world.cloud else one.username for one in users}
        members = [
            {**one, "confluence": accounts[one["email"]]} if one["email"] in accounts else one
            for one in team["members"]
        ]
        return {**team, "members": members}

    def operators(self) -> Operator:
        token = self.config.with_name("token")
        token.write_text(self.server.credentials.token)
        told = {"url": self.server.url, "token": f"file:{token}"}
        if self.server.world.cloud:
            told |= {"kind": "confluence-cloud", "user": self.server.credentials.user}
        else:
            told |= {"kind": "confluence-data-center"}
        self.config.write_text(yaml.safe_dump({"data": str(self.data), "connections": {"confluence": told}}))
        return load_operator(self.config, kinds()).checked()

    @contextmanager
    def world(self, create: bool = True) -> Iterator[World]:
        with super().world(create) as world:
            yield replace(world, wiki=self.client.of_team)

    def apply(self, through: Through = lambda world: world, caps: Allowance = USUAL_CAPS) -> tuple[Pass, Delivered]:
        before = len(self.server.requests)
        try:
            return super().apply(through, caps)
        except Killed:
            self.client.restart()
            raise
        finally:
            self.asked = Requests(self.server.requests[before:])

    # what people see and do

    @property
    def hands(self) -> ConfluenceHands:
        return ConfluenceHands(self.server, SPACE)

    def pages(self) -> dict[str, str]:
        return view_of(self.server)

    @contextmanager
    def out_of_sight(self, place: str) -> Iterator[None]:
        if place != "wiki":
            with super().out_of_sight(place):
                yield
            return
        self._in_mind = self.seen_by_people()
        hidden = [page.id for page in self.server.pages() if not page.hidden]
        for page in hidden:
            self.server.person_restricts(page)
        yield
        for page in hidden:
            self.server.person_restricts(page, hidden=False)
        self._in_mind = None

    def seen_by_people(self) -> tuple[icalendar.Calendar, Mapping[str, str], tuple[Box, ...]]:
        if self._in_mind:
            return self._in_mind
        pages = [page for page in self.server.pages() if not page.hidden]
        boxes = tuple(box for page in pages for box in boxes_of(page))
        return super().seen_by_people()[0], {page.id: text_of(page) for page in pages}, boxes

    def contents(self) -> dict[str, bytes]:
        pages = json.dumps(self.server.snapshot().seen, default=repr).encode()
        return {**super().contents(), "wiki": pages}
