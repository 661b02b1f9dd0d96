"""What the places where needs come from show, and could not be read: nothing is left out in silence. Pure."""

import re
from collections.abc import Iterator
from itertools import islice

from config.team import Team
from daemon.learn.needs import source_key
from daemon.model import fingerprint
from daemon.model.memory import Memory
from daemon.plan.plan import Finding

MOST = 10
"""Of how much of one place the lead hears."""
_NUMBER = re.compile(r"\d[\d,.]*")


def left_out(team: Team, memory: Memory) -> Iterator[Finding]:
    """Yield what was left out of needs, each once, however its numbers change."""
    for source in team.needs:
        shown = memory.sources.get(source_key(source))
        for said in islice(shown.unread, MOST) if shown else ():
            key = fingerprint({"said": _NUMBER.sub("", said)})["said"]
            yield Finding(f"needs/{key}", f"what the team needs to learn is not read whole: {said.rstrip('.')}")
