"""A Confluence, spoken to as any product of Atlassian's."""

from collections.abc import Callable

from daemon.ports import rest
from integrations.atlassian import site
from integrations.confluence.connection import ConfluenceCloud, ConfluenceDataCenter
from integrations.confluence.faults import CONFLUENCE


class Site(site.Site):
    """A connection to Confluence, shared by all teams that name it."""

    def __init__(
        self,
        name: str,
        connection: ConfluenceCloud | ConfluenceDataCenter,
        sleep: Callable[[float], None] = rest,
    ) -> None:
        super().__init__(CONFLUENCE, name, connection, sleep)
