"""The HTML of a mail, made of its text: paragraphs, headings, lists and links, and nothing that people could add."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from daemon.model.asks import LINK_SIGN

_ITEM = re.compile(r"\s*- (.*)")
_QUOTES = '"“”„‟«»‹›‘’‚‛「」『』'
_LINK = re.compile(rf"https?://[^\s<>{_QUOTES}…]*[^\s<>{_QUOTES}….,;:!?')\]](?![^\s<>{_QUOTES}]*…)")
_WHOLE_LINK = re.compile(rf"https?://[^\s<>{_QUOTES}…]+")
_OUR_LINK = re.compile(rf"{LINK_SIGN} (?P<words>.+): (?P<address>https?://\S+)")
_LONGEST_LINK = 60
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="max-width: 40em; margin: 1em auto; padding: 0 1em; font-family: sans-serif; line-height: 1.5">
{body}
</body>
</html>
"""


def html_of(text: str, title: str) -> str:
    """Return an HTML page that says what ``text`` says.

    A blank line ends a paragraph. Lines that begin with ``- ``, and what is indented below them, are a list; a single
    line right above one is its heading. What begins with http:// or https:// is a link. One of ours stands on a line of
    its own and shows its words alone: where no line begins with what people wrote, theirs always show where they lead.
    """
    blocks = re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", "\n".join(text.splitlines()))
    body = "\n".join(part for block in blocks if block.strip() for part in _block(block.splitlines()))
    return _PAGE.format(title=escape(title), body=body)


def _block(lines: Sequence[str]) -> Iterator[str]:
    runs = [(listed, [line for _, line in run]) for listed, run in groupby(_marked(lines), key=lambda pair: pair[0])]
    for place, (listed, run) in enumerate(runs):
        if listed:
            yield f'<ul style="margin-top: 0; padding-left: 1.5em">\n{"".join(map(_item, _items(run)))}</ul>'
        elif len(run) == 1 and place + 1 < len(runs):
            yield f'<h2 dir="auto" style="margin-bottom: 0; font-size: 1em">{_inline(run[0])}</h2>'
        else:
            yield f'<p dir="auto">{_lines(run)}</p>'


def _marked(lines: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Yield each line with whether it belongs to a list."""
    inside = False
    for line in lines:
        inside = bool(_ITEM.match(line)) or (inside and line[:1].isspace())
        yield inside, line


def _items(lines: Sequence[str]) -> list[list[str]]:
    items: list[list[str]] = []
    for line in lines:
        if found := _ITEM.match(line):
            items.append([found[1]])
        else:
            items[-1].append(line)
    return items


def _item(lines: Sequence[str]) -> str:
    first, *rest = lines  # what people wrote can begin an item, and none of the lines below it
    shown = "<br>\n".join([_inline(first), *map(_own, rest)])
    return f'<li dir="auto">{shown}</li>\n'


def _lines(lines: Sequence[str]) -> str:
    return "<br>\n".join(map(_own, lines))


def _own(line: str) -> str:
    """Return a line that none of people's words begins: it may be a link of ours."""
    ours = _OUR_LINK.fullmatch(line.strip())
    return f'{LINK_SIGN} <a href="{escape(ours["address"])}">{escape(ours["words"])}</a>' if ours else _inline(line)


def _inline(line: str) -> str:
    """Return a line with its links; one that is nothing but a link keeps all of it, full stops at its end too."""
    line = line.strip()
    if _WHOLE_LINK.fullmatch(line):
        return _link(line)
    between, links = _LINK.split(line), _LINK.findall(line)
    return "".join(escape(text) + link for text, link in zip(between, [*map(_link, links), ""], strict=True))


def _link(address: str) -> str:
    shown = address.partition("://")[2]
    short = shown if len(shown) <= _LONGEST_LINK else f"{shown[: _LONGEST_LINK - 1]}…"
    return f'<a href="{escape(address)}">{escape(short)}</a>'
