"""The words in which people say what they lack: below a heading that asks for it, or in a line with a mark.

What is kept names nobody: mentions and addresses are taken out where it is read.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from daemon.model.needs import SOMEBODY
from integrations.formats.page_words import mentioned, tidy

NEEDS = re.compile(
    r"(?:(?:any|more|open|our|further|the|your)\s+)*questions?\b"
    r"|(?:and\s+)?what(?:['’]s|\s+is|\s+comes)?\s+next\b|next\s+time\b"
    r"|(?:what\s+(?:would|do)?\s*)?(?:i|you|we)\s+(?:would\s+like|want|wish)\s+to\s+(?:learn|know)\b"
    r"|what\s+would\s+you\s+like\s+to\s+(?:learn|know)\b"
    r"|what\s+(?:we|i)\s+did(?:\s+not|n['’]t)\s+know\b"
    r"|(?:knowledge|skills?)\s+gaps?\b|(?:things\s+)?to\s+learn\b",
    re.I,
)
"""The headings below which people say what they want to know."""
MOST_NEEDS = 100
"""How many needs of a page are read, below headings and with marks each."""
LONGEST = 300
"""How many characters of a need are kept."""
_MARK = re.compile(r"`[^`]*`|(?<![\w#&/])#(?=\w*[^\W\d_])\w[\w-]{0,40}(?![\w-])")
"""A mark, or code, which has none."""
_ADDRESS = re.compile(r"(?:mailto:)?[^\s@<>()\[\],;:]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_WORD = re.compile(r"[^\W\d_]")


def needs(lines: Iterable[str]) -> tuple[str, ...]:
    """Return what lines below such a heading say, each once."""
    said = (need(line) for line in lines)
    return tuple(islice(dict.fromkeys(filter(None, said)), MOST_NEEDS))


def marked(lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return what lines with a mark say, each beside its mark in small letters: ``how we roll back #learn``."""
    return tuple(islice(dict.fromkeys(_marked(lines)), MOST_NEEDS))


def _marked(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if "#" in line:
            said = need(line)
            marks = (found for found in _MARK.findall(line[: 4 * LONGEST]) if found.startswith("#"))
            yield from ((said, mark.casefold()) for mark in marks if said)


def need(line: str) -> str:
    """Return what a line says that somebody lacks, without whom it names; nothing where it says nothing."""
    text = _ADDRESS.sub(
        SOMEBODY, _MARK.sub(lambda found: found[0] if found[0].startswith("`") else " ", line[: 4 * LONGEST])
    )
    for name in mentioned(text):
        text = text.replace(f"@{name}", SOMEBODY)
    text = tidy(text)
    is_struck = text.startswith("~~") and text.endswith("~~")
    if is_struck or not _WORD.search(text):
        return ""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
