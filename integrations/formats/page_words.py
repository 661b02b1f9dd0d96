"""The words in which people write an action item, and what a session came to, whatever wiki they write it in.

``@ada write the runbook by 2026-12-01``: the first ``@`` names who does it, the date stands after ``by``, ``due`` or
``until``, or at the end (``due_dates``), and all the rest is its text. What stands in backticks is code, and only text.

What a session came to stands below headings: the takeaways, the recording, who was there. Boxes to tick that ask who
was there, and one that says that everybody agrees to a recording, are answers and no action items.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice, pairwise

from config.markdown import without_code
from integrations.formats.due_dates import Due, find_due

PLACEHOLDER = "@name what by YYYY-MM-DD"
"""What a template's empty item says, to show how it is done; it is nobody's task."""
DUE_WORD = r"(?:\b(by|due|until)\b:?\s+)"

_BOX = re.compile(
    r"(?P<struck>~~)?(?:\\?[\[［【](?P<sign>[^\S\n]{0,4}(?:[^\s\w\\\[\](){}^@`]|[xXｘＸхХvVoOyYnN])?\ufe0f?[^\S\n]{0,4})\\?[\]］】](?![(\[:])"
    r"|(?P<glyph>[☐⬜◻☑☒])\ufe0f?)(?P<words>.*)",
    re.S,
)
_SIGNS = {
    **dict.fromkeys(["", "/", "☐", "⬜", "◻"], "open"),
    **dict.fromkeys([*"xXｘＸхХ✓✔✅☑"], "done"),
    **dict.fromkeys([*"-~–—−"], "dropped"),
}
TAKEAWAYS = re.compile(r"(?:our |the |key |main )*take-?aways?\b", re.I)
RECORDING = re.compile(r"(?:the )?recordings?\b", re.I)
WHO_WAS_THERE = re.compile(r"(?:attendees|attendance|attended|participants|who (?:was|is) (?:there|here))\b", re.I)
TOPIC_ROW = re.compile(r"(?:no )?topic(?: yet)?:?", re.I)
ADDRESS = re.compile(r"https?://\S+", re.I)
ADDRESS_IN_WORDS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]", re.I)

_BEFORE_A_STOP = re.compile(r"(?<![\s,;:–-])[\s,;:–-]+(?=[.,;:!?](?:\s|\Z))")
_AT_EDGE_OF_STRUCK = re.compile(r"\A~~ (?=.)| ~~\Z", re.S)
_MENTION = re.compile(r"(?<![A-Za-z0-9@.+/-])@((?>[\w.+'-]+(?:@[\w-]+(?:\.[\w-]+)*)?))(?!/\w|\()")
_IN_A_ROW = re.compile(r"\s*(?:[,&+/]|(?:and|und|et|y)\b)?\s*", re.I)
_POSSESSIVE = re.compile(r"['’]s?\Z", re.I)
_REST_OF_POSSESSIVE = re.compile(r"(?:['’]s?)?")
_AROUND_A_NAME = {"()", "[]", "**", "__"}
_WORDS = re.compile(r"\w")
_LINE_END = re.compile(r"\r\n?|\n")
_DECORATION = re.compile(r"\A\W+")
_MAY_RECORD = re.compile(r"\brecord(?:ed|ing)?\b.*\?\Z", re.I)
_EVERYBODY = re.compile(r"\b(?:everyone|everybody|all)\b.*\b(?:agree[ds]?|consent(?:s|ed)?)\b", re.I)
MOST_READ = 100_000
"""How many characters of what people wrote on a page are read."""
MOST_LINES = 3_000
"""How many lines of it are."""
MOST_ITEMS = 500
"""How many action items of a page are read."""
LONGEST_ITEM = 2_000
"""How many characters an action item has at most; what is longer cannot be read as one."""
_MOST_UNREAD, _SHOWN = 50, 300
_MOST_NAMES = 10  # of one item; so many ways to read it are enough
_LONGEST_QUESTION = 200  # characters; more is not looked through
_YES = re.compile(
    "(?:(?:yes|y|ok|okay|sure|of course|agreed?|please"
    "|tick|thumbs-up|:(?:white_)?check_mark:|:thumbsup:|\\[x]|[✓✔✅👍])"
    "(?:[\\s,.!\ufe0f\U0001f3fb-\U0001f3ff]+|\\Z))+",
    re.I,
)


def beginning(text: str) -> str:
    """Return as many whole lines of what people wrote on a page as are read."""
    text = text if len(text) <= MOST_READ else text[:MOST_READ].rpartition("\n")[0]
    return text[: next((end.start() for end in islice(_LINE_END.finditer(text), MOST_LINES - 1, None)), None)]


def not_read(too_long: bool, items: int) -> str:
    """Return what is not read of a page on which people wrote too much, in words for people; else nothing."""
    if too_long:
        most = f"the first {MOST_READ:,} characters, or {MOST_LINES:,} lines,"
        return f"is so long that peerloop reads only {most} of what people wrote"
    return f"has so many action items that peerloop follows only the first {MOST_ITEMS}" if items > MOST_ITEMS else ""


def cut_unread(lines: Iterable[str]) -> tuple[str, ...]:
    """Return lines that cannot be read, no more and no more of each than anybody is told."""
    return tuple(line[:_SHOWN] for line in islice(lines, _MOST_UNREAD))


def without_mention(text: str) -> tuple[str, str | None]:
    """Return an item's words without whom they name first, and that name without the @."""
    first = next(_mentions(text), None)
    return (_without(text, *first[1:]), first[0]) if first else (text, None)


