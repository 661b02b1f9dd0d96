"""What is next: the sessions to come, one's own part in them, and what needs the lead today."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.describe.words import format_of
from daemon.learn.by_hand import who_declined
from daemon.learn.items import open_items
from daemon.learn.needs import needs, shown_by
from daemon.model import Reminder, Session, Trouble
from daemon.model.needs import NeedState
from daemon.tell.troubles import present
from daemon.web.look import Look

MOST_SHOWN, MOST_OF_MINE, MOST_OPEN, MOST_NAMED = 24, 4, 6, 3
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


def coming(look: Look, known: Iterable[Trouble] = (), lost: Iterable[Reminder] = ()) -> dict[str, Any]:
    """Return what the page of what is next shows.

    ``known`` is what is and was in trouble, ``lost`` what tells of mails that did not arrive.
    """
    ahead = [one for one in look.memory.by_start() if one.slot.ends_at > look.now and not one.has_no_date]
    following = [one for one in ahead if one.takes_place]
    return {
        "first": following[0] if following else None,
        "rest": [one for one in ahead if one not in following[:1]][:MOST_SHOWN],
        "open": [one for one in following if one.unfilled][:MOST_OPEN],
        "mine": list(parts_of(look.viewer, following))[:MOST_OF_MINE],
        "to_do": list(_to_do(look, following, known, lost)) if look.is_lead else [],
        "my_items": [one for one in open_items(look.memory) if look.viewer in one.people],
    }


def parts_of(email: str, sessions: Iterable[Session]) -> Iterator[Part]:
    """Yield what somebody does in sessions, in their order."""
    for session in sessions:
        yield from (Part(session, one.role) for one in session.assignments if one.member == email)
        yield from (Part(session, "pair") for pair in session.pairs if email in pair)


def _to_do(
    look: Look, following: Sequence[Session], known: Iterable[Trouble], lost: Iterable[Reminder]
) -> Iterator[ToDo]:
    """Yield what needs the lead today, what is worst first."""
    for text in (*present(look.team, known, look.now, at_once=True), *_unreached(lost)):
        yield ToDo(text, look.path("trouble"))
    for one in following:
        if (one.slot.day - look.today).days <= LEADS_DAYS:
            yield from _lacking(look, one)
    late = [one for one in open_items(look.memory) if one.due < look.today]
    if late:
        yield ToDo(f"{_count(len(late), 'action item')} overdue", look.path("items"))
    nobodys = [one for one in open_items(look.memory) if not one.people]
    if nobodys:
        yield ToDo(f"{_count(len(nobodys), 'action item')} without an owner", look.path("items"))
    shown = shown_by(needs(look.team, look.memory), look.today)
    proposed = [one for one in shown if one.state is NeedState.PROPOSED]
    if proposed:
        wanted = f"{_count(len(proposed), 'thing')} people want to learn"
        yield ToDo(f"{wanted}: nobody has decided yet", look.path("topics"))


def _unreached(lost: Iterable[Reminder]) -> list[str]:
    """Return whom mails do not reach: by name, or how many people, as where a mail server turns all away."""
    subjects = list(dict.fromkeys(one.subject for one in lost))
    return subjects if len(subjects) <= MOST_NAMED else [f"Mail does not reach {len(subjects)} people"]


def _lacking(look: Look, session: Session) -> Iterator[ToDo]:
    when, path = f"{look.title(session)}, {look.day(session.slot.day)}", look.session_path(session)
    for gap in session.gaps:
        yield ToDo(f"Nobody can be {gap.role}: {when}", path)
    cannot = who_declined(session.slot, look.memory)
    for one in session.assignments:
        if one.member and one.member in cannot:
            yield ToDo(f"{look.name(one.member)} cannot come, and is {one.role} still: {when}", path)
    if session.topic is None and format_of(session, look.team).topic:
        yield ToDo(f"A topic is wanted: {when}", path)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
