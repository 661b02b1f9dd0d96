"""What can be done to what is kept, whoever does it: the rules of titles, versions, properties and tasks."""

import copy
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from tests.fakes.confluence import storage
from tests.fakes.confluence.exchange import ApiError, Upload
from tests.fakes.confluence.state import (
    Attachment,
    Behaviour,
    Comment,
    Notification,
    Page,
    Property,
    Space,
    State,
    TaskEntry,
)

BOT = "bot"
"""The account that the programme signs in with."""
_FIRST_NUMBER = {"space": 65_001, "page": 100_001, "comment": 300_001, "property": 500_001, "attachment": 700_001}
TITLE_TAKEN = "A page with this title already exists: A page already exists with the same TITLE in this space"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class World:
    """What the resources read and write. Two moments of it are never the same."""

    cloud: bool
    context: str
    behaviour: Behaviour = field(default_factory=Behaviour)
    clock: Callable[[], datetime] = _now
    state: State = field(default_factory=State)
    complaints: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    base: str = ""
    lock: RLock = field(default_factory=RLock)

    def now(self) -> datetime:
        """Return the time of the clock, in whole milliseconds, and later than ever before."""
        now = self.clock().astimezone(UTC)
        now -= timedelta(microseconds=now.microsecond % 1000)
        self.state.last = max(now, self.state.last + timedelta(milliseconds=1))
        return self.state.last

    def number(self, kind: str) -> str:
        """Return the next id of a kind: the same ones in every run."""
        self.state.made[kind] += 1
        return str(_FIRST_NUMBER.get(kind, 1) + self.state.made[kind] - 1)

    def new_id(self) -> str:
        """Return the next id for something inside of storage."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.number("inside")))

    def page(self, page_id: str) -> Page:
        """Return a page that the programme may see.

        Raises:
            ApiError: 404.
        """
        page = self.place(page_id)
        if page.is_folder:
            raise ApiError(404, f"No content found with id: ContentId{{id={page_id}}}")
        return page

    def place(self, page_id: str) -> Page:
        """Return a page, or a folder, that the programme may see.

        Raises:
            ApiError: 404.
        """
        page = self.state.pages.get(page_id)
        if page is None or page.hidden:
            raise ApiError(404, f"No content found with id: ContentId{{id={page_id}}}")
        return page

    def live(self, page_id: str) -> Page:
        """Return a page that the programme may see and that is in use.

        Raises:
            ApiError: 404.
        """
        page = self.page(page_id)
        if page.status != "current":
            raise ApiError(404, f"No content found with id: ContentId{{id={page_id}}}")
        return page

    def space(self, key: str) -> Space:
        """Return a space by its key.

        Raises:
            ApiError: 404.
        """
        if key not in self.state.spaces:
            raise ApiError(404, f"No space found with key : {key}")
        return self.state.spaces[key]

    def ancestors(self, page: Page) -> list[Page]:
        """Return the pages above, the highest first."""
        parent = self.state.pages.get(page.parent or "")
        return [*self.ancestors(parent), parent] if parent else []

    def children(self, page_id: str) -> list[Page]:
        """Return the pages right below that are in use, to be seen, and listed."""
        below = [page for page in self.state.pages.values() if page.parent == page_id]
        found = [page for page in below if page.id not in self.behaviour.unlisted]
        return [page for page in found if page.status == "current" and not page.hidden]

    def create_page(self, space: Space, title: str, text: str, parent: str | None, by: str) -> Page:
        """Make a page.

        Raises:
            ApiError: the title is taken or missing, the text malformed or too long.
        """
        kept = self.settled(text)
        self._check_title(space.key, title, None)
        now = self.now()
        page = Page(self.number("page"), space.key, title, kept, parent, by, now, now, by)
        self.state.pages[page.id] = page
        self._after_write(page, by)
        return page

    def update_page(
        self, page: Page, by: str, *, title: str | None = None, text: str | None = None, minor: bool = False
    ) -> None:
        """Make a page's next version; the title, or the text, stays as it is where none is given.

        Raises:
            ApiError: the title is taken or missing, the text malformed or too long.
        """
        kept = page.storage if text is None else self.settled(text)
        title = page.title if title is None else title
        self._check_title(page.space, title, page)
        page.title, page.storage, page.minor = title, kept, minor
        page.version, page.modified, page.modified_by = page.version + 1, self.now(), by
        self._after_write(page, by)

    def _after_write(self, page: Page, by: str) -> None:
        page.property_conflict = by == BOT
        self.note_tasks(page)
        self.touch(page)
        if not page.minor:
            self.state.notifications.append(Notification("edited", page.id, version=page.version))

    def touch(self, page: Page) -> None:
        """Say that the index has something to learn of a page."""
        self.changed.append(page.id)

    def settled(self, text: str) -> str:
        """Return storage as it is kept.

        Raises:
            ApiError: 400 where it is malformed, 413 where it is too long.
        """
        if len(text.encode("utf-8", "replace")) > self.behaviour.largest_body:
            raise ApiError(413, "The content of the request is too large")
        try:
            return storage.normalised(text, self.new_id, cloud=self.cloud)
        except storage.Malformed as fault:
            raise ApiError(400, str(fault)) from fault

    def _check_title(self, space: str, title: str, page: Page | None) -> None:
        if not title.strip() or len(title) > 255:
            raise ApiError(400, "Title must be between 1 and 255 characters")
        for other in self.state.pages.values():
            holds = not other.is_folder and not (self.cloud and other.status == "trashed")
            if holds and other is not page and other.space == space and other.title.casefold() == title.casefold():
                raise ApiError(self.behaviour.title_taken, TITLE_TAKEN)

    def note_tasks(self, page: Page) -> None:
        """Give each task on a page its global id, and note when it was completed."""
        for task in storage.tasks(page.storage):
            now, key = self.now(), (page.id, task.local_id)
            if key not in self.state.tasks:
                self.state.tasks[key] = TaskEntry(self.number("task"), *key, now, now)
            entry = self.state.tasks[key]
            if task.done != bool(entry.completed):
                entry.completed, entry.updated = now if task.done else None, now

    def tick(self, page: Page, local_id: str, done: bool, by: str) -> None:
        """Set a task's status, in the page's storage."""
        text = storage.ticked(page.storage, local_id, done)
        if text == page.storage:
            return
        if self.behaviour.ticks_raise_version:
            self.update_page(page, by, text=text, minor=True)
        else:
            page.storage = text
            self.note_tasks(page)

    def purge(self, page: Page) -> None:
        """Remove a page and what hangs on it for ever; the pages below it move up."""
        for child in self.state.pages.values():
            child.parent = page.parent if child.parent == page.id else child.parent
        del self.state.pages[page.id]
        self.state.comments = {key: one for key, one in self.state.comments.items() if one.page_id != page.id}
        self.state.tasks = {key: one for key, one in self.state.tasks.items() if one.page_id != page.id}
        self.touch(page)

    def add_comment(self, page: Page, text: str, by: str) -> Comment:
        """Add a footer comment.

        Raises:
            ApiError: the text is malformed or too long.
        """
        comment = Comment(self.number("comment"), page.id, by, self.settled(text), self.now())
        self.state.comments[comment.id] = comment
        if by != BOT or self.behaviour.mentions_mail:
            for who in storage.mentioned(comment.storage):
                self.state.notifications.append(Notification("mentioned", page.id, who))
        return comment

    def attach(self, page: Page, upload: Upload) -> Attachment:
        """Attach a file, or a new version of the one with its name."""
        for one in page.attachments:
            if one.title == upload.filename:
                one.versions.append(upload)
                one.modified = self.now()
                return one
        page.attachments.append(Attachment(self.number("attachment"), [upload], self.now()))
        return page.attachments[-1]

    def add_labels(self, page: Page, names: list[str]) -> None:
        """Add labels; those that are there stay.

        Raises:
            ApiError: one of them is none.
        """
        for name in names:
            if not name or len(name) > 255 or any(letter in " ()!#&*.,:;<>?@[]^" for letter in name):
                raise ApiError(400, f"{name!r} is not a valid label name")
            if name.lower() not in page.labels:
                page.labels.append(name.lower())
        self.touch(page)

    def set_property(self, page: Page, key: str, value: Any, version: int | None) -> Property:
        """Make a property, without a version, or give it another value, with its next one.

        Raises:
            ApiError: 400 for the key, 409 for the version or right after a page was written, 413 for the size.
        """
        self._check_property(page, key, value)
        found = page.properties.get(key)
        if found is None and version in (None, 1):
            found = page.properties[key] = Property(self.number("property"), key, copy.deepcopy(value), self.now())
        elif found is None:
            raise ApiError(404, f"No property found with key: {key}")
        elif version != found.version + 1:
            raise ApiError(409, f"Version must be incremented on update. Current version is: {found.version}")
        else:
            found.value, found.version, found.modified = copy.deepcopy(value), version, self.now()
        return found

    def _check_property(self, page: Page, key: str, value: Any) -> None:
        if not key or len(key) > 255 or not key.replace(".", "").isalnum() or not key.isascii():
            raise ApiError(400, f"Property key {key!r} is invalid")
        if len(str(value)) > 32_768:
            raise ApiError(413, "Property value is too long")
        conflict, page.property_conflict = page.property_conflict, False
        if conflict and self.behaviour.property_conflicts_after_write:
            raise ApiError(409, "Conflict: the content was updated concurrently")
