"""That a team is idle: a pass found nothing to do, and until when another one finds nothing either."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Idle:
    """What the last pass of a team went by, which found nothing to do, and up to when nothing else can be due.

    ``basis`` is a digest of the team's file and of all else that a pass goes by but for what it is shown: that is told
    by ``cursors``, by port, and by ``sources``, by source of needs. ``since`` is when that pass was.
    """

    basis: str
    cursors: Mapping[str, str]
    sources: Mapping[str, str]
    since: datetime
    until: datetime

    def holds(self, basis: str, now: datetime) -> bool:
        """Whether nothing but what ports show can have changed at a moment, aware."""
        return basis == self.basis and self.since <= now < self.until
