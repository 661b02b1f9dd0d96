"""Who has two duties at once, or one right after another, and who is led outside their working hours. Pure.

A duty is a role in a session; a pair is none, but nobody is put into one at the time of a duty. Those of other teams
are known as ``Engagement``, for one person may be in several teams. What stands first stands: of two duties at once
that were announced, the later goes to somebody else.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.parts import DAY_NAMES
from config.team import Member, Team
from daemon.decide.roster import Outline, OutsideHours
from daemon.model import Engagement, Session, Slot
from daemon.model.sessions import is_moment

BREAK = timedelta(minutes=15)
"""Two duties on one day with less than this between them are back to back."""


class Duties:
    """The duties near each session: those of its own team as they are given out, those of others as they are known."""

    def __init__(self, outlines: Sequence[Outline], elsewhere: Iterable[Engagement]) -> None:
        self._own: defaultdict[str, list[tuple[Outline, bool]]] = defaultdict(list)
        in_time = sorted(outlines, key=lambda outline: outline.need.slot.starts_at)
        for number, outline in enumerate(in_time):
            for other in in_time[number + 1 :]:
                if other.need.slot.starts_at - outline.need.slot.ends_at >= BREAK:
                    break
                at_once = other.need.slot.starts_at < outline.need.slot.ends_at
                if at_once or other.need.slot.day == outline.need.slot.day:
                    self._own[outline.need.slot.key].append((other, at_once))
                    self._own[other.need.slot.key].append((outline, at_once))
        self._elsewhere: defaultdict[tuple[str, int], list[Engagement]] = defaultdict(list)
        for engagement in elsewhere:
            for day in _days(engagement.starts_at, engagement.ends_at):
                self._elsewhere[engagement.email, day].append(engagement)

    def holders(self, slot: Slot) -> Mapping[str, list[bool]]:
        """Return who has a duty in the team's own sessions near a slot, and for each whether it is at that time."""
        found = defaultdict[str, list[bool]](list)
        for other, at_once in self._own[slot.key]:
            for email in set(other.roles.values()):
                found[email].append(at_once)
        return found

    def near(self, slot: Slot, email: str, holders: Mapping[str, list[bool]] | None = None) -> tuple[bool, bool]:
        """Return whether somebody has another duty at the time of a slot, and whether right before or after it.

        Whoever asks for many people hands in the ``holders`` of the slot.
        """
        own = (self.holders(slot) if holders is None else holders).get(email, [])
        others = [one for one in self._that_day(slot, email) if one.starts_at - slot.ends_at < BREAK]
        others = [one for one in others if slot.starts_at - one.ends_at < BREAK]
        at_once = [one.starts_at < slot.ends_at and slot.starts_at < one.ends_at for one in others]
        found = own + at_once
        return any(found), not all(found)

    def overlapping(self, outline: Outline) -> Iterator[Outline]:
        """Yield the sessions of the team that take place at the time of one."""
        yield from (other for other, at_once in self._own[outline.need.slot.key] if at_once)

    def elsewhere(self, slot: Slot, email: str) -> Iterator[Engagement]:
        """Yield somebody's duties in other teams at the time of a slot."""
        for one in self._that_day(slot, email):
            if one.starts_at < slot.ends_at and slot.starts_at < one.ends_at:
                yield one

    def _that_day(self, slot: Slot, email: str) -> Iterable[Engagement]:
        """Return somebody's duties in other teams on the days of a slot: of many teams they have many on others."""
        if not self._elsewhere:
            return ()
        days = _days(slot.starts_at, slot.ends_at)
        return dict.fromkeys(one for day in days for one in self._elsewhere.get((email, day), ()))


def _days(starts_at: datetime, ends_at: datetime) -> range:
    """Return the ordinals of the days, in UTC, on which something is or is back to back with something else."""
    first, last = (starts_at - BREAK).astimezone(UTC), (ends_at + BREAK).astimezone(UTC)
    return range(first.toordinal(), last.toordinal() + 1)


def let_go(outlines: Sequence[Outline], duties: Duties, numbers: Mapping[tuple[str, str], Engagement]) -> None:
    """Let announced roles be given to others whose holders have another duty then that was there before.

    ``numbers`` are the team's own engagements as they stand in the ledger, by session and e-mail. A session that has
    just been moved comes after all others.
    """
    for outline in outlines:
        for role, assignment in list(outline.standing.items()):
            email, need = assignment.member, outline.need
            may = role not in need.decided and role in outline.announced and not need.is_frozen
            if email and may and _is_later(outline, email, duties, numbers):
                outline.movable[role] = outline.standing.pop(role)
                outline.unranked.discard(role)


