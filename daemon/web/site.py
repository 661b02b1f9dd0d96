"""What the web page is made for: the teams that are served, what is known of them, and how it is reached."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.team import Team
from config.team_file import TeamFile
from config.web import Web
from daemon.decide.heard import heard
from daemon.learn.said_items import with_said
from daemon.ledger import LedgerError
from daemon.loop import World
from daemon.model import Observed, SessionEvent
from daemon.model.memory import Memory
from daemon.model.names import renamed, team_key
from daemon.serve.passed import Passed
from daemon.serve.teams import Teams
from daemon.tell.people import addressee
from daemon.web.look import Look
from daemon.web.who import Signatures

PageOf = Callable[[Team, str, Observed, Callable[[str], str | None], Collection[str]], str | None]
"""A page of a team, by the team's key, as HTML: by what its links lead to, and the ids of its items that are done.

None where that is not to be had.
"""

Feed = Callable[[str, Sequence[SessionEvent], datetime], bytes]
"""A calendar of a name with sessions, made at a moment, as programs subscribe to it."""

IN_DOUBT = "That was not possible. The clock of peerloop's machine is in doubt; please try again in some minutes."


@dataclass(frozen=True, slots=True)
class Site:
    """What every page is made of; ``clock`` tells the time, aware, and ``hurry`` asks for a pass at once.

    ``page`` reads pages of wikis that have no addresses of their own.
    """

    web: Web
    world: World
    teams: Teams
    passed: Passed
    clock: Callable[[Team], datetime]
    hurry: Callable[[], None]
    signatures: Signatures
    page: PageOf
    feed: Feed
    metrics: Callable[[], bytes]
    """The daemon's figures as Prometheus reads them."""
    token: str
    """What lets in whoever was told the address that `peerloop run` prints."""

    @property
    def is_encrypted(self) -> bool:
        """Whether people reach it over an encrypted connection alone."""
        return (self.web.url or "").startswith("https://")

    def files(self) -> dict[str, TeamFile]:
        """Return the teams that are served, by their keys.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        known = self.world.ledger.team_keys()
        return {team_key(file.team, known): file for file in self.teams.served}

    def files_of(self, email: str) -> dict[str, TeamFile]:
        """Return the teams that somebody is a member or the lead of, by their keys.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        return {key: file for key, file in self.files().items() if self._today(file.team, email)}

    def recall(self, file: TeamFile) -> Memory:
        """Return what is known of a team.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        return self.world.recall(file.team)

    def doubt(self) -> str:
        """Return why nothing that is said can be noted now, if the clock is in doubt; else nothing.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        return IN_DOUBT if self.world.ledger.looks.doubted else ""

    def is_ready(self) -> bool:
        """Whether the ledger can be used, as far as is known, and every team that is served was passed over."""
        try:
            self.world.ledger.keep()
            files = self.files()
            return self.passed.ledger_could_be_used(files) and all(map(self.passed.has_looked_at, files))
        except LedgerError:
            return False

    def look(self, key: str, email: str) -> Look | None:
        """Return what somebody sees of a team, by its key, after all that was said; None where it is none of theirs.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        file = self.files().get(key)
        viewer = self._today(file.team, email) if file else None
        if file is None or viewer is None:
            return None
        memory = with_said(heard(file.team, renamed(self.recall(file), file.team)), file.team)
        return Look(key, file, memory, viewer, self.clock(file.team))

    def _today(self, team: Team, email: str) -> str | None:
        """Return the address that somebody has in a team today, by any that they had; None of who is not in it."""
        who = addressee(email, team)
        if who is None or (who.email != team.lead and who.has_left(self.clock(team))):
            return None
        return who.email
