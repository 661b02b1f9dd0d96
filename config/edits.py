"""What is added to a team's file at its lead's wish, so that nothing else in it is touched: comments, order, line ends.

Where it belongs is read off the parser's events, and there it is put between two characters. What the file says then
is held against what it was to say, so that an edit that would say anything else is never made.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from config import yaml12
from config.yaml12 import Path

Value = str | Mapping[str, str | Sequence[str]]
"""What can be added: text, or a mapping of text and lists of text."""

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(r"\r\n|\r|\n")
_REST_OF_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_COMMENT = re.compile(r"(?P<blanks> *)#")
_EMPTY_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")
_DASH = re.compile(r"( *(?:[?:-] +)*)-(?=\s|\Z)")
_BETWEEN = re.compile(r"(?:\s|(?<=\s)#[^\r\n]*)*,")
_REST_IS_EMPTY = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)")
_NOTHING_IN_BRACKETS = re.compile(r"\[\s*\]")
_PLAIN = re.compile(
    r"[^\W\d_](?:[\w .()'\"/!?;+%–’“”…-]*[\w.)!?…”])?"  # without what means something to YAML, in a flow too
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}|[\w.+-]+@[\w.-]+\w|https?://[\w./~%=&?+@-]*[\w/]"
)
_OLD_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""What YAML 1.1 reads as no text."""
_ELSEWHERE = "what stands there is written elsewhere, and only named"
_NOT_SHOWN = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


class CannotEdit(ValueError):
    """The file is written in a way in which nothing can be added to it without touching something else."""


def added(data: bytes, path: Path, value: Value) -> bytes:
    """Return a file with ``value`` at the end of the list at ``path``, which is made where there is none.

    The file is one without a fault.

    Raises:
        CannotEdit: that cannot be done without touching anything else.
    """
    before = yaml12.read(data)
    text = before.text
    parts = _edits(_Text(text), path, value)
    for start, end, new in sorted(parts, reverse=True):
        text = f"{text[:start]}{new}{text[end:]}"
    edited = (_BOM if data.startswith(_BOM) else b"") + text.encode("utf-8")
    after = yaml12.read(edited)
    if after.faults or after.root != _with(before.root, path, value):
        raise CannotEdit("it is written in a way of its own there")
    return edited


def _with(root: Any, path: Path, value: Value) -> Any:
    """Return what a file says once the value is added."""
    root = holder = _unshared(root)
    for step in path[:-1]:
        holder = holder[step]
    there = holder.get(path[-1])
    listed = there if isinstance(there, list) else [] if there is None else [there]
    new = value if isinstance(value, str) else {key: _as_read(one) for key, one in value.items()}
    holder[path[-1]] = [*listed, new]
    return root


def _unshared(value: Any) -> Any:
    """Return a copy in which what is named in several places stands in each of them."""
    if isinstance(value, dict):
        return {key: _unshared(one) for key, one in value.items()}
    return [_unshared(one) for one in value] if isinstance(value, list) else value


def _as_read(value: str | Sequence[str]) -> object:
    return value if isinstance(value, str) else list(value)


# what is written, by the places of its signs


