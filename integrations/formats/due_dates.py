"""By when an action item is due, as its words say: ``by 2027-02-01``, ``(Fri)``, ``📅 1.2.2027``, ``bis 1. Februar``.

A date stands behind a word that says so, anywhere, or at the end of the item. It is whole words: what stands within a
link, a file's name, a ticket's number, code, or somebody's (``Friday's demo``) is none.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from config.markdown import without_code
from daemon.model import RelativeDay
from integrations.formats.date_words import ENGLISH, FRENCH, GERMAN, SPANISH, UNCLEAR, Day, Meaning, words

LINK_STARTS, LINK_ENDS = "\x02", "\x03"
"""What a wiki that knows its links puts around their words, for no page can hold it."""

_LINK = re.compile(
    r"\[\[[^\[\]]{0,300}\]\]|\[[^\[\]]{0,300}\](?:\([^()\s]{0,2000}(?:\s\"[^\"]{0,300}\")?\)|\[[^\[\]]{0,300}\])"
    r"|<a\s[^<>]{0,2000}>[^<>]{0,300}</a>|\x02[^\x02\x03]*\x03",
    re.I,
)
_AS_OBJECT = "\ufffc"  # stands for what is a word, and no date
_SAYS_DUE = {
    **dict.fromkeys(["by", "due", "until", "till", "before", "deadline", "📅", "📆", "🗓"], ENGLISH),
    **dict.fromkeys(("bis", "fällig"), GERMAN),
    **dict.fromkeys(("avant", "échéance"), FRENCH),
    **dict.fromkeys(("hasta", "antes", "vence"), SPANISH),
}
_BETWEEN = re.compile(r"by|on|date|the|at|latest|zum|am|spätestens|le|el|del|is")
"""What may stand between a word that says so and the date."""
_ON = {"on": ENGLISH, "am": GERMAN, "le": FRENCH, "el": SPANISH}
_OF_ANOTHER_THING = re.compile(
    r"of|from|since|after|for|about|every|each|last|past|next|the|an?|our|this|to|in|at|with|and|or|like|my|your"
    r"|von|vom|seit|nach|für|du|de|depuis|pour|desde|del|para"
)
"""Before a date at an item's end, these make it part of what is to be done: ``the minutes of 1 Feb 2027``."""
_RUN = re.compile(rf"[(\[*_]*(?:{'|'.join(_SAYS_DUE)})(?:\ufe0f|:{{1,2}}+)(?=\S)|[📅📆🗓]|\S+", re.I)
_OPENING, _CLOSING = "([{\"'“„‘«*_~\ufe0f", ")]}\"'”’»*_~.,;:!?\ufe0f"
_SEPARATES = re.compile(r"[,;:–—→|(\[-]\Z")
_TIME = re.compile(r"\d{1,2}:\d\d(?:[ap]m)?|\d{1,2}[ap]m|noon|midnight|morning|afternoon|evening|eod|cob|at|um", re.I)
_LEAVES_OPEN = frozenset({"next", "week", "after", "fortnight"})
_POINT_BELONGS = re.compile(r"\d{1,2}\.\d{1,2}")
_LONGEST = 7
"""How many words a date has at most: Friday the 1st of February 2027."""
_MOST = 20
"""How many words that say so are tried in one item, the last ones."""
_PAIRS = {"()", "[]", "**", "__"}


class Due(NamedTuple):
    """By when an item is due, and where its words say so: ``day`` is None where the words leave open which day."""

    start: int = 0
    end: int = 0
    day: Day | None = None
    words: str = ""

    @property
    def written(self) -> str:
        """The words for the day, where they are no date in full."""
        return self.words if self.day and self.words != str(self.day) else ""

    @property
    def unclear(self) -> str:
        """The words that leave open which day is meant."""
        return "" if self.day else self.words


NEVER = Due()
"""What an item says that has no words for a day."""


class _Run(NamedTuple):
    """What stands between blanks: the word in it, and from where to where that is."""

    word: str
    start: int
    end: int
    rest: str


def find_due(text: str) -> Due:
    """Return by when an item is due by its words: the last date of those that are clear, else of those that are not."""
    shown = _LINK.sub(lambda match: _AS_OBJECT * len(match[0]), without_code(text, " "))
    runs = [_run(match) for match in _RUN.finditer(shown)]
    found = list(_candidates(text, shown, runs))
    return next((due for due in found if due.day), next(iter(found), NEVER))


def _run(match: "re.Match[str]") -> _Run:
    whole = match[0]
    start = len(whole) - len(whole.lstrip(_OPENING))
    word = whole.strip(_OPENING + _CLOSING) or whole[start:].rstrip("\ufe0f:")
    return _Run(word, match.start() + start, match.start() + start + len(word), whole[start + len(word) :])


