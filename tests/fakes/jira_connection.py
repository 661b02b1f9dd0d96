"""What a team's needs show of the stand-in for Jira, asked by the real client."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from config.needs import NeedSource
from config.secret import Secret
from integrations.atlassian.site import Site
from integrations.jira.api import Api, Cloud, DataCenter
from integrations.jira.connection import JiraCloud, JiraDataCenter
from integrations.jira.faults import JIRA
from integrations.jira.sources import JiraIssues
from tests.fakes.jira import JiraServer
from tests.fakes.jira.server import Flavour

QUERY = "project = PLAT"


def api_of(flavour: Flavour, url: str, waited: list[float], whole: float = 60) -> Api:
    """Return the API at an address; ``waited`` takes the seconds for which it is patient."""
    told: dict[str, Any] = {"url": url, "token": Secret(variable="JIRA_TOKEN")}
    if flavour == "cloud":
        known = JiraCloud(kind="jira-cloud", user="bot@example.com", **told)
        return Cloud(Site(JIRA, "jira", known, waited.append, whole))
    own = JiraDataCenter(kind="jira-data-center", **told)
    return DataCenter(Site(JIRA, "jira", own, waited.append, whole))


class Connection:
    """A connection to it; ``waited`` are the seconds for which it was patient."""

    def __init__(self, server: JiraServer) -> None:
        self.server, self.waited = server, list[float]()
        self.api = api_of(server.flavour, server.url, self.waited)

    def source(self, entry: NeedSource, clock: Callable[[], datetime]) -> JiraIssues:
        """Return what an entry of a team's needs shows."""
        return JiraIssues(self.api, entry, clock)


@contextmanager
def connected(flavour: Flavour, monkeypatch: pytest.MonkeyPatch, **server: Any) -> Iterator[Connection]:
    """Give a connection to a Jira with one project; nothing may be amiss in the end."""
    with JiraServer(flavour, **server) as jira:
        jira.add_project("PLAT")
        monkeypatch.setenv("JIRA_TOKEN", jira.token)
        yield Connection(jira)
        assert jira.complaints == []
