"""What is asked of a Confluence, whichever flavour: two modules speak it, and nothing else knows which one it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from integrations.confluence.storage import TOO_LONG, TooMuch

PROPERTY = "peerloop"
"""The key of the content property that holds a page's key as well; with a dot in it, it could not be asked for."""
TEXT = "storage"
"""In which form the text of a page is asked for."""


@dataclass(frozen=True, slots=True)
class Space:
    """A space: its key, its id where the API wants that, and the id of the page at its top."""

    key: str
    id: str
    homepage: str


@dataclass(frozen=True, slots=True)
class PageState:
    """A page as it is now; ``status`` is current, archived or trashed, ``storage`` its text, ``url`` its address.

    ``is_shown`` is whether its text was shown at all: sometimes Confluence answers with a page and no body. One that
    ``is_too_long`` has no text here, for it is not read.
    """

    id: str
    title: str
    version: int
    status: str
    storage: str
    url: str
    is_shown: bool = True
    is_too_long: bool = False

    def text(self) -> str:
        """Return its text, to be read.

        Raises:
            TooMuch: it is too long for that.
        """
        if self.is_too_long:
            raise TooMuch(TOO_LONG)
        return self.storage


@dataclass(frozen=True, slots=True)
class Listed:
    """A page as a search lists it: its id, the number of its version, and when it was made."""

    id: str
    version: int
    made: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account: what ``confluence`` in a team's file calls them, their name, and the key that Data
    Center's pages have instead.
    """

    id: str
    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to a page: its id, its name, which version it is, and how many bytes it has."""

    id: str
    name: str
    version: int
    size: int


Kept = Callable[[list[PageState]], list[PageState]]
"""What is kept of the pages of one answer: those of people may be any number, and long."""


def all_of(states: list[PageState]) -> list[PageState]:
    """Keep all of them."""
    return states


Ticks = Mapping[tuple[str, str], bool]
"""Whether tasks are done, by their page and by their id there."""


class Api(Protocol):
    """A flavour of Confluence's API. Everything may raise a PortError."""

    cards: bool
    """Whether an address may be shown as a card."""

    def space(self, key: str) -> Space:
        """Return a space."""
        ...

    def pages(self, ids: Sequence[str], kept: Kept = all_of) -> list[PageState]:
        """Return what is ``kept`` of the pages with these ids, answer by answer; of one that is not shown, nothing."""
        ...

    def page(self, page_id: str) -> PageState | None:
        """Return a page; None where it is not there or not shown."""
        ...

    def titled(self, space: Space, title: str) -> list[PageState]:
        """Return the pages of a space with this title, also in archive and trash, without their text."""
        ...

    def folder(self, space: Space, title: str) -> str | None:
        """Return the id of a folder of a space, where there are folders: one that the index, which is late, knows."""
        ...

    def children(self, page_id: str, *, of_folder: bool = False) -> list[tuple[str, str]]:
        """Return the id and the title of each page right below another, or below a folder."""
        ...

    def labelled(self, space: str, labels: Sequence[str]) -> list[str]:
        """Return the ids of pages of a space, by its key, with one of these labels: those that the index, which is
        late, knows.
        """
        ...

    def searched(self, cql: str, most: int) -> list[Listed]:
        """Return so many at most of the pages that the index, which is late, finds."""
        ...

    @property
    def address(self) -> str:
        """The address of the site, as the operator wrote it."""
        ...

    def create(self, space: Space, parent: str, title: str, storage: str) -> PageState:
        """Make a page.

        Raises:
            TitleTaken, OutcomeUnknown: besides what any request may raise.
        """
        ...

    def update(self, page: PageState, title: str, storage: str) -> PageState:
        """Write the next version of a page.

        Raises:
            Conflict, TitleTaken, OutcomeUnknown: besides what any request may raise.
        """
        ...

    def trash(self, page_id: str) -> None:
        """Put a page into the trash."""
        ...

    def name(self, page_id: str, key: str) -> None:
        """Put our key into a page's property; where it is already, nothing happens."""
        ...

    def named(self, page_id: str) -> str | None:
        """Return our key from a page's property."""
        ...

    def label(self, page_id: str, labels: Sequence[str]) -> None:
        """Add labels to a page; those that are there stay."""
        ...

    def ticks(self, page_ids: Sequence[str]) -> Ticks:
        """Return whether each task is done, by page and by its id there, where the site tells apart from the text."""
        ...

    def comments(self, page_id: str) -> list[str]:
        """Return the texts of the comments below a page."""
        ...

    def comment(self, page_id: str, storage: str) -> None:
        """Put a comment below a page.

        Raises:
            OutcomeUnknown: besides what any request may raise.
        """
        ...

    def mention(self, account: str) -> str:
        """Return what mentions somebody, by their account id (Cloud) or user name (Data Center)."""
        ...

    def attach(self, page_id: str, name: str, content: bytes) -> None:
        """Attach a PNG file to a page, as the next version of one with its name."""
        ...

    def attachments(self, page_id: str) -> list[Attachment]:
        """Return the files attached to a page."""
        ...

    def download(self, page_id: str, file: Attachment) -> bytes:
        """Return the content of a file attached to a page."""
        ...

    def template(self, space: Space, name: str) -> str:
        """Return the text of a template of the space, or of the site, by its name or its id."""
        ...

    def me(self) -> str:
        """Return the name of whom we sign in as."""
        ...

    def person(self, name: str) -> Person | None:
        """Return somebody by what a team's file calls them; None where they are not there or not shown."""
        ...

    def people(self, name: str, email: str) -> list[Person]:
        """Return who might be the one with a name and an e-mail."""
        ...


def quoted(text: str) -> str:
    """Return a text as it stands in CQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
