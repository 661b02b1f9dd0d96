"""The text of one page: its title, the region that is ours, and all the rest, which is people's.

    # Title

    <!-- peerloop:begin MARK -->
    …ours…
    <!-- peerloop:end KEY -->

    …theirs…

The key stands at the end as well, so that a page is known by either line when somebody has damaged the other.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import quote, unquote

from config.cached import cached_property
from daemon.model import CAN_YOU, Accepted, Mark, Page, TickBox, accepted_among, fingerprint, unticked
from integrations.formats.markdown.own_boxes import own_boxes
from integrations.local.topic_row import AROUND, ESCAPED_SIGN, TOPIC, around, told, topic_in, unaligned

_MARKER = re.compile(r"<!--[ \t]*peerloop:(begin|end)\b((?>(?:(?!<!--|-->)[^\r\n])*))-->")
_ANY_MARKER = re.compile(r"<!--(?=\s*peerloop:)")
_LINE_END = re.compile(r"\r\n?|\n")
_FRONT_MATTER = re.compile(r"\ufeff?(?:---\r?\n.*?\n---[ \t]*(?:\r?\n|\Z))?", re.S)
_HEADING = re.compile(r"(?:^|(?<=\ufeff))#[ \t]++(.*)$", re.M)
_MARKDOWN_SIGNS = re.compile(r"[\\`*\[\]<>~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
_NOT_A_MARKER = "<&#33;--"  # as nothing else that we write has it
_OR_BACK = ", or bring back the page's last good version"
_CONFLICT = re.compile(
    r"^<{7}(?!<)[^\n]*\n(?P<ours>(?>(?:(?!<{7}|\|{7}|={7}\r?$|>{7}).*\n)*))"
    r"(?:\|{7}[^\n]*\n(?>(?:(?!<{7}|={7}\r?$|>{7}).*\n)*))?"
    r"={7}\r?\n(?P<theirs>(?>(?:(?!<{7}|={7}\r?$|>{7}).*\n)*))>{7}(?!>)[^\n]*$",
    re.M,
)
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")


class _Heading(NamedTuple):
    """Where a heading stands in a text, and its words without the signs that may close it."""

    start: int
    text_start: int
    text_end: int
    end: int

    @classmethod
    def of(cls, line: "re.Match[str]") -> "_Heading":
        whole = line[1].rstrip(" \t\r")
        words = whole.rstrip("#")
        closed = whole != words and (not words or words[-1] in " \t")
        text = words.rstrip(" \t") if closed else whole
        return cls(line.start(), line.start(1), line.start(1) + len(text), line.end())


def new_text(page: Page, mark: Mark) -> str:
    """Return the text of a new page."""
    mark = replace(mark, roles=told(page.region, "", mark))
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

    @property
    def without_marks(self) -> str:
        """The text as people read it."""
        return _MARKER.sub("", self.text)

    def read_with(self, shown: Callable[[str], str]) -> str:
        """Return the text as people read it, with their part as ``shown`` makes it, which keeps its length."""
        if self.trouble or self.conflict:
            return self.without_marks
        start, end = self.markers[0].start(), self.markers[1].end()
        theirs = shown(self.theirs)
        return _MARKER.sub("", f"{theirs[:start]}{self.text[start:end]}{theirs[start + 1 :]}")

    @cached_property
    def mark(self) -> Mark | None:
        """Our mark, where it can be read."""
        marks = (Mark.parse(marker[2].strip(" \t")) for marker in self.markers if marker[1] == "begin")
        return next((mark for mark in marks if mark), None)

    @property
    def key(self) -> str | None:
        """The page's key by its mark or, where that is damaged, by what is left; None of a page that is not ours."""
        words = (marker[2].strip(" \t").split(" ")[0] for marker in self.markers)
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
        line = self._title_line
        return ESCAPED_SIGN.sub(r"\1", self.text[line.text_start : line.text_end]) if line else ""

    @cached_property
    def region(self) -> str:
        """The Markdown between our comments, wherever both are there."""
        start, end = self._inside
        return self.text[start:end].strip("\r\n").replace(_NOT_A_MARKER, "<!--")

    @cached_property
    def shown(self) -> Mapping[str, str]:
        """The fingerprint of what is ours to write; a table that a formatter has aligned is the table it was.

        So is a list in which somebody has ticked a box.
        """
        region = unticked(self.region)
        shown, aligned = ({"title": self.title, "region": region} for region in (region, unaligned(region)))
        applied = self.mark.applied.get("region") if self.mark else None
        return fingerprint(aligned if fingerprint(aligned)["region"] == applied else shown)

    @property
    def said_topic(self) -> str:
        """What a person wrote as the topic in our table: told by the mark, once we have written around it."""
        return topic_in(self.region) if self._is_edited else self._told.get(TOPIC, "")

    @property
    def only_topic(self) -> bool:
        """Whether a person changed our region, and of it the topic alone."""
        return self._is_edited and around(self.region) == self._told.get(AROUND)

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        """The promises of a transcript that people have ticked; in a region that they have rewritten, before that."""
        return accepted_among(own_boxes(self.region), self._is_edited and not self.only_topic)

    @property
    def boxes(self) -> tuple[TickBox, ...]:
        """The boxes of the list that asks whether people can do it now."""
        return tuple(box for box in own_boxes(self.region) if box.title == CAN_YOU)

    @property
    def _is_edited(self) -> bool:
        return self.mark is not None and self.shown["region"] != self.mark.applied.get("region")

    @property
    def _told(self) -> Mapping[str, str]:
        return self.mark.roles if self.mark else {}

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
        is_there = _CONFLICT.search(_without_fences(self.theirs))
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
        return not self.trouble and not self.theirs.replace(self._heading, "", 1).strip("\ufeff \t\r\n")

    @property
    def ours(self) -> str:
        """What a write depends on: the title's line and the region with its mark, as they stand there."""
        title = self._heading
        return title + self.text[self.markers[0].start() : self.markers[-1].end()] if self.markers else title

    def changed(self, page: Page, mark: Mark, fields: frozenset[str]) -> str:
        """Return the text with the mark and the fields that do not say so yet; of the rest not a byte is touched."""
        wanted = fingerprint(page.content)
        due = {field for field in fields if field in wanted and self.shown[field] != wanted[field]}
        begin, end = self.markers
        roles = told(page.region, self.said_topic, mark) if "region" in fields else {**self._told, **mark.roles}
        mark = replace(mark, roles=roles)
        region = _region(page.region, mark, self._line_end)
        if "region" not in due:
            region = f"{_begin(mark)}{self.text[begin.end() : end.start()]}{end[0]}"
        text = f"{self.text[: begin.start()]}{region}{self.text[end.end() :]}"
        return PageText(text)._titled(page.title) if "title" in due else text

    def _titled(self, title: str) -> str:
        found, line = self._title_line, _title_line(title)
        if found:
            return f"{self.text[: found.text_start]}{line}{self.text[found.text_end :]}"
        top = _end_of_front_matter(self.text)
        return f"{self.text[:top]}# {line}{self._line_end * 2}{self.text[top:]}"

    @property
    def _heading(self) -> str:
        line = self._title_line
        return self.text[line.start : line.end] if line else ""

    @cached_property
    def _title_line(self) -> "_Heading | None":
        """The first heading of the first level that is not inside our region."""
        start, end = self._inside
        matches = _HEADING.finditer(self.text, _end_of_front_matter(self.text))
        found = next((match for match in matches if not start <= match.start() < end), None)
        return _Heading.of(found) if found else None

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


