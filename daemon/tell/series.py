"""A series that ends, goes on, or takes place at another time: said once, and not of each of its sessions. Pure."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.decide import continuity
from daemon.decide.whole_series import in_words
from daemon.describe.words import SessionWords
from daemon.model import CalledOffBy, Reminder, Session, Slot, State
from daemon.model.memory import Generation, KnownSeries, Memory
from daemon.model.names import series_name
from daemon.model.sessions import is_moment
from daemon.model.words import weekday_of
from daemon.tell.changes import changes
from daemon.tell.kinds import NOTICE
from daemon.tell.people import Addressee, who_hears

NEWS = timedelta(weeks=1)
"""For how long after its first new date it is news that a series takes place at other times."""

Pairs = Sequence[tuple[Session, Session]]
"""Announced sessions of one series that changed with it, as they were and as they are now."""
Former = Mapping[str, KnownSeries]
"""The series as they were known before, by their keys."""

ENDED, GOES_ON, ELSEWHERE = "ended", "goes-on", "goes-on-elsewhere"
"""How the keys are called of what is said of a series whose sessions are all off, and on again, at other times."""
ALL_ON = re.compile(r".+ goes on: its \d+ sessions? from \w+ \d{4}-\d\d-\d\d on takes? place after all")
SINCE = re.compile(r"(, from )\d{4}-\d\d-\d\d on$")
RULE = "rule"
"""How the key begins of what is said of a series that takes place at other times."""


def series_ended(pairs: Pairs, team: Team, memory: Memory, former: Former) -> Iterator[Reminder]:
    """Yield what is said of sessions, before and now, that are off because their series is at its end.

    Where a new one begins at the same time, people hear of that as well: it may be the same by another name.
    """
    (_, off), old = pairs[0], sorted((before for before, _ in pairs), key=_session_starts_at)
    ended = "was deleted in the calendar" if off.called_off_by is CalledOffBy.SERIES else "has ended"
    ended = "was ended in the calendar" if off.note == continuity.ENDED else ended
    head, number = f"{series_name(old[0], memory)} {ended}", f"{len(old)} sessions"
    text = f"{head}: its {number} from {weekday_of(old[0].slot.day)} on are called off"
    new = [one for one in memory.sessions.values() if one.slot.series not in former and one.takes_place]
    there = next((one for one in new if _session_starts_at(one) == _session_starts_at(old[0])), None)
    text += f"; {series_name(there, memory)} takes place at that time" if there else ""
    yield from _of_all(old, ENDED, GOES_ON, text, f"{head}: {number} are called off", team, memory)


def series_goes_on(pairs: Pairs, team: Team, memory: Memory, former: Former) -> Iterator[Reminder]:
    """Yield what is said of sessions that take place after all, because their series goes on, perhaps as another."""
    new = sorted((after for _, after in pairs), key=_session_starts_at)
    if was := _former_name(new[0], memory, former):
        head = f"{was} goes on as {series_name(new[0], memory)}"
        text = f"{head}, from {weekday_of(new[0].slot.day)} on"
        yield from _of_all(new, GOES_ON, ENDED, text, head, team, memory)
    elif len(pairs) == 1:
        yield from changes(*pairs[0], team, memory)
    else:
        is_elsewhere = not all(is_moment(before.slot.starts_at, after.slot.starts_at) for before, after in pairs)
        generation = memory.generation(new[0].slot.series)
        then = f", now {_in_words(generation, [one.slot for one in new])}" if is_elsewhere and generation else ""
        what, undoes = (ELSEWHERE, "") if then else (GOES_ON, ENDED)
        yield from _of_all(new, what, undoes, *_take_place(new, memory), team, memory, then)


def _take_place(sessions: Sequence[Session], memory: Memory) -> tuple[str, str]:
    """Return what is said of the sessions of a series that goes on, and how a mail is called that says it first."""
    head, since = f"{series_name(sessions[0], memory)} goes on", weekday_of(sessions[0].slot.day)
    number, do = (f"{len(sessions)} sessions", "take") if len(sessions) > 1 else ("1 session", "takes")
    return f"{head}: its {number} from {since} on {do} place after all", f"{head}: {number} {do} place after all"


def _former_name(session: Session, memory: Memory, former: Former) -> str:
    was = former.get(session.slot.series)
    return was.name if was and was.name != series_name(session, memory) else ""


def _of_all(
    sessions: Sequence[Session],
    what: str,
    undoes: str,
    text: str,
    subject: str,
    team: Team,
    memory: Memory,
    then: str = "",
) -> Iterator[Reminder]:
    """Yield what is said once of sessions of a series, to whoever could come to one; news until the last is over."""
    about, first = f"{sessions[0].slot.series}/{NOTICE.name}", sessions[0].slot.starts_at
    told: dict[str, Any] = {"due": sessions[-1].slot.day, "subject": subject}
    told |= {"undoes": f"{about}/{undoes}/"} if undoes else {}
    slots = [one.slot for one in sessions]
    for who in who_hears(team, *(slot.day for slot in slots)):
        key, now = f"{about}/{what}/{who.email}", f"{then}{_here(slots, who)}" if then else ""
        yield NOTICE.reminder(key, memory.team, who.email, text + now, session=about, starts_at=first, **told)


def is_outdated(told: Reminder, other: Reminder) -> bool:
    """Return whether another message says later than one whether a series takes place."""
    is_later, of_series = told.key.rpartition("@")[2] < other.key.rpartition("@")[2], _whether_on(told)
    return is_later and told.key.startswith(of_series) and other.key.startswith(of_series)


def heads_of_series(told: Reminder) -> tuple[str, ...]:
    """Return how the keys begin of what can outdate a message, or say that its session's series has ended."""
    return (*_whether_on(told), _end(told))