def _candidates(text: str, shown: str, runs: Sequence[_Run]) -> Iterator[Due]:
    """Yield what may say by when: first what stands at the end, then what is said to be it, from the last on."""
    if at_end := _at_end(shown, runs):
        yield _due(text, runs, *at_end)
    said = (number for number in range(len(runs) - 1, -1, -1) if _language(runs[number]))
    for number in islice(said, _MOST):
        first, last = number + 1, min(number + _LONGEST, len(runs))
        while first < last and _BETWEEN.fullmatch(runs[first].word.casefold()) and not _is_day(runs, first):
            first += 1
        for last, meaning in _phrases(runs, first, _language(runs[number]) or ENGLISH):
            yield _due(text, runs, _beginning(runs, number), first, last, meaning)
            break


def _is_day(runs: Sequence[_Run], first: int) -> bool:
    """Whether ``the`` begins the words for a day: ``the 5th``."""
    return next(iter(_phrases(runs, first, ENGLISH)), None) is not None


def _language(run: _Run) -> str | None:
    """Return the language of a word that says that a date follows; what ends a sentence says no such thing."""
    return _SAYS_DUE.get(run.word.casefold()) if not run.rest.strip(":*_\ufe0f") else None


def _beginning(runs: Sequence[_Run], number: int) -> int:
    """Return which run begins what is said before a date: ``due`` of ``due by``."""
    while number and _language(runs[number - 1]):
        number -= 1
    return number


def _phrases(runs: Sequence[_Run], first: int, own: str) -> Iterator[tuple[int, Meaning]]:
    """Yield where the words for a day end that begin at a run, and what they mean; the longest first."""
    for last in range(_furthest(runs, first), first - 1, -1):
        meaning = words(_phrase(runs, first, last), own) if _is_whole(runs[last]) else None
        following = runs[last + 1].word.casefold() if last + 1 < len(runs) else ""
        if isinstance(meaning, RelativeDay) and following in _LEAVES_OPEN and not runs[last].rest:
            yield last + 1, UNCLEAR
        elif meaning:
            yield last, meaning


def _furthest(runs: Sequence[_Run], first: int) -> int:
    """Return up to where words for a day that begin at a run may reach: not beyond a bracket or the end of a clause."""
    if first < len(runs) and not runs[first].word[:1].isalnum():
        return first - 1
    last = first
    while last + 1 < min(first + _LONGEST, len(runs)) and runs[last].rest in ("", ".", ","):
        last += 1
    return min(last, len(runs) - 1)


def _phrase(runs: Sequence[_Run], first: int, last: int) -> str:
    """Return words as one text; a point behind the last is part of ``1.2.``."""
    return " ".join(f"{run.word}{run.rest[:1] if run.rest[:1] == '.' else ''}" for run in runs[first : last + 1])


def _is_whole(run: _Run) -> bool:
    return not run.rest.startswith(("'", "’"))


def _at_end(shown: str, runs: Sequence[_Run]) -> tuple[int, int, int, Meaning] | None:
    """Return the words for a day at the end of an item, where nothing makes them part of what is to be done."""
    end = len(runs) - 1
    while end > 0 and (_TIME.fullmatch(runs[end].word) or not runs[end].word.strip(_CLOSING)):
        end -= 1
    for first in range(max(0, end - _LONGEST + 1), end + 1):
        on = _ON.get(runs[first - 1].word.casefold()) if first else None
        meaning = words(_phrase(runs, first, end), on or ENGLISH, alone=True) if _furthest(runs, first) >= end else None
        if meaning and _is_said_to_be(runs, first):
            return None
        if meaning and _stands_alone(shown, runs, first, end, meaning):
            return (first - 1 if on else first), first, end, meaning
    return None


def _is_said_to_be(runs: Sequence[_Run], first: int) -> bool:
    """Whether a word that says by when stands before a day, perhaps with others between the two."""
    while first and _BETWEEN.fullmatch(runs[first - 1].word.casefold()) and not _language(runs[first - 1]):
        first -= 1
    return first > 0 and _language(runs[first - 1]) is not None


def _stands_alone(shown: str, runs: Sequence[_Run], first: int, last: int, meaning: Meaning) -> bool:
    """Whether a day at an item's end is by when it is due: nothing before it makes it part of something else.

    A word for a day needs more than that where it is short, ``(Sun)``, ``, Sun`` or ``on Sun``, or is part of a name.
    """
    before = shown[: runs[first].start].rstrip()
    if first == 0 or _SEPARATES.search(before[-1:]) or runs[first - 1].word.casefold() in _ON:
        return True
    if _OF_ANOTHER_THING.fullmatch(runs[first - 1].word.casefold()):
        return False
    is_short = len(runs[last].word) < 4 and runs[last].word.casefold() not in ("tue", "thu", "fri")
    is_of_a_name = first > 1 and runs[first - 1].word.istitle()
    return first != last or not isinstance(meaning, RelativeDay) or not (is_short or is_of_a_name)


def _due(text: str, runs: Sequence[_Run], beginning: int, first: int, last: int, meaning: Meaning) -> Due:
    start, end = runs[beginning].start, runs[last].end + bool(_POINT_BELONGS.fullmatch(runs[last].word))
    written = " ".join(text[runs[first].start : end].split())
    while text[start - 1 : start] + text[end : end + 1] in _PAIRS:
        start, end = start - 1, end + 1
    return Due(start, end, None if isinstance(meaning, str) else meaning, written)