def _title_line(title: str) -> str:
    """Return a title as the text of a heading, in which nothing of it means anything to Markdown."""
    line = " ".join(title.split())
    words = line.rstrip("#")
    return _MARKDOWN_SIGNS.sub(r"\\\g<0>", words) + r"\#" * (len(line) - len(words))


def _without_fences(markdown: str) -> str:
    """Return Markdown without the blocks of code that are opened by a fence and closed by one like it."""
    lines = markdown.splitlines(keepends=True)
    closing = _closing_fences(lines)
    left, fence = [], ""
    for line, longest in zip(lines, closing, strict=True):
        found = _FENCE.match(line)
        if not fence and found and len(found[1]) <= longest.get(found[1][0], 0):
            fence = found[1]
        elif not fence:
            left.append(line)
        elif found and found[1].startswith(fence) and not line[found.end() :].strip():
            fence = ""
    return "".join(left)


def _closing_fences(lines: Sequence[str]) -> list[Mapping[str, int]]:
    """Return for each line how long the longest fence of each kind below it is that can close a block."""
    below: dict[str, int] = {}
    found: list[Mapping[str, int]] = []
    for line in reversed(lines):
        found.append(below)
        if (fence := _FENCE.match(line)) and not line[fence.end() :].strip():
            sign, length = fence[1][0], len(fence[1])
            if length > below.get(sign, 0):
                below = {**below, sign: length}
    return found[::-1]
