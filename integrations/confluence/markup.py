"""Markdown into storage format, and a space's own template filled in. Nothing that people write becomes markup.

Of Confluence's own elements only tasks, with their dates and placeholders, code blocks, and the chart of a page of ours
are made. Raw HTML is shown as the text that it is, any other image as a link to it, and a link that leads neither to
the web nor to a mailbox as its words.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count, groupby
from typing import TYPE_CHECKING

from config.markdown import web_address
from daemon.model import CHART
from integrations.confluence.storage import escaped, fit, parse
from integrations.formats.due_dates import NEVER, find_due
from integrations.formats.markdown.parser import parser
from integrations.formats.page_words import PLACEHOLDER

if TYPE_CHECKING:
    from markdown_it.token import Token

_DEEPEST = 100  # levels of blocks; what is deeper is left out
_TASK = re.compile(r"\[([ xX])\](?:\s+|$)")
_AS_IT_IS = {
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "em_open": "<em>",
    "em_close": "</em>",
    "hardbreak": "<br />",
    "softbreak": " ",
}


def storage_of(markdown: str, *, cards: bool, task_id: Callable[[str, str], int] | None = None) -> str:
    """Return Markdown as storage format; with ``cards`` a link that shows its own address becomes a card (Cloud).

    ``task_id`` gives the id of a task by the last title in bold above it and its words; without it they are counted.
    """
    return _Writer(cards, task_id).written(_blocks(parser(html=False, maxNesting=_DEEPEST).parse(fit(markdown))))


def fill_template(storage: str, values: Mapping[str, str]) -> str:
    """Return a space's own template with the values of its variables; what has no value stays empty.

    Raises:
        Malformed: as ``parse`` does.
    """
    done, parts = 0, []
    for one in parse(storage).walk():
        if one.name in ("at:declarations", "at:var") and one.whole.start >= done:
            value = values.get(one.attributes.get("at:name", ""), "") if one.name == "at:var" else ""
            parts += [storage[done : one.whole.start], escaped(value)]
            done = one.whole.end
    return "".join([*parts, storage[done:]])


@dataclass(slots=True)
class _Block:
    """A token of a text, and the blocks inside it."""

    token: "Token"
    inside: list["_Block"] = field(default_factory=list)

    @property
    def line(self) -> "list[Token]":
        """What stands on the line that it is, or begins with."""
        if self.token.type == "inline":
            return self.token.children or []
        return self.inside[0].line if self.inside else []


def _blocks(tokens: "Iterable[Token]") -> list[_Block]:
    """Return tokens as the blocks that they open and close."""
    top: list[_Block] = []
    around = [top]
    for token in tokens:
        if token.nesting < 0:
            around.pop()
            continue
        block = _Block(token)
        around[-1].append(block)
        if token.nesting:
            around.append(block.inside)
    return top


class _Writer:
    """Writes blocks and lines as storage format."""

    def __init__(self, cards: bool, task_id: Callable[[str, str], int] | None) -> None:
        self._cards = cards
        numbers = count(1)
        self._task_id = task_id or (lambda title, words: next(numbers))
        self._title = ""

    def written(self, blocks: Iterable[_Block]) -> str:
        """Return blocks one after the other."""
        return "".join([self._block(block) for block in blocks])

    def _block(self, block: _Block) -> str:
        match block.token.type:
            case "inline":
                return self._line(block.line)
            case "bullet_list_open" | "ordered_list_open":
                return self._list(block)
            case "table_open":
                return self._table([row for section in block.inside for row in section.inside])
            case "fence" | "code_block":
                return _code_block(block.token.content)
            case "hr":
                return "<hr />"
            case "paragraph_open" if title := _label(block.line):
                self._title = _words(title)
        inside = self.written(block.inside)
        bare = block.token.hidden or _is_picture(block)
        return inside if bare else f"<{block.token.tag}>{inside}</{block.token.tag}>"

    def _list(self, block: _Block) -> str:
        """Return a list; those of its items that are tasks make a list of their own, for they cannot be mixed."""
        parts, tag = [], block.token.tag
        for are_tasks, items in groupby(block.inside, key=_is_task):
            if are_tasks:
                parts.append(f"<ac:task-list>{''.join(map(self._task, items))}</ac:task-list>")
            else:
                parts.append(f"<{tag}>{self.written(items)}</{tag}>")
        return "".join(parts)

    def _task(self, item: _Block) -> str:
        line = item.line
        task = _TASK.match(line[0].content)
        status = "complete" if task and task[1] != " " else "incomplete"
        line[0].content = _TASK.sub("", line[0].content)
        task_id = self._task_id(self._title, _words(line))
        return (
            f"<ac:task><ac:task-id>{task_id}</ac:task-id><ac:task-status>{status}</ac:task-status>"
            f"<ac:task-body>{self._task_line(line)}{self.written(item.inside[1:])}</ac:task-body></ac:task>"
        )

    def _task_line(self, line: "Sequence[Token]") -> str:
        """Return the words of a task, a date at their end as one that Confluence knows."""
        last = line[-1]
        if len(line) == 1 and last.content == PLACEHOLDER:
            return f"<ac:placeholder>{PLACEHOLDER}</ac:placeholder>"
        due = find_due(last.content) if last.type == "text" else NEVER
        place = last.content.find(due.words, due.start, due.end)
        if not isinstance(due.day, date) or place < 0:
            return self._line(line)
        before, after = last.content[:place], last.content[place + len(due.words) :]
        return f'{self._line(line[:-1])}{escaped(before)}<time datetime="{due.day}" />{escaped(after)}'

    def _table(self, rows: Sequence[_Block]) -> str:
        """Return a table. One of facts, two columns with the first in bold, has its labels at the left, as page
        properties want it, and no line of headings above.
        """
        header, *others = ([(cell.token.tag, cell.line) for cell in row.inside] for row in rows)
        if others and all(len(row) == 2 and _label(row[0][1]) for row in others):
            facts = [header, *others] if any(line for _, line in header) else others
            shown = [[("th", _label(label) or label), ("td", value)] for (_, label), (_, value) in facts]
        else:
            shown = [header, *others]
        return f"<table><tbody>{''.join(map(self._row, shown))}</tbody></table>"

    def _row(self, cells: "Iterable[tuple[str, Sequence[Token]]]") -> str:
        return f"<tr>{''.join(f'<{tag}><p>{self._line(line)}</p></{tag}>' for tag, line in cells)}</tr>"

    def _line(self, line: "Sequence[Token]") -> str:
        """Return what stands on a line; links do not stand in one another."""
        parts, linked = [], False
        for at, token in enumerate(line):
            if token.type == "link_open":
                address = _address(token, "href")
                linked = address is not None
                parts.append(self._link(address, line[at : at + 3]) if address else "")
            elif token.type == "link_close":
                parts.append("</a>" if linked else "")
                linked = False
            else:
                parts.append(_image(token, linked) if token.type == "image" else _inline(token))
        return "".join(parts)

    def _link(self, address: str, line: "Sequence[Token]") -> str:
        """Return how a link begins; ``line`` is its token and the two after it."""
        alone = line[-1].type == "link_close" and (line[1].content == address or line[0].markup == "autolink")
        card = ' data-card-appearance="inline"' if self._cards and alone and not address.startswith("mailto:") else ""
        return f'<a href="{escaped(address)}"{card}>'


def _is_picture(block: _Block) -> bool:
    """Whether it is a paragraph of nothing but the chart: Confluence wants a picture beside paragraphs, not in one."""
    return block.token.type == "paragraph_open" and [_is_chart(token) for token in block.line] == [True]


def _is_task(item: _Block) -> bool:
    first = item.inside[0].token.type if item.inside else ""
    line = item.line if first == "paragraph_open" else []
    return bool(line) and line[0].type == "text" and bool(_TASK.match(line[0].content))


def _label(line: "Sequence[Token]") -> "list[Token] | None":
    """Return what stands in bold where nothing else stands on a line."""
    said = [token for token in line if token.type != "text" or token.content]
    bold = [number for number, token in enumerate(said) if token.type.startswith("strong")]
    return said[1:-1] if len(bold) == 2 and bold == [0, len(said) - 1] else None


def _words(line: "Iterable[Token]") -> str:
    return "".join(token.content for token in line)


def _inline(token: "Token") -> str:
    shown = f"<code>{escaped(token.content)}</code>" if token.type == "code_inline" else escaped(token.content)
    return _AS_IT_IS.get(token.type, shown)


def _image(token: "Token", linked: bool) -> str:
    address, words = _address(token, "src"), escaped(token.content)
    if _is_chart(token):
        return f'<ac:image ac:alt="{words}"><ri:attachment ri:filename="{CHART}" /></ac:image>'
    return words if linked or not address else f'<a href="{escaped(address)}">{words or escaped(address)}</a>'


def _is_chart(token: "Token") -> bool:
    return token.type == "image" and token.attrGet("src") == CHART


def _address(token: "Token", attribute: str) -> str | None:
    address = str(token.attrGet(attribute) or "")
    return address if web_address(address) else None


def _code_block(code: str) -> str:
    text = code.removesuffix("\n").replace("]]>", "]]]]><![CDATA[>")
    body = f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>"
    return f'<ac:structured-macro ac:name="code" ac:schema-version="1">{body}</ac:structured-macro>'
