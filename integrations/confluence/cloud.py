"""Confluence Cloud: version 2 of the API, and version 1 for what that lacks.

https://developer.atlassian.com/cloud/confluence/rest/v2/intro/
"""

from collections.abc import Iterator, Sequence

from integrations.atlassian.faults import Answer, Json, of_reading
from integrations.confluence.api import PROPERTY, Attachment, PageState, Person, Space, Ticks, quoted
from integrations.confluence.storage import escaped
from integrations.confluence.version1 import COMMENTS, Version1, id_of, parts_of, text_in, understanding, understood
from integrations.side_by_side import side_by_side

_MOST = 250
_ANY_STATUS = "current,archived,trashed"


class Cloud(Version1):
    """The API of Confluence Cloud; ``api.Api`` says what its methods do."""

    cards = True
    hides_strangers = True

    def space(self, key: str) -> Space:
        """Return a space."""
        for one in self.listed("api/v2/spaces", f"the space {key}", {"keys": key}):
            with understanding(f"the space {key}"):
                return Space(key, id_of(one), id_of(one, "homepageId") if one.get("homepageId") else "")
        raise of_reading(self.site.product, Answer(404), f"the space {key}")

    def in_parts(self, ids: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield ids in as many parts as one request may name."""
        return parts_of(ids, _MOST)

    def shown(self, ids: Sequence[str], text: str) -> Iterator[Json]:
        """Yield the pages with these ids, with their ``text`` or without it."""
        asked = {"id": ",".join(ids), "status": _ANY_STATUS, **_as_text(text)}
        return self.listed("api/v2/pages", "the pages", asked, _MOST)

    def single(self, page_id: str, text: str) -> Json | None:
        """Return a page as it is answered, with its ``text`` or without it; None where it is not shown."""
        return self.found(f"api/v2/pages/{page_id}", "the page", _as_text(text))

    def titled(self, space: Space, title: str) -> list[PageState]:
        """Return the pages of a space with this title, those in the archive and in the trash too."""
        found = self.listed(f"api/v2/spaces/{space.id}/pages", "the pages", {"title": title, "status": _ANY_STATUS})
        return understood(found, "the pages", self.state)

    def folder(self, space: Space, title: str) -> str | None:
        """Return the id of a folder of a space, by its title: version 2 finds none by that."""
        cql = f"space = {quoted(space.key)} and type = folder and title = {quoted(title)}"
        found = self.listed("rest/api/content/search", "the folders", {"cql": cql})
        return next(iter(understood(found, "the folders", id_of)), None)

    def children(self, page_id: str, *, of_folder: bool = False) -> list[tuple[str, str]]:
        """Return the id and the title of each page right below another, or below a folder."""
        place = "folders" if of_folder else "pages"
        found = self.listed(f"api/v2/{place}/{page_id}/direct-children", "the pages", {})
        pages = (one for one in found if one.get("type", "page") == "page")
        return understood(pages, "the pages", lambda one: (id_of(one), str(one["title"])))

    def create(self, space: Space, parent: str, title: str, storage: str) -> PageState:
        """Make a page."""
        sent = {"spaceId": space.id, "parentId": parent, "status": "current", "title": title, "body": _body(storage)}
        return self.state_titled(title, self.wrote("post", "api/v2/pages", title, sent).body)

    def update(self, page: PageState, title: str, storage: str) -> PageState:
        """Write the next version of a page."""
        version = {"number": page.version + 1}
        sent = {"id": page.id, "status": "current", "title": title, "body": _body(storage), "version": version}
        return self.state_of(page.id, self.wrote("put", f"api/v2/pages/{page.id}", title, sent).body)

    def trash(self, page_id: str) -> None:
        """Put a page into the trash."""
        self.wrote("delete", f"api/v2/pages/{page_id}", "the page")

    def name(self, page_id: str, key: str) -> None:
        """Put our key into a page's property; where it is already, nothing happens."""
        self.put_name(f"api/v2/pages/{page_id}/properties", page_id, key)

    def named(self, page_id: str) -> str | None:
        """Return our key from a page's property."""
        found = self.found(f"api/v2/pages/{page_id}/properties", "the properties of a page", {"key": PROPERTY}) or {}
        with understanding("the properties of a page"):
            return next((str(one["value"]) for one in found.get("results", ())), None)

    def ticks(self, page_ids: Sequence[str]) -> Ticks:
        """Return whether each task is done, by page and by its id there."""
        told = side_by_side(self._tasks, parts_of(page_ids, _MOST))
        return {task: status == "complete" for part in told for task, status in part}

    def _tasks(self, page_ids: Sequence[str]) -> list[tuple[tuple[str, str], str]]:
        asked = {"page-id": ",".join(page_ids), "include-blank-tasks": "false"}
        found = self.listed("api/v2/tasks", "the tasks", asked, _MOST)
        return understood(found, "the tasks", lambda one: ((str(one["pageId"]), str(one["localId"])), one["status"]))

    def comments(self, page_id: str) -> list[str]:
        """Return the texts of the comments below a page."""
        asked = {"body-format": "storage"}
        found = self.listed(f"api/v2/pages/{page_id}/footer-comments", COMMENTS, asked, _MOST)
        return understood(found, COMMENTS, lambda one: text_in(one) or "")

    def comment(self, page_id: str, storage: str) -> None:
        """Put a comment below a page."""
        self.commented("api/v2/footer-comments", {"pageId": page_id, "body": _body(storage)})

    def mention(self, account: str) -> str:
        """Return what mentions somebody by their account id."""
        return f'<ac:link><ri:user ri:account-id="{escaped(account)}"/></ac:link>'

    def attach(self, page_id: str, name: str, content: bytes) -> None:
        """Attach a PNG file to a page, as the next version of one with its name."""
        files = {"file": (name, content, "image/png")}
        self.wrote("put", f"rest/api/content/{page_id}/child/attachment", name, files=files)

    def attachments(self, page_id: str) -> list[Attachment]:
        """Return the files attached to a page."""
        found = self.listed(f"api/v2/pages/{page_id}/attachments", "the files of a page", {}, _MOST)
        return understood(
            found,
            "the files of a page",
            lambda one: Attachment(
                str(one["id"]), str(one["title"]), int(one["version"]["number"]), int(one.get("fileSize", 0))
            ),
        )

    def download(self, page_id: str, file: Attachment) -> bytes:
        """Return the content of a file attached to a page."""
        return self.site.download(f"rest/api/content/{page_id}/child/attachment/{file.id}/download", file.name)

    def person(self, name: str) -> Person | None:
        """Return somebody by their account id, which is what pages have as well."""
        found = self.found("rest/api/user", "a person", {"accountId": name})
        return Person(name, str(found.get("displayName", ""))) if found else None

    def people(self, name: str, email: str) -> list[Person]:
        """Return who might be called that; Cloud does not tell whose an e-mail is."""
        asked = {"cql": f"user.fullname~{quoted(name)}"}
        users = (one.get("user") or {} for one in self.listed("rest/api/search/user", "the people", asked, most=10))
        with understanding("the people"):
            return [
                Person(str(one["accountId"]), str(one.get("displayName", ""))) for one in users if "accountId" in one
            ]


def _as_text(text: str) -> dict[str, object]:
    return {"body-format": text} if text else {}


def _body(storage: str) -> Json:
    return {"representation": "storage", "value": storage}
