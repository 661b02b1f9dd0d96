"""What people do in the web interface, past our code. They name pages by id; storage is kept as it is for a write."""

from html import escape

from tests.fakes.confluence import storage
from tests.fakes.confluence.exchange import Upload
from tests.fakes.confluence.state import Page, User
from tests.fakes.confluence.world import World
from tests.fakes.loopback import alone

_ITEM = (
    "<ac:task><ac:task-id>{id}</ac:task-id><ac:task-status>{status}</ac:task-status>"
    '<ac:task-body><span class="placeholder-inline-tasks">{mention}{words}{due}</span></ac:task-body></ac:task>'
)


class People:
    """The hands of people."""

    world: World

    @alone
    def person_edits(self, page_id: str, text: str, by: str = "ada") -> None:
        """Save a page with another text, whole, in storage format."""
        self.world.update_page(self._page(page_id), self._account(by), text=text)

    @alone
    def person_replaces(self, page_id: str, old: str, new: str, by: str = "ada") -> None:
        """Save a page with one piece of its storage replaced, wherever it is first.

        Raises:
            ValueError: it is nowhere.
        """
        page = self._page(page_id)
        if old not in page.storage:
            raise ValueError(f"{old!r} is not on the page: {page.storage}")
        self.world.update_page(page, self._account(by), text=page.storage.replace(old, new, 1))

    @alone
    def person_retitles(self, page_id: str, title: str) -> None:
        """Give a page another title, which makes a version of it."""
        self.world.update_page(self._page(page_id), self._account("ada"), title=title)

    @alone
    def person_moves(self, page_id: str, parent_id: str) -> None:
        """Put a page below another."""
        page = self._page(page_id)
        page.parent = self._page(parent_id).id
        if self.world.behaviour.moves_raise_version:
            self.world.update_page(page, self._account("ada"))
        self.world.touch(page)

    @alone
    def person_archives(self, page_id: str) -> None:
        """Archive a page: it keeps its title, and is found no more."""
        self._page(page_id).status = "archived"
        self.world.touch(self._page(page_id))

    @alone
    def person_trashes(self, page_id: str) -> None:
        """Put a page into the trash: it keeps its title."""
        self._page(page_id).status = "trashed"
        self.world.touch(self._page(page_id))

    @alone
    def person_restores(self, page_id: str) -> None:
        """Take a page out of the archive or the trash."""
        self._page(page_id).status = "current"
        self.world.touch(self._page(page_id))

    @alone
    def person_purges(self, page_id: str) -> None:
        """Delete a page for ever."""
        self.world.purge(self._page(page_id))

    @alone
    def person_restricts(self, page_id: str, hidden: bool = True) -> None:
        """Keep the programme from seeing a page: 404, and it keeps its title."""
        self._page(page_id).hidden = hidden

    @alone
    def person_adds_page(self, space: str, title: str, text: str = "", parent_id: str | None = None) -> str:
        """Make a page of their own, below the space's first page if nothing else is said; return its id."""
        place = self.world.space(space)
        parent = parent_id or place.homepage
        return self.world.create_page(place, title, text, parent, self._account("ada")).id

    @alone
    def person_adds_folder(self, space: str, title: str) -> str:
        """Make a folder at the top of a space, as Cloud has them; return its id."""
        place = self.world.space(space)
        made = self.world.create_page(place, title, "", place.homepage, self._account("ada"))
        made.is_folder = True
        return made.id

    @alone
    def person_adds_task(
        self, page_id: str, words: str, assignee: str | None = None, due: str | None = None, *, done: bool = False
    ) -> str:
        """Add a task at the end of a page, as the editor writes one; return its id on the page. ``assignee`` is a
        user's name here, such as ``ada``; ``due`` a date as 2026-12-01.
        """
        page = self._page(page_id)
        local_id = str(max((int(task.local_id) for task in storage.tasks(page.storage)), default=0) + 1)
        item = _ITEM.format(
            id=local_id,
            status="complete" if done else "incomplete",
            mention=f"<ac:link>{self.mention(assignee)}</ac:link> " if assignee else "",
            words=escape(words, quote=False),
            due=f' <time datetime="{due}" />' if due else "",
        )
        self.world.update_page(page, self._account("ada"), text=f"{page.storage}<ac:task-list>{item}</ac:task-list>")
        return local_id

    @alone
    def person_ticks(self, page_id: str, local_id: str, done: bool = True) -> None:
        """Tick a task, by its id on the page, or take the tick away."""
        self.world.tick(self._page(page_id), local_id, done, self._account("ada"))

    @alone
    def person_comments_inline(self, page_id: str, words: str) -> None:
        """Comment on words of a page: a marker is put around them, without a new version.

        Raises:
            ValueError: the words are not on the page.
        """
        page = self._page(page_id)
        page.storage = storage.commented(page.storage, words, self.world.new_id())

    @alone
    def person_comments(self, page_id: str, text: str) -> None:
        """Add a footer comment, in storage format."""
        self.world.add_comment(self._page(page_id), text, self._account("ada"))

    @alone
    def person_deletes_property(self, page_id: str, key: str) -> None:
        """Delete a content property, with somebody else's programme."""
        del self._page(page_id).properties[key]

    @alone
    def person_labels(self, page_id: str, *names: str) -> None:
        """Set a page's labels to these."""
        page = self._page(page_id)
        page.labels.clear()
        self.world.add_labels(page, list(names))

    @alone
    def person_attaches(self, page_id: str, filename: str, content: bytes) -> None:
        """Attach a file, or a new version of one."""
        self.world.attach(self._page(page_id), Upload(filename, "application/octet-stream", content))

    def mention(self, name: str) -> str:
        """Return the reference to a user by their name here, as this flavour writes it."""
        attribute = "account-id" if self.world.cloud else "userkey"
        return f'<ri:user ri:{attribute}="{self._account(name)}" />'

    def _account(self, name: str) -> str:
        user: User = self.world.state.users[name]
        return user.account_id if self.world.cloud else user.user_key

    def _page(self, page_id: str) -> Page:
        return self.world.state.pages[page_id]
