"""The programme's home page: what is next, what was learned, what is open, and whose turns it were. Pure.

One a team, and all of it is the region that we keep up to date: it is what a newcomer reads first.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from config.markdown import markdown_text, one_line
from config.team import Team
from config.values import slug
from daemon.describe.facts import shared_recording
from daemon.describe.figures import Turns, turns
from daemon.describe.pages import FOOTER, open_item, page_title
from daemon.describe.thanks import thanks_pages
from daemon.describe.words import SessionWords, link
from daemon.model import CHART, Bar, Page, Session, WriteUp, held
from daemon.model.links import reference
from daemon.model.memory import Item, Memory
from daemon.model.names import home_key
from daemon.model.words import local, names_of, weekday

MOST_COMING, MOST_PAST, MOST_OPEN = 8, 60, 50
MOST_TAKEAWAYS, LONGEST_TAKEAWAY = 8, 400
"""Of one session; the length in characters. Whoever wants to read more opens its page."""


def home_page(team: Team, memory: Memory, items: Sequence[Item], now: datetime, thanks: Sequence[str] = ()) -> Page:
    """Return a team's home page; ``items`` are the action items that are open, ``thanks`` the keys of new pages."""
    home = _Home(team, memory)
    taken = turns(memory.sessions.values())
    return Page(
        key=home_key(memory.team),
        name="home",
        title=page_title(f"{one_line(team.team)}: peer learning"),
        region="\n".join(
            [*home.coming(now), *home.open(items), *home.past(), *_thanks(memory, thanks), *home.turns(taken), FOOTER]
        ),
        body="",
        labels=(slug(team.team),),
        chart=tuple(Bar(home.name(email), float(one.taken), one.due) for email, one in taken.items()),
    )


def _thanks(memory: Memory, new: Sequence[str]) -> Iterator[str]:
    """Yield the pages that thank people, those too that are only about to be made."""
    links = [link(name, reference(key)) for name, key in thanks_pages(memory, new)]
    yield from _part("Thank you", [", ".join(links)] if links else [])


def _part(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from (f"**{heading}**", "", *lines, "")


def _shortened(takeaway: str) -> str:
    return takeaway if len(takeaway) <= LONGEST_TAKEAWAY else f"{takeaway[: LONGEST_TAKEAWAY - 1].rstrip()}…"


class _Home:
    """The parts of the page, in the team's names and zone."""

    def __init__(self, team: Team, memory: Memory) -> None:
        self.team, self.memory = team, memory
        self.names = names_of(team)

    def name(self, email: str) -> str:
        """Return how people call somebody."""
        return self.names.get(email, email)

    def coming(self, now: datetime) -> Iterator[str]:
        """Yield the next sessions, with who does what; one in progress stays until it is over."""
        ahead = (one for one in self.memory.sessions.values() if one.takes_place and one.slot.ends_at > now)
        following = sorted(ahead, key=lambda one: (one.slot.starts_at, one.key))[:MOST_COMING]
        yield from _part("Coming up", [self._coming(session) for session in following])

    def _coming(self, session: Session) -> str:
        start = local(session.slot.starts_at, self.team)
        roles = ", ".join(f"{markdown_text(self.name(email))} ({role})" for role, email in session.roles.items())
        title = link(f"{weekday(start)} {start:%Y-%m-%d, %H:%M}: {self._about(session)}", reference(session.page))
        return f"- {title} – {roles}" if roles else f"- {title}"

    def open(self, items: Sequence[Item]) -> Iterator[str]:
        """Yield the action items that are to be done."""
        yield from _part("Still to be done", [f"- {open_item(item, self.names)}" for item in items[:MOST_OPEN]])
        if len(items) > MOST_OPEN:
            yield from (f"And {len(items) - MOST_OPEN} more.", "")

    def past(self) -> Iterator[str]:
        """Yield the sessions that were held, the latest first, with what people took away."""
        lines = [line for session in held(self.memory.sessions.values())[:MOST_PAST] for line in self._past(session)]
        yield from _part("What we learned", lines)

    def _past(self, session: Session) -> Iterator[str]:
        start, seen = local(session.slot.starts_at, self.team), self.memory.observed(session.page)
        write_up = seen.write_up if seen else WriteUp()
        yield f"- {link(f'{start:%Y-%m-%d} {self._about(session)}', reference(session.page))}"
        shown = (markdown_text(_shortened(takeaway)) for takeaway in write_up.takeaways[:MOST_TAKEAWAYS])
        yield from (f"  - {takeaway}" for takeaway in shown if takeaway)
        if address := shared_recording(write_up, self.team):
            yield f"  - {link('Recording', address)}"

    def _about(self, session: Session) -> str:
        return SessionWords(session, self.team, self.memory).about

    def turns(self, taken: dict[str, Turns]) -> Iterator[str]:
        """Yield who has had how many turns, and how many were due to them, as a table and as a picture."""
        if not taken:
            return
        rows = [f"| {markdown_text(self.name(e))} | {one.taken} | {one.due:.1f} |" for e, one in taken.items()]
        yield from _part("Turns taken", ["| Who | Turns taken | Fair share |", "| --- | ---: | ---: |", *rows])
        said = "; ".join(f"{markdown_text(self.name(e))} {one.taken} of {one.due:.1f}" for e, one in taken.items())
        yield from (f"![Turns taken, of a fair share: {said}]({CHART})", "")
