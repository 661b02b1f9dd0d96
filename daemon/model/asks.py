"""What people are asked in their mails: each thing by a link of its own, for one person and one purpose."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from daemon.model.statements import StatementKind


class Purpose(StrEnum):
    """What can be said by a link, and nothing else can."""

    CANNOT = "cannot"
    TAKE = "take"
    SWAP = "swap"
    ITEM = "item"
    LEARNED = "learned"
    PULSE = "pulse"
    QUESTION = "question"
    CONSENT = "consent"
    ATTENDED = "attended"
    TOPICS = "topics"
    NEED = "need"


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that somebody is asked about a session or an action item, by its key, or else about a team."""

    purpose: Purpose
    about: str = ""


class Link(NamedTuple):
    """Where somebody answers what they are asked, and the words of it; the address is theirs alone."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class _Row:
    """The words of a purpose's links, what can be said by them, and whether that is said once."""

    words: str
    kinds: frozenset[StatementKind]
    once: bool = False


_ROWS: Mapping[Purpose, _Row] = {
    Purpose.CANNOT: _Row("I can't make it", frozenset({StatementKind.CANNOT, StatementKind.HAND_BACK}), once=True),
    Purpose.TAKE: _Row("I'd like to do it", frozenset({StatementKind.TAKE}), once=True),
    Purpose.SWAP: _Row("Agree, or not", frozenset({StatementKind.SWAP_AGREE, StatementKind.SWAP_REFUSE}), once=True),
    Purpose.ITEM: _Row(
        "Done, later, or won't do",
        frozenset({StatementKind.DONE, StatementKind.LATER, StatementKind.WONT_DO}),
        once=True,
    ),
    Purpose.LEARNED: _Row("Yes, or not yet", frozenset({StatementKind.CAN}), once=True),
    Purpose.PULSE: _Row("From 1 to 5", frozenset(), once=True),
    Purpose.QUESTION: _Row("Ask something, without your name", frozenset({StatementKind.QUESTION})),
    Purpose.CONSENT: _Row("Say whether it may be recorded", frozenset({StatementKind.CONSENT})),
    Purpose.ATTENDED: _Row("Say whether you were at a session", frozenset({StatementKind.ATTENDED})),
    Purpose.TOPICS: _Row("Vote for a topic, or suggest one", frozenset({StatementKind.VOTE, StatementKind.SUGGEST})),
    Purpose.NEED: _Row("Say what you would like to know, without your name", frozenset({StatementKind.NEED})),
}

LINK_SIGN = "→"
"""What a line of a mail begins with that is a link of ours: its words, a colon, its address."""
AT_ANY_TIME = (Ask(Purpose.TOPICS), Ask(Purpose.NEED), Ask(Purpose.ATTENDED))
"""What every mail has a link for."""


def words_of(purpose: Purpose) -> str:
    """Return what a link says that is for this."""
    return _ROWS[purpose].words


def kinds_of(purpose: Purpose) -> frozenset[StatementKind]:
    """Return what can be said by a link for this."""
    return _ROWS[purpose].kinds


def is_said_once(purpose: Purpose) -> bool:
    """Whether a link for this is of no use once it was used."""
    return _ROWS[purpose].once
