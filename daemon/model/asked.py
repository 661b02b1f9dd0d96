"""Whether those who were there can do now what a session taught: who is asked since when, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from daemon.model.members import Email


class Verdict(StrEnum):
    """What becomes of a topic by what people answer."""

    CLOSED = "closed"
    STILL_OPEN = "still open"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to ``people``: since which day, about which topic, by its title of then, and what they answered.

    Of ``answers`` a yes is True and a “not yet” False, and who has not answered is missing. ``ticked`` is what the
    session's page said last, so that an answer given elsewhere stands until somebody changes a tick; ``heard`` is the
    number of the last statement that was followed.
    """

    on: date
    topic: str
    people: tuple[Email, ...]
    answers: Mapping[Email, bool] = field(default_factory=dict)
    ticked: Mapping[Email, bool] = field(default_factory=dict)
    verdict: Verdict | None = None
    heard: int = 0

    @property
    def answered(self) -> int:
        """How many have answered."""
        return len(self.answers)

    @property
    def can(self) -> int:
        """How many of those can do it now."""
        return sum(self.answers.values())

    @property
    def not_yet(self) -> int:
        """How many of those cannot do it yet."""
        return self.answered - self.can

    @property
    def in_words(self) -> str:
        """What was answered, for people, whoever said what."""
        return (
            f"{self.can} of {self.answered} who answered can do it now" if self.answered else "nobody has answered yet"
        )

    @property
    def why_again(self) -> str:
        """Why a topic that was taught comes back, for people."""
        return f"comes back, since {self.not_yet} of {self.answered} who answered cannot do it yet"


def answer_of(name: str, can: bool) -> str:
    """Return the words behind the box that somebody ticks to answer, by their name."""
    return f"{name}: {'yes' if can else 'not yet'}"
