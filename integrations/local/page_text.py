"""The text of one page: its title, the region that is ours, and all the rest, which is people's.

    # Title

    <!-- peerloop:begin MARK -->
    …ours…
    <!-- peerloop:end KEY -->

    …theirs…

The key stands at the end as well, so that a page is known by either line when somebody has damaged the other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from urllib.parse import quote, unquote

from daemon.model import Mark, Page, fingerprint
from integrations.formats.page_words import TOPIC_ROW

_MARKER = re.compile(r"<!--[ \t]*peerloop:(begin|end)\b[ \t]*([^\r\n]*?)[ \t]*-->")
_ANY_MARKER = re.compile(r"<!--(?=\s*peerloop:)")
_LINE_END = re.compile(r"\r\n?|\n")
_FRONT_MATTER = re.compile(r"\ufeff?(?:---\r?\n.*?\n---[ \t]*(?:\r?\n|\Z))?", re.S)
_TITLE = re.compile(r"(?:^|(?<=\ufeff))#[ \t]+(.*?)[ \t]*(?:[ \t]#+[ \t]*)?\r?$", re.M)
_MARKDOWN_SIGNS = re.compile(r"[\\`*\[\]<>~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|#(?=#*\s*\Z)")
_NOT_A_MARKER = "&lt;!--"
_OR_BACK = ", or bring back the page's last good version"
_ESCAPED_SIGN = re.compile(r"\\([!-/:-@\[-`{-~])")
_CONFLICT = re.compile(
    r"^<{7}(?!<)[^\n]*\n(?P<ours>(?:(?!<{7}|\|{7}|={7}\r?$|>{7}).*\n)*+)(?:\|{7}[^\n]*\n(?:(?!<{7}|={7}\r?$|>{7}).*\n)*+)?"
    r"={7}\r?\n(?P<theirs>(?:(?!<{7}|={7}\r?$|>{7}).*\n)*+)>{7}(?!>)[^\n]*$",
    re.M,
)
_FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})[^\n]*\n.*?^[ ]{0,3}\1[`~]*[ \t]*\r?$", re.M | re.S)
_CELL_EDGE = re.compile(r"[ \t]*(?<!\\)\|[ \t]*")
_RULE = re.compile(r"\|(?: -+ \|)+")


def unaligned(region: str) -> str:
    """Return Markdown whose tables have one blank around each bar and three dashes a column, as ours are written."""
    return "\n".join(_unaligned(line) if line.lstrip().startswith("|") else line for line in region.splitlines())


def _unaligned(row: str) -> str:
    cells = _CELL_EDGE.sub(" | ", row.strip()).strip()
    return re.sub("-+", "---", cells) if _RULE.fullmatch(cells) else cells


def new_text(page: Page, mark: Mark) -> str:
    """Return the text of a new page."""
    parts = [f"# {_title_line(page.title)}", _region(page.region, mark, "\n"), _harmless(page.body).strip("\r\n")]
    return "\n\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True)
class PageText:
    """A page's text as it stands in its file, line ends and all."""

    text: str

    @cached_property
    def markers(self) -> list["re.Match[str]"]:
        """The comments that say where our region begins and ends."""
        return list(_MARKER.finditer(self.text))

    @cached_property
    def mark(self) -> Mark | None:
        """Our mark, where it can be read."""
        marks = (Mark.parse(marker[2]) for marker in self.markers if marker[1] == "begin")
        return next((mark for mark in marks if mark), None)

    @property
    def key(self) -> str | None:
        """The page's key by its mark or, where that is damaged, by what is left; None of a page that is not ours."""
        words = (marker[2].split(" ")[0] for marker in self.markers)
        return self.mark.key if self.mark else next((unquote(word) for word in words if word), None)

    @property
    def trouble(self) -> str:
        """What is wrong with our region, in words for people; nothing where it can be written."""
        kinds = [marker[1] for marker in self.markers]
        if kinds.count("begin") > 1 or kinds.count("end") > 1:
            return "the part kept by peerloop is there twice. Delete one copy with both its comment lines"
        if "end" not in kinds:
            return f"the line “<!-- peerloop:end -->” is missing. Put it back below the part kept by peerloop{_OR_BACK}"
        if kinds != ["begin", "end"] or not self.mark:
            return f"the line “<!-- peerloop:begin … -->” above the part kept by peerloop is damaged{_OR_BACK}"
        return ""

    @property
    def title(self) -> str:
        """The first heading, as plain text; nothing where there is none."""
        match = self._title_match
        return _ESCAPED_SIGN.sub(r"\1", match[1]) if match else ""

    @property
    def region(self) -> str:
        """The Markdown between our comments, wherever both are there."""
        start, end = self._inside
        return self.text[start:end].strip("\r\n").replace(_NOT_A_MARKER, "<!--")

    @property
    def shown(self) -> Mapping[str, str]:
        """The fingerprint of what is ours to write; a table that a formatter has aligned is the table it was."""
        shown, aligned = ({"title": self.title, "region": region} for region in (self.region, unaligned(self.region)))
        applied = self.mark.applied.get("region") if self.mark else None
        return fingerprint(aligned if fingerprint(aligned)["region"] == applied else shown)

    @property
    def said_topic(self) -> str:
        """What the table of our region says of the topic, where a person changed the region; nothing else."""
        if not self.mark or self.shown["region"] == self.mark.applied.get("region"):
            return ""
        rows = (_CELL_EDGE.split(line.strip()) for line in self.region.splitlines() if line.lstrip().startswith("|"))
        said = (row[2] for row in rows if len(row) > 2 and TOPIC_ROW.fullmatch(row[1].strip("*_ ")))
        return _shown_text(next(said, ""))

    @property
    def theirs(self) -> str:
        """The Markdown of people: all but our region."""
        if self.trouble:
            return self.text
        return f"{self.text[: self.markers[0].start()]}\n{self.text[self.markers[1].end() :]}"

    @property
    def conflict(self) -> str:
        """What Git left in people's part where it could not merge, in words for people; nothing where all is well."""
        if "<<<<<<<" not in self.text:
            return ""
        is_there = _CONFLICT.search(_FENCE.sub("", self.theirs))
        return (
            "Git has left its conflict markers, <<<<<<< and >>>>>>>. Keep what is right and delete them"
            if is_there
            else ""
        )

    @property
    def sides(self) -> tuple[str, ...]:
        """People's part, or both of it where Git could not merge: ours, and theirs."""
        if not self.conflict:
            return (self.theirs,)
        return tuple(_CONFLICT.sub(rf"\g<{side}>", self.theirs) for side in ("ours", "theirs"))

    @property
    def is_blank(self) -> bool:
        """Whether people's part of a whole page has no word, but for the title."""
        title = self._title_match[0] if self._title_match else ""
        return not self.trouble and not self.theirs.replace(title, "", 1).strip("\ufeff \t\r\n")

    @property
    def ours(self) -> str:
        """What a write depends on: the title's line and the region with its mark, as they stand there."""
        title = self._title_match[0] if self._title_match else ""
        return title + self.text[self.markers[0].start() : self.markers[-1].end()] if self.markers else title

    def changed(self, page: Page, mark: Mark, fields: frozenset[str]) -> str:
        """Return the text with the mark and the fields that do not say so yet; of the rest not a byte is touched."""
        wanted = fingerprint(page.content)
        due = {field for field in fields if field in wanted and self.shown[field] != wanted[field]}
        begin, end = self.markers
        region = _region(page.region, mark, self._line_end)
        if "region" not in due:
            region = f"{_begin(mark)}{self.text[begin.end() : end.start()]}{end[0]}"
        text = f"{self.text[: begin.start()]}{region}{self.text[end.end() :]}"
        return PageText(text)._titled(page.title) if "title" in due else text

    def _titled(self, title: str) -> str:
        match, line = self._title_match, _title_line(title)
        if match:
            return f"{self.text[: match.start(1)]}{line}{self.text[match.end(1) :]}"
        top = _end_of_front_matter(self.text)
        return f"{self.text[:top]}# {line}{self._line_end * 2}{self.text[top:]}"

    @property
    def _title_match(self) -> "re.Match[str] | None":
        """The first heading of the first level that is not inside our region."""
        start, end = self._inside
        matches = _TITLE.finditer(self.text, _end_of_front_matter(self.text))
        return next((match for match in matches if not start <= match.start() < end), None)

    @property
    def _inside(self) -> tuple[int, int]:
        if [marker[1] for marker in self.markers[:2]] != ["begin", "end"]:
            return 0, 0
        return self.markers[0].end(), self.markers[1].start()

    @property
    def _line_end(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"


def _end_of_front_matter(text: str) -> int:
    match = _FRONT_MATTER.match(text)
    return match.end() if match else 0


def _begin(mark: Mark) -> str:
    return f"<!-- peerloop:begin {mark} -->"


def _region(region: str, mark: Mark, line_end: str) -> str:
    key = quote(mark.key, safe="/:@+")
    inside = _LINE_END.sub(line_end, _harmless(region).strip("\r\n"))
    return (line_end * 2).join([_begin(mark), inside, f"<!-- peerloop:end {key} -->"])


def _harmless(markdown: str) -> str:
    """Return Markdown in which nothing can be taken for a comment of ours."""
    return _ANY_MARKER.sub(_NOT_A_MARKER, markdown)


def _shown_text(markdown: str) -> str:
    """Return what a cell of a table shows, without the signs of Markdown around it."""
    return unescape(_ESCAPED_SIGN.sub(r"\1", markdown.strip().strip("*"))).strip()


def _title_line(title: str) -> str:
    """Return a title as the text of a heading, in which nothing of it means anything to Markdown."""
    return _MARKDOWN_SIGNS.sub(r"\\\g<0>", " ".join(title.split()))
