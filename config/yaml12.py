"""YAML 1.2 with its core schema (section 10.3), and the place of every key and value.

PyYAML's parser in C does the reading; its resolvers, which are those of YAML 1.1, are not used: ``on``, ``NO``,
``12:15`` and ``2026-12-21`` are text here. What could be read in two ways, or could be made to exhaust memory, is
refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from config.values import shown

Path = tuple[str | int, ...]
"""The way from the top of a file to a value: keys of mappings and indexes of lists, from 0."""

LARGEST = 1024 * 1024  # bytes
DEEPEST = 32
MOST_VALUES = 120_000  # with keys; the largest team there may be has fewer
MOST_ENTRIES, MOST_WITHIN = 6_000, 1_000  # of a list that is a section of its own, and of any list or mapping in one
MOST_BY_ALIASES = 10_000
MOST_FAULTS = 200  # are told at once; nobody would read more

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_TAG = re.compile(r"(?:\A|(?<=[\r\n]))%TAG\b")
"""A directive that no file of ours needs (section 6.8.2): the parser compares each one with all others."""
_CONSTANTS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]{1,100})|(?P<oct>0o[0-7]{1,100})|(?P<hex>0x[0-9a-fA-F]{1,100})"
    r"|(?P<float>[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)"
    r"|(?P<inf>[-+]?\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)


class Place(NamedTuple):
    """A place in a file; both count from 1, the column in characters."""

    line: int
    column: int


@dataclass
class Document:
    """What a file says: ``root`` is None when it is empty or cannot be read, else made of dict, list, str and so on.

    ``faults`` are what is wrong with it as YAML. ``values`` and ``keys`` hold the place of each; ``text`` is all of it.
    """

    root: object = None
    faults: list[tuple[Place, str]] = field(default_factory=list)
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    text: str = ""

    def place(self, path: Path) -> Place:
        """Return where the value at ``path`` stands, or what holds it where it is not written."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(1, 1))

    def key_place(self, path: Path) -> Place:
        """Return where the key that ends ``path`` stands, or the value where there is no such key."""
        return self.keys.get(path) or self.place(path)


class _Unreadable(Exception):
    """Something that ends the reading."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


def read(data: bytes) -> Document:
    """Return what the bytes of a file say; never raises for what is in them."""
    document = Document()
    try:
        document.text = text = _decoded(data)
        _Reader(text, document).read()
    except _Unreadable as fault:
        document.root = None
        document.faults.append((fault.place, str(fault)))
    except yaml.MarkedYAMLError as error:
        document.root = None
        document.faults.append(_syntax_fault(error, text))
    except yaml.YAMLError:
        document.root = None
        document.faults.append((Place(1, 1), "this is not YAML text; save the file as plain text in UTF-8"))
    return document


def scalar(text: str) -> str | int | float | bool | None:
    """Return what plain (unquoted) text means by the core schema."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    match = _NUMBER.fullmatch(text) if text[0] in "-+.0123456789" else None
    if match is None:
        return text
    if match["int"]:
        return int(text)
    if match["oct"] or match["hex"]:
        return int(text, 0)
    return float(text.replace(".", "", 1) if match["inf"] or not match["float"] else text)


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise _Unreadable(Place(1, 1), "the file is larger than 1 MiB; split it into several teams, or shorten it")
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")) or b"\0" in data[:4]:
        raise _Unreadable(Place(1, 1), "the file is in UTF-16 or UTF-32; save it as UTF-8")
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        readable = data[: error.start].removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        what = f"the byte 0x{data[error.start]:02X} is not UTF-8, so the file seems to be in another encoding"
        raise _Unreadable(_place_of(readable, len(readable)), f"{what}; save it as UTF-8") from None
    if found := _UNREADABLE.search(text):
        what = f"there is an invisible control character here, U+{ord(found[0]):04X}"
        raise _Unreadable(_place_of(text, found.start()), f"{what}; delete it")
    if tag := _TAG.search(text):
        raise _Unreadable(_place_of(text, tag.start()), "tags have no meaning here; delete the line")
    return text


