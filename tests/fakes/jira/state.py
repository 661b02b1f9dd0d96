"""What a Jira knows: its projects and their issues, and how it behaves where that is not settled."""

from dataclasses import dataclass, field
from datetime import datetime

DONE = ("Done", "Closed", "Resolved")


class ApiError(Exception):
    """An answer that is an error: its status, and the sentences that go with it."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(f"{status}: {messages}")
        self.status, self.messages = status, messages


@dataclass
class Issue:
    """An issue."""

    key: str
    summary: str
    created: datetime
    type: str = "Bug"
    status: str = "To Do"
    components: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def project(self) -> str:
        """The key of its project."""
        return self.key.rpartition("-")[0]

    @property
    def category(self) -> str:
        """What its status amounts to."""
        return "Done" if self.status in DONE else "To Do" if self.status in ("To Do", "Open") else "In Progress"


@dataclass
class Behaviour:
    """How it answers: the most issues of one page, whether every second page of a search is empty, and what a person's
    address of the site is.
    """

    largest_page: int = 100
    empty_pages: bool = False
    base_url: str = ""


@dataclass
class State:
    """All of it."""

    projects: set[str] = field(default_factory=set)
    issues: dict[str, Issue] = field(default_factory=dict)