class _Edit(NamedTuple):
    """New text in place of what stands from ``start`` up to ``end``."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Node:
    """A value as it is written: from ``start`` up to ``end``, in characters, of which the first is in ``column``.

    ``end`` is where its last sign stands, whatever comment follows. Of a mapping ``keys`` and ``values`` are in order,
    of a list ``values``.
    """

    kind: str
    start: int
    end: int
    column: int
    flow: bool = False
    keys: list["_Node"] = field(default_factory=list)
    values: list["_Node"] = field(default_factory=list)


class _Text:
    """A file's text, what is written in it where, and how its author writes."""

    def __init__(self, text: str) -> None:
        self.text = text
        events: Any = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self._events: Iterator[Any] = events
        next(self._events), next(self._events)
        self.root = self._node(next(self._events))
        self.end: int = next(self._events).start_mark.index
        found = _LINE_END.search(text)
        self.line_end = found[0] if found else "\n"

    def _node(self, event: Any) -> _Node:
        start, kind = event.start_mark, type(event).__name__.removesuffix("Event").removesuffix("Start").lower()
        node = _Node(kind, start.index, event.end_mark.index, start.column, bool(getattr(event, "flow_style", False)))
        if kind == "scalar":
            node.end = self._end_of(node, event.style)
        while kind in ("sequence", "mapping"):
            inner = next(self._events)
            if type(inner) in (yaml.SequenceEndEvent, yaml.MappingEndEvent):
                node.end = inner.end_mark.index if node.flow else node.values[-1].end
                break
            if kind == "mapping":
                node.keys.append(self._node(inner))
                inner = next(self._events)
            node.values.append(self._node(inner))
        return node

    def _end_of(self, node: _Node, style: str | None) -> int:
        """Return where a scalar ends; a block's empty lines belong to it only where it says so."""
        written = self.text[node.start : node.end]
        keeps = "+" in written.partition("\n")[0].partition("#")[0]
        return node.end if style not in ("|", ">") or keeps else node.start + len(written.rstrip())

    def below(self, position: int, column: int) -> int:
        """Return where the next line begins, past the comments there that stand in a column or further right."""
        position = self._next_line(position) if position and self.text[position - 1] not in "\r\n" else position
        while (found := _COMMENT.match(self.text, position)) and len(found["blanks"]) >= column:
            position = self._next_line(position)
        return position

    def _next_line(self, position: int) -> int:
        found = _REST_OF_LINE.match(self.text, position)
        return found.end() if found else position

    def line(self, position: int, lines: str) -> _Edit:
        """Return the edit that puts whole lines where a line begins, or at the end of a file that does not end one."""
        before = self.text[:position]
        if before and not before.endswith(("\r", "\n")):
            return _Edit(position, position, self.line_end + lines)
        return _Edit(position, position, lines + self.line_end)

    def dash_column(self, item: _Node) -> int:
        """Return in which column the dash of an item of a block list stands."""
        start = item.start
        while True:
            start = max(self.text.rfind("\n", 0, start), self.text.rfind("\r", 0, start)) + 1
            if found := _DASH.match(self.text, start):
                return len(found[1])
            if not start:
                raise CannotEdit("its list cannot be told from the rest")
            start -= 1

    def quotes(self, mapping: _Node) -> bool:
        """Whether a mapping is written as in JSON."""
        return bool(mapping.keys) and self.text[mapping.keys[-1].start] == '"'


def _edits(file: _Text, path: Path, value: Value) -> list[_Edit]:
    holder = _at(file.root, path[:-1], file.text)
    name = str(path[-1])
    numbers = [number for number, key in enumerate(holder.keys) if _key(key, file.text) == name]
    if not numbers:
        return _key_added(file, holder, name, value)
    key, there, as_json = holder.keys[numbers[0]], holder.values[numbers[0]], file.quotes(holder)
    if there.kind == "alias":
        raise CannotEdit(_ELSEWHERE)
    if there.kind == "scalar":
        return _to_scalar(file, holder, key, there, value)
    if not there.flow:
        return [_to_block(file, there, value)]
    is_empty = _NOTHING_IN_BRACKETS.fullmatch(file.text, there.start, there.end)
    if is_empty and not holder.flow and not isinstance(value, str) and not as_json:
        colon = file.text.index(":", key.end) + 1
        lines = _block(value, key.column + 2, 2, file.line_end)
        return [_Edit(colon, there.end, ""), file.line(file.below(there.end, key.column + 1), lines)]
    return _to_flow(file, there, _flow(value, as_json))


def _at(node: _Node, path: Path, text: str) -> _Node:
    for step in path:
        names: list[str | int] = [*(_key(key, text) for key in node.keys)] or [*range(len(node.values))]
        if step not in names:
            raise CannotEdit(_ELSEWHERE)
        node = node.values[names.index(step)]
    if node.kind != "mapping":
        raise CannotEdit(_ELSEWHERE)
    return node


