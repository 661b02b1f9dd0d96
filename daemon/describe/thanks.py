"""Recognition: each quarter a page and a note thank those who led, presented, wrote up and finished things. Pure.

Everything said of somebody links the page that shows it. Nobody is counted or ranked, and ``mute: [thanks]`` leaves a
member out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from config.markdown import markdown_text, one_line
from config.team import Member, Team
from config.values import slug
from daemon.describe.pages import FOOTER, page_title
from daemon.describe.words import SessionWords, link
from daemon.learn.life import LATELY
from daemon.model import Page, Session, State, held
from daemon.model.links import reference
from daemon.model.memory import Memory, Progress
from daemon.model.messages import THANKING
from daemon.model.names import thanks_key
from daemon.model.words import FACILITATOR, listed, local, names_of, quoted

NOTE_TAKER = "note-taker"
DEEDS = {
    FACILITATOR: "led",
    "presenter": "presented at",
    "author": "brought work to",
    "reviewer": "reviewed at",
    "driver": "drove at",
    "navigator": "navigated at",
    NOTE_TAKER: "took notes at",
}
"""What the holder of a role did; of other roles their name is told."""
WROTE_UP, FINISHED = "wrote up", "finished"


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a calendar year, in the team's zone."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """Return the quarter that a day is in."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def starts(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def before(self) -> "Quarter":
        """The quarter before."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    def __str__(self) -> str:
        """Return it as ``2026-Q4``."""
        return f"{self.year}-Q{self.number}"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a member did: what it was done to, and the key of the page that shows it."""

    verb: str
    what: str
    page: str


def thanks_page(team: Team, memory: Memory, now: datetime) -> Page | None:
    """Return the page that thanks for the past quarter, in the first weeks of the next; None where there is nothing."""
    quarter = quarter_to_thank_for(team, now)
    thanked = deeds_of(team, memory, quarter) if quarter else []
    if quarter is None or not thanked:
        return None
    names = names_of(team)
    intro = f"Thank you for {quarter_name(quarter)}! In alphabetical order, with the pages that tell of it:"
    lines = (f"- **{markdown_text(names[member.email])}** {_told(deeds)}" for member, deeds in thanked)
    return Page(
        key=thanks_key(memory.team, quarter),
        name=f"thanks-{quarter}".lower(),
        title=page_title(f"{one_line(team.team)}: thanks for {quarter_name(quarter)}"),
        region="\n".join([intro, "", *lines, "", FOOTER]),
        body="",
        year=quarter.year,
        labels=(slug(team.team), "thanks"),
    )


def thanks_pages(memory: Memory, new: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the pages of thanks that there are, and ``new`` ones, the latest first: their names, and their keys."""
    prefix = thanks_key(memory.team, "")
    seen = {key: record.observed for key, record in memory.records.items() if key.startswith(prefix)}
    known = {*new, *(key for key, page in seen.items() if page)}
    there = sorted((key for key in known if not ((page := seen.get(key)) and page.gone)), reverse=True)
    return [(key.removeprefix(prefix).replace("-", " "), key) for key in there]


def quarter_to_thank_for(team: Team, now: datetime) -> Quarter | None:
    """Return the past quarter in the first weeks of the next; None later."""
    today = local(now, team).date()
    present = Quarter.of(today)
    return present.before if today - present.starts < LATELY else None


def quarter_name(quarter: Quarter) -> str:
    """Return a quarter as people are told of it: ``2026 Q4``."""
    return str(quarter).replace("-", " ")


def deeds_of(team: Team, memory: Memory, quarter: Quarter) -> list[tuple[Member, Sequence[Deed]]]:
    """Return who did what in a quarter, by name; nothing where no session was held in it."""
    sessions = [one for one in held(memory.sessions.values()) if Quarter.of(local_day(one, team)) == quarter]
    done: dict[str, list[Deed]] = {}
    for session in reversed(sessions):
        for email, verb in _roles(session):
            done.setdefault(email, []).append(Deed(verb, _session_name(session, team, memory), session.page))
    for item in memory.items.values() if sessions else ():
        if item.state is Progress.DONE and item.assignee and item.ended and Quarter.of(item.ended) == quarter:
            for email in item.people:
                done.setdefault(email, []).append(Deed(FINISHED, quoted(item.words), item.page))
    members = (member for member in team.members if member.email in done and THANKING not in member.mute)
    by_name = sorted(members, key=lambda member: (member.name.casefold(), member.email))
    return [(member, done[member.email]) for member in by_name]


def local_day(session: Session, team: Team) -> date:
    """Return the day of a session in the team's zone."""
    return local(session.slot.starts_at, team).date()


def _session_name(session: Session, team: Team, memory: Memory) -> str:
    return f"{SessionWords(session, team, memory).about} on {local_day(session, team)}"


def _roles(session: Session) -> Iterator[tuple[str, str]]:
    """Yield who did what in a session; who led it has written it up, unless somebody else took the notes."""
    roles = session.roles
    for role, email in roles.items():
        yield email, DEEDS.get(role, f"was {one_line(role)} at")
    if session.state in (State.DOCUMENTED, State.CLOSED) and NOTE_TAKER not in roles and FACILITATOR in roles:
        yield roles[FACILITATOR], WROTE_UP


def by_verb(deeds: Iterable[Deed]) -> list[tuple[str, list[Deed]]]:
    """Return what somebody did by what they did, in the order in which it is told."""
    order = [*DEEDS.values(), WROTE_UP]
    rank = {verb: number for number, verb in enumerate(order)} | {FINISHED: len(order) + 1}
    in_order = sorted(deeds, key=lambda deed: (rank.get(deed.verb, len(order)), deed.verb))
    return [(verb, list(same)) for verb, same in groupby(in_order, key=lambda deed: deed.verb)]


def _told(deeds: Sequence[Deed]) -> str:
    """Return what somebody did as Markdown, everything with its page."""
    return "; ".join(
        f"{markdown_text(verb)} {listed([link(deed.what, reference(deed.page)) for deed in same])}"
        for verb, same in by_verb(deeds)
    )
