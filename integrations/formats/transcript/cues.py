"""A transcript as its cues: who says what, and when. WebVTT, SubRip, and plain text with a line for each who speaks.

[00:12:43] Ada Lovelace: We agreed to keep the old gateway.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.markdown import one_line

LARGEST = 2_000_000
"""Bytes of a transcript that is read; that of a day of talking has half of it."""
MOST_CUES = 20_000
_LONGEST_CUE = 2_000  # characters
_LONGEST_LINE = 20_000
_MOST_NAMES = 0.6  # of the cues that begin with what looks like a name: then one that speaks once is a name as well
_CLOCK = r"(?:(?:(?P<{0}h>\d{{1,3}}):)?(?P<{0}m>\d{{1,2}}):(?P<{0}s>\d{{2}})(?:[.,]\d{{1,3}})?)"
_NAME = r"(?P<name>[^\W\d_][^:\n\[\]()<>?!]{0,60}?(?:\([^()\n:]{0,40}\))?)"
_NAMED = re.compile(rf"{_NAME}\s*:\s+(?P<words>\S.*)", re.S)
_LINE = re.compile(
    rf"\s*(?:[\[(]?{_CLOCK.format('')}[\])]?\s*[-–]?\s*)?"
    rf"(?:{_NAME}\s*(?:[\[(]{_CLOCK.format('n')}[\])]\s*)?:\s+)?(?P<words>\S.*)"
)
_HEADING = re.compile(rf"\s*{_NAME}\s*[|,–-]?\s+[\[(]?{_CLOCK.format('')}[\])]?\s*")


class NoTranscript(ValueError):
    """A file is no transcript, or too much of one; the message goes on after “the transcript …”."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What one says without a pause; ``at`` are seconds from the beginning of the recording, None where not told."""

    words: str
    speaker: str = ""
    at: int | None = None


def cues_of(name: str, data: bytes) -> tuple[Cue, ...]:
    """Return the cues of a transcript in a file of this name, whose end tells what it is: .vtt, .srt or .txt.

    Raises:
        NoTranscript: it is none.
    """
    if len(data) > LARGEST:
        raise NoTranscript(f"is larger than {LARGEST // 1_000_000} MB")
    text = _decoded(data)
    if any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        raise NoTranscript("has a line longer than anybody speaks")
    found = _READERS[name.rpartition(".")[2].lower()](text)
    if len(found) > MOST_CUES:
        raise NoTranscript(f"has more than {MOST_CUES:,} cues")
    if not found:
        raise NoTranscript("has no words in the form that the end of its name promises")
    return tuple(found)


def _decoded(data: bytes) -> str:
    """Return the text of a file: in UTF-8, in UTF-16 with its mark, or as older programs on Windows write it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _captions(text: str, format: str) -> Sequence[Cue]:
    from webvtt import WebVTT
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        captions = WebVTT.from_buffer(text.lstrip().splitlines(), format=format).captions[: MOST_CUES + 1]
    except (MalformedFileError, MalformedCaptionError):
        raise NoTranscript("cannot be read: its lines are not in the form that the end of its name promises") from None
    cues = [Cue(_cut(one.text), _cut(one.voice or ""), int(one.start_in_seconds)) for one in captions]
    return _with_names([cue for cue in cues if cue.words])


def _with_names(cues: Sequence[Cue]) -> list[Cue]:
    """Return cues whose words begin with who says them, as such."""
    found = [None if cue.speaker else _NAMED.fullmatch(cue.words) for cue in cues]
    names = _names([match["name"] for match in found if match], len(cues))
    return [
        Cue(match["words"], match["name"], cue.at) if match and match["name"] in names else cue
        for cue, match in zip(cues, found, strict=True)
    ]


def _names(found: Sequence[str], lines: int) -> frozenset[str]:
    """Return which of the words before a colon are names: those that recur; all, where nearly every line has some."""
    often = Counter(found)
    mostly = len(found) >= _MOST_NAMES * lines
    return frozenset(name for name, times in often.items() if mostly or times > 1)


def _lines(text: str) -> Sequence[Cue]:
    """Return the lines of plain text; a line without a name goes on with what was said before.

    Raises:
        NoTranscript: no line says who speaks.
    """
    lines = [said for line in text.splitlines() if (said := " ".join(line.split()))]  # a run of blanks takes for ever
    found = [None if _HEADING.fullmatch(line) else _LINE.fullmatch(line) for line in lines]
    cues = list(_said(lines, found, _names([match["name"] for match in found if match and match["name"]], len(lines))))
    if not any(cue.speaker for cue in cues):
        raise NoTranscript("has no line that says who speaks, such as “Ada Lovelace: We agreed to …”")
    return cues


def _said(lines: Sequence[str], found: "Sequence[re.Match[str] | None]", names: Container[str]) -> Iterator[Cue]:
    speaker, at = "", None
    for line, match in zip(lines, found, strict=True):
        if heading := None if match else _HEADING.fullmatch(line):
            speaker, at = heading["name"].strip(), _seconds(heading)
        elif match:
            is_named = match["name"] in names
            moment = _seconds(match) if match["s"] else _seconds(match, "n") if is_named and match["ns"] else None
            at = moment if moment is not None else None if is_named else at
            speaker = match["name"].strip() if is_named else speaker
            words = match["words"] if is_named or not match["name"] else line[match.start("name") :]
            yield Cue(_cut(words), speaker, at)


def _seconds(match: "re.Match[str]", before: str = "") -> int:
    hours, minutes, seconds = (int(match[f"{before}{unit}"] or 0) for unit in "hms")
    return (hours * 60 + minutes) * 60 + seconds


def _cut(words: str) -> str:
    return one_line(words)[:_LONGEST_CUE]


_READERS: Mapping[str, Callable[[str], Sequence[Cue]]] = {
    "vtt": lambda text: _captions(text, "vtt"),
    "srt": lambda text: _captions(text, "srt"),
    "txt": _lines,
}
ENDINGS = tuple(f".{ending}" for ending in _READERS)
"""How the names of files end that may be transcripts."""
