"""A stateful stand-in for Confluence's APIs, Cloud and Data Center, over HTTP on loopback."""

from tests.fakes.confluence.exchange import Request, Requests
from tests.fakes.confluence.server import ConfluenceServer
from tests.fakes.confluence.state import Behaviour, Notification, Page, Snapshot

__all__ = ["Behaviour", "ConfluenceServer", "Notification", "Page", "Request", "Requests", "Snapshot"]
