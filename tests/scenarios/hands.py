"""What people do to pages: here in the folder of the local wiki, with an editor. A page is named by its path there."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote

KEY = re.compile(r"<!-- peerloop:begin (\S+)")


class Hands:
    """The hands of people, in a wiki's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def retitles(self, page: str, title: str) -> None:
        """Give a page another title."""
        self._edit(page, lambda text: re.sub(r"\A# .*", f"# {title}", text))

    def writes(self, page: str, words: str, above: bool) -> None:
        """Take a note below our part, or above it."""
        note = f"\n> {words}: *really* <!-- not peerloop -->\n"
        if above:
            ours = "\n\n<!-- peerloop:begin"
            self._edit(page, lambda text: text.replace(ours, f"\n{note}{ours[1:]}"))
        else:
            self._edit(page, lambda text: f"{text}{note}")

    def adds_item(self, page: str, handle: str, words: str, due: date) -> None:
        """Write down an action item."""
        self._edit(page, lambda text: f"{text.rstrip()}\n- [ ] @{handle} {words} by {due}\n")

    def ticks_item(self, page: str) -> None:
        """Tick the first action item that somebody has written down and not done."""
        self._edit(page, lambda text: text.replace("- [ ] @", "- [x] @", 1))

    def edits_region(self, page: str, words: str) -> None:
        """Write into our part."""
        self._edit(page, lambda text: text.replace("*peerloop keeps", f"{words}\n\n*peerloop keeps", 1))

    def renames(self, page: str, pick: int) -> None:
        """Give a page's file another name, in a folder of its own."""
        path = self._folder / page
        target = self._folder / f"kept-{pick % 3}" / path.name
        target.parent.mkdir(exist_ok=True)
        path.rename(target)

    def drops_item(self, page: str) -> None:
        """Write behind the first action item that is open that it will not be done."""
        self._edit(page, lambda text: re.sub(r"(?m)^(- \[ \] @.* item .*)$", r"\1 (dropped)", text, count=1))

    def hands_over(self, page: str, handle: str) -> None:
        """Give the first action item that is open to somebody else."""
        self._edit(page, lambda text: re.sub(r"(?m)^- \[ \] @\S+( item )", rf"- [ ] @{handle}\1", text, count=1))

    def deletes(self, page: str) -> None:
        """Delete a page: it goes into the trash, beside the wiki's folder."""
        self._trash.mkdir(exist_ok=True)
        (self._folder / page).rename(self._trash / quote(page, safe=""))

    def in_trash(self) -> dict[str, str]:
        """Return the keys of the pages in the trash."""
        found = {unquote(path.name): KEY.search(path.read_text()) for path in self._trash.glob("*")}
        return {page: key[1] for page, key in found.items() if key}

    def brings_back(self, page: str) -> None:
        """Take a page out of the trash."""
        path = self._folder / page
        path.parent.mkdir(exist_ok=True)
        (self._trash / quote(page, safe="")).rename(path if not path.exists() else path.with_name(f"back-{path.name}"))

    @property
    def _trash(self) -> Path:
        return self._folder.with_name(f"{self._folder.name} trash")

    def _edit(self, page: str, edit: Callable[[str], str]) -> None:
        path = self._folder / page
        path.write_bytes(edit(path.read_bytes().decode()).encode())
