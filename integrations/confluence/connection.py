"""What an operator may write for Confluence, which is one of two kinds."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from config.connection import Purpose, Remote, open_over_http
from config.faults import Problem
from config.needs import NeedSource
from config.parts import Email
from config.places import Endpoint
from config.secret import SecretPlace
from config.team import Team

_URL = Field(examples=["https://example.atlassian.net/wiki"])
_TOKEN = Field(examples=["env:CONFLUENCE_TOKEN"])


class _Confluence(Remote):
    serves = ("wiki", "mail", "needs")
    mails_are_private = False
    url: Annotated[Endpoint, _URL]

    def open_to(self) -> str | None:
        """Return the host of an address that is not encrypted."""
        return open_over_http(self.url)

    def misuse(self, purpose: Purpose, team: Team) -> Iterator[Problem]:
        """Yield that it is not known which space a team means, or that its comments have no page to stand on."""
        if purpose == "wiki" and team.wiki.space is None:
            yield Problem(("wiki",), "Confluence needs to know which space; add space, as in space: PLAT")
        if purpose == "mail" and team.wiki.connection != team.mail.connection:
            why = "comments go below the team's home page, so its pages have to be there, too"
            advice = "let wiki name the same connection, or send mail by another one"
            yield Problem(("mail", "connection"), f"{why}; {advice}")

    def unfit(self, source: NeedSource, team: Team) -> Iterator[Problem]:
        """Yield that it is not known which pages are meant, or what pages do not have."""
        if not source.label and not source.under:
            yield Problem((), "name the pages by their label, or the page above them as under")
        for key in ("query", "file"):
            if getattr(source, key):
                yield Problem((key,), f"Confluence has no {key}; delete it, or make it an entry of its own")
        if source.many:
            yield Problem(("many",), "pages are not counted; delete many")
        if team.wiki.space is None:
            yield Problem((), "Confluence needs to know which space; add it to wiki, as in wiki: {space: PLAT}")


class ConfluenceCloud(_Confluence):
    """A site of Confluence Cloud."""

    kind: Literal["confluence-cloud"]
    """A site of Confluence Cloud."""
    url: Annotated[Endpoint, _URL]
    """The site's address, with its context path; for a scoped token https://api.atlassian.com/ex/confluence/SITE/wiki."""
    user: Annotated[Email, Field(examples=["bot@example.com"])]
    """The account whose API token it is."""
    token: Annotated[SecretPlace, _TOKEN]
    """The API token."""


class ConfluenceDataCenter(_Confluence):
    """A Confluence of one's own."""

    kind: Literal["confluence-data-center"]
    """A Confluence of one's own."""
    url: Annotated[Endpoint, _URL]
    """Its address, with its context path."""
    token: Annotated[SecretPlace, _TOKEN]
    """A personal access token."""


CONNECTIONS = (ConfluenceCloud, ConfluenceDataCenter)
