"""What is next: the sessions to come, one's own part in them, and what needs the lead today."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.describe.words import format_of
from daemon.learn.items import open_items
from daemon.learn.needs import needs, shown_by
from daemon.model import Assignment, Session, Trouble
from daemon.model.needs import NeedState
from daemon.tell.troubles import present
from daemon.web.look import Look

MOST_SHOWN, MOST_OF_MINE, MOST_OPEN = 24, 4, 6
LEADS_DAYS = 14
"""How many days ahead an open role or a missing topic needs the lead."""


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's part in a session."""

    session: Session
    role: str


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something that needs the lead, and where to look."""

    text: str
    href: str


def coming(look: Look, known: Iterable[Trouble] = ()) -> dict[str, Any]:
    """Return what the page of what is next shows; ``known`` is what is and was in trouble."""
    ahead = [one for one in look.memory.by_start() if one.slot.ends_at > look.now and _is_to_be_shown(one)]
    following = [one for one in ahead if one.takes_place]
    return {
        "first": following[0] if following else None,
        "rest": [one for one in ahead if one not in following[:1]][:MOST_SHOWN],
        "open": [one for one in following if one.unfilled][:MOST_OPEN],
        "mine": list(parts_of(look.viewer, following))[:MOST_OF_MINE],
        "to_do": list(_to_do(look, following, known)) if look.is_lead else [],
        "my_items": [one for one in open_items(look.memory) if look.viewer in one.people],
    }


def _is_to_be_shown(session: Session) -> bool:
    return session.takes_place or bool(session.called_off_by and session.note)


def parts_of(email: str, sessions: Iterable[Session]) -> Iterator[Part]:
    """Yield what somebody does in sessions, in their order."""
    for session in sessions:
        yield from (Part(session, one.role) for one in session.assignments if one.member == email)
        yield from (Part(session, "pair") for pair in session.pairs if email in pair)


def whose(session: Session) -> Sequence[Assignment]:
    """Return the roles of a session, those that nobody has among them."""
    return session.assignments


def _to_do(look: Look, following: Sequence[Session], known: Iterable[Trouble]) -> Iterator[ToDo]:
    """Yield what needs the lead today, what is worst first."""
    yield from (ToDo(text, look.path("trouble")) for text in present(look.team, known, look.now))
    for one in following:
        if (one.slot.day - look.today).days <= LEADS_DAYS:
            yield from _lacking(look, one)
    late = [one for one in open_items(look.memory) if one.due < look.today]
    if late:
        yield ToDo(f"{_count(len(late), 'action item')} overdue", look.path("items"))
    proposed = [one for one in shown_by(needs(look.team, look.memory), look.today) if one.state is NeedState.PROPOSED]
    if proposed:
        yield ToDo(f"{_count(len(proposed), 'thing')} people want to learn, not decided yet", look.path("topics"))


def _lacking(look: Look, session: Session) -> Iterator[ToDo]:
    when, path = f"{look.title(session)}, {look.day(session.slot.day)}", look.session_path(session)
    for one in session.assignments:
        if not (one.member or one.waits):
            yield ToDo(f"Nobody can be {one.role}: {when}", path)
    if session.topic is None and format_of(session, look.team).topic:
        yield ToDo(f"A topic is wanted: {when}", path)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
