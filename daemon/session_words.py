"""Sessions in the words in which people are told of them. Pure."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from config.formats import PLAIN, formats_of
from config.markdown import one_line
from config.team import Team
from config.values import slug
from daemon.identity import series_key
from daemon.memory import Memory
from daemon.model import Observed, Reminder, Session
from daemon.people import Addressee, quoted, weekday_of


@dataclass(frozen=True, slots=True)
class SessionWords:
    """How a session is called, when it is, and what people hear of it."""

    session: Session
    team: Team
    memory: Memory

    @property
    def title(self) -> str:
        """The name of its series."""
        key = self.session.slot.series
        if key in self.memory.series:
            return self.memory.series[key].name
        return next((one.name for one in self.team.series if series_key(one, self.memory.team) == key), key)

    @property
    def about(self) -> str:
        """The series, and the topic or, where the format has none, the format."""
        name, form = one_line(self.title), formats_of(self.team).get(self.session.slot.format, PLAIN)
        if self.session.topic:
            return f"{name}: {one_line(self.session.topic.title)}"
        return name if form.topic or slug(name) == slug(form.name) else f"{name}: {one_line(form.name)}"

    @property
    def past(self) -> str:
        """A session gone by: its name, its topic and its day."""
        topic = f" {quoted(self.session.topic.title)}" if self.session.topic else ""
        return f"{self.title}{topic} of {weekday_of(self.session.slot.day)}"

    def when(self, who: Addressee | None = None) -> str:
        """Return day and time in the session's zone, and the time where the person is when that differs."""
        slot = self.session.slot
        there = slot.starts_at.astimezone(ZoneInfo(slot.zone))
        here = slot.starts_at.astimezone(who.zone) if who else there
        own = f"{here:%H:%M}" if here.date() == there.date() else f"{here:%H:%M on %A}"
        own = f"; {own} for you" if here.utcoffset() != there.utcoffset() else ""
        return f"{weekday_of(there.date())}, {there:%H:%M} ({slot.zone}{own})"

    @property
    def page(self) -> Observed | None:
        """Its page as last seen; None where there is none, not yet or no more."""
        seen = self.memory.observed(self.session.page) if self.session.page else None
        return seen if seen and not seen.gone else None

    def reminder(self, kind: str, part: str, to: str, text: str, due: date | None = None) -> Reminder:
        """Return something that one person is to hear of the session; ``part`` tells it from all else of its kind."""
        url, key = self.page.url if self.page else None, f"{self.session.key}/{kind}/{part}"
        return Reminder(key, self.memory.team, to, kind, text, url, due)
