"""A team's wiki as a folder of Markdown pages, which may be kept in git and edited by anybody."""

import codecs
import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from urllib.parse import quote, unquote

from daemon.model import CHART, ActionItem, Check, Kind, Observation, Observed, Page, Write, WriteUp, Written
from daemon.model.names import is_of
from daemon.ports import Changed, PortError, Refused
from integrations.formats.chart import png
from integrations.formats.kept import Kept
from integrations.formats.markdown.action_items import action_items, unread
from integrations.formats.markdown.own_boxes import as_tasks
from integrations.formats.markdown.ticked import ticked
from integrations.formats.markdown.write_up import write_up
from integrations.formats.page_words import MOST_ITEMS, beginning, not_read
from integrations.local import files
from integrations.local.copies import one_each
from integrations.local.page_text import PageText, new_text
from integrations.local.transcripts import NO_TRANSCRIPT, Transcripts
from integrations.steps import tried

LARGEST = 1_000_000
"""Bytes of a page that is read."""
_LONGEST_NAME = 120
_ATTEMPTS = 3


class LocalWiki:
    """The wiki port on a folder. Pages are known by their marks: they may be renamed and moved within it.

    ``team`` is the team's key, ``base_url`` the address of the folder that everything local is in, if it has one. Files
    and folders whose names start with a dot are none of ours. With ``transcripts`` those beside the pages are read.
    """

    def __init__(self, folder: Path, team: str, base_url: str = "", transcripts: bool = False) -> None:
        self._folder = folder
        self._transcripts = Transcripts(transcripts)
        self._team = team
        place = f"{folder.parent.name}/{folder.name}/"
        self._prefix = f"{base_url}/{quote(place)}" if base_url else place
        self._is_web = bool(base_url)

    def observe(self, cursor: str | None, before: Sequence[Observed] = ()) -> Observation:
        """Return all pages of ours, or that no file was touched since ``cursor``; then none is opened.

        Of a page that cannot be read it is told why; what was on it ``before`` may be there still. It is tried again.
        """
        closed: dict[Path, str] = {}
        paths = list(self._paths(closed))
        beside = self._transcripts.signature
        looked_at = "\n".join([self._prefix, *map(files.signature, paths), *closed.values(), *beside])
        now = hashlib.sha256(looked_at.encode("utf-8", "surrogateescape")).hexdigest()
        if cursor == now:
            return Observation(now, (), complete=False)
        seen, unread = self._seen(paths)
        seen += _untold(before, {self._url_of(path): why for path, why in [*closed.items(), *unread.items()]}, seen)
        return Observation(f"{now} again" if closed or unread else now, one_each(seen), complete=True)

    def write(self, writes: Sequence[Write]) -> Sequence[Written]:
        """Make the changes, page by page; a page that cannot be written does not stop the others."""
        there = {seen.key: seen for seen in one_each(self._seen(self._paths({}))[0])}
        return [self._written(write, there.get(write.resource.key)) for write in writes]

    def _written(self, write: Write, seen: Observed | None) -> Written:
        page = write.resource
        if not isinstance(page, Page):
            return Written(page.key, error=f"“{page.summary}” is an event, and {self._folder} a folder of pages.")
        if seen and seen.trouble:
            return Written(page.key, error=seen.trouble)
        if seen and write.fields is None:
            write = write.going_on_from(seen)
            if not write.fields:
                return Written(page.key, seen)
        try:
            path = self._created(page, write) if write.fields is None else self._changed(page, write, seen)
        except PortError as error:
            return Written(page.key, error=str(error))
        return Written(page.key, self._look(str(path)))

    def _created(self, page: Page, write: Write) -> Path:
        """Make a page's file, under a numbered name where somebody else's stands in the way."""
        _draw(page, self._folder)
        data = _encoded(new_text(page, write.mark))
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", page.name).strip(".-")[:_LONGEST_NAME] or "page"
        for number in count(1):
            path = self._folder / (f"{stem}.md" if number == 1 else f"{stem}-{number}.md")
            try:
                files.replace(path, data, instead_of=None)
            except Changed:
                continue
            break
        return path

    def _changed(self, page: Page, write: Write, seen: Observed | None) -> Path:
        """Change a page; where somebody saves it in that very moment, change what they saved."""
        path = self._path_of((seen and seen.url) or "")
        for _ in range(_ATTEMPTS if seen else 0):
            data = files.read(path, LARGEST)
            text = PageText((data or b"").decode("utf-8", "replace"))
            if data is None or text.trouble or (write.version and _version(text) != write.version):
                break
            changed = _encoded(text.changed(page, write.mark, write.fields or frozenset()))
            try:
                if "region" in (write.fields or ()):
                    _draw(page, path.parent)
                if changed != data:
                    files.replace(path, changed, instead_of=data)
            except Changed:
                continue
            return path
        raise Changed(f"Somebody changed the page “{page.title}” at the same moment; the next pass looks again.")

    def text(self, key: str, url: str, done: Collection[str] = ()) -> str | None:
        """Return the Markdown of a page of ours as it is now, without marks; None where it is not there any more.

        The boxes of the items that are ``done`` by what people said elsewhere, by their ids, are ticked in it.
        """
        data = files.read(self._path_of(url), LARGEST)
        page = PageText(_decoded(data)[0]) if data is not None else None
        return page.read_with(lambda theirs: ticked(key, theirs, done)) if page and page.key == key else None

    def check_up(self) -> Iterator[Check]:
        """Look whether pages can be written, and be read."""
        yield files.check_folder(self._folder)
        yield tried("the pages can be read", lambda: f"{len(self.observe(None).seen)} of ours")

    # what is there

    def _url_of(self, path: Path) -> str:
        """Return where people find a page: its address, or its path within the folder that all is in."""
        inner = path.relative_to(self._folder).as_posix()
        return self._prefix + (quote(inner) if self._is_web else inner)

    def _path_of(self, url: str) -> Path:
        inner = url.removeprefix(self._prefix)
        return self._folder / (unquote(inner) if self._is_web else inner)

    def _paths(self, closed: dict[Path, str]) -> Iterator[str]:
        """Yield every Markdown file, in a settled order; ``closed`` is told of folders that cannot be listed, and why.

        Raises:
            Refused: that is so of the whole wiki.
        """

        def unless_missing(error: OSError) -> None:
            if isinstance(error, FileNotFoundError):
                return
            reason = f"The pages of {self._team} cannot be listed: {error.filename}: {error.strerror}."
            closed[Path(error.filename)] = f"{reason} Check the folder, its owner and its permissions."
            if Path(error.filename) == self._folder:
                raise Refused(closed[self._folder]) from error

        for folder, inner, names in os.walk(self._folder, onerror=unless_missing):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            self._transcripts.lie_in(Path(folder), names)
            for name in sorted(names):
                if name[-3:].lower() == ".md" and name[0] != ".":
                    yield f"{folder}{os.sep}{name}"

    def _seen(self, paths: Iterable[str]) -> tuple[list[Observed], dict[Path, str]]:
        """Return the pages of ours, and of files that cannot be read why not."""
        seen, unread = list[Observed](), dict[Path, str]()
        for path in paths:
            try:
                seen += filter(None, [self._look(path)])
            except PortError as error:
                unread[Path(path)] = str(error)
        return seen, unread

    def _look(self, path: str) -> Observed | None:
        """Return what a file shows, if it is a page of ours."""

        def read() -> Observed | None:
            url, data = self._url_of(Path(path)), files.read(Path(path), LARGEST) or b""
            return _SHOWN.of((url, hashlib.sha256(data).digest()), lambda: _shown(url, data))

        signature = files.untouched(path)
        shown = _SHOWN.of((self._prefix, signature), read) if signature else read()
        if shown is None or not is_of(self._team, shown.key):  # the folder may be another team's as well
            return None
        heard = self._transcripts.of(path)
        return (
            shown
            if heard is NO_TRANSCRIPT
            else replace(
                shown,
                not_read=shown.not_read or heard.trouble,
                transcript=heard.is_there,
                suggestions=heard.suggestions if shown.write_up.consent else (),
            )
        )


