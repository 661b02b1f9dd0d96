"""iCalendar text, taken apart into components and content lines and put together again without losing a byte.

What is not changed on purpose stays as it stands: folding, order, spelling, lines that nobody understands.
Source: RFC 5545, sections 3.1 and 3.4.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, TypeGuard, final

from icalendar.parser import Contentline

from integrations.formats.ics.others import events_of, unfolded

_CONTENT_LINE = re.compile(r"[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_VEVENT = "VEVENT"
_COMPONENT = re.compile(r"[A-Z0-9-]{1,60}")
_DEEPEST = 8
_MOST_LINES = 300_000  # of a file; five thousand events have a third of that
_LONGEST_LINE = 100_000  # characters with its folds; five thousand dates taken out have fewer
_SHOWN = 1_000


class Malformed(ValueError):
    """The text is no iCalendar; the message says where and why."""


class Property(NamedTuple):
    """A content line's parameters, by upper-case name, and its value with the escapes of TEXT resolved."""

    params: Mapping[str, str]
    value: str


@final
@dataclass(frozen=True, slots=True)
class Line:
    """A content line: ``raw`` as it stands in the file, ``content`` unfolded and without its end."""

    raw: str
    content: str
    name: str
    """The property's name, in upper case."""

    @classmethod
    def read(cls, raw: str) -> "Line":
        """Return the line that ``raw`` is; bytes that a fold has torn apart meet again when it is unfolded.

        Of one that is too long to be read the beginning is its content.
        """
        if len(raw) > _LONGEST_LINE:
            return replace(cls.read(raw[:_SHOWN]), raw=raw)
        content = unfolded(raw).rstrip("\r\n")
        if not content.isascii():
            content = content.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return cls(raw, content, _name(content))

    @classmethod
    def written(cls, content: str, end: str) -> "Line":
        """Return ``content`` as a line of at most 75 octets, folded if need be."""
        folded: str = Contentline(content).to_ical().decode("utf-8")  # type: ignore[no-untyped-call]
        return cls(folded.replace("\r\n", end) + end, content, _name(content))

    @property
    def property(self) -> Property:
        """What the line says.

        Raises:
            Malformed: it cannot be read.
        """
        if len(self.raw) > _LONGEST_LINE:
            raise Malformed(f"the line “{self.content[:60]}” is longer than {_LONGEST_LINE:,} characters")
        return _property(self.content)


def _name(content: str) -> str:
    return content.partition(":")[0].partition(";")[0].strip("\ufeff \t").upper()


@lru_cache(maxsize=4096)
def _property(content: str) -> Property:
    """Most lines of an override are those of its series: read each but once."""
    try:
        _, params, value = Contentline(content).parts()  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise Malformed(f"the line “{content[:60]}” cannot be read") from error
    return Property({key.upper(): _first(param) for key, param in params.items()}, str(value))


def _first(param: object) -> str:
    return str(param[0]) if isinstance(param, list | tuple) and param else str(param)


@final
class Taken:
    """An event taken apart: its text, its lines, and these by their names."""

    def __init__(self, text: str, lines: Iterable[Line]) -> None:
        self.text, self.parts = text, list[Line | Component](lines)
        self.by_name: dict[str, list[Line]] = {}
        for part in self.parts:
            if isinstance(part, Line):
                self.by_name.setdefault(part.name, []).append(part)


@dataclass(eq=False, slots=True)
class Component:
    """A component with its lines and inner components in their order, BEGIN and END included.

    ``taken`` is how an event stood in its file: as long as it has the same parts, that knows what they say.
    """

    name: str
    parts: list["Line | Component"]
    taken: Taken | None = None

    @classmethod
    def made(cls, name: str, contents: Sequence[str], end: str) -> "Component":
        """Return a new component with these content lines; ``end`` ends each of them."""
        return cls(name, [Line.written(text, end) for text in (f"BEGIN:{name}", *contents, f"END:{name}")])

    @property
    def text(self) -> str:
        """The component as it stands in the file."""
        if self.taken and self.parts == self.taken.parts:
            return self.taken.text
        return "".join([part.raw if type(part) is Line else part.text for part in self.parts])

    @property
    def end(self) -> str:
        """How its lines end."""
        first = self.parts[0]
        return "\r\n" if isinstance(first, Component) or first.raw.endswith("\r\n") else "\n"

    def lines(self, name: str) -> list[Line]:
        """Return its own lines of one property, not those of inner components."""
        if self.taken and self.parts == self.taken.parts:
            return self.taken.by_name.get(name, [])[:]
        return [part for part in self.parts if _is_line(part, name)]

    def properties(self, name: str) -> list[Property]:
        """Return what those lines say; Malformed where one cannot be read."""
        return [line.property for line in self.lines(name)]

    def components(self, name: str) -> list["Component"]:
        """Return the components of one name directly inside."""
        return [part for part in self.parts if part.name == name and isinstance(part, Component)]

    def replace(self, name: str, *contents: str) -> None:
        """Let these lines be all there is of one property, where the first one stood; equal ones are not touched."""
        old = self.lines(name)
        if [line.content for line in old] == list(contents):
            return
        place = self.parts.index(old[0]) if old else self._end_of_properties()
        self.parts = [part for part in self.parts if not _is_line(part, name)]
        self.parts[place:place] = [Line.written(content, self.end) for content in contents]

    def add(self, content: str) -> None:
        """Add a line after the other properties."""
        self.parts.insert(self._end_of_properties(), Line.written(content, self.end))

    def remove(self, lines: Iterable[Line]) -> None:
        """Take lines away that it has, all at once: there may be thousands."""
        gone = set(lines)
        self.parts = [part for part in self.parts if part not in gone]

    def _end_of_properties(self) -> int:
        inner = (place for place, part in enumerate(self.parts) if isinstance(part, Component))
        return next(inner, len(self.parts) - 1)