def _whether_on(told: Reminder) -> tuple[str, ...]:
    about, _, _ = told.key.partition(f"/{NOTICE.name}/")
    return tuple(f"{about}/{NOTICE.name}/{what}/" for what in (ENDED, GOES_ON, ELSEWHERE))


def _end(told: Reminder) -> str:
    return f"{told.session.rpartition('/')[0]}/{NOTICE.name}/{ENDED}/"


def as_of_now(memory: Memory, waiting: Iterable[Reminder]) -> Iterator[Reminder]:
    """Yield again what waits to be said of a series, where it is from another day on by now, or of fewer sessions."""
    in_order = memory.by_start()
    for one in waiting:
        series, _, what = one.key.partition(f"/{NOTICE.name}/")
        if one.starts_at and what.startswith((f"{GOES_ON}/", f"{ELSEWHERE}/", f"{RULE}-")):
            own = (other for other in in_order if other.slot.series == series and other.takes_place)
            own = (other for other in own if other.slot.day <= (one.due or date.max))
            coming = [other for other in own if other.slot.starts_at >= one.starts_at]
            told = _recounted(one, coming, memory) if coming else one
            if told != one:
                yield told


def _recounted(one: Reminder, coming: Sequence[Session], memory: Memory) -> Reminder:
    if known := ALL_ON.match(one.text):
        text, subject = _take_place(coming, memory)
        return replace(one, text=text + one.text[known.end() :], subject=subject)
    text, subject = (SINCE.sub(rf"\g<1>{coming[0].slot.day} on", words) for words in (one.text, one.subject))
    return replace(one, text=text, subject=subject)


def has_ended(told: Reminder, other: Reminder) -> bool:
    """Return whether another message says that the series has ended before the session of which one tells."""
    is_end = other.key.startswith(_end(told))
    return is_end and bool(told.starts_at and other.starts_at and other.starts_at <= told.starts_at)


def series_moved(
    pairs: Pairs, key: str, team: Team, known: Memory, decided: Memory, now: datetime
) -> Iterator[Reminder]:
    """Yield what those who could come are told where a series, by its key, has another rule than was ``known``.

    Of a session for which there is no date any more only those hear who had a part in it.
    """
    change = _Change.of(pairs, key, known, decided, now)
    if not change:
        yield from (one for before, after in pairs for one in changes(before, after, team, decided))
        return
    yield from change.told(team, decided)
    for before, after in pairs:
        if not after.takes_place:
            yield from (one for one in changes(before, after, team, decided) if one.to in before.roles.values())


