"""Storage format as Confluence keeps it: read strictly, written back in its own spelling, with ids of its own in it.

XHTML whose prefixes ``ac:``, ``ri:`` and ``at:`` nothing declares, with the named entities of HTML.
https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.entities import name2codepoint
from itertools import count
from xml.parsers import expat

_PREFIXES = ("ac", "ri", "at", "xml", "xmlns")
_CDATA_OR_ENTITY = re.compile(r"<!\[CDATA\[.*?\]\]>|&(\w+);", re.S)
_KEPT = ("lt", "gt", "amp", "quot", "apos")
_PLACE_OF_MACRO_ATTRIBUTE = ("ac:name", "ac:schema-version", "ac:local-id", "ac:macro-id")
_VERSIONED = ("ri:page", "ri:attachment")
_VOLATILE = re.compile(r' (?:ac:macro-id|ac:local-id|ri:version-at-save)="[^"]*"|<ac:task-uuid>[^<]*</ac:task-uuid>')


class Malformed(ValueError):
    """The text is no storage format; the message is Confluence's."""


class Cdata(str):
    """Text that stands in a CDATA section."""


@dataclass
class Element:
    """An element; its children are elements and text."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def elements(self) -> list["Element"]:
        """Return the children that are elements."""
        return [child for child in self.children if isinstance(child, Element)]

    def child(self, name: str) -> "Element | None":
        """Return the first child of that name."""
        return next((one for one in self.elements() if one.name == name), None)

    def all(self, *names: str) -> Iterator["Element"]:
        """Yield every element of these names in it, from the top."""
        for one in self.elements():
            if one.name in names:
                yield one
            yield from one.all(*names)

    def text(self) -> str:
        """Return the words in it."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


@dataclass(frozen=True)
class Task:
    """A task as a page says it; ``due`` is a date as written there."""

    local_id: str
    done: bool
    body: str
    words: str
    assignee: str | None
    due: str | None


def parse(storage: str) -> Element:
    """Read storage format; the element returned only holds it.

    Raises:
        Malformed: it is not well-formed, or has prefixes or entities that nobody knows.
    """
    reader = _Reader()
    reader.read(storage)
    return reader.root


