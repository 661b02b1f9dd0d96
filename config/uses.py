"""What a team lead may write about where a team's calendar, pages and mail are kept."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from config.parts import Before, Name, Part, Truth

LOCAL = "local"
"""The connection that is always there, by its name; its kind is called so, too."""


class CalendarUse(Part):
    """Which calendar the sessions are kept in."""

    connection: Name = LOCAL
    """The connection, by its name in peerloop.yaml."""
    id: Name | None = None
    """The calendar's id; Google Calendar needs it."""
    meet: Truth = False
    """Whether each session gets a Meet link (Google Calendar)."""


class WikiUse(Part):
    """Which wiki the pages are kept in, and how long before a session its page is opened."""

    connection: Name = LOCAL
    """The connection, by its name in peerloop.yaml."""
    open: Annotated[Before, Field(json_schema_extra={"default": "7 days before"})] = timedelta(days=7)
    """How long before a session its page is opened."""
    space: Name | None = None
    """The space's key; Confluence needs it."""
    parent: Name | None = None
    """The title of the page below which the pages are kept (Confluence)."""
    template: Name | None = None
    """The space's own template, by name or id, instead of the format's (Confluence)."""


class MailUse(Part):
    """Which account mail is sent from."""

    connection: Name = LOCAL
    """The connection, by its name in peerloop.yaml."""
