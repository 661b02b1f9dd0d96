"""Whether the programme helps: figures of the whole team, with what goes with them and what they do not say."""

from typing import Any

from daemon.describe.outcome_words import figures_of
from daemon.describe.outcomes import outcomes as outcomes_of
from daemon.learn.needs import reported_bugs
from daemon.web.look import Look


def outcomes(look: Look) -> dict[str, Any]:
    """Return what the page of outcomes shows; who alone knows an area is for the lead only."""
    found = outcomes_of(look.team, look.memory, look.file.newcomers, reported_bugs(look.memory), look.now)
    return {"figures": list(figures_of(look.team, found)), "keepers": found.keepers if look.is_lead else ()}
