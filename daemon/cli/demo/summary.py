"""What a year came to, in words, as the ledger has it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from daemon.describe.figures import programme, turns
from daemon.learn.needs import needs
from daemon.model.needs import NeedState

if TYPE_CHECKING:
    from daemon.cli.demo.play import Play


def summary(play: "Play") -> Iterator[str]:
    """Yield what the year came to."""
    team, memory = play.stage.team, play.stage.memory()
    found = programme(team, memory, play.stage.now).together
    sessions, items = found.sessions, found.items
    spread = max((abs(one.taken - one.due) for one in turns(memory.sessions.values()).values()), default=0)
    lacking = needs(team, memory)
    open_ones = sum(one.state is NeedState.PROPOSED for one in lacking)
    yield f"A year of {team.team}: {sessions.held} sessions held, {sessions.documented} of them written up."
    yield f"Nobody was further than {spread:.1f} turns from what was due to them."
    yield f"{items.done} action items done, {items.open} open, {items.overdue} of those overdue."
    yield f"{len(lacking)} needs noticed, of which {open_ones} wait for the lead to take them up."
    yield f"{play.mails} mails went out, at most one a person a day."