def _key(key: _Node, text: str) -> str:
    written = text[key.start : key.end]
    return str(yaml.safe_load(written)) if written[:1] in ("'", '"') else written.rpartition(" ")[2]


def _key_added(file: _Text, holder: _Node, name: str, value: Value) -> list[_Edit]:
    as_json = file.quotes(holder)
    listed = f"{json.dumps(name) if as_json else name}: [{_flow(value, as_json)}]"
    if holder.flow:
        return _to_flow(file, holder, listed)
    column = holder.column if file.text[holder.start] == "?" else holder.keys[0].column
    if not isinstance(value, str):
        listed = f"{name}:{file.line_end}{_block(value, column + 2, 2, file.line_end)}"
    position = file.end if holder is file.root else file.below(holder.end, column)
    return [file.line(position, f"{' ' * column}{listed}")]


def _to_scalar(file: _Text, holder: _Node, key: _Node, there: _Node, value: Value) -> list[_Edit]:
    """Make a list of a single value; of none, one with nothing else in it."""
    as_json = file.quotes(holder)
    written = file.text[there.start : there.end]
    if written and yaml12.scalar(written) is not None:
        return [_Edit(there.start, there.start, "["), _Edit(there.end, there.end, f", {_flow(value, as_json)}]")]
    if written or holder.flow or as_json:
        blank = "" if written else " "
        return [_Edit(there.start, there.end, f"{blank}[{_flow(value, as_json)}]")]
    lines = _block(value, key.column + 2, 2, file.line_end)
    return [file.line(file.below(there.end, key.column + 1), lines)]


def _to_block(file: _Text, there: _Node, value: Value) -> _Edit:
    last, column = there.values[-1], file.dash_column(there.values[-1])
    gap = last.column - column if last.kind == "mapping" and not last.flow else 2
    if isinstance(value, str) or (last.kind == "mapping" and last.flow):
        lines = f"{' ' * column}- {_flow(value, last.kind == 'mapping' and file.quotes(last))}"
    else:
        lines = _block(value, column, max(gap, 2), file.line_end)
    between = file.text[there.values[-2].end : last.start] if len(there.values) > 1 else ""
    blank = file.line_end if _EMPTY_LINE.search(between) else ""
    return file.line(file.below(last.end, column + 1), blank + lines)


def _to_flow(file: _Text, there: _Node, new: str) -> list[_Edit]:
    """Put something at the end of what stands in brackets: on a line of its own where the last one has one."""
    if not there.values:
        return [_Edit(there.end - 1, there.end - 1, new)]
    last = (there.keys or there.values)[-1]
    end, text = there.values[-1].end, file.text
    comma = _BETWEEN.match(text, end)
    after = comma.end() if comma else end
    start = max(text.rfind("\n", 0, last.start), text.rfind("\r", 0, last.start)) + 1
    indent, rest = text[start : last.start], _REST_IS_EMPTY.match(text, after)
    if indent.strip(" ") or rest is None:
        return [_Edit(end, end, f", {new}")]
    own = _Edit(rest.end(), rest.end(), f"{indent}{new}{',' if comma else ''}{file.line_end}")
    return [own] if comma else [_Edit(end, end, ","), own]


# how it is written


def _block(value: Value, column: int, gap: int, line_end: str) -> str:
    """Return an item of a block list, with its dash in a column."""
    if isinstance(value, str):
        return f"{' ' * column}- {_flow(value)}"
    lines = [f"{key}: {_flow(one)}" for key, one in value.items()]
    return line_end.join(f"{' ' * column}{'' if number else '-':<{gap}}{line}" for number, line in enumerate(lines))


def _flow(value: "Value | Sequence[str]", as_json: bool = False) -> str:
    """Return a value as it stands in brackets."""
    if isinstance(value, str):
        return _scalar(value, as_json)
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key) if as_json else key}: {_flow(one, as_json)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    return f"[{', '.join(_scalar(one, as_json) for one in value)}]"


def _scalar(text: str, as_json: bool) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in _OLD_WORDS and yaml12.scalar(text) == text
    if is_plain and not as_json:
        return text
    return _NOT_SHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
