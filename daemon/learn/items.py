"""The life of action items: from what pages show now to what is known of every item that was ever seen. Pure.

An item is the same for as long as its page gives it the same id, or, where the id changes with the words, for as long
as it can be told from them or from its place.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from itertools import chain, count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.team import Chase, Team
from daemon.model import ActionItem, Kind
from daemon.model.members import meant_by
from daemon.model.memory import Item, Memory, Progress
from daemon.model.names import series_name

ALIKE = 0.6
"""How much of two texts must be the same for one to be the other, edited: their ``difflib`` ratio."""
LONGEST = 200
"""How many characters of an item's words are compared."""
LATELY = timedelta(days=14)
"""So long after its session, an item that is first seen done or dropped has become so just now."""


_DROPPED = re.compile(r"\(\s*dropped\b|\b(?:won(?:['’ʼ`´]\s?)?t|will\s+not)\s+do\b", re.I)
_STRUCK = re.compile(r"~~.+?~~", re.S)
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Tracked:
    """An action item with where it comes from: the session's title for people, its date, who led it, the page.

    ``known`` is what is remembered of it, None at first sight.
    """

    item: ActionItem
    session: str
    held_on: date
    facilitator: str | None
    url: str | None
    session_key: str = ""
    known: Item | None = None

    @property
    def key(self) -> str:
        """Its identity for good."""
        return self.known.key if self.known else f"{self.item.page}/{self.item.id}"

    @property
    def state(self) -> Progress:
        """What its page says: it is open, done, or dropped."""
        if is_dropped(self.item.text):
            return Progress.DROPPED
        return Progress.DONE if self.item.done else Progress.OPEN


class _Seen(NamedTuple):
    """An action item on its page now, with how many stand before it and its assignee's e-mail."""

    tracked: Tracked
    place: int
    assignee: str | None


def updated(team: Team, memory: Memory, now: datetime) -> Memory:
    """Return the memory with what became of each action item, by what the pages of sessions that have begun show.

    Where nothing has changed it is the same memory. Of an item that a page no longer shows the state stays, but for an
    open one, which is gone; shown again, it goes on as it was.
    """
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    known: defaultdict[str, list[Item]] = defaultdict(list)
    for item in memory.items.values():
        known[item.page].append(item)
    changed: dict[str, Item] = {}
    for page, seen in _by_page(team, memory, now):
        for item in _on_page(page, seen, known[page], team, today):
            if memory.items.get(item.key) != item:
                changed[item.key] = item
    return replace(memory, items={**memory.items, **changed}) if changed else memory


def _by_page(team: Team, memory: Memory, now: datetime) -> Iterator[tuple[str, list[_Seen]]]:
    """Yield what each page that has ever been seen shows; one that is gone shows nothing."""
    assignee, pages = assignees(team), defaultdict[str, list[_Seen]](list)
    for one in tracked_items(memory, now):
        seen = pages[one.item.page]
        seen.append(_Seen(one, len(seen), assignee(one.item)))
    for key, record in memory.records.items():
        if record.kind is Kind.PAGE and record.observed:
            yield key, pages.get(key, [])


def _on_page(page: str, seen: Sequence[_Seen], known: Sequence[Item], team: Team, today: date) -> Iterator[Item]:
    """Yield the items of a page: those that are there, and those that have vanished from it since the last pass."""
    if not seen and not known:
        return
    by_id = {item.id: item for item in sorted(known, key=lambda item: item.place is not None)}
    here = {one.tracked.item.id for one in seen}
    fresh = [one for one in seen if one.tracked.item.id not in by_id]
    vanished = [item for item in known if item.place is not None and item.id not in here]
    if fresh and vanished:
        replaced_in_place = len(seen) == sum(item.place is not None for item in known)
        by_id |= _edited(vanished, fresh, replaced_in_place)
    taken = {item.key for item in known}
    for one in seen:
        before = by_id.get(one.tracked.item.id) or _new(one, page, taken, team, today)
        taken.add(before.key)
        yield _now(before, one, team, today)
    kept = {by_id[id_].key for id_ in here if id_ in by_id}
    yield from (_vanished(item, today) for item in vanished if item.key not in kept)


