"""What a team gets of Jira: where its needs come from."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from config.needs import NeedSource
from config.team import Team
from integrations.atlassian.site import Site
from integrations.jira.api import Api, Cloud, DataCenter
from integrations.jira.connection import JiraCloud, JiraDataCenter
from integrations.jira.faults import JIRA
from integrations.jira.sources import JiraIssues

Account = JiraCloud | JiraDataCenter


def sources(
    connection: Account,
    data: Path,
    clock: Callable[[], datetime],
    team: Team,
    key: str,
    source: NeedSource,
    folder: Path,
) -> JiraIssues:
    """Return where needs come from: the issues of one query; teams with the same connection share the signing in."""
    return JiraIssues(_api(source.connection, connection), source, clock)


@lru_cache(maxsize=64)
def _api(name: str, connection: Account) -> Api:
    site = Site(JIRA, name, connection)
    return Cloud(site) if isinstance(connection, JiraCloud) else DataCenter(site)
