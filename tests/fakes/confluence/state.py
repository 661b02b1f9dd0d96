"""What is kept: spaces, pages and what hangs on them, people, templates; and the switches of how it is answered."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from tests.fakes.confluence.exchange import Json, Upload


@dataclass
class Behaviour:
    """Where nobody here knows how Confluence answers, or answers differ: how it answers here."""

    bad_credentials: Literal["hidden", "refused"] = "hidden"
    """What Cloud answers to a wrong token: 404 on v2 and 403 on v1 as was seen, or 401. Data Center answers 401."""

    title_taken: int = 400
    """The status of the answer that says that a title is taken."""

    property_conflicts_after_write: bool = False
    """Whether the first write of a property after a page has been written answers 409."""

    ticks_raise_version: bool = True
    """Whether a task that is ticked makes a new version of its page."""

    moves_raise_version: bool = False
    """Whether a page that a person moves gets a new version."""

    trashed_are_shown: bool = True
    """Whether Cloud shows a page in the trash when it is asked for by its id alone."""

    unlisted: set[str] = field(default_factory=set)
    """Pages that no listing of pages shows, for whatever reason; asked for by themselves, they are there."""

    bodiless: set[str] = field(default_factory=set)
    """Pages that are answered with ``body: null``."""

    mentions_mail: bool = True
    """Whether a comment made through the API mails those it mentions."""

    largest_page: int = 200
    """How many results Data Center gives at once, whatever is asked for."""

    largest_body: int = 5 * 1024 * 1024
    """The most bytes of a page; more answers 413."""


@dataclass
class User:
    """A person; ``account_id`` is how Cloud names them, ``username`` and ``user_key`` how Data Center does."""

    account_id: str
    name: str
    email: str
    username: str
    user_key: str


@dataclass
class Property:
    """A content property."""

    id: str
    key: str
    value: Any
    modified: datetime
    version: int = 1


@dataclass
class Attachment:
    """A file on a page, with every version of it, the newest last."""

    id: str
    versions: list[Upload]
    modified: datetime

    @property
    def title(self) -> str:
        """Its file name."""
        return self.versions[-1].filename


@dataclass
class Comment:
    """A footer comment."""

    id: str
    page_id: str
    author: str
    storage: str
    created: datetime


@dataclass
class Page:
    """A page. ``modified`` is when its version was made; ``hidden`` means that the programme may not see it. On Cloud
    it may be a folder, which the routes of pages do not know.
    """

    id: str
    space: str
    title: str
    storage: str
    parent: str | None
    author: str
    created: datetime
    modified: datetime
    modified_by: str
    status: Literal["current", "archived", "trashed"] = "current"
    version: int = 1
    minor: bool = False
    hidden: bool = False
    labels: list[str] = field(default_factory=list)
    properties: dict[str, Property] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)
    property_conflict: bool = False
    is_folder: bool = False


@dataclass
class Space:
    """A space, and the page it opens with."""

    id: str
    key: str
    name: str
    homepage: str


@dataclass
class Template:
    """A page template; ``space`` is "" for a global one."""

    id: str
    name: str
    storage: str
    space: str


@dataclass
class TaskEntry:
    """What is known of a task beside what its page says."""

    id: str
    page_id: str
    local_id: str
    created: datetime
    updated: datetime
    completed: datetime | None = None


class Notification(NamedTuple):
    """What somebody is told: watchers of a page's new ``version``, or ``who`` is mentioned in a comment."""

    kind: Literal["edited", "mentioned"]
    page: str
    who: str = ""
    version: int = 0


@dataclass
class State:
    """Everything that a snapshot keeps."""

    spaces: dict[str, Space] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    tasks: dict[tuple[str, str], TaskEntry] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    notifications: list[Notification] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    last: datetime = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Snapshot:
    """The whole state at a moment. Two are equal where ``seen`` is: all but times, and ids inside of storage."""

    seen: Json
    state: State = field(compare=False, repr=False)