def other_mentions(text: str) -> list[tuple[str, str | None]]:
    """Return how else an item's words may be meant than by ``without_mention``, which cannot know who is a person.

    First those without each further name, and that name. Last, where the first name stands amid the words, as code or
    a brand does, all of them, and nobody: ``replace @property by a method``.
    """
    found = list(islice(_mentions(text), _MOST_NAMES))
    others: list[tuple[str, str | None]] = [(_without(text, *place), name) for name, *place in found[1:]]
    if found and _WORDS.search(text[: found[0][1]]) and _WORDS.search(text[found[0][2] :]):
        others.append((text, None))
    return others


def named_together(text: str) -> tuple[str, tuple[str, ...]]:
    """Return an item's words without all whom they name in one row, ``@ada @bob`` or ``@ada and @bob``; and the others.

    The others are all but whom ``without_mention`` gives; where there are none, the words are nothing.
    """
    found = list(islice(_mentions(text), _MOST_NAMES))
    pairs = enumerate(pairwise(found), 1)
    number = next((n for n, (one, other) in pairs if not _IN_A_ROW.fullmatch(text[one[2] : other[1]])), len(found))
    names = tuple(name for name, _, _ in found[1:number])
    return (_without(text, found[0][1], found[number - 1][2]), names) if names else ("", ())


def mentioned(text: str) -> list[str]:
    """Return everybody whom words name, without the @."""
    return [name for name, _, _ in _mentions(text)]


def _mentions(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each name after an @ without what ends a sentence or says whose, and where it stands with all around it."""
    for match in _MENTION.finditer(without_code(text, " ")):
        name = _POSSESSIVE.sub("", match[1].rstrip(".,;:!?-_"))
        start, end = match.start(), match.start() + 1 + len(name)
        if name:
            rest = _REST_OF_POSSESSIVE.match(text, end)
            end = rest.end() if rest else end
            while text[start - 1 : start] + text[end : end + 1] in _AROUND_A_NAME:
                start, end = start - 1, end + 1
            yield name, start, end


def without_date(text: str) -> tuple[str, Due]:
    """Return an item's words without by when it is due, and that; words that leave open when stay for people to see."""
    due = find_due(text)
    return (_without(text, due.start, due.end) if due.day else text), due


def tidy(text: str) -> str:
    """Return an item's words on one line, without the signs left over where a name or a date was taken out."""
    return _AT_EDGE_OF_STRUCK.sub("~~", _BEFORE_A_STOP.sub("", " ".join(text.split()).strip(" ,;:–-")))


class Box(StrEnum):
    """What a box to tick says; one that is begun is open, and one with a sign of its maker's own cannot be read."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"
    UNREAD = "unread"


def box(text: str) -> tuple[Box, str] | None:
    """Return what the box says that words begin with, and the words behind it; None where they begin with none.

    It is ``[ ]``, with any blank in it or none, ``☐``, ``[x]``, ``☑``, ``[/]`` for what is begun, ``[-]`` or ``[~]``
    for what will not be done.
    """
    match = _BOX.match(text)
    if not match:
        return None
    said = Box(_SIGNS.get(match["glyph"] or match["sign"].strip().removesuffix("\ufe0f"), "unread"))
    is_word = said is Box.UNREAD and not match["glyph"] and not match["words"][:1].isspace()
    return None if is_word else (said, f"{match['struck'] or ''}{match['words'].strip()}")


def is_topic_said(topic: str, said: str) -> bool:
    """Whether the topic in our table is the one that a person has ``said`` there, to which we may add its area."""
    topic, said = topic.casefold(), said.casefold()
    return bool(said) and (topic == said or topic.startswith(f"{said} ("))


def asks_to_record(title: str) -> bool:
    """Whether a table's column asks for leave to record."""
    return bool(_MAY_RECORD.search(title[:_LONGEST_QUESTION]))


def only_says_who_or_when(text: str) -> bool:
    """Whether words are a name or a date and nothing else."""
    rest = without_mention(text)[0]
    due = find_due(rest)
    return bool(text.strip()) and not tidy(_without(rest, due.start, due.end))


def undecorated(title: str) -> str:
    """Return the words of a heading without the emoji that people like to put before them."""
    return _DECORATION.sub("", title)


def is_takeaway(paragraph: str) -> bool:
    """Whether a paragraph below the heading of takeaways is one, and neither asks for them nor announces them."""
    return bool(paragraph) and not paragraph.endswith(("?", ":"))


def asks_everybody(box: str, below_recording: bool) -> bool:
    """Whether a box to tick says that everybody agrees: to a recording, or below the heading of that."""
    said = box[:_LONGEST_QUESTION]
    return bool(_EVERYBODY.search(said)) and (below_recording or "record" in said.casefold())


def consent(boxes: Sequence[bool], tables: Iterable[Sequence[Sequence[str]]]) -> bool | None:
    """Return what the boxes say that ask whether all agree, or else the tables with everybody's answer, row by row.

    None where nobody was asked or nobody has answered; no answer of one is a no.
    """
    if boxes:
        return all(boxes)
    answers = [answer for table in tables for answer in _answers(table)]
    return all(map(_YES.fullmatch, answers)) if any(answers) else None


def _answers(table: Sequence[Sequence[str]]) -> list[str]:
    """Return what stands in the column that asks for leave to record, of each row with a name or an answer."""
    header, *rows = table or [[]]
    asking = next((number for number, text in enumerate(header) if number and asks_to_record(text)), None)
    if asking is None:
        return []
    return [row[asking] for row in rows if len(row) > asking and (row[0] or row[asking])]


def _without(text: str, start: int, end: int) -> str:
    return f"{text[:start]} {text[end:]}".strip()
