"""What is asked of a Confluence, whichever flavour: two modules speak it, and nothing else knows which one it is."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from integrations.atlassian.faults import Answer, Json, of_reading, sign_in
from integrations.atlassian.site import Method, Site
from integrations.confluence import faults

PROPERTY = "peerloop"
"""The key of the content property that holds a page's key as well; with a dot in it, it could not be asked for."""


@dataclass(frozen=True, slots=True)
class Space:
    """A space: its key, its id where the API wants that, and the id of the page at its top."""

    key: str
    id: str
    homepage: str


@dataclass(frozen=True, slots=True)
class PageState:
    """A page as it is now; ``status`` is current, archived or trashed, ``storage`` its text, ``url`` its address.

    ``is_shown`` is whether its text was shown at all: sometimes Confluence answers with a page and no body.
    """

    id: str
    title: str
    version: int
    status: str
    storage: str
    url: str
    is_shown: bool = True


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


Ticks = Mapping[tuple[str, str], bool]
"""Whether tasks are done, by their page and by their id there."""


class Api(Protocol):
    """A flavour of Confluence's API. Everything may raise a PortError."""

    cards: bool
    """Whether an address may be shown as a card."""

    def space(self, key: str) -> Space:
        """Return a space."""
        ...

    def pages(self, ids: Sequence[str]) -> list[PageState]:
        """Return the pages with these ids; of one that is not shown, nothing."""
        ...

    def page(self, page_id: str) -> PageState | None:
        """Return a page; None where it is not there or not shown."""
        ...

    def titled(self, space: Space, title: str) -> list[PageState]:
        """Return the pages of a space with this title, those in the archive and in the trash too."""
        ...

    def folder(self, space: Space, title: str) -> str | None:
        """Return the id of a folder of a space, where there are folders: one that the index, which is late, knows."""
        ...

    def children(self, page_id: str, *, of_folder: bool = False) -> list[tuple[str, str]]:
        """Return the id and the title of each page right below another, or below a folder."""
        ...

    def labelled(self, space: Space, labels: Sequence[str]) -> list[str]:
        """Return the ids of pages of a space with one of these labels: those that the index, which is late, knows."""
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


