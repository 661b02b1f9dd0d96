"""How things stand after all that was said: what is looked up to judge whether something more can be said. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from config.team import Member, Team
from daemon.decide.heard import heard
from daemon.learn.said_items import with_said
from daemon.model import Assignment, Engagement, Session
from daemon.model.memory import Memory
from daemon.model.names import renamed
from daemon.model.statements import Statement
from daemon.model.words import names_of

LONGEST = 500
"""How many characters somebody may say."""
SHORTER = "please say it in fewer words"
YES_OR_NO = "it takes a yes or a no"


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand after all that was said."""

    team: Team
    memory: Memory
    now: datetime
    elsewhere: tuple[Engagement, ...] = ()

    @classmethod
    def of(cls, team: Team, memory: Memory, now: datetime, engagements: Iterable[Engagement] = ()) -> Self:
        """Return how things stand; ``memory`` is as the ledger has it."""
        elsewhere = tuple(one for one in engagements if one.team != memory.team)
        return cls(team, with_said(heard(team, renamed(memory, team)), team), now, elsewhere)

    @property
    def today(self) -> date:
        """The date in the team's zone."""
        return self.now.astimezone(ZoneInfo(self.team.timezone)).date()

    def member(self, email: str | None) -> Member | None:
        """Return a member of the team by their address."""
        return next((one for one in self.team.members if one.email == email), None)

    def name(self, email: str | None) -> str:
        """Return how somebody is called."""
        return names_of(self.team).get(email, email) if email else "nobody"

    def session(self, statement: Statement) -> Session | None:
        """Return the session that a statement is about."""
        return self.memory.sessions.get(statement.about)

    def role_of(self, email: str | None, session: str) -> str:
        """Return the role of somebody in a session by its key; nothing where they have none."""
        known = self.memory.sessions.get(session)
        return next((role for role, holder in (known.roles if known else {}).items() if holder == email), "")

    def assignment(self, session: str, role: str) -> Assignment | None:
        """Return who has a role in a session, by its key."""
        known = self.memory.sessions.get(session)
        return next((one for one in (known.assignments if known else ()) if one.role == role), None)


def against_text(text: str, longest: int = LONGEST) -> str | None:
    """Return what speaks against words that somebody wrote."""
    if not any(map(str.isalnum, text)):
        return "please say it in words"
    return SHORTER if len(text) > longest else None