def _is_later(outline: Outline, email: str, duties: Duties, numbers: Mapping[tuple[str, str], Engagement]) -> bool:
    """Whether somebody has another duty at the time of a session, and that was there before this one."""
    slot = outline.need.slot
    known = numbers.get((slot.key, email))
    number = known.number if known and (known.starts_at, known.ends_at) == (slot.starts_at, slot.ends_at) else None
    if any(number is None or one.number < number for one in duties.elsewhere(slot, email)):
        return True
    others = (other for other in duties.overlapping(outline) if _holds(other, email))
    return any(_stands(other, email) or _order(other) < _order(outline) for other in others)


def _holds(outline: Outline, email: str) -> bool:
    return any(one.member == email for one in outline.standing.values())


def _stands(outline: Outline, email: str) -> bool:
    """Whether nobody may take somebody's role in a session from them."""
    held = next(role for role, one in outline.standing.items() if one.member == email)
    return outline.need.is_frozen or held in outline.need.decided


def _order(outline: Outline) -> tuple[bool, datetime, str]:
    before = outline.need.announced
    is_moved = before is None or not is_moment(before.slot.starts_at, outline.need.slot.starts_at)
    return is_moved, outline.need.slot.starts_at, outline.need.slot.key


def outside_hours(team: Team) -> OutsideHours:
    """Return what tells whether a session lies outside the working hours of a member elsewhere."""
    hours, always = team.chase.working_hours, (time(0), None)

    def is_outside(member: Member, slot: Slot) -> bool:
        if not member.timezone or (hours.start, hours.end) == always:
            return False
        zone = ZoneInfo(member.timezone)
        start, end = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
        if start.utcoffset() == slot.starts_at.astimezone(ZoneInfo(slot.zone)).utcoffset():
            return False
        return not (_is_worked(start.date(), slot.day, team) and _is_within(start, end, hours.start, hours.end))

    return is_outside


def _is_worked(here: date, there: date, team: Team) -> bool:
    return here == there or DAY_NAMES[here.weekday()] in team.working_days


def _is_within(start: datetime, end: datetime, first: time, last: time | None) -> bool:
    return first <= start.time() and end.date() == start.date() and (last is None or end.time() <= last)


PAIR = "pair"
"""Stands for the role of whoever is only in a pair."""


class DoubleDuty(NamedTuple):
    """A role of a session, or a pair, whose holder has another duty at that time, called as people know it."""

    session: Session
    role: str
    email: str
    other: str


def double_duties(
    sessions: Iterable[Session], elsewhere: Iterable[Engagement], titles: Mapping[str, str]
) -> Iterator[DoubleDuty]:
    """Yield the duties at the same time as another; ``titles`` are the names of the team's series by their keys."""
    coming, others = sorted(sessions, key=lambda one: one.slot.starts_at), defaultdict[str, list[Engagement]](list)
    for engagement in elsewhere:
        others[engagement.email].append(engagement)
    for one, at_once in _with_those_at_once(coming):
        roles = one.roles
        serving = [(other, set(other.roles.values())) for other in at_once]
        there = [(other, holders.union(*other.pairs)) for other, holders in serving]
        paired = [email for group in one.pairs for email in group if email not in roles.values()]
        for role, email in (*roles.items(), *((PAIR, email) for email in paired)):
            here = (other for other, people in (there if role == PAIR else serving) if email in people)
            yield from (DoubleDuty(one, role, email, titles.get(other.slot.series, "")) for other in here)
            for other in others.get(email, ()):
                if other.starts_at < one.slot.ends_at and one.slot.starts_at < other.ends_at:
                    yield DoubleDuty(one, role, email, other.title)


def _with_those_at_once(coming: Sequence[Session]) -> Iterator[tuple[Session, list[Session]]]:
    """Yield sessions, which are in time order, each with the others that take place at its time."""
    at_once = [list[Session]() for _ in coming]
    for number, one in enumerate(coming):
        for later in range(number + 1, len(coming)):
            if coming[later].slot.starts_at >= one.slot.ends_at:
                break
            at_once[number].append(coming[later])
            at_once[later].append(one)
    return zip(coming, at_once, strict=True)
