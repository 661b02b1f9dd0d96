"""Jira keeps to the contract of sources, on Cloud and on Data Center. People report in the stand-in, past its API."""

from collections.abc import Iterator
from typing import Any

import pytest

import integrations.jira.sources
from config.needs import NeedSource
from daemon.ports import Sources
from tests.contract.sources import SourcesContract
from tests.fakes.jira.server import Flavour
from tests.fakes.jira_connection import QUERY, connected


class TestJiraCloud(SourcesContract):
    flavour: Flavour = "cloud"

    @pytest.fixture(autouse=True)
    def _empty(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with connected(self.flavour, monkeypatch, clock=lambda: self.now) as self.connection:
            self.server = self.connection.server
            yield

    def source(self, entry: NeedSource) -> Sources:
        return self.connection.source(entry, lambda: self.now)

    def entry(self, **more: Any) -> NeedSource:
        return NeedSource.model_validate({"connection": "jira", "query": QUERY, **more})

    def person_says(self, text: str) -> None:
        self.server.person_reports(text)

    def person_takes_back(self, text: str) -> None:
        self.server.person_deletes(next(one.key for one in self.server.state.issues.values() if one.summary == text))

    def breaks(self) -> None:
        self.server.faults.fail(times=99)

    def mends(self) -> None:
        self.server.faults.clear()

    def holds_at_most(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(integrations.jira.sources, "MOST_NEEDS", number)


class TestJiraDataCenter(TestJiraCloud):
    flavour = "data-center"
