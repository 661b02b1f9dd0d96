"""Who makes the passes: threads of this process, or workers, on this machine or on others. A round does not know which.

Of one team one pass runs and one waits at the most, since a second would do the same once more.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from config.team import Team
from config.team_file import TeamFile
from daemon.ledger import Ledger
from daemon.serve.lanes import Lanes, Seconds
from daemon.serve.turns import Turns

PassOver = Callable[[str, TeamFile], object]
"""Makes a pass over a team, known by its key; it sees to its own errors."""


class Dispatcher(Protocol):
    """Has passes made, and knows which are still to come."""

    def dispatch(self, files: Mapping[str, TeamFile], due: Set[str], urgent: Set[str], /) -> None:
        """Have the teams that are ``due`` passed over as soon as that may be; ``files`` are those of all, by key.

        Those go first which are ``urgent``: somebody changed or said something, and waits to see what comes of it.
        """
        ...

    def busy(self, team: str) -> bool:
        """Whether a pass over a team waits or is made."""
        ...

    def held_up(self, team: str, longer_than: Seconds) -> bool:
        """Whether a pass over a team has not come to its end for longer than that."""
        ...

    def goes_on_for(self, team: str, longer_than: Seconds, /) -> bool:
        """Whether a pass over a team was begun longer ago than that, as far as it is known here."""
        ...

    def settle(self, within: Seconds) -> bool:
        """Wait until no pass waits or is made any more, but not for longer than that; return whether it is so."""
        ...

    def close(self) -> None:
        """Have nothing more done by this process, and wait for what it does."""
        ...


@dataclass(frozen=True, slots=True)
class Crew:
    """Who makes the passes of a daemon, and how it holds the ledger beside them.

    ``dispatcher`` is made of what makes a pass here, what is to be done whenever passes have ended, and how late one
    has to be for that not to wait for the others.
    """

    hold: Callable[[Ledger], AbstractContextManager[None]]
    dispatcher: Callable[[PassOver, Callable[[], None], Seconds], Dispatcher]


@dataclass(slots=True)
class Threads:
    """Passes in threads of this process: those that need the same connections share a lane."""

    pass_over: PassOver
    when_done: Callable[[], None]
    late: Seconds
    _lanes: Lanes = field(init=False)

    def __post_init__(self) -> None:
        self._lanes = Lanes(when_idle=self.when_done, late=self.late, turns=Turns())

    def dispatch(self, files: Mapping[str, TeamFile], due: Set[str], urgent: Set[str], /) -> None:
        """Have each team that is due passed over, in the lane of its connections; those first that are urgent."""
        asked = Counter[bool]()
        for key, file in ((key, file) for key, file in files.items() if key in due):
            is_urgent = key in urgent
            self._lanes.submit(key, connections_of(file.team), self._pass(key, file), is_urgent, asked[is_urgent])
            asked[is_urgent] += 1

    def _pass(self, key: str, file: TeamFile) -> Callable[[], None]:
        def do() -> None:
            self.pass_over(key, file)

        return do

    def busy(self, team: str) -> bool:
        """Whether a pass over a team waits or is made."""
        return self._lanes.busy(team)

    def held_up(self, team: str, longer_than: Seconds) -> bool:
        """Whether a pass over a team has not come to its end for longer than that."""
        return self._lanes.held_up(team, longer_than)

    def goes_on_for(self, team: str, longer_than: Seconds, /) -> bool:
        """Whether a pass over a team was begun longer ago than that."""
        return self._lanes.goes_on_for(team, longer_than)

    def settle(self, within: Seconds) -> bool:
        """Wait until no pass waits or is made any more, but not for longer than that; return whether it is so."""
        return self._lanes.settle(within)

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._lanes.close()


ALONE = Crew(Ledger.alone, Threads)
"""All of it by one process, which has the ledger to itself."""


def connections_of(team: Team) -> set[str]:
    """Return the connections that a pass of a team needs."""
    return {team.calendar.connection, team.wiki.connection, *(source.connection for source in team.needs)}
