"""Storage format, the XHTML in which Confluence keeps a page: read by offsets, so that nobody's words are rewritten.

Our region is one page-properties macro whose id is our mark:

    <ac:structured-macro ac:name="details" ac:schema-version="1">
      <ac:parameter ac:name="id">peerloop MARK</ac:parameter>
      <ac:rich-text-body>…ours…</ac:rich-text-body>
    </ac:structured-macro>

Source: https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from html.entities import name2codepoint
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape

from daemon.model import Mark

_XML_ITSELF = {"amp", "lt", "gt", "quot", "apos"}
_ENTITIES = "".join(f'<!ENTITY {name} "&#{at};">' for name, at in name2codepoint.items() if name not in _XML_ITSELF)
_PROLOGUE = f"<!DOCTYPE page [{_ENTITIES}]><page>"
_EPILOGUE = "</page>"
_START_TAG = re.compile(r"""<(?:[^>"']++|"[^"]*"|'[^']*')*>""")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ID = "peerloop"
LARGEST = 300_000
"""How many characters of a page are read at most; of a longer one nothing."""
TOO_LONG = f"it is longer than {LARGEST:,} characters"
_DEEPEST = 250  # elements within one another; what is written from Markdown may have two hundred

INLINE = frozenset(
    {
        *("a", "abbr", "b", "br", "cite", "code", "del", "em", "font", "i", "ins", "s", "small", "span", "strike"),
        *("strong", "sub", "sup", "time", "u", "ac:emoticon", "ac:image", "ac:inline-comment-marker", "ac:link"),
        *("ac:link-body", "ac:placeholder", "ac:plain-text-link-body"),
    }
)
"""Elements inside a line; where any other begins or ends, a line ends too."""
UNREAD = frozenset({"ac:plain-text-body", "ac:adf-fallback"})
"""Elements that hold no elements to be read: code, and the copy of something that stands beside it."""


class Malformed(ValueError):
    """Text that is no storage format, or more of it than is read: it says what is wrong and, of tags, where."""


class TooMuch(Malformed):
    """A page that is too large, or too deep, to be read."""


class Span(NamedTuple):
    """A part of a text, from ``start`` up to ``end``, in characters."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the part of ``text`` that this is."""
        return text[self.start : self.end]


@dataclass(slots=True, eq=False)
class Element:
    """An element, or the whole page, which has no name; where it stands in the text, and what stands between its tags.

    ``content`` are the elements and the texts in it, entities and CDATA decoded.
    """

    name: str
    attributes: dict[str, str]
    whole: Span
    inner: Span
    content: list["Element | str"] = field(default_factory=list)

    def children(self, name: str) -> list["Element"]:
        """Return the elements of this name directly in it."""
        return [child for child in self.content if isinstance(child, Element) and child.name == name]

    def walk(self, skip: Callable[["Element"], bool] = lambda _: False) -> Iterator["Element"]:
        """Yield the elements in it, at any depth, in the order of their start; of what is skipped, nothing."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            if element is not self:
                yield element
            inside = (child for child in reversed(element.content) if isinstance(child, Element))
            waiting += [child for child in inside if not skip(child)]

    def text(self, shown: Callable[["Element"], str | None] = lambda _: None) -> str:
        """Return its text, blanks collapsed, lines run together; ``shown`` may give another text for an element."""
        parts: list[str] = []
        waiting: list[Element | str] = list(reversed(self.content))
        while waiting:
            node = waiting.pop()
            text = node if isinstance(node, str) else shown(node)
            if text is not None:
                parts.append(text)
            elif isinstance(node, Element):
                edge = "" if node.name in INLINE - {"br"} else " "
                waiting += [edge, *reversed(node.content), edge]
        return " ".join("".join(parts).split())


@lru_cache(maxsize=2)
def parse(storage: str) -> Element:
    """Return a page, or a part of one, as an element without a name; nobody changes it.

    Raises:
        Malformed: tags do not match, an entity is unknown, a character is not allowed in XML; it is too large.
    """
    if len(storage) > LARGEST:
        raise TooMuch(TOO_LONG)
    return _Reader(storage).page


class _Reader:
    """Makes elements of expat's events. Without namespaces it lets prefixes pass that nobody has declared."""

    def __init__(self, storage: str) -> None:
        self._storage = storage
        self.page = Element("", {}, Span(0, len(storage)), Span(0, len(storage)))
        self._open = [self.page]
        try:
            self._bytes = storage.encode()
        except UnicodeEncodeError as error:
            raise Malformed(f"{_place(storage, error.start)}: half of a character") from None
        self._at_byte = self._at = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parse()

    def _parse(self) -> None:
        try:
            self._parser.Parse(_PROLOGUE.encode(), False)
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end
            self._parser.CharacterDataHandler = lambda text: self._open[-1].content.append(text)
            self._parser.Parse(self._bytes, False)
            self._parser.Parse(_EPILOGUE.encode(), True)
        except expat.ExpatError as error:
            at = min(max(self._parser.ErrorByteIndex - len(_PROLOGUE), 0), len(self._bytes))
            where = _place(self._storage, len(self._bytes[:at].decode(errors="ignore")))
            raise Malformed(f"{where}: {expat.ErrorString(error.code)}") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        start = self._position()
        if len(self._open) > _DEEPEST:
            raise TooMuch(f"{_place(self._storage, start)}: more than {_DEEPEST} elements within one another")
        tag = _START_TAG.match(self._storage, start)
        end = tag.end() if tag else start
        element = Element(name, attributes, Span(start, end), Span(end, end))
        self._open[-1].content.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        element, at = self._open.pop(), self._position()
        start, inner = element.whole.start, element.inner.start
        if element is not self.page and self._storage[inner - 2] != "/":
            element.inner = Span(inner, at)
            element.whole = Span(start, self._storage.index(">", at) + 1)

    def _position(self) -> int:
        """Return where the present event begins; events come in their order, so that each byte is decoded once."""
        at = min(self._parser.CurrentByteIndex - len(_PROLOGUE), len(self._bytes))
        self._at += len(self._bytes[self._at_byte : at].decode())
        self._at_byte = at
        return self._at


def _place(storage: str, at: int) -> str:
    return f"line {storage.count(chr(10), 0, at) + 1}, column {at - storage.rfind(chr(10), 0, at)}"


def fit(text: str) -> str:
    """Return text without the characters that XML cannot hold: most control characters, and halves of characters."""
    return _NOT_XML.sub("", text)


def escaped(text: str) -> str:
    """Return text from people as it stands in storage format, in attributes too."""
    return escape(fit(text), {'"': "&quot;"})


class Fault(StrEnum):
    """Why there is no region to write."""

    MISSING = "missing"
    TWICE = "twice"
    DAMAGED = "damaged"
    """Its mark cannot be read, or its body is not there."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region of ours on a page: the whole macro, what its id says, its body with the body's tags, and inside it.

    ``mark`` is None where it cannot be read; ``body`` and ``inner`` are None where there is no body.
    """

    mark: Mark | None
    whole: Span
    said: Span
    body: Span | None
    inner: Span | None

    def inside(self, storage: str) -> str:
        """Return what stands in it on its page; nothing where there is no body."""
        return self.inner.of(storage) if self.inner else ""


def regions(storage: str) -> tuple[Region, ...]:
    """Return all regions of ours, one within another too, sound or not; what a page shows as code is none.

    Raises:
        Malformed: as ``parse`` does.
    """
    inside = parse(storage).walk(lambda element: element.name in UNREAD)
    return tuple(region for element in inside if (region := _region(element)))


def region_of(storage: str, key: str | None = None) -> Region | Fault:
    """Return the one region of ours that can be written, of the page with this key or of whichever.

    One of another key, which somebody has copied from another page, does not count.

    Raises:
        Malformed: as ``parse`` does.
    """
    found = [one for one in regions(storage) if key is None or one.mark is None or one.mark.key == key]
    sound = [one for one in found if one.mark and one.body]
    if len(sound) > 1:
        return Fault.TWICE
    return sound[0] if sound else Fault.DAMAGED if found else Fault.MISSING


def is_region(element: Element) -> bool:
    """Whether an element is a region of ours, sound or not."""
    return _region(element) is not None


def _region(element: Element) -> Region | None:
    if element.name != "ac:structured-macro" or element.attributes.get("ac:name") != "details":
        return None
    for parameter in element.children("ac:parameter"):
        ours, _, mark = parameter.text().partition(" ")
        if parameter.attributes.get("ac:name") == "id" and ours == _ID:
            body = next(iter(element.children("ac:rich-text-body")), None)
            spans = (body.whole, body.inner) if body else (None, None)
            return Region(Mark.parse(mark), element.whole, parameter.inner, *spans)
    return None


def new_region(mark: Mark, inner: str) -> str:
    """Return a region as it begins; ``inner`` is storage format."""
    said = f'<ac:parameter ac:name="id">{_said(mark)}</ac:parameter>'
    return f'<ac:structured-macro ac:name="details" ac:schema-version="1">{said}{_body(inner)}</ac:structured-macro>'


def spliced(storage: str, region: Region, *, mark: Mark | None = None, inner: str | None = None) -> str:
    """Return a page with another mark, another body (storage format), or both, in a region of it; the rest stays.

    Raises:
        ValueError: the region has no body to be replaced.
    """
    changes = [(region.said, _said(mark))] if mark else []
    if inner is not None:
        if region.body is None:
            raise ValueError("the region has no body")
        changes.append((region.body, _body(inner)))
    for span, text in sorted(changes, reverse=True):
        storage = storage[: span.start] + text + storage[span.end :]
    return storage


def _said(mark: Mark) -> str:
    return escaped(f"{_ID} {mark}")


def _body(inner: str) -> str:
    return f"<ac:rich-text-body>{inner}</ac:rich-text-body>"


_LEFT_OUT = {"ac:task-uuid", "ac:task-id", "ac:task-status", "colgroup"}  # a tick is no edit
_UNWRAPPED = {"", "ac:inline-comment-marker", "tbody", "thead"}
_ONE_LINE = {"li", "td", "th"}
_VOLATILE = {
    *("ac:card-appearance", "ac:local-id", "ac:macro-id", "ac:schema-version", "ac:task-list-id", "class", "local-id"),
    *("ri:local-id", "ri:version-at-save", "style", "ac:align", "ac:custom-width", "ac:height", "ac:layout"),
    *("ac:original-height", "ac:original-width", "ac:width"),
}
_LINE, _TAG = "\x01", "\x02"  # stand for no character of a page, for XML does not allow them
_AROUND_LINES = re.compile(rf"\s*{_LINE}[\s{_LINE}]*")


def digest(inner: str, place: Callable[[Element], str | None] = lambda _: None) -> str:
    """Return ten hexadecimal digits of what a region's body means, however Confluence spells it when it saves.

    Of a link of which ``place`` tells where it leads, only that counts.

    Raises:
        Malformed: as ``parse`` does.
    """
    page, inside = parse(inner), dict[int, str]()
    elements = [page, *page.walk()]
    parents = {id(child): element.name for element in elements for child in element.content}
    for element in reversed(elements):  # so that what is inside comes first
        led = place(element)
        inside[id(element)] = (
            _canonical(element, parents.get(id(element), ""), inside) if led is None else f"{_TAG}{led}{_TAG}"
        )
    meaning = _AROUND_LINES.sub(_LINE, " ".join(inside[id(page)].split())).strip(_LINE)
    return hashlib.sha256(meaning.encode()).hexdigest()[:10]


def _canonical(element: Element, parent: str, inside: Mapping[int, str]) -> str:
    if element.name in _LEFT_OUT:
        return ""
    content = _content(element, inside)
    edge = "" if element.name in INLINE or not element.name else _LINE
    bare = element.name == "p" and (parent in _ONE_LINE or not content.replace(_LINE, "").strip())
    if bare or element.name in _UNWRAPPED:
        return f"{edge}{content}{edge}"
    lasting = [(name, " ".join(value.split())) for name, value in element.attributes.items() if _lasts(name, value)]
    named = [f" {name}={value!r}" for name, value in sorted(lasting)]
    return f"{edge}{_TAG}{element.name}{''.join(named)}{_TAG}{edge}{content}{edge}{_TAG}/{_TAG}{edge}"


def _content(element: Element, inside: Mapping[int, str]) -> str:
    if element.name == "ac:plain-text-body":
        return "".join(text for text in element.content if isinstance(text, str)).encode().hex()
    parameters, others = list[str](), list[str]()
    for node in element.content:
        if isinstance(node, str):
            others.append(node)
        else:
            (parameters if node.name == "ac:parameter" else others).append(inside[id(node)])
    return "".join([*sorted(parameters), *others])


def _lasts(name: str, value: str) -> bool:
    default = name in ("colspan", "rowspan") and value == "1"
    return not default and name not in _VOLATILE and not name.startswith("data-")
