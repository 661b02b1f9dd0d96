"""Confluence on loopback: the HTTP server, and what a test sees of it."""

import copy
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Literal, Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes.confluence import api, specification, storage
from tests.fakes.confluence.exchange import Answer, Json, Request, Requests, form, parsed
from tests.fakes.confluence.faults import Faults
from tests.fakes.confluence.index import Index
from tests.fakes.confluence.people import People
from tests.fakes.confluence.state import Behaviour, Comment, Notification, Page, Snapshot, Space, Template, User
from tests.fakes.confluence.world import World
from tests.fakes.loopback import Listener

Watcher = Callable[[Literal["before", "after"], Request], None]
_USERS = {
    "bot": User("bot", "Peer learning", "bot@example.com", "bot", "bot"),
    "ada": User("5b10ac8d82e05b22cc7d4ef5", "Ada Lovelace", "ada@example.com", "ada", "ff80808180000001"),
    "bob": User("5b10ac8d82e05b22cc7d4ef6", "Bob Hopper", "bob@example.com", "bob", "ff80808180000002"),
}
_SIGN_IN = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Log in</body></html>"


class ConfluenceServer(People):
    """A context manager: it listens from entering to leaving, on 127.0.0.1 and a free port.

    ``watchers`` are called before a request is done and after it, before it is answered: a place to kill a process.
    ``context`` is the path that all resources are below; another path is answered with a sign-in page.
    """

    def __init__(
        self,
        flavour: Literal["cloud", "data-center"] = "cloud",
        *,
        context: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        cloud = flavour == "cloud"
        self.world = World(cloud, ("/wiki" if cloud else "") if context is None else context)
        if clock:
            self.world.clock = clock
        self.world.state.users.update(copy.deepcopy(_USERS))
        self.index = Index(self.world)
        self.requests = Requests()
        self.faults = Faults(second=cloud)
        self.credentials = api.Credentials()
        self.watchers: list[Watcher] = []
        self._listener = Listener(self, "confluence")
        self.url = self.world.base = f"{self._listener.url}{self.world.context}"

    def __enter__(self) -> Self:
        self._listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__()

    @property
    def behaviour(self) -> Behaviour:
        """Where nobody knows how Confluence answers: how it answers here."""
        return self.world.behaviour

    @property
    def notifications(self) -> list[Notification]:
        """What people were told."""
        return self.world.state.notifications

    @property
    def complaints(self) -> list[str]:
        """What was not as the vendor describes it, or went wrong in here: to be empty at the end of a test."""
        return self.world.complaints

    def add_space(self, key: str, name: str = "") -> Space:
        """Add a space with its first page."""
        with self.world.lock:
            space = Space(self.world.number("space"), key, name or key, "")
            self.world.state.spaces[key] = space
            space.homepage = self.world.create_page(space, f"{space.name} Home", "", None, "bot").id
            self.index.catch_up()
            return space

    def add_template(self, name: str, text: str, space: str = "") -> str:
        """Add a page template to a space, or a global one; return its id. Templates are kept as they are."""
        template = Template(self.world.number("template"), name, text, space)
        self.world.state.templates[template.id] = template
        return template.id

    def add_user(self, key: str, user: User) -> None:
        """Add a person; ``key`` is how they are named here."""
        self.world.state.users[key] = user

    def pages(self, status: str = "current") -> list[Page]:
        """Return copies of the pages of a status, hidden ones too, in the order they were made."""
        with self.world.lock:
            return [copy.deepcopy(page) for page in self.world.state.pages.values() if page.status == status]

    def page(self, page_id: str) -> Page:
        """Return a copy of a page.

        Raises:
            KeyError: there is none.
        """
        with self.world.lock:
            return copy.deepcopy(self.world.state.pages[page_id])

    def titled(self, title: str) -> Page:
        """Return a copy of the page with a title, of whatever status.

        Raises:
            KeyError: there is none.
        """
        with self.world.lock:
            found = [page for page in self.world.state.pages.values() if page.title == title]
            if not found:
                raise KeyError(title)
            return copy.deepcopy(found[0])

    def comments(self, page_id: str) -> list[Comment]:
        """Return copies of a page's footer comments, the oldest first."""
        with self.world.lock:
            return [copy.copy(one) for one in self.world.state.comments.values() if one.page_id == page_id]

    def attachments(self, page_id: str) -> dict[str, list[bytes]]:
        """Return the versions of each file on a page, the newest last."""
        found = self.page(page_id).attachments
        return {one.title: [version.content for version in one.versions] for one in found}

    def snapshot(self) -> Snapshot:
        """Return the whole state; two runs that do the same give equal ones."""
        with self.world.lock:
            return Snapshot(self._seen(), copy.deepcopy(self.world.state))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot; the index knows all of it."""
        with self.world.lock:
            self.world.changed += [*self.world.state.pages, *snapshot.state.pages]
            self.world.state = copy.deepcopy(snapshot.state)
            self.index.catch_up()

    def _seen(self) -> Json:
        state = self.world.state
        return {
            "pages": {page.id: _seen_page(page) for page in state.pages.values()},
            "comments": {
                one.id: (one.page_id, one.author, storage.settled(one.storage)) for one in state.comments.values()
            },
            "tasks": {entry.id: key for key, entry in state.tasks.items()},
            "templates": {one.id: (one.name, one.space, one.storage) for one in state.templates.values()},
            "notifications": list(state.notifications),
        }

    def received(self, method: str, target: str, headers: dict[str, str], content: bytes) -> Answer | None:
        """Answer a request as it came; what is not below the context path, or no resource, has no ``path``."""
        url, context = urlsplit(target), self.world.context
        parts = form(headers.get("content-type", ""), content)
        request = Request(
            method=method,
            path=url.path.removeprefix(context)
            if url.path.startswith(tuple(f"{context}/{part}/" for part in ("rest", "api", "download")))
            else "",
            name="",
            query=parse_qs(url.query, keep_blank_values=True),
            body=None if parts else parsed(content),
            headers=headers,
            parts=parts,
        )
        request.name = api.name_of(self.world.cloud, request)
        return self._serve(request)

    def _serve(self, request: Request) -> Answer | None:
        """Answer a request, or None where its connection is to be closed without an answer."""
        with self.world.lock:
            self.requests.append(request)
            self.index.tick()
            fault = self.faults.take(request)
        self._tell("before", request)
        answer: Answer | None = Answer(500)
        if not fault or fault.done:
            answer = self._do(request)
        if fault and answer:
            answer = fault.answer(answer)
            time.sleep(fault.seconds)
        self._tell("after", request)
        request.status = answer.status if answer else None
        return answer

    def _tell(self, when: Literal["before", "after"], request: Request) -> None:
        for watcher in self.watchers:
            watcher(when, request)

    def _do(self, request: Request) -> Answer:
        """Do what is asked for, and hold it against the vendor's description."""
        with self.world.lock:
            if not request.path:
                return Answer(200, _SIGN_IN, "text/html; charset=UTF-8")
            try:
                answer = self.credentials.refusal(self.world, request)
                if answer is None:
                    answer = api.perform(self.world, self.index, request)
                    self.complaints.extend(specification.check(self.world.cloud, request, answer))
                self.index.note()
                return answer
            except Exception as error:
                self.complaints.append(f"the stand-in itself failed: {''.join(traceback.format_exception(error))}")
                return Answer.of(500, {"message": repr(error)})


def _seen_page(page: Page) -> Json:
    """Return a page without times, and without ids inside of its storage."""
    seen = {**vars(page), "storage": storage.settled(page.storage)}
    seen["properties"] = {key: (one.value, one.version) for key, one in page.properties.items()}
    seen["attachments"] = {one.title: list(one.versions) for one in page.attachments}
    seen["labels"] = sorted(page.labels)
    return copy.deepcopy({key: seen[key] for key in seen.keys() - {"created", "modified", "property_conflict"}})