@dataclass(frozen=True, slots=True)
class _Change:
    """A series that takes place at other times: what was and is, in words, and its sessions to come from then on."""

    was: str
    now: str
    announced: Sequence[Slot]
    coming: Sequence[Session]
    stays: bool
    """Whether some of its dates stand."""

    @classmethod
    def of(cls, pairs: Pairs, key: str, known: Memory, decided: Memory, now: datetime) -> "_Change | None":
        """Return it, or None where its rule is as it was."""
        old, new = known.generation(key), decided.generation(key)
        ahead = [one for one in known.sessions.values() if one.slot.series == key and one.state is State.ANNOUNCED]
        announced = sorted((one.slot for one in ahead if one.slot.starts_at > now), key=_starts_at)
        coming = [one for one in decided.by_start() if one.slot.starts_at > now and one.takes_place]
        coming = [one for one in coming if new and one.event == new.key]
        if not old or not new or not coming or not announced or not _has_another_rule(old, new):
            return None
        slots = [one.slot for one in coming]
        elsewhere = f" ({announced[0].zone})" if announced[0].zone != slots[0].zone else ""
        was, then = _in_words(old, announced) + elsewhere, _in_words(new, slots)
        if was == then:
            was, then = (_dates(old, announced), _dates(new, slots)) if pairs else ("", "")
        moved = {before.key for before, _ in pairs}
        stays = any(slot.key not in moved for slot in announced)
        return cls(was, then, announced, coming, stays) if was else None

    def told(self, team: Team, memory: Memory) -> Iterator[Reminder]:
        """Yield it for each of those who could come."""
        first, slots = self.coming[0].slot, [one.slot for one in self.coming]
        name, since = SessionWords(self.coming[0], team, memory).title, first.day
        told = f"{first.series}/{NOTICE.name}/{RULE}-{_short(self.now)}-from-{_short(self.was)}"
        about: dict[str, Any] = {
            "due": since + NEWS,
            "starts_at": first.starts_at,
            "was": f", until now {self.was}, is",
        }
        for who in who_hears(team, *(slot.day for slot in (*self.announced, *slots))):
            did = "Changed" if self.stays else "Moved"
            text = f"{did}: {name}, until now {self.was}, is now {self.now}{_here(slots, who)}, from {since} on"
            about |= {"subject": f"{name} is now {self.now}, from {since} on"}
            yield NOTICE.reminder(f"{told}/{who.email}", memory.team, who.email, text, **about)


def _short(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _has_another_rule(old: Generation, new: Generation) -> bool:
    return (old.key, old.starts, old.rrule) != (new.key, new.starts, new.rrule)


def _session_starts_at(session: Session) -> datetime:
    return session.slot.starts_at


def _starts_at(slot: Slot) -> datetime:
    return slot.starts_at


def _in_words(generation: Generation, slots: Sequence[Slot]) -> str:
    """Return when a recurring event takes place; where no words say so, its next dates."""
    return in_words(generation) or _dates(generation, slots)


def _dates(generation: Generation, slots: Sequence[Slot]) -> str:
    walls = [slot.starts_at.astimezone(ZoneInfo(slot.zone)) for slot in slots]
    times = " or ".join(dict.fromkeys(f"{wall:%H:%M}" for wall in sorted(walls, key=datetime.time)))
    days = ", ".join(f"{wall:%Y-%m-%d}" for wall in walls[:3])
    ends = len(walls) <= 3 and ("UNTIL=" in generation.rrule or "COUNT=" in generation.rrule)
    return f"on {days}{'' if ends else ' and so on'}, {times}"


def _here(slots: Sequence[Slot], who: Addressee) -> str:
    """Return in which zone the times of slots are, and the time of the first where a person is, if that differs."""
    first = min(slots, key=_starts_at)
    here, there = (first.starts_at.astimezone(zone) for zone in (who.zone, ZoneInfo(first.zone)))
    own = f"; {here:%H:%M} for you" if here.utcoffset() != there.utcoffset() else ""
    return f" ({first.zone}{own})"
