"""What one person sees of one team now, and how days, people and addresses are told to them."""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from config.cached import cached_property
from config.markdown import web_address
from config.team import Team
from config.team_file import TeamFile
from daemon.describe.words import SessionWords, format_of
from daemon.model import CalledOffBy, Observed, Session
from daemon.model.memory import Memory
from daemon.model.words import listed, local, names_of, weekday
from daemon.web.paths import page_path, plain, session_path, team_path


@dataclass(frozen=True)
class Look:
    """A team by its key, what is known of it, who looks, and when; ``now`` is aware."""

    key: str
    file: TeamFile
    memory: Memory
    viewer: str
    now: datetime

    @property
    def team(self) -> Team:
        """The team as its file has it."""
        return self.file.team

    @cached_property
    def names(self) -> dict[str, str]:
        """Everybody's name by every e-mail they have or had."""
        return names_of(self.team)

    @property
    def is_lead(self) -> bool:
        """Whether who looks leads the team, and so sees more."""
        return self.viewer == self.team.lead

    @property
    def today(self) -> date:
        """The day that it is where the team is."""
        return local(self.now, self.team).date()

    def name(self, email: str | None) -> str:
        """Return how people call somebody."""
        return self.names.get(email, email) if email else "nobody"

    def people(self, emails: Iterable[str]) -> str:
        """Return several people as people list them."""
        return listed([self.name(email) for email in emails])

    def local(self, moment: datetime) -> datetime:
        """Return a moment in the team's zone."""
        return local(moment, self.team)

    def day(self, day: date) -> str:
        """Return a day as ``Thursday, 10 December``, with the year where it is another one than this."""
        year = "" if day.year == self.today.year else f" {day.year}"
        return f"{weekday(day)}, {day.day} {day:%B}{year}"

    def moment(self, at: datetime) -> str:
        """Return a moment as ``Thursday, 10 December, 12:15``."""
        there = self.local(at)
        return f"{self.day(there.date())}, {there:%H:%M}"

    def time(self, session: Session) -> str:
        """Return from when until when a session is, as ``12:15–13:00``."""
        return f"{self.local(session.slot.starts_at):%H:%M}–{self.local(session.slot.ends_at):%H:%M}"

    def far(self, day: date) -> str:
        """Return how far away a day is: today, tomorrow, in 12 days, 3 days ago."""
        days = (day - self.today).days
        if days in _NEAR:
            return _NEAR[days]
        return f"in {days} days" if days > 0 else f"{-days} days ago"

    def title(self, session: Session) -> str:
        """Return what the series of a session is called."""
        return SessionWords(session, self.team, self.memory).title

    def about(self, session: Session) -> str:
        """Return the series and the topic of a session."""
        return SessionWords(session, self.team, self.memory).about

    def called_off(self, session: Session) -> str:
        """Return that a session does not take place, and why; of one that is another by now, that."""
        if session.called_off_by is CalledOffBy.RENAMED:
            return session.note
        return f"Does not take place: {session.note}" if session.note else "Does not take place"

    def wants_topic(self, session: Session) -> bool:
        """Whether a session is of a format that has a topic."""
        return format_of(session, self.team).topic

    def page(self, key: str) -> str | None:
        """Return where a page is read: in the wiki or, where that has no addresses of its own, here."""
        seen = self.memory.observed(key) if key else None
        return self._address(seen) if seen and not seen.gone else None

    def _address(self, seen: Observed) -> str:
        return web_address(seen.url) or page_path(self.key, seen.key)

    def link_from(self, page: Observed, target: str) -> str | None:
        """Return what a link on a page that is read here leads to; None where that is neither the web nor a page."""
        if "://" in target or target.startswith("mailto:"):
            return web_address(target)
        inner = posixpath.normpath(posixpath.join(posixpath.dirname(page.url or ""), plain(target)))
        found = (one.observed for one in self.memory.records.values() if one.observed and one.observed.url == inner)
        return next((self._address(one) for one in found), None)

    def path(self, inner: str = "") -> str:
        """Return the address of a page of this team."""
        return team_path(self.key, inner)

    def session_path(self, session: Session) -> str:
        """Return the address at which everything about a session stands."""
        return session_path(self.key, session.key)


_NEAR = {0: "today", 1: "tomorrow", -1: "yesterday"}