class _Reader:
    def __init__(self) -> None:
        self.root = Element("")
        self._open = [self.root]
        self._in_cdata = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = lambda _: self._open.pop()
        self._parser.CharacterDataHandler = self._text
        self._parser.StartCdataSectionHandler = lambda: self._cdata(True)
        self._parser.EndCdataSectionHandler = lambda: self._cdata(False)

    def read(self, storage: str) -> None:
        try:
            self._parser.Parse(f"<storage>{_CDATA_OR_ENTITY.sub(_decoded, storage)}</storage>".encode(), True)
        except (expat.ExpatError, UnicodeEncodeError) as fault:
            raise Malformed(f"Error parsing xhtml: {fault}") from fault
        self.root = self.root.elements()[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        for word in (name, *attributes):
            prefix, colon, _ = word.partition(":")
            if colon and prefix not in _PREFIXES:
                raise Malformed(f'Error parsing xhtml: Undeclared namespace prefix "{prefix}"')
        element = Element(name, attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _text(self, text: str) -> None:
        self._open[-1].children.append(Cdata(text) if self._in_cdata else text)

    def _cdata(self, begins: bool) -> None:
        self._in_cdata = begins


def _decoded(match: re.Match[str]) -> str:
    name = match[1]
    return chr(name2codepoint[name]) if name in name2codepoint and name not in _KEPT else match[0]


def write(element: Element) -> str:
    """Return an element's content in Confluence's own spelling."""
    return "".join(_written(child) for child in element.children)


def _written(node: Element | str) -> str:
    if isinstance(node, Cdata):
        return f"<![CDATA[{node}]]>"
    if isinstance(node, str):
        return _escaped(node)
    attributes = "".join(f' {name}="{_escaped(value, quoted=True)}"' for name, value in node.attributes.items())
    head = f"{node.name}{attributes}"
    return f"<{head}>{write(node)}</{node.name}>" if node.children else f"<{head} />"


def _escaped(text: str, quoted: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;") if quoted else text


def normalised(storage: str, new_id: Callable[[], str], *, cloud: bool) -> str:
    """Return storage as it is kept: ids added, parameters in their order, entities decoded, comments gone.

    Raises:
        Malformed: it is no storage format.
    """
    root = parse(storage)
    for macro in root.all("ac:structured-macro"):
        _settle_macro(macro, new_id, cloud)
    for table in root.all("table") if cloud else ():
        table.attributes.setdefault("ac:local-id", new_id())
    for reference in root.all(*_VERSIONED):
        reference.attributes.setdefault("ri:version-at-save", "1")
    _settle_tasks(root, new_id)
    return write(root)


def _settle_macro(macro: Element, new_id: Callable[[], str], cloud: bool) -> None:
    macro.attributes.setdefault("ac:macro-id", new_id())
    if cloud:
        macro.attributes.setdefault("ac:local-id", new_id())
    first = {name: macro.attributes[name] for name in _PLACE_OF_MACRO_ATTRIBUTE if name in macro.attributes}
    macro.attributes = {**first, **macro.attributes}
    parameters = [one for one in macro.elements() if one.name == "ac:parameter"]
    parameters.sort(key=lambda one: one.attributes.get("ac:name", ""))
    others = [one for one in macro.children if not (isinstance(one, Element) and one.name == "ac:parameter")]
    macro.children = [*parameters, *others]


def _settle_tasks(root: Element, new_id: Callable[[], str]) -> None:
    """Give each task an id that no other on the page has, and a uuid."""
    tasks = list(root.all("ac:task"))
    numbers = [_number(task) for task in tasks]
    fresh, taken = count(max(numbers, default=0) + 1), set[int]()
    for task, number in zip(tasks, numbers, strict=True):
        parts = {one.name: one for one in task.elements()}
        number = number if number and number not in taken else next(fresh)
        taken.add(number)
        parts["ac:task-id"] = Element("ac:task-id", {}, [str(number)])
        parts.setdefault("ac:task-uuid", Element("ac:task-uuid", {}, [new_id()]))
        parts.setdefault("ac:task-status", Element("ac:task-status", {}, ["incomplete"]))
        parts.setdefault("ac:task-body", Element("ac:task-body"))
        task.children = [parts[f"ac:task-{part}"] for part in ("id", "uuid", "status", "body")]


def _number(task: Element) -> int:
    found = task.child("ac:task-id")
    text = found.text().strip() if found else ""
    return int(text) if text.isdecimal() else 0


def tasks(storage: str) -> list[Task]:
    """Return the tasks of stored storage, in their order; one within another's body is one of its own."""
    return [_task(found) for found in parse(storage).all("ac:task")]


def _task(found: Element) -> Task:
    body, status = found.child("ac:task-body") or Element(""), found.child("ac:task-status")
    user, due = next(body.all("ri:user"), Element("")), next(body.all("time"), Element(""))
    return Task(
        local_id=str(_number(found)),
        done=bool(status and status.text().strip() == "complete"),
        body=write(body),
        words=body.text().strip(),
        assignee=user.attributes.get("ri:account-id") or user.attributes.get("ri:userkey"),
        due=due.attributes.get("datetime"),
    )


def ticked(storage: str, local_id: str, done: bool) -> str:
    """Return storage with the status of one task set."""
    root = parse(storage)
    for task in root.all("ac:task"):
        status = task.child("ac:task-status")
        if status and str(_number(task)) == local_id:
            status.children = ["complete" if done else "incomplete"]
    return write(root)


def commented(storage: str, words: str, reference: str) -> str:
    """Return storage with an inline comment's marker around the first place of some words.

    Raises:
        ValueError: they are nowhere, or not in one piece of text.
    """
    root = parse(storage)
    for element in [root, *_inside(root)]:
        for place, child in enumerate(element.children):
            if isinstance(child, str) and not isinstance(child, Cdata) and words in child:
                before, _, after = child.partition(words)
                marker = Element("ac:inline-comment-marker", {"ac:ref": reference}, [words])
                element.children[place : place + 1] = [part for part in (before, marker, after) if part]
                return write(root)
    raise ValueError(f"{words!r} is not on the page")


def _inside(element: Element) -> Iterator[Element]:
    for one in element.elements():
        yield one
        yield from _inside(one)


def mentioned(storage: str) -> list[str]:
    """Return who is mentioned, by account id or user key."""
    found = (user.attributes for user in parse(storage).all("ri:user"))
    return [user.get("ri:account-id") or user.get("ri:userkey", "") for user in found]


def settled(storage: str) -> str:
    """Return stored storage without the ids that differ from one run to the next."""
    return _VOLATILE.sub("", storage)
