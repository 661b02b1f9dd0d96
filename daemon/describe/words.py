"""How sessions are called, on pages and in mails alike. Pure."""

from dataclasses import dataclass

from config.formats import PLAIN, SessionFormat, formats_of
from config.markdown import markdown_text, one_line
from config.team import Team
from config.values import slug
from daemon.learn.written_up import written_up
from daemon.model import Observed, Session, WriteUp
from daemon.model.memory import Memory
from daemon.model.names import series_name
from daemon.model.words import quoted, weekday_of


@dataclass(frozen=True, slots=True)
class SessionWords:
    """How a session is called, and where its page is."""

    session: Session
    team: Team
    memory: Memory

    @property
    def title(self) -> str:
        """The name of its series."""
        return series_name(self.session, self.memory)

    @property
    def about(self) -> str:
        """The series, and the topic or, where the format has none, the format."""
        name, form = one_line(self.title), format_of(self.session, self.team)
        if self.session.topic:
            return f"{name}: {one_line(self.session.topic.title)}"
        return name if form.topic or slug(name) == slug(form.name) else f"{name}: {one_line(form.name)}"

    @property
    def past(self) -> str:
        """A session gone by: its name, its topic and its day."""
        topic = f" {quoted(self.session.topic.title)}" if self.session.topic else ""
        return f"{self.title}{topic} of {weekday_of(self.session.slot.day)}"

    @property
    def write_up(self) -> WriteUp:
        """What is known of it besides what was planned, by its page and by what people said."""
        return written_up(self.session, self.team, self.memory)

    @property
    def page(self) -> Observed | None:
        """Its page as last seen; None where there is none, not yet or no more."""
        seen = self.memory.observed(self.session.page) if self.session.page else None
        return seen if seen and not seen.gone else None


def link(text: str, address: str | None) -> str:
    """Return text from people as Markdown that links an address, if there is one that may be linked."""
    shown = markdown_text(text)
    if not address:
        return shown
    return f"[{shown}]({address})" if shown else f"<{address}>"


def format_of(session: Session, team: Team) -> SessionFormat:
    """Return the format of a session, or the plain one where the team no longer has it."""
    return formats_of(team).get(session.slot.format, PLAIN)