class Version1(ABC):
    """What both flavours serve alike, most of it by version 1 of the API; ``Api`` says what its methods do."""

    hides_strangers = False
    """Whether a token that has ended is answered as if nothing were there, or nothing allowed."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def labelled(self, space: Space, labels: Sequence[str]) -> list[str]:
        """Return the ids of the pages of a space that the index knows to have one of these labels."""
        cql = f"space = {quoted(space.key)} and type = page and label in ({', '.join(map(quoted, labels))})"
        return [str(one["id"]) for one in self.listed("rest/api/content/search", "the pages", {"cql": cql})]

    def searched(self, cql: str, most: int) -> list[Listed]:
        """Return so many at most of the pages that the index, which is late, finds."""
        asked = {"cql": cql, "expand": "version,history"}
        found = self.listed("rest/api/content/search", "the pages", asked, min(most, 200))
        return [_listed(one) for one in islice(found, most)]

    @property
    def address(self) -> str:
        """The address of the site, as the operator wrote it."""
        return self.site.url

    @abstractmethod
    def named(self, page_id: str) -> str | None:
        """Return our key from a page's property."""

    def put_name(self, path: str, page_id: str, key: str) -> None:
        """Put our key into a property; right after a page was written Confluence may refuse that once."""
        for _ in range(2):
            answer = self.site.write("post", path, {"key": PROPERTY, "value": key})
            if answer.done or (answer.status == 409 and self.named(page_id) == key):
                return
            if answer.status != 409:
                break
        self.check_signed_in(answer)
        raise faults.of_writing(answer, "the property of a page")

    def label(self, page_id: str, labels: Sequence[str]) -> None:
        """Add labels to a page; those that are there stay."""
        sent = [{"prefix": "global", "name": label} for label in labels]
        self.wrote("post", f"rest/api/content/{page_id}/label", "the labels of a page", sent)

    def template(self, space: Space, name: str) -> str:
        """Return the text of a template of the space, or of the site, by its name or its id."""
        for params in ({"spaceKey": space.key}, {}):
            for one in self.listed("rest/api/template/page", "the space's templates", params):
                if name in (one.get("name"), one.get("templateId")):
                    found = self.got(f"rest/api/template/{one['templateId']}", f"the template “{name}”")
                    return str(found["body"]["storage"]["value"])
        raise of_reading(self.site.product, Answer(404), f"a template “{name}” in the space {space.key}")

    def me(self) -> str:
        """Return the name of whom we sign in as; to a stranger Confluence shows nothing, or what it shows to all."""
        answer = self.site.read("rest/api/user/current")
        if answer.missing or answer.status == 403 or (answer.done and answer.body.get("type") == "anonymous"):
            raise sign_in(self.site.product, self.site.name, answer.message)
        if not answer.done:
            raise of_reading(self.site.product, answer, "whom we sign in as")
        return str(answer.body.get("displayName", ""))

    # requests

    def check_signed_in(self, answer: Answer) -> None:
        """Look who we are for Confluence where an answer may be that to a token which has ended.

        Raises:
            PortError: we are not signed in, or nobody knows.
        """
        if self.hides_strangers and answer.may_be_sign_in:
            self.me()

    def got(self, path: str, what: str, params: Mapping[str, object] | None = None) -> Json:
        """Return what is at a path; ``what`` is what people call it.

        Raises:
            Refused, Unavailable: it could not be read.
        """
        answer = self.site.read(path, params)
        if not answer.done:
            self.check_signed_in(answer)
            raise of_reading(self.site.product, answer, what)
        found: Json = answer.body
        return found

    def found(self, path: str, what: str, params: Mapping[str, object] | None = None) -> Json | None:
        """Return what is at a path, or None where nothing is shown there.

        Raises:
            Refused, Unavailable: it could not be read for another reason.
        """
        answer = self.site.read(path, params)
        self.check_signed_in(answer)
        if not answer.done and not answer.missing:
            raise of_reading(self.site.product, answer, what)
        return answer.body if answer.done else None

    def listed(self, path: str, what: str, params: Mapping[str, object], most: int = 200) -> Iterator[Json]:
        """Yield all results of a listing, each with the address of its site, which stands beside them.

        The address of the next page of them is that of the site, which is not ours behind a gateway: what counts is
        its place in the listing.
        """
        place: dict[str, str] = {}
        while True:
            body = self.got(path, what, {"limit": most, **params, **place})
            if not isinstance(body.get("results"), list):
                raise faults.not_understood(what)
            links = body.get("_links", {})
            base = {"base": links["base"]} if "base" in links else {}
            yield from ({**one, "_links": {**base, **one.get("_links", {})}} for one in body["results"])
            following = parse_qs(urlsplit(links.get("next") or "").query)
            place = {name: following[name][0] for name in ("cursor", "start") if name in following}
            if not place:
                return

    def wrote(self, method: Method, path: str, title: str, data: object = None, **params: Any) -> Answer:
        """Write; ``title`` is what people call what is written.

        Raises:
            PortError: it was not done, or nobody knows.
        """
        answer = self.site.write(method, path, data, **params)
        if not answer.done:
            self.check_signed_in(answer)
            raise faults.of_writing(answer, title)
        return answer

    def place_of(self, page_id: str, links: Json) -> str:
        """Return where a page is found below the address of the site."""
        return str(links.get("webui") or "")

    def state(self, raw: Json) -> PageState:
        """Return a page as it was answered.

        Raises:
            OutcomeUnknown: that is no page.
        """
        try:
            page_id, title, version, status = str(raw["id"]), raw["title"], int(raw["version"]["number"]), raw["status"]
        except (KeyError, TypeError, ValueError):
            raise faults.not_understood("a page") from None
        links = raw.get("_links") or {}
        url = f"{links.get('base') or self.site.url}{self.place_of(page_id, links)}"
        text = text_in(raw)
        return PageState(page_id, title, version, status, text or "", url, is_shown=text is not None)


def _listed(raw: Json) -> Listed:
    try:
        page_id, version = str(raw["id"]), int(raw["version"]["number"])
    except (KeyError, TypeError, ValueError):
        raise faults.not_understood("its pages") from None
    try:
        made = datetime.fromisoformat(raw["history"]["createdDate"])
    except (KeyError, TypeError, ValueError):
        made = None
    return Listed(page_id, version, made)


def text_in(raw: Json) -> str | None:
    """Return the storage format in what was answered; None where it holds none."""
    text = ((raw.get("body") or {}).get("storage") or {}).get("value")
    return text if isinstance(text, str) else None


def quoted(text: str) -> str:
    """Return a text as it stands in CQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def in_parts(ids: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Yield ids in as many parts as one request may name."""
    return (ids[at : at + most] for at in range(0, len(ids), most))
