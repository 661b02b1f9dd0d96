"""Phrases that announce something, as data: a file a language in ``phrases/``, whose README tells how it is read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from daemon.model import Said

FOLDER = Path(__file__).with_name("phrases")
_WORD = re.compile(r"\{(\w+)\}")
_AT_A_FOLD = re.compile(r"\s+\|")
_BLANK = re.compile(r" +")
_PAUSE = r"[,…–—-]*\\s+"
"""What a blank of a phrase stands for: who speaks, pauses, and who writes it down makes a comma of that."""
_RARE = 4
"""So many times as often as another may a language's words stand in a transcript that is in both."""
NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a language: what announces something of each kind, and what takes that back in its sentence.

    ``frequent`` are words by which the language is known.
    """

    frequent: frozenset[str]
    says: Mapping[Said, "re.Pattern[str]"]
    unless: Mapping[Said, "re.Pattern[str]"]

    def announced(self, kind: Said, sentence: str) -> "re.Match[str] | None":
        """Return where a sentence announces something of a kind; None where it does not."""
        found = self.says[kind].search(sentence)
        return found if found and not self.unless[kind].search(sentence) else None


@cache
def languages() -> Mapping[str, Phrases]:
    """Return the phrases of each language, by its code."""
    return {path.stem: phrases(_read(path)) for path in sorted(FOLDER.glob("*.yaml"))}


def spoken_in(words: Sequence[str]) -> Sequence[Phrases]:
    """Return the phrases of the languages that words are in; of all, where they are too few to tell."""
    known = [*languages().values()]
    often = [sum(word in one.frequent for word in words) for one in known]
    return (
        [one for one, times in zip(known, often, strict=True) if times * _RARE >= max(often)] if any(often) else known
    )


def phrases(data: Mapping[str, Any]) -> Phrases:
    """Return the phrases that a file has: ``words`` to be used in them, those of each kind, and ``unless``."""
    words = {name: f"(?:{_AT_A_FOLD.sub('|', text)})" for name, text in (data.get("words") or {}).items()}
    unless = data.get("unless") or {}
    frequent = frozenset(data["frequent"].replace(",", " ").split())
    return Phrases(
        frequent,
        {kind: _pattern(data.get(kind, ()), words) for kind in Said},
        {kind: _pattern(unless.get(kind, ()), words) for kind in Said},
    )


def _read(path: Path) -> Mapping[str, Any]:
    import yaml

    data: Mapping[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return data


def _pattern(wanted: Sequence[str], words: Mapping[str, str]) -> "re.Pattern[str]":
    """Return what finds any of some phrases as whole words, however they are set."""
    if not wanted:
        return NEVER
    filled = (_WORD.sub(lambda match: words[match[1]], phrase) for phrase in wanted)
    spelled = (_BLANK.sub(_PAUSE, phrase) for phrase in filled)
    return re.compile("|".join(rf"(?<!\w)(?:{phrase})(?!\w)" for phrase in spelled), re.I)
