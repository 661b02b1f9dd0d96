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


class Connection:
    """A connection to it; ``waited`` are the seconds for which it was patient."""

    def __init__(self, server: JiraServer, url: str = "", whole: float = 60) -> None:
        self.server, self.waited = server, list[float]()
        told: dict[str, Any] = {"url": url or server.url, "token": Secret(variable="JIRA_TOKEN")}
        self.api: Api
        if server.flavour == "cloud":
            known = JiraCloud(kind="jira-cloud", user=server.user, **told)
            self.api = Cloud(Site(JIRA, "jira", known, self.waited.append, whole))
        else:
            own = JiraDataCenter(kind="jira-data-center", **told)
            self.api = DataCenter(Site(JIRA, "jira", own, self.waited.append, whole))

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