def _untold(before: Sequence[Observed], unread: Mapping[str, str], seen: Sequence[Observed]) -> Iterator[Observed]:
    """Yield what was there ``before`` and cannot be read now, nor is to be seen elsewhere; a folder means all in it.

    Whether its boxes are ticked meanwhile nobody can tell.
    """
    elsewhere = {one.key for one in seen}
    for one in before:
        url = one.url or ""
        why = next((unread[place] for place in (url, *_folders_of(url)) if place in unread), None)
        if why and one.key not in elsewhere:
            yield replace(one, trouble=why, items=(), unread=(), not_read="")


def _folders_of(url: str) -> Iterator[str]:
    while "/" in url:
        url = url.rpartition("/")[0]
        yield url


def _draw(page: Page, folder: Path) -> None:
    """Put the chart of a page, if it has one, beside it, before the page that shows it."""
    if page.chart:
        path, picture = folder / CHART, png(page.chart)
        there = files.read(path)
        if there != picture:
            files.replace(path, picture, instead_of=there)


def _shown(url: str, data: bytes) -> Observed | None:
    """Return what a page of ours shows but for its transcript."""
    text, fault = _decoded(data)
    page = PageText(text)
    key = page.key
    if key is None:
        return None
    trouble = fault or page.trouble or page.conflict
    accepted = page.accepted
    sides = tuple(f"{as_tasks(accepted)}\n\n{side}" if accepted else side for side in page.sides)
    items, said, unclear, not_read = _said(key, sides)
    return Observed(
        key,
        Kind.PAGE,
        page.shown,
        page.mark and replace(page.mark, roles={}),
        url,
        _version(page),
        title=page.title,
        items=items,
        write_up=said,
        trouble=f"In {url}, {trouble}." if trouble else "",
        blank=page.is_blank,
        unread=unclear,
        topic=page.said_topic,
        only_topic=page.only_topic,
        not_read=not_read,
        accepted=accepted,
        boxes=page.boxes,
    )


_SHOWN = Kept[Observed | None](most=4000)
"""Pages that nobody has touched are not read again, and those that say the same not parsed. Each stands there twice,
but takes its 6 kB once; all teams share the room, which has to do for all pages of one after many years."""


def _said(key: str, sides: tuple[str, ...]) -> tuple[tuple[ActionItem, ...], WriteUp, tuple[str, ...], str]:
    """Return what people wrote on a page, and what of it was not read.

    Of the ``sides`` of a conflict each item is read once: it is done if it is so on either.
    """
    found: dict[str, ActionItem] = {}
    whole, sides = sides, tuple(map(beginning, sides))
    for item in (item for markdown in sides for item in action_items(key, markdown)):
        there = found.setdefault(item.id, item)
        found[item.id] = replace(there, done=there.done or item.done, dropped=there.dropped or item.dropped)
    items = tuple(found.values())
    return items[:MOST_ITEMS], write_up(sides[0]), unread(key, sides[0]), not_read(sides != whole, len(items))


def _version(page: PageText) -> str:
    return hashlib.sha256(_encoded(page.ours)).hexdigest()[:16]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _decoded(data: bytes) -> tuple[str, str]:
    """Return a file's text, and what is wrong with its encoding, if anything is."""
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if wide else "utf-8", "replace")
        return text, "the text is not UTF-8. Open it in an editor and save it as UTF-8"
