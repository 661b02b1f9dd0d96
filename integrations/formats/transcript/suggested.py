"""What a transcript suggests to keep: sentences that announce a decision, a lesson, a surprise or a promise.

Nothing is summarised or understood: a sentence is offered because of a phrase in it, with who said it and when.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, islice, takewhile
from typing import NamedTuple

from daemon.model import Said, Suggestion
from integrations.formats.page_words import tidy, without_date
from integrations.formats.transcript.cues import Cue, cues_of
from integrations.formats.transcript.phrases import Phrases, spoken_in

MOST = 20
"""How many suggestions of a kind are kept, the first ones."""
MOST_SENTENCES, MOST_CHARACTERS = 6_000, 400_000
"""How much of what was said is looked at: that of six hours."""
_LONG = 300  # characters after which a sentence without a stop ends with its cue
_LOOKED_THROUGH = 400
_SHOWN = 240
_FEWEST_WORDS = 3
_STOP = re.compile(r"(?<=[.!?])[\"'”’)]*\s+")
_APOSTROPHE = re.compile("[’ʼ´`]")
_MEANS_SOMETHING = re.compile(r"[^\w\s.,;:!?'\"()/%+=€$£“”„‘–—…-]|(?<!\w)_|_(?!\w)|(?<=\w):(?=//)")
_HESITATION = re.compile(r"(?<!\w)(?:(?:u+h+m*|h+m+m|e+r+m|ä+h+m*|euh+)(?!\w)[,.…]*\s*|u+m+[,.…]+\s*)", re.I)
_FILLER = re.compile(
    r"(?:(?:and|so|yeah|yep|yes|okay|ok|well|but|alright|right|und|also|ja|et|donc|oui|bon|y|bueno|sí|pues)(?:[,.…]+\s*|\s+))*",
    re.I,
)
_ORDER = (Said.DECISION, Said.PROMISE, Said.LESSON, Said.SURPRISE)
"""Which kind a sentence is that announces several."""


def suggestions(name: str, data: bytes) -> tuple[Suggestion, ...]:
    """Return what a transcript in a file of this name suggests, in the order in which it was said.

    Raises:
        NoTranscript: it is no transcript.
    """
    seen: Counter[Said] = Counter()
    found = dict.fromkeys(suggestion for _, suggestion in suggested(cues_of(name, data)))
    return tuple(one for one in found if not _is_too_much(one.kind, seen))


def _is_too_much(kind: Said, seen: Counter[Said]) -> bool:
    seen[kind] += 1
    return seen[kind] > MOST


def suggested(cues: Sequence[Cue]) -> Iterator[tuple[int, Suggestion]]:
    """Yield each suggestion with the number of the cue in which its phrase stands, from 0.

    Who says the same kind of thing in the next breath again is heard once.
    """
    languages = spoken_in([word for cue in cues for word in cue.words[:_LOOKED_THROUGH].casefold().split()])
    before: tuple[Said, str, int] | None = None
    for sentence in islice(sentences(_first(cues)), MOST_SENTENCES):
        if found := _announced(sentence, languages):
            kind, number = found
            speaker = cues[number].speaker
            again = before and before[:2] == (kind, speaker) and number - before[2] <= 1
            before = (kind, speaker, number)
            if not again:
                yield number, _suggestion(kind, sentence.words, cues[number])


def _first(cues: Sequence[Cue]) -> Sequence[Cue]:
    """Return as many cues as are looked at."""
    ends = accumulate(len(cue.words) for cue in cues)
    return cues[: sum(1 for _ in takewhile(lambda end: end <= MOST_CHARACTERS, ends))]


class Sentence(NamedTuple):
    """A sentence of one speaker; ``cues`` are the numbers of its cues, each with where that begins in the words."""

    words: str
    cues: tuple[tuple[int, int], ...]

    def cue_at(self, place: int) -> int:
        """Return the number of the cue in which a place of the words stands."""
        return [number for start, number in self.cues if start <= place][-1]


def sentences(cues: Sequence[Cue]) -> Iterator[Sentence]:
    """Yield what each speaker says, sentence by sentence, whatever cues it is cut into."""
    for _, run in groupby(enumerate(cues), key=lambda numbered: numbered[1].speaker):
        yield from _of_one_speaker(run)


def _of_one_speaker(run: Iterator[tuple[int, Cue]]) -> Iterator[Sentence]:
    words, places = "", list[tuple[int, int]]()
    for number, cue in run:
        for piece, is_whole in _pieces(cue.words):
            places.append((len(words), number))
            words += piece
            if is_whole or len(words) > _LONG:
                yield Sentence(words.strip(), tuple(places))
                words, places = "", []
        words = f"{words} " if words else ""
    if words.strip():
        yield Sentence(words.strip(), tuple(places))


def _pieces(words: str) -> Iterator[tuple[str, bool]]:
    """Yield the sentences of a cue, and whether each ends in it."""
    for piece in filter(None, _STOP.split(words)):
        yield piece, piece.rstrip("\"'”’)").endswith((".", "!", "?"))


def _announced(sentence: Sentence, languages: Sequence[Phrases]) -> tuple[Said, int] | None:
    words = _APOSTROPHE.sub("'", sentence.words[:_LOOKED_THROUGH])
    if len(words.split()) < _FEWEST_WORDS or sentence.words.endswith("?"):
        return None
    for kind in _ORDER:
        for phrases in languages:
            if found := phrases.announced(kind, words):
                return kind, sentence.cue_at(found.start())
    return None


def _suggestion(kind: Said, words: str, cue: Cue) -> Suggestion:
    text, due = without_date(words) if kind is Said.PROMISE else (words, None)
    return Suggestion(kind, shown(text), one_name(cue.speaker), cue.at, due.day if due else None)


def shown(words: str) -> str:
    """Return a sentence as it is offered: without hesitations, and without signs that mean something on a page."""
    plain = " ".join(_HESITATION.sub("", _MEANS_SOMETHING.sub(" ", words)).split())
    said = tidy(plain[_begins(plain) :]).strip(" …—")
    text = said[:1].upper() + said[1:]
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rpartition(' ')[0]}…"


def _begins(words: str) -> int:
    found = _FILLER.match(words)
    return found.end() if found else 0


def one_name(speaker: str) -> str:
    """Return who speaks, without signs that mean something on a page."""
    return " ".join(_MEANS_SOMETHING.sub(" ", speaker).split())