def _place_of(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


class _Anchor(NamedTuple):
    value: object
    nodes: int
    height: int


class _Reader:
    """Builds the document from the parser's events, one pass, no deeper than ``DEEPEST``."""

    def __init__(self, text: str, document: Document) -> None:
        self.parser = _Loader(text)
        self.document = document
        self.anchors: dict[str, _Anchor | None] = {}
        self.added_by_aliases = 0
        self.read_so_far = 0

    def read(self) -> None:
        self._next()  # the stream's start
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            return
        self.document.root = self._node(self._next(), (), 0)
        self._next()  # the document's end
        following = self._next()
        if not isinstance(following, yaml.StreamEndEvent):
            message = "a second YAML document begins here; keep one in this file, without a line of --- between"
            raise _Unreadable(_place(following.start_mark), message)

    def _next(self) -> Any:
        return self.parser.get_event()

    def _node(self, event: Any, path: Path, depth: int) -> object:
        place = self.document.values[path] = _place(event.start_mark)
        if depth > DEEPEST:
            raise _Unreadable(place, f"this is nested more than {DEEPEST} levels deep; nothing here goes so deep")
        self._count(place)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = None  # not yet complete: an alias within would never end
        self._refuse_tag(event, place)
        value: object
        if isinstance(event, yaml.ScalarEvent):
            value = scalar(event.value) if event.implicit[0] and event.tag is None else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path, depth)
        else:
            value = self._mapping(path, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(value, *_measures(value))
        return value

    def _sequence(self, path: Path, depth: int) -> list[object]:
        items: list[object] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            self._refuse_more(event, len(items), MOST_ENTRIES if depth < 2 else MOST_WITHIN)
            items.append(self._node(event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, object]:
        mapping: dict[str, object] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            self._refuse_more(event, len(mapping), MOST_WITHIN)
            key, place = self._key(event), _place(event.start_mark)
            self._count(place)
            if key in mapping:
                first = self.document.keys[(*path, key)]
                self._fault(place, f"{shown(key)} is written twice, first in line {first.line}; delete one of the two")
                self._node(self._next(), (*path, -1), depth + 1)
                continue
            self.document.keys[(*path, key)] = place
            mapping[key] = self._node(self._next(), (*path, key), depth + 1)
        return mapping

    def _key(self, event: Any) -> str:
        place = _place(event.start_mark)
        if not isinstance(event, yaml.ScalarEvent):
            raise _Unreadable(place, "a key has to be plain text, and this is something else; write it as name: value")
        if event.implicit[0] and event.tag is None:
            if event.value == "<<":
                self._fault(place, "merging with << is not part of YAML 1.2; write the keys out")
            elif not isinstance(scalar(event.value), str):
                what = event.value[:60] or "nothing"
                self._fault(place, f"a key has to be text, and {what} is not; put it in quotes if you mean it")
        self._refuse_tag(event, place)
        return str(event.value)

    def _alias(self, event: Any, depth: int) -> object:
        place, name = _place(event.start_mark), event.anchor
        if name not in self.anchors:
            raise _Unreadable(place, f"*{name} stands for &{name}, which is not above; put text with a * in quotes")
        anchor = self.anchors[name]
        if anchor is None:
            raise _Unreadable(place, f"*{name} stands within what it stands for and would never end; write it out")
        self.added_by_aliases += anchor.nodes
        if self.added_by_aliases > MOST_BY_ALIASES or depth + anchor.height > DEEPEST:
            raise _Unreadable(place, f"*{name} makes the file grow beyond measure; write out what is meant")
        return anchor.value

    def _count(self, place: Place) -> None:
        self.read_so_far += 1
        if self.read_so_far > MOST_VALUES:
            raise _Unreadable(
                place, f"there are more than {MOST_VALUES:,} keys and values up to here; shorten the file"
            )

    @staticmethod
    def _refuse_more(event: Any, there: int, most: int) -> None:
        if there >= most:
            what = f"this is one more than the {most:,} that may stand here together"
            raise _Unreadable(_place(event.start_mark), f"{what}; delete what is not needed")

    def _refuse_tag(self, event: Any, place: Place) -> None:
        if event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
            tag = shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self._fault(
                place, f"the tag {tag} has no meaning here; delete it, or put text that begins with ! in quotes"
            )

    def _fault(self, place: Place, message: str) -> None:
        self.document.faults.append((place, message))
        if len(self.document.faults) >= MOST_FAULTS:
            raise _Unreadable(place, "there are more faults than can be listed; mend these first")


def _measures(value: object) -> tuple[int, int]:
    """Return how many values there are in ``value``, itself included, and how deep they lie."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    measures = [_measures(one) for one in inner]
    return 1 + sum(nodes for nodes, _ in measures), max((height for _, height in measures), default=-1) + 1


_SENTENCES = (
    ("mapping values are not allowed", "a colon is out of place; check the indentation, or put the text in quotes"),
    ("block sequence entries are not allowed", "a list cannot begin on the line of its key; begin it on the next line"),
    ("did not find expected '-' indicator", "this line does not belong to the list above; indent it like the others"),
    ("did not find expected ',' or ']'", "the list that begins in line {line} is not closed; add a comma, or a ]"),
    ("did not find expected ',' or '}'", "what begins with {{ in line {line} is not closed; add a comma, or a }}"),
    ("found unexpected end of stream", "these quotes are never closed; close them"),
    ("found unexpected document indicator", "these quotes are never closed; close them"),
    ("could not find expected ':'", "this line has no colon; write it as name: value"),
    ("a tab character", "this line is indented with a tab; indent it with spaces"),
    ("found unknown escape", "a backslash within double quotes has a meaning of its own; use single quotes"),
    (
        "did not find expected hexdecimal",
        "a backslash within double quotes has a meaning of its own; use single quotes",
    ),
    ("did not find expected <document start>", "nothing may follow the end of the document; delete it"),
    (
        "did not find expected node content",
        "a value is missing here, or a bracket above is not closed; write what is missing",
    ),
    ("did not find expected alphabetic", "text cannot begin with this character; put it in quotes"),
    ("did not find expected key", "this does not fit what stands above; check the indentation and the quotes"),
    ("undefined tag handle", "text cannot begin with !; put it in quotes"),
)


def _syntax_fault(error: Any, text: str) -> tuple[Place, str]:
    """Return where the parser lost its way, and why, in words for people."""
    opened = _place(error.context_mark) if error.context_mark else Place(1, 1)
    place = _place(error.problem_mark) if error.problem_mark else opened
    lines = text.splitlines()
    character = lines[place.line - 1][place.column - 1 : place.column] if place.line <= len(lines) else ""
    problem = error.problem or ""
    if "cannot start any token" in problem:
        if character == "\t":
            return place, "this line is indented with a tab; indent it with spaces"
        return place, f"text cannot begin with {character}; put it in quotes"
    sentence = next((sentence for start, sentence in _SENTENCES if start in problem), None)
    if sentence is None:
        return place, f"this is not valid YAML ({problem}); check the indentation, the colons and the quotes"
    return opened if "never closed" in sentence else place, sentence.format(line=opened.line)
