"""A plan as a comment on a pull request: Markdown in which people's words stay words, and nobody is called by them."""

import re
from collections.abc import Iterator, Sequence

from config.markdown import markdown_text
from config.values import CONTROL

MARK = "<!-- peerloop plan -->"
"""The first line, by which a later comment finds the one that it replaces."""
MOST = 400
"""How many lines of a plan are shown: a comment has room for some 60,000 characters."""
LONGEST = 500


def plans_in_markdown(plans: Sequence[Sequence[str]], mails: Sequence[str]) -> Iterator[str]:
    """Yield plans, each as its lines for people, and the mails that go out with them."""
    yield MARK
    yield "### What peerloop would do"
    if not plans:
        yield from ("", "Nothing is known: see what the checks say.")
    for summary, *lines in plans:
        yield from ("", f"**{markdown_text(summary)}**")
        yield from _block(lines)
    if mails:
        yield from ("", f"**Mails that go out with it: {len(mails) - 1}**")
        yield from _block(mails[1:])


def _block(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines as a diff, in which the sign at the start of a line gives it its colour."""
    if not lines:
        return
    shown = [_line(line) for line in lines[:MOST]]
    fence = "`" * max(3, 1 + max((len(run) for line in shown for run in re.findall("`+", line)), default=0))
    yield from ("", f"{fence}diff", *shown)
    if len(lines) > MOST:
        yield f"# and {len(lines) - MOST} more lines"
    yield fence


def _line(line: str) -> str:
    text = CONTROL.sub(" ", line.removeprefix("  "))
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return text.removeprefix("  ") if text.startswith("  ") else f"# {text}" if text[:1] not in "+-~!" else text
