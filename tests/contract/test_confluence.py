"""Confluence keeps to the contract, on Cloud and on Data Center. A person works in the stand-in, past its API."""

from collections.abc import Iterator

import pytest

from daemon.ports import Wiki
from integrations.confluence.storage import Region, region_of
from tests.contract.wiki import OTHER, PAGE, WikiContract, create
from tests.fakes.confluence.state import Page
from tests.fakes.confluence.storage import tasks
from tests.fakes.confluence_connection import PARENT, SPACE, Flavour, connected


class TestConfluenceCloud(WikiContract):
    """One process that does everything."""

    flavour: Flavour = "cloud"

    @pytest.fixture(autouse=True)
    def _empty(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with connected(self.flavour, monkeypatch) as self.connection:
            self.server = self.connection.server
            yield

    def wiki(self) -> Wiki:
        return self.connection.wiki()

    def person_retitles(self, key: str, title: str) -> None:
        self.server.person_retitles(self._page(key).id, title)

    def person_edits_region(self, key: str) -> None:
        page = self._page(key)
        region = self._region(page, key)
        inner = region.inner.of(page.storage) if region.inner else ""
        self.server.person_replaces(page.id, inner, inner.replace("<p>", "<p>really ", 1))

    def person_writes(self, key: str, text: str) -> None:
        page = self._page(key)
        self.server.person_edits(page.id, f"{page.storage}<p>{text}</p>")

    def person_adds_item(self, key: str, text: str, done: bool = False) -> None:
        self.server.person_adds_task(self._page(key).id, text, done=done)

    def person_ticks(self, key: str, words: str) -> None:
        page = self._page(key)
        (box,) = [task.local_id for task in tasks(page.storage) if task.words == words]
        self.server.person_ticks(page.id, box)

    def person_lists(self, key: str, heading: str, *lines: str) -> None:
        page = self._page(key)
        items = "".join(f"<li><p>{line}</p></li>" for line in lines)
        self.server.person_edits(page.id, f"{page.storage}<h2>{heading}</h2><ul>{items}</ul>")

    def person_deletes(self, key: str) -> None:
        self.server.person_trashes(self._page(key).id)

    def person_adds_page(self, name: str, title: str) -> None:
        self.server.person_adds_page(SPACE, title, "<p>Flour</p>", self.server.titled(PARENT).id)

    def titles(self) -> list[str]:
        mine = {PARENT, f"{SPACE} Home"}
        return [page.title for page in self.server.pages() if page.title not in mine]

    def theirs(self, key: str) -> str:
        page = self._page(key)
        whole = self._region(page, key).whole
        return page.storage[: whole.start] + page.storage[whole.end :]

    def _page(self, key: str) -> Page:
        return next(page for page in self.server.pages() if isinstance(region_of(page.storage, key), Region))

    def _region(self, page: Page, key: str) -> Region:
        region = region_of(page.storage, key)
        assert isinstance(region, Region)
        return region


class TestConfluenceDataCenter(TestConfluenceCloud):
    """The other flavour."""

    flavour = "data-center"


class TestConfluenceCloudWithoutMemory(TestConfluenceCloud):
    """Each object in a process of its own, which knows nothing of what was answered before."""

    def wiki(self) -> Wiki:
        return self.connection.restarted().wiki()

    def test_nothing_is_reported_twice(self) -> None:
        self.write(create(PAGE))
        assert self.wiki().observe(self.wiki().observe(None).cursor).seen == ()
        self.write(create(OTHER))  # after a write a pass looks at all there is
        assert OTHER.key in {one.key for one in self.wiki().observe(None).seen}


class TestConfluenceDataCenterWithoutMemory(TestConfluenceCloudWithoutMemory):
    """The other flavour, the same way."""

    flavour = "data-center"
