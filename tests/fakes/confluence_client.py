"""The real client on the stand-in for Confluence, and the few requests that differ between the flavours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from atlassian import Confluence
from requests import Response

from tests.fakes.confluence import ConfluenceServer

SPACE = "PLAT"
CHECKED = {"X-Atlassian-Token": "no-check"}
"""What an upload has to say. Without headers of its own the client calls a form JSON, which gives 415."""


class Site:
    """A signed-in client; every request says which status it expects."""

    def __init__(self, server: ConfluenceServer, token: str | None = None) -> None:
        self.server = server
        self.cloud = server.world.cloud
        secret = token or server.credentials.token
        who = {"username": server.credentials.user, "password": secret} if self.cloud else {"token": secret}
        self.client = Confluence(server.url, cloud=self.cloud, timeout=100, retry_with_header=False, **who)  # type: ignore[no-untyped-call]

    def send(self, method: str, path: str, **arguments: Any) -> Response:
        """Send a request; return the answer as it came."""
        answer = getattr(self.client, method)(path, advanced_mode=True, **arguments)
        assert isinstance(answer, Response)
        return answer

    def ask(self, method: str, path: str, status: int = 200, **arguments: Any) -> Any:
        """Send a request that is to be answered with a status; return the JSON."""
        answer = self.send(method, path, **arguments)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def refusal(self, method: str, path: str, status: int, **arguments: Any) -> str:
        """Send a request that is to be refused; return the sentence that says why."""
        answer = self.ask(method, path, status, **arguments)
        return str(answer["errors"][0]["title"] if "errors" in answer else answer["message"])

    @property
    def space_id(self) -> str:
        """The id of the space."""
        return self.server.world.state.spaces[SPACE].id

    def create(self, title: str, text: str = "<p>text</p>", parent: str | None = None, status: int = 200) -> Any:
        """Make a page; return the answer."""
        if self.cloud:
            body = {"representation": "storage", "value": text}
            to = {"spaceId": self.space_id} | ({"parentId": parent} if parent else {})
            return self.ask(
                "post", "/api/v2/pages", status, data={**to, "title": title, "status": "current", "body": body}
            )
        sent: Any = {"type": "page", "title": title, "space": {"key": SPACE}, "body": stored(text)}
        if parent:
            sent["ancestors"] = [{"id": parent}]
        return self.ask("post", "/rest/api/content", status, data=sent)

    def update(self, page_id: str, title: str, text: str, number: int, status: int = 200) -> Any:
        """Write a page's version of that number; return the answer."""
        if self.cloud:
            sent = {"id": page_id, "status": "current", "title": title, "version": {"number": number}}
            sent |= {"body": {"representation": "storage", "value": text}}
            return self.ask("put", f"/api/v2/pages/{page_id}", status, data=sent)
        sent = {"type": "page", "title": title, "version": {"number": number}, "body": stored(text)}
        return self.ask("put", f"/rest/api/content/{page_id}", status, data=sent)

    def read(self, page_id: str, status: int = 200) -> Any:
        """Read a page with its text; return the answer."""
        if self.cloud:
            return self.ask("get", f"/api/v2/pages/{page_id}", status, params={"body-format": "storage"})
        expand = {"expand": "body.storage,version,space,ancestors"}
        return self.ask("get", f"/rest/api/content/{page_id}", status, params=expand)

    def text(self, page_id: str) -> str:
        """Return a page's text."""
        return str(self.read(page_id)["body"]["storage"]["value"])

    def listing(self, answered: int = 200, **params: Any) -> Any:
        """List the space's pages, as this flavour does; return the answer."""
        if self.cloud:
            return self.ask("get", f"/api/v2/spaces/{self.space_id}/pages", answered, params=params)
        return self.ask("get", "/rest/api/content", answered, params={"spaceKey": SPACE, **params})

    def found(self, cql: str, **params: Any) -> list[str]:
        """Return the titles that a search finds, of the first page of results."""
        answer: Any = self.ask("get", "/rest/api/content/search", params={"cql": cql, **params})
        return [one["title"] for one in answer["results"]]

    def comment(self, page_id: str, text: str) -> Any:
        """Add a footer comment; return the answer."""
        if self.cloud:
            sent: Any = {"pageId": page_id, "body": {"representation": "storage", "value": text}}
            return self.ask("post", "/api/v2/footer-comments", 201, data=sent)
        sent = {"type": "comment", "container": {"id": page_id, "type": "page"}, "body": stored(text)}
        return self.ask("post", "/rest/api/content", data=sent)

    def upload(self, page_id: str, filename: str, content: bytes) -> Any:
        """Attach a new file; return the answer."""
        path = f"/rest/api/content/{page_id}/child/attachment"
        method = "put" if self.cloud else "post"
        return self.ask(method, path, files={"file": (filename, content, "image/png")}, headers=CHECKED)


def stored(text: str) -> Any:
    """Return a body as version 1 of the API takes it."""
    return {"storage": {"value": text, "representation": "storage"}}


@contextmanager
def signed_in(server: ConfluenceServer, token: str | None = None) -> Iterator[Site]:
    """Give a site, and close its connections in the end."""
    site = Site(server, token)
    try:
        yield site
    finally:
        site.client.close()
