"""The pace of jobs: those that lately went on for long are told from those that are quick."""

import time
from dataclasses import dataclass, field

Seconds = float
LONG: Seconds = 5.0
HEAVY: Seconds = 0.25
"""A job that took so long, or so much of the processor, is one that goes on for long."""
HEAVY_AT_FIRST: Seconds = 2.0
"""The first job of a name has more to do than all others: it is one only where it computed for so long."""
REMEMBERED: Seconds = 7200.0
"""That is known for so long: what a team asks of Jira it asks once an hour, and its passes in between are quick."""


@dataclass(slots=True)
class Pace:
    """What is known of jobs, by their names."""

    _known: set[str] = field(default_factory=set)
    _long: dict[str, Seconds] = field(default_factory=dict)
    """Until when a job of this name is one that goes on for long."""

    def is_known(self, name: str) -> bool:
        """Whether a job of this name was done before."""
        return name in self._known

    def is_long(self, name: str) -> bool:
        """Whether a job of this name went on for long lately."""
        return time.monotonic() < self._long.get(name, 0)

    def note(self, name: str, begun: Seconds, computed: Seconds) -> None:
        """Know from now on how long a job went on that ends now, and computed."""
        ended, is_first = time.monotonic(), name not in self._known
        self._known.add(name)
        if computed > (HEAVY_AT_FIRST if is_first else HEAVY) or (ended - begun > LONG and not is_first):
            self._long[name] = ended + REMEMBERED
