"""Pages of people's in Confluence keep to the contract of sources, by a label and below a page, on both flavours."""

from collections.abc import Iterator
from html import escape
from typing import Any

import pytest

import integrations.confluence.sources
from config.needs import NeedSource
from config.team import Team
from daemon.ports import Sources
from integrations.confluence.sources import LabelledPages, Watch
from tests.contract.sources import SourcesContract
from tests.fakes.confluence_connection import SPACE, TEAM, Flavour, connected

ADA = [{"name": "Ada Lovelace", "email": "ada@example.com"}]


class TestLabelledOnCloud(SourcesContract):
    flavour: Flavour = "cloud"

    @pytest.fixture(autouse=True)
    def _empty(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with connected(self.flavour, monkeypatch) as self.connection:
            self.server, self.watch = self.connection.server, Watch()
            self.server.world.clock = lambda: self.now
            self.above = self.server.person_adds_page(SPACE, "Retrospectives")
            self.server.index.catch_up()
            yield

    def source(self, entry: NeedSource) -> Sources:
        team = Team.model_validate({**TEAM, "members": ADA, "wiki": self.connection.use})
        return LabelledPages(self.connection.api, self.watch, team, entry, lambda: self.now)

    def entry(self, **more: Any) -> NeedSource:
        return NeedSource.model_validate({"connection": "confluence", "label": "Retrospective", **more})

    def person_says(self, text: str) -> None:
        title = f"Retro {len(self.server.pages())}"
        storage = f"<h2>What we did not know</h2><ul><li>{escape(text)}</li></ul>"
        page = self.server.person_adds_page(SPACE, title, storage, self.above)
        self.server.person_labels(page, "retrospective")
        self.server.index.catch_up()

    def person_takes_back(self, text: str) -> None:
        self.server.person_trashes(next(one.id for one in self.server.pages() if escape(text) in one.storage))
        self.server.index.catch_up()

    def breaks(self) -> None:
        self.server.faults.fail(times=99, done=False)

    def mends(self) -> None:
        self.server.faults.clear()

    def holds_at_most(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(integrations.confluence.sources, "MOST_PAGES", number)


class TestLabelledOnDataCenter(TestLabelledOnCloud):
    flavour = "data-center"


class TestBelowAPageOnCloud(TestLabelledOnCloud):
    def entry(self, **more: Any) -> NeedSource:
        return NeedSource.model_validate({"connection": "confluence", "under": "Retrospectives", **more})


class TestBelowAPageOnDataCenter(TestBelowAPageOnCloud):
    flavour = "data-center"