def _is_line(part: Line | Component, name: str) -> TypeGuard[Line]:
    return part.name == name and isinstance(part, Line)


def decoded(data: bytes) -> str:
    """Return a file's text. Bytes that a fold has torn apart stand there as surrogates, so that none is lost.

    Raises:
        Malformed: it is not UTF-8.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _torn(data)
    if not text.strip("\ufeff \t\r\n"):
        raise Malformed("it is empty")
    return text


def _torn(data: bytes) -> str:
    text = data.decode("utf-8", "surrogateescape")
    try:
        unfolded(text).encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("it is not UTF-8") from error
    return text


def parse(text: str, word: str = "") -> Component:
    """Return the one VCALENDAR of a file, inside a nameless component that holds whatever stands around it.

    With a ``word``, in small letters, each event that has nothing to do with it is a nameless component of one line,
    and each other one is taken apart once for as long as it says the same.

    Raises:
        Malformed: the text is cut off, its components do not match, or it holds no calendar or several.
    """
    root = Component("", [])
    stack = [root]
    if text.count("\n") > _MOST_LINES:
        raise Malformed(f"it has more than {_MOST_LINES:,} lines; take old events out")
    for number, line in _numbered(text, events_of(text, word) if word else ()):
        if isinstance(line, Component):
            stack[-1].parts.append(line)
        elif line.name == "BEGIN":
            stack.append(_opened(stack, line, number))
        elif line.name == "END":
            _close(stack, line, number)
        elif len(stack) == 1 and line.content.strip("\ufeff \t"):
            raise _no_calendar(line, number)
        else:
            stack[-1].parts.append(line)
    if len(stack) > 1:
        raise Malformed(f"END:{stack[-1].name} is missing; the file seems to be cut off")
    if [part.name for part in root.parts if isinstance(part, Component)] != ["VCALENDAR"]:
        raise Malformed("it does not hold exactly one VCALENDAR")
    return root


def _numbered(text: str, events: Iterable[tuple[int, int, bool]]) -> Iterator[tuple[int, "Line | Component"]]:
    number, at = 1, 0
    for start, end, is_ours in (*events, (len(text), len(text), False)):
        taken = _event(text[start:end]) if is_ours else None
        if is_ours and taken is None:
            continue  # it is taken apart with what comes after it
        for raw in _lines(text, at, start):
            yield number, Line.read(raw)
            number += raw.count("\n")
        if raw := text[start:end]:
            yield number, Component(_VEVENT, [*taken.parts], taken) if taken else Component("", [Line(raw, "", "")])
        number, at = number + raw.count("\n"), end


def _lines(text: str, start: int, end: int) -> Iterator[str]:
    return (match[0] for match in _CONTENT_LINE.finditer(text, start, end) if match[0])


@lru_cache(maxsize=1200)
def _event(raw: str) -> Taken | None:
    """Return an event taken apart, None of one with others inside; those of the past are taken apart but once.

    The room is for two sessions a week in ten years; an event takes some 10 kB of it.
    """
    lines = [*map(Line.read, _lines(raw, 0, len(raw)))]
    inner = any(line.name in ("BEGIN", "END") for line in lines[1:-1])
    return None if inner or _named(lines[0]) != _VEVENT else Taken(raw, lines)


def _no_calendar(line: Line, number: int) -> Malformed:
    """Return the error that a line is none of a calendar; one as long as a file is not said back."""
    return Malformed(f"line {number}: “{_CONTROL.sub('�', line.content[:40])}” is not iCalendar".replace("\r", "�"))


def _opened(stack: list[Component], line: Line, number: int) -> Component:
    if len(stack) > _DEEPEST:
        raise Malformed(f"line {number}: components are nested too deeply")
    if not _COMPONENT.fullmatch(_named(line)):
        raise _no_calendar(line, number)
    component = Component(_named(line), [line])
    stack[-1].parts.append(component)
    return component


def _close(stack: list[Component], line: Line, number: int) -> None:
    if len(stack) == 1 or stack[-1].name != _named(line):
        raise Malformed(f"line {number}: “{line.content[:40]}” has no BEGIN of its own")
    stack.pop().parts.append(line)


def _named(line: Line) -> str:
    return line.content.partition(":")[2].strip().upper()


def plain(text: str) -> str:
    """Return ``text`` without the characters that iCalendar does not allow; line ends become newlines."""
    return _CONTROL.sub("", "\n".join(text.splitlines()).replace("\x1f", " "))


def escaped(text: str) -> str:
    """Return text from people as a value of type TEXT (RFC 5545, section 3.3.11)."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")
