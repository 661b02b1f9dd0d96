"""What an operator may write for Jira, which is one of two kinds."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from config.connection import Remote, open_over_http
from config.faults import Problem
from config.needs import NeedSource
from config.parts import Email
from config.places import Endpoint
from config.secret import SecretPlace
from config.team import Team

_URL = Field(examples=["https://example.atlassian.net"])
_TOKEN = Field(examples=["env:JIRA_TOKEN"])


class _Jira(Remote):
    serves = ("needs",)
    url: Annotated[Endpoint, _URL]

    def open_to(self) -> str | None:
        """Return the host of an address that is not encrypted."""
        return open_over_http(self.url)

    def unfit(self, source: NeedSource, team: Team) -> Iterator[Problem]:
        """Yield that it is not known which issues are meant, and what issues do not have."""
        if source.query is None:
            advice = "add query in its own language, as in query: project = PLAT AND type = Bug"
            yield Problem((), f"Jira needs to know which issues; {advice}")
        for key in ("under", "label", "file"):
            if getattr(source, key):
                yield Problem((key,), f"Jira has no {key}; delete it, or make it an entry of its own")


class JiraCloud(_Jira):
    """A site of Jira Cloud."""

    kind: Literal["jira-cloud"]
    """A site of Jira Cloud."""
    url: Annotated[Endpoint, _URL]
    """The site's address; for a scoped token https://api.atlassian.com/ex/jira/SITE."""
    user: Annotated[Email, Field(examples=["bot@example.com"])]
    """The account whose API token it is."""
    token: Annotated[SecretPlace, _TOKEN]
    """The API token."""


class JiraDataCenter(_Jira):
    """A Jira of one's own."""

    kind: Literal["jira-data-center"]
    """A Jira of one's own."""
    url: Annotated[Endpoint, _URL]
    """Its address, with its context path, if there is one."""
    token: Annotated[SecretPlace, _TOKEN]
    """A personal access token."""


CONNECTIONS = (JiraCloud, JiraDataCenter)
