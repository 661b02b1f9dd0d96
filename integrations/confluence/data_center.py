"""Confluence Data Center: version 1 of the API.

https://developer.atlassian.com/server/confluence/rest/
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from urllib.parse import quote

from daemon.ports import Refused
from integrations.atlassian.faults import Json, of_reading
from integrations.confluence import faults
from integrations.confluence.api import PROPERTY, TEXT, Attachment, PageState, Person, Space, Ticks
from integrations.confluence.storage import escaped
from integrations.confluence.version1 import COMMENTS, Version1, id_of, parts_of, text_in, understanding, understood

_MOST = 50
"""The most pages that are shown with their text at once."""


class DataCenter(Version1):
    """The API of Confluence Data Center; ``api.Api`` says what its methods do."""

    cards = False

    def space(self, key: str) -> Space:
        """Return a space."""
        found = self.got(f"rest/api/space/{key}", f"the space {key}", {"expand": "homepage"})
        with understanding(f"the space {key}"):
            home = found.get("homepage")
            return Space(key, key, id_of(home) if home else "")

    def in_parts(self, ids: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield ids in as many parts as one request may name."""
        return parts_of(ids, _MOST)

    def shown(self, ids: Sequence[str], text: str) -> Iterator[Json]:
        """Yield the pages with these ids: not by a search, which is late."""
        asked = {"ids": ids, "status": "any", **_expanded(text)}
        listed = islice(self.listed("rest/api/content", "the pages", asked, _MOST), _MOST)
        with understanding("the pages"):
            yield from {one_id: one for one in listed if (one_id := id_of(one)) in ids}.values()

    def place_of(self, page_id: str, links: Json) -> str:
        """Return where a page is found for good: what it is told as may hold the title, which people change."""
        return f"/pages/viewpage.action?pageId={page_id}"

    def single(self, page_id: str, text: str) -> Json | None:
        """Return a page as it is answered, with its ``text`` or without it; None where it is not shown."""
        return self.found(f"rest/api/content/{page_id}", "the page", {"status": "any", **_expanded(text)})

    def titled(self, space: Space, title: str) -> list[PageState]:
        """Return the pages of a space with this title, those in the archive and in the trash too."""
        asked = {"spaceKey": space.key, "title": title, "type": "page", "status": "any", "expand": "version"}
        return understood(self.listed("rest/api/content", "the pages", asked), "the pages", self.state)

    def folder(self, space: Space, title: str) -> str | None:
        """Return None: there are no folders."""
        return None

    def children(self, page_id: str, *, of_folder: bool = False) -> list[tuple[str, str]]:
        """Return the id and the title of each page right below another."""
        found = self.listed(f"rest/api/content/{page_id}/child/page", "the pages", {})
        return understood(found, "the pages", lambda one: (id_of(one), str(one["title"])))

    def create(self, space: Space, parent: str, title: str, storage: str) -> PageState:
        """Make a page."""
        place = {"space": {"key": space.key}, "ancestors": [{"id": parent}]}
        sent = {"type": "page", "title": title, "body": _body(storage), **place}
        return self.state_titled(title, self.wrote("post", "rest/api/content", title, sent, **_expanded(TEXT)).body)

    def update(self, page: PageState, title: str, storage: str) -> PageState:
        """Write the next version of a page, without a mail to those who watch it."""
        version = {"number": page.version + 1, "minorEdit": True}
        sent = {"type": "page", "title": title, "body": _body(storage), "version": version}
        return self.state_of(page.id, self.wrote("put", f"rest/api/content/{page.id}", title, sent).body)

    def trash(self, page_id: str) -> None:
        """Put a page into the trash."""
        self.wrote("delete", f"rest/api/content/{page_id}", "the page")

    def name(self, page_id: str, key: str) -> None:
        """Put our key into a page's property; where it is already, nothing happens."""
        self.put_name(f"rest/api/content/{page_id}/property", page_id, key)

    def named(self, page_id: str) -> str | None:
        """Return our key from a page's property."""
        found = self.found(f"rest/api/content/{page_id}/property/{PROPERTY}", "the properties of a page")
        with understanding("the properties of a page"):
            return str(found["value"]) if found else None

    def ticks(self, page_ids: Sequence[str]) -> Ticks:
        """Return nothing: only the text tells."""
        return {}

    def comments(self, page_id: str) -> list[str]:
        """Return the texts of the comments below a page."""
        asked = {"expand": "body.storage"}
        found = self.listed(f"rest/api/content/{page_id}/child/comment", COMMENTS, asked, _MOST)
        return understood(found, COMMENTS, lambda one: text_in(one) or "")

    def comment(self, page_id: str, storage: str) -> None:
        """Put a comment below a page."""
        place = {"type": "comment", "container": {"id": page_id, "type": "page"}}
        self.commented("rest/api/content", {**place, "body": _body(storage)})

    def mention(self, account: str) -> str:
        """Return what mentions somebody by their user name, under the key that stands for it."""
        answer, who = self.site.read("rest/api/user", {"username": account}), f"a user called {account}"
        if answer.missing and account in answer.message:  # what does not name them may be said of anybody
            raise faults.nobody_called(account)
        if not answer.done:
            raise of_reading(self.site.product, answer, who)
        with understanding(who):
            return f'<ac:link><ri:user ri:userkey="{escaped(str(answer.body["userKey"]))}"/></ac:link>'

    def attach(self, page_id: str, name: str, content: bytes) -> None:
        """Attach a PNG file to a page, as the next version of one with its name."""
        place, files = f"rest/api/content/{page_id}/child/attachment", {"file": (name, content, "image/png")}
        there = self.got(place, "the files of a page", {"filename": name}).get("results", [])
        with understanding("the files of a page"):
            place = f"{place}/{there[0]['id']}/data" if there else place
        self.wrote("post", place, name, files=files)

    def attachments(self, page_id: str) -> list[Attachment]:
        """Return the files attached to a page."""
        place = f"rest/api/content/{page_id}/child/attachment"
        found = self.listed(place, "the files of a page", {"expand": "version"}, _MOST)
        return understood(found, "the files of a page", _attachment)

    def download(self, page_id: str, file: Attachment) -> bytes:
        """Return the content of a file attached to a page."""
        return self.site.download(f"download/attachments/{page_id}/{quote(file.name, safe='')}", file.name)

    def people(self, name: str, email: str) -> list[Person]:
        """Return who has the first part of the e-mail as their user name, as is usual."""
        found = self.person(email.partition("@")[0])
        return [found] if found else []

    def person(self, name: str) -> Person | None:
        """Return somebody by their user name."""
        try:
            found = self.found("rest/api/user", "a person", {"username": name})
        except Refused:  # whom we sign in as may not look at people
            return None
        told = (str(found.get(name, "")) for name in ("username", "displayName", "userKey")) if found else ()
        return Person(*told) if found else None


def _attachment(raw: Json) -> Attachment:
    size = int((raw.get("extensions") or {}).get("fileSize", 0))
    return Attachment(str(raw["id"]), str(raw["title"]), int(raw["version"]["number"]), size)


def _expanded(text: str) -> dict[str, object]:
    return {"expand": f"version,body.{text}" if text else "version"}


def _body(storage: str) -> Json:
    return {"storage": {"representation": "storage", "value": storage}}
