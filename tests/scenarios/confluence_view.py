"""A Confluence's pages as the local wiki would show them, and what people do to them in the web interface.

They are read from what the stand-in keeps, past its API and past all of peerloop but where its part of a page is.
"""

import re
from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path
from urllib.parse import quote

from integrations.confluence.storage import Region, region_of
from tests.fakes.confluence import ConfluenceServer, Page
from tests.fakes.confluence.storage import Task, tasks
from tests.scenarios.hands import KEY, Hands
from tests.scenarios.programme import Box

NOTE = (
    "<blockquote><p>{words}: <em>really</em>&nbsp;<ac:emoticon ac:name='smile' /></p></blockquote>"
    '<ac:structured-macro ac:name="unheard-of"><ac:plain-text-body><![CDATA[a < b && c]]></ac:plain-text-body>'
    "</ac:structured-macro>"
)


def view_of(server: ConfluenceServer) -> dict[str, str]:
    """Return the text of each page by its id, what is in the archive too, but not what is in the trash."""
    return {page.id: text_of(page) for page in [*server.pages(), *server.pages("archived")]}


def text_of(page: Page) -> str:
    """Return a page with its title as a heading and with comments around our part of it."""
    region, text = region_of(page.storage), page.storage
    if isinstance(region, Region) and region.mark and region.inner:
        mark, inner, whole = region.mark, region.inner.of(text), region.whole
        ours = f"<!-- peerloop:begin {mark} -->{inner}<!-- peerloop:end {quote(mark.key, safe='/:@+')} -->"
        text = f"{text[: whole.start]}{ours}{text[whole.end :]}"
    return f"# {page.title}\n{text}"


def boxes_of(page: Page) -> Iterator[Box]:
    """Yield the action items on a page."""
    for task in tasks(page.storage):
        yield Box(task.words, task.done, page.id, task.words.rstrip().endswith("(dropped)"))


class ConfluenceHands(Hands):
    """The hands of people in the web interface; a page is named by its id."""

    def __init__(self, server: ConfluenceServer, space: str) -> None:
        super().__init__(Path())
        self._server, self._space = server, space

    def retitles(self, page: str, title: str) -> None:
        """Give a page another title, unless a page has it."""
        if title not in {one.title for status in STATUSES for one in self._server.pages(status)}:
            self._server.person_retitles(page, title)

    def writes(self, page: str, words: str, above: bool) -> None:
        """Take a note below our part, or above it, with more in it than plain text; and comment on the note."""
        text, note = self._server.page(page).storage, NOTE.format(words=words)
        self._server.person_edits(page, f"{note}{text}" if above else f"{text}{note}")
        if words not in text:
            self._server.person_comments_inline(page, words)

    def adds_item(self, page: str, handle: str, words: str, due: date) -> None:
        """Write down an action item: with a mention of whoever has an account."""
        if handle in self._server.world.state.users:
            self._server.person_adds_task(page, words, handle, str(due))
        else:
            self._server.person_adds_task(page, f"@{handle} {words} by {due}")

    def ticks_item(self, page: str) -> None:
        """Tick the first action item that is not done."""
        text = self._server.page(page).storage
        for task in [one for one in tasks(text) if not one.done and "item" in one.words][:1]:
            self._server.person_ticks(page, task.local_id)

    def edits_region(self, page: str, words: str) -> None:
        """Write into our part."""
        text = self._server.page(page).storage
        region = region_of(text)
        if isinstance(region, Region) and region.inner:
            inner = region.inner.start
            self._server.person_edits(page, f"{text[:inner]}<p>{escape(words)}</p>{text[inner:]}")

    def renames(self, page: str, pick: int) -> None:
        """Put a page elsewhere: below the space's first page, or into the archive; or take it out of there again."""
        self._server.index.catch_up()  # which knows a page by its labels long before somebody has read and filed it
        if self._server.page(page).status == "archived":
            self._server.person_restores(page)
        elif pick % 3:
            self._server.person_moves(page, self._server.world.state.spaces[self._space].homepage)
        else:
            self._server.person_archives(page)

    def drops_item(self, page: str) -> None:
        """Write behind the first action item that is open that it will not be done."""
        words = [one.words for one in self._open_items(page)][:1]
        if words and words[0] in self._server.page(page).storage:
            self._server.person_replaces(page, words[0], f"{words[0]} (dropped)")

    def hands_over(self, page: str, handle: str) -> None:
        """Give the first action item that is open, and names somebody by their handle, to somebody else."""
        named = [match[0] for one in self._open_items(page) if (match := re.match(r"@\w+ item \d+", one.words))][:1]
        if named and named[0] in self._server.page(page).storage:
            self._server.person_replaces(page, named[0], f"@{handle} {named[0].partition(' ')[2]}")

    def _open_items(self, page: str) -> list[Task]:
        found = tasks(self._server.page(page).storage)
        return [one for one in found if not one.done and re.search(r"item \d+", one.words)]

    def deletes(self, page: str) -> None:
        """Put a page into the trash."""
        self._server.person_trashes(page)

    def in_trash(self) -> dict[str, str]:
        """Return the keys of the pages in the trash."""
        found = {page.id: KEY.search(text_of(page)) for page in self._server.pages("trashed")}
        return {page: key[1] for page, key in found.items() if key}

    def brings_back(self, page: str) -> None:
        """Take a page out of the trash."""
        self._server.person_restores(page)
        self._server.index.catch_up()  # nothing tells before that it is there again


STATUSES = ("current", "archived", "trashed")
