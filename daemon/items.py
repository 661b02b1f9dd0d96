"""The life of action items: from what pages show now to what is known of every item that was ever seen. Pure.

An item is the same for as long as its page gives it the same id, or, where the id changes with the words, for as long
as it can be told from them or from its place.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from itertools import chain, count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.chase import Tracked, assignees, due_on
from daemon.follow_up import tracked_items
from daemon.memory import Item, Memory, Progress
from daemon.model import Kind

ALIKE = 0.6
"""How much of two texts must be the same for one to be the other, edited: their ``difflib`` ratio."""
LONGEST = 200
"""How many characters of an item's words are compared."""
LATELY = timedelta(days=14)
"""So long after its session, an item that is first seen done or dropped has become so just now."""


class _Seen(NamedTuple):
    """An action item on its page now, with how many stand before it and its assignee's e-mail."""

    tracked: Tracked
    place: int
    assignee: str | None


def followed(team: Team, memory: Memory, now: datetime) -> Memory:
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