def _edited(vanished: Sequence[Item], fresh: Sequence[_Seen], in_place: bool) -> Mapping[str, Item]:
    """Return by their present ids the items that have other words now: the likest first, then those in their place."""
    alike = [
        (likeness, -item_number, -seen_number)
        for item_number, item in enumerate(vanished)
        for seen_number, one in enumerate(fresh)
        if (likeness := _likeness(item.text, one.tracked.item.text)) >= ALIKE
    ]
    pairs = [(-item, -seen) for _, item, seen in sorted(alike, reverse=True)]
    if in_place:
        places = {(item.place, item.assignee): number for number, item in enumerate(vanished)}
        where = [((one.place, one.assignee), number) for number, one in enumerate(fresh)]
        pairs += [(places[place], number) for place, number in where if place in places]
    found: dict[int, int] = {}
    for item, seen in pairs:
        if item not in found.values() and seen not in found:
            found[seen] = item
    return {fresh[seen].tracked.item.id: vanished[item] for seen, item in found.items()}


def _likeness(one: str, other: str) -> float:
    """Return from 0 to 1 how much of two texts' words is the same; where one has all the words of the other, 1."""
    shorter, longer = sorted((_words(one), _words(other)), key=len)
    if shorter and f" {shorter} " in f" {longer} ":
        return 1.0
    matcher = SequenceMatcher(None, shorter, longer, autojunk=False)
    return matcher.ratio() if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= ALIKE else 0.0


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))[:LONGEST]


def _new(one: _Seen, page: str, taken: set[str], team: Team, today: date) -> Item:
    """Return an item that is seen for the first time; another one may have had its id before."""
    first, tracked = f"{page}/{one.tracked.item.id}", one.tracked
    key = next(key for key in chain([first], (f"{first}+{n}" for n in count(2))) if key not in taken)
    long_over = tracked.state is not Progress.OPEN and today - tracked.held_on > LATELY
    state = tracked.state if long_over else Progress.OPEN
    item = tracked.item
    return Item(key, page, item.id, "", tracked.session_key, None, today, due_on(tracked, team.chase), state)


def _now(before: Item, one: _Seen, team: Team, today: date) -> Item:
    tracked, state = one.tracked, one.tracked.state
    ended = before.ended if state is before.state else None if state is Progress.OPEN else today
    return Item(
        before.key,
        before.page,
        tracked.item.id,
        tracked.item.text,
        before.session,
        one.assignee,
        before.since,
        due_on(tracked, team.chase),
        state,
        ended,
        one.place,
    )


def _vanished(item: Item, today: date) -> Item:
    if item.state is Progress.OPEN:
        return replace(item, state=Progress.GONE, ended=today, place=None)
    return replace(item, place=None)


def is_dropped(text: str) -> bool:
    """Return whether an item's words say that it will not be done: ``(dropped)``, "won't do", or all struck through."""
    if _DROPPED.search(text):
        return True
    return "~~" in text and bool(_WORD.search(text)) and not _WORD.search(_STRUCK.sub("", text))


def assignee_of(item: ActionItem, team: Team) -> str | None:
    """Return the e-mail that ``@ada`` on a page means, or None where it is nobody's or not clear whose.

    It is the part of an e-mail before the @, or the full address where two members share it; case does not matter.
    """
    return assignees(team)(item)


def assignees(team: Team) -> Callable[[ActionItem], str | None]:
    """Return what tells the assignee of each of many items."""
    meant = meant_by(team)

    def assignee(item: ActionItem) -> str | None:
        found = meant(item.assignee)
        return found[0] if len(found) == 1 else None

    return assignee


def due_on(tracked: Tracked, policy: Chase) -> date:
    """Return the day by which an item is to be done: the one written, else counted from its session."""
    return tracked.item.due or tracked.held_on + policy.due


def tracked_items(memory: Memory, now: datetime) -> Iterable[Tracked]:
    """Yield the action items on the pages of sessions that have begun."""
    pages = {session.page: session for session in memory.sessions.values() if session.page}
    known = {(item.page, item.id): item for item in memory.items.values() if item.place is not None}
    for record in memory.records.values():
        session = pages.get(record.key)
        if record.kind is Kind.PAGE and record.observed and session and session.slot.starts_at <= now:
            title, facilitator = series_name(session, memory), session.roles.get("facilitator")
            place = (title, session.slot.day, facilitator, record.observed.url, session.key)
            yield from (Tracked(item, *place, known.get((item.page, item.id))) for item in record.observed.items)


def open_items(memory: Memory, now: datetime) -> list[Tracked]:
    """Return the action items that are neither done nor dropped, of sessions that have begun."""
    return [one for one in tracked_items(memory, now) if one.state is Progress.OPEN]
