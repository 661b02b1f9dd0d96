"""The parser of Markdown, for words that may be anybody's: what it takes grows with their length, and no faster.

markdown-it takes the square of the length of some paragraphs, and fills every row of a table up to its widest.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore

LONGEST = 4_000
"""How many characters of a paragraph may hold markup; a longer one is words and nothing else."""
MOST_CELLS = 20_000
"""How many cells all tables of a page may have; what comes after is no table."""


@cache
def parser(**options: bool | int) -> "MarkdownIt":
    """Return a parser of CommonMark with tables; ``options`` are markdown-it's."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", options).enable("table")
    made.core.ruler.at("inline", _inline)
    made.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    return made


def _inline(state: "StateCore") -> None:
    """Find the markup in each paragraph."""
    from markdown_it.token import Token

    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = []
        if len(token.content) <= LONGEST:
            state.md.inline.parse(token.content, state.md, state.env, token.children)
        else:
            token.children.append(Token("text", "", 0, content=token.content))


def _table(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Read a table, if one begins here and the page may have so many cells more."""
    from markdown_it.rules_block import table

    if state.env.get("cells", 0) > MOST_CELLS or not table(state, start, end, True):
        return False
    if silent:
        return True
    state.env["cells"] = state.env.get("cells", 0) + _cells(state, start, end)
    return bool(state.env["cells"] <= MOST_CELLS) and table(state, start, end, False)


def _cells(state: "StateBlock", start: int, end: int) -> int:
    """Return how many cells a table has at most that begins at a line."""
    row = start
    while row < end and not state.isEmpty(row):
        row += 1
    return (state.getLines(start, start + 1, 0, False).count("|") + 1) * (row - start)
