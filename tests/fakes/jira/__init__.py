"""A stateful stand-in for the part of Jira's APIs that is read, Cloud and Data Center, over HTTP on loopback."""

from tests.fakes.jira.server import JiraServer
from tests.fakes.jira.state import Behaviour, Issue

__all__ = ["Behaviour", "Issue", "JiraServer"]
