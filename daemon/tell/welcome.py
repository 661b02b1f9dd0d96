"""Who is new in a team is welcomed once: what this is, what is theirs, how to decline, how to get less mail. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from config.team import Member, Team
from daemon.describe.words import SessionWords
from daemon.model import Kind, Reminder, Session
from daemon.model.memory import Memory
from daemon.model.names import home_key, member_name
from daemon.model.words import listed
from daemon.tell.kinds import WELCOME
from daemon.tell.people import lead_of, name_of

MOST_TURNS = 3
"""How many turns a welcome names."""


def welcomes(team: Team, known: Memory, decided: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield the welcome to each whom nothing was planned for before and whom no series invites yet."""
    invited = {guest for one in known.shown({Kind.SERIES}) for guest in one.guests}
    coming = _coming(decided, now)
    for member in team.members:
        is_known = member_name(member.email) in known.basis or not invited.isdisjoint((member.email, *member.was))
        if not is_known:
            yield from _reminders(member, team, decided, coming)


def waiting_welcomes(team: Team, memory: Memory, waiting: Collection[str], now: datetime) -> Iterator[Reminder]:
    """Yield again, as they are now, the welcomes that are ``waiting`` by their keys: until somebody's first day."""
    coming = _coming(memory, now)
    for member in team.members if any(key.startswith(welcome_key(memory.team)) for key in waiting) else ():
        yield from (one for one in _reminders(member, team, memory, coming) if one.key in waiting)


def welcome_key(team: str) -> str:
    """Return how the keys of a team's welcomes begin."""
    return f"{team}/welcome/"


def _coming(memory: Memory, now: datetime) -> list[Session]:
    return [one for one in memory.by_start() if one.takes_place and one.slot.starts_at > now]


def _reminders(member: Member, team: Team, memory: Memory, coming: Sequence[Session]) -> Iterator[Reminder]:
    home = memory.observed(home_key(memory.team))
    for number, text in enumerate(_welcome(member, team, memory, coming)):
        key = f"{welcome_key(memory.team)}{number}/{member.email}"
        url = home.url if home and number == 0 else None
        told = {"session": f"{memory.team}/welcome", "subject": f"Welcome to {team.team}"}
        yield WELCOME.reminder(key, memory.team, member.email, text, url, **told)


def _welcome(member: Member, team: Team, memory: Memory, coming: Sequence[Session]) -> Iterator[str]:
    lead = lead_of(team)
    yield f"This is about how {team.team} learns from each other{_what_there_is(team)}"
    yield _theirs(member, team, memory, coming)
    asked = "Write" if member.email == lead.email else f"Ask {name_of(lead.email, team)} to write"
    yield (
        "A mail like this comes once a day at most, with what is yours to do or to know. "
        f"{asked} mute: beside your name in the team's file, and you get less of it, or none"
    )


def _what_there_is(team: Team) -> str:
    if not team.series:
        return ". There is no series of sessions now"
    return f": {listed([one.name for one in team.series])}. Your invitations are in the calendar"


def _theirs(member: Member, team: Team, memory: Memory, coming: Sequence[Session]) -> str:
    """Return which turns somebody has, and how they will hear of each."""
    turns = [
        f"{SessionWords(one, team, memory).title} on {one.slot.day} ({role})"
        for one in coming
        for role, email in one.roles.items()
        if email == member.email
    ]
    hear = "you hear of each turn a week and a day before it; who cannot come declines in the calendar"
    if not turns:
        return f"Who leads a session, presents or takes notes goes in turns: {hear}"
    more = [f"{len(turns) - MOST_TURNS} more"] if len(turns) > MOST_TURNS else []
    return f"Your turns so far: {listed([*turns[:MOST_TURNS], *more])}; {hear}"
