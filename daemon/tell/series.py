"""A series that takes place at another time than before: said once, and not of each of its sessions. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.describe.words import SessionWords
from daemon.model import Reminder, Session, Slot
from daemon.model.memory import Memory
from daemon.tell.briefing import changes, could_come
from daemon.tell.kinds import NOTICE
from daemon.tell.people import Addressee
from daemon.tell.session import reminder


def series_moved(pairs: Sequence[tuple[Session, Session]], team: Team, memory: Memory) -> Iterator[Reminder]:
    """Yield what those who could come are told of sessions of a series, as they were and as they are now.

    Of one for which there is no date any more only those hear who had a part in it.
    """
    going_on = [(before.slot, after.slot) for before, after in pairs if after.takes_place]
    if len(going_on) < 2:
        yield from (one for before, after in pairs for one in changes(before, after, team, memory))
        return
    old, new = ([*slots] for slots in zip(*going_on, strict=True))
    first = SessionWords(min((one for _, one in pairs if one.takes_place), key=_starts_at), team, memory)
    part, since = f"series-moved-{first.session.slot.starts_at:%Y-%m-%dT%H:%M%z}", first.session.slot.day
    was, now = _habit([before.slot for before, _ in pairs]), _habit(new)
    for who in could_come(team, *old, *new):
        text = f"Moved: {first.title}, until now {was}, is now {now}{_here(new, who)}, from {since} on"
        subject = f"{first.title} is now {now}, from {since} on"
        yield reminder(NOTICE, first, f"{part}/{who.email}", who.email, text, subject=subject)
    for before, after in pairs:
        if not after.takes_place:
            yield from (one for one in changes(before, after, team, memory) if one.to in before.roles.values())


def _starts_at(session: Session) -> datetime:
    return session.slot.starts_at


def _habit(slots: Sequence[Slot]) -> str:
    """Return how often, on which days of the week and when slots are; the next dates where there is no such rule."""
    walls = sorted(slot.starts_at.astimezone(ZoneInfo(slot.zone)) for slot in slots)
    days = [wall.date() for wall in walls]
    names = dict.fromkeys(f"{wall:%A}s" for wall in sorted(walls, key=datetime.weekday))
    times = " or ".join(dict.fromkeys(f"{wall:%H:%M}" for wall in sorted(walls, key=datetime.time)))
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    weeks = max(1, min(gaps, default=7) // 7) if len(names) == 1 else 1
    if len(names) > 3 or (len(names) == 1 and any(gap % (7 * weeks) for gap in gaps)):
        return f"on {', '.join(f'{day:%Y-%m-%d}' for day in days[:3])} and so on, {times}"
    return f"{f'every {weeks} weeks ' if weeks > 1 else ''}on {' and '.join(names)}, {times}"


def _here(slots: Sequence[Slot], who: Addressee) -> str:
    """Return in which zone the times of slots are, and the time of the first where a person is, if that differs."""
    first = min(slots, key=lambda slot: slot.starts_at)
    here, there = (first.starts_at.astimezone(zone) for zone in (who.zone, ZoneInfo(first.zone)))
    own = f"; {here:%H:%M} for you" if here.utcoffset() != there.utcoffset() else ""
    return f" ({first.zone}{own})"
