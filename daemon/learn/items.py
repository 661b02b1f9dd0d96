"""The life of action items: from what pages show now to what is known of every item that was ever seen. Pure.

An item is the same for as long as its page gives it the same id, or, where the id changes with the words, for as long
as it can be told from them or from its place. Whatever else looks at items looks at what is gathered here, once a pass.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from functools import lru_cache
from hashlib import sha256
from itertools import chain, count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.markdown import without_code
from config.team import Team
from daemon.learn.said_items import as_said
from daemon.model import ActionItem, Kind, RelativeDay, Session
from daemon.model.members import meant_by
from daemon.model.memory import Item, Memory, Progress

ALIKE = 0.6
"""How much of two texts must be the same for one to be the other, edited: their ``difflib`` ratio."""
COMPARED = 200
"""How many characters of an item's words are compared."""
PAIRS = 400
"""How many pairs of an item and another are compared on a page in a pass; of more, those that stand near each other."""
LONG_OVER = timedelta(days=14)
"""So long after its session, an item that is first seen done or dropped has not become so just now."""
LONGEST_ID = 100
"""Of a longer one its digest is told: a database takes no key of any length."""
_SAID = (
    r"(?:(?:(?:it|this)\s+(?:is|was)\s+)?dropped"
    r"|(?:(?:we|i)\s+)?(?:won(?:['’ʼ´]\s?)?t|will\s+not)\s+do(?:\s+(?:it|this|that))?)"
)
_PAIRS = {"(": ")", "[": "]"}
_REMARK = re.compile(rf"(?:\A\W*|[.!?;]\s+|\s[-–—→/|]+\s*|[–—→]\s*){_SAID}(?:\s*\([^()]*\))?\W*\Z", re.I)
_SAID_BY_ITSELF = re.compile(rf"\s*{_SAID}(?:\s*(?:[:,;.–—-]|\Z)|\s+because\b)", re.I)
_STRUCK = re.compile(r"~~.+?~~|\A\s*~[^~]+~\s*\Z", re.S)
_EMPHASIS = re.compile(r"\*+|(?<!\w)_+|(?<!_)_++(?!\w)")
_WORD = re.compile(r"\w")
_NAME_FIRST = re.compile(r"\*{0,2}(?P<name>[^\W\d_][^:*\n]{0,60}?)\s*(?:\*\*:|:\*\*|:)\s+(?P<text>\S.*)", re.S)


def updated(team: Team, memory: Memory, now: datetime) -> Memory:
    """Return the memory with what became of each action item, by what the pages of sessions that have begun show.

    Where nothing has changed it is the same memory. Of an item that a page no longer shows the state stays, but for an
    open one, which is gone, or lost where its page tells nothing at all; shown again, it goes on as it was.
    """
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    known: defaultdict[str, list[Item]] = defaultdict(list)
    for item in memory.items.values():
        known[item.page].append(item)
    changed: dict[str, Item] = {}
    for page, seen in _by_page(team, memory, now):
        found = _lost(known[page], today) if seen is None else _on_page(page, seen, known[page], today)
        for item in (as_said(one, memory.statements, team) if one.place is not None else one for one in found):
            if memory.items.get(item.key) != item:
                changed[item.key] = item
    return replace(memory, items={**memory.items, **changed}) if changed else memory


def shown_items(memory: Memory) -> list[Item]:
    """Return the items that stand on their pages now, page by page in the order in which they stand there."""
    return _in_their_places(item for item in memory.items.values() if item.place is not None)


def open_items(memory: Memory) -> list[Item]:
    """Return the items that stand on their pages and are neither done nor dropped."""
    still_open = (item for item in memory.items.values() if item.state is Progress.OPEN)
    return _in_their_places(item for item in still_open if item.place is not None)


def _in_their_places(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.page, item.place))


def lost_items(memory: Memory) -> list[Item]:
    """Return the open items whose pages tell nothing any more, page by page."""
    lost = (item for item in memory.items.values() if item.state is Progress.LOST)
    return sorted(lost, key=lambda item: (item.page, item.key))


@lru_cache(maxsize=4096)
def is_dropped(text: str) -> bool:
    """Return whether an item's words say that it will not be done.

    They do where ``dropped`` or ``won't do`` is all of them, or a remark at their end: in brackets, perhaps with the
    reason, or after a dash or a full stop; and where all of them is struck through, or all but such a remark.
    """
    words = _EMPHASIS.sub("", without_code(text, "x"))
    left = _STRUCK.sub(" ", words)
    if left != words and _WORD.search(words) and not _WORD.search(left):
        return True
    return bool(_REMARK.search(left) or _in_brackets(left))


def _in_brackets(words: str) -> bool:
    """Whether words end, but for signs, in brackets that hold such a remark; those within its reason are part of it."""
    last_word = max((match.start() for match in _WORD.finditer(words)), default=0)
    return any(
        end > last_word and words[end] == _PAIRS[words[start]] and _SAID_BY_ITSELF.match(words, start + 1, end)
        for start, end in _brackets(words)
    )


def _brackets(words: str) -> Iterator[tuple[int, int]]:
    """Yield where brackets open and where each of them is closed, the inner ones first."""
    around: list[int] = []
    for place, char in enumerate(words):
        if char in "([":
            around.append(place)
        elif char in ")]" and around:
            yield around.pop(), place


class _Seen(NamedTuple):
    """An action item as its page shows it now, with what that means: whose it is, until when, and how far it is."""

    item: ActionItem
    place: int
    session: Session
    assignee: str | None
    due: date | RelativeDay
    state: Progress
    together: tuple[str, ...] = ()

    def due_day(self, before: Item | None, today: date) -> date:
        """Return the day by which it is due; one that depends on when it was written stays while its words do."""
        if not isinstance(self.due, RelativeDay):
            return self.due
        return before.due if before and before.written == self.item.written else self.due.counted_from(today)


def _by_page(team: Team, memory: Memory, now: datetime) -> Iterator[tuple[str, list[_Seen] | None]]:
    """Yield what each page that was ever seen shows, None of one that tells nothing.

    Before a session begins its boxes are its agenda's, but for those with a name.
    """
    seen, by_start = _seen_by(team), sorted(memory.sessions.values(), key=lambda one: one.slot.starts_at, reverse=True)
    sessions = {one.page: one for one in by_start if one.slot.starts_at > now}
    sessions |= {one.page: one for one in by_start if one.slot.starts_at <= now}
    for key, record in memory.records.items():
        if record.kind is Kind.PAGE and record.observed and record.observed.tells_nothing:
            yield key, None
        elif record.kind is Kind.PAGE and record.observed:
            session, items = sessions.get(key), record.observed.items
            found = [seen(item, place, session) for place, item in enumerate(items)] if session else []
            yield key, [one for one in found if one.item.assignee or one.session.slot.starts_at <= now]


def _seen_by(team: Team) -> Callable[[ActionItem, int, Session], _Seen]:
    meant = meant_by(team)

    def seen(item: ActionItem, place: int, session: Session) -> _Seen:
        item = _with_name(_as_meant(item, meant), meant)
        people, others = meant(item.assignee), [meant(name) for name in item.together]
        due = item.due or session.slot.day + team.chase.due
        one = _Seen(item, place, session, people[0] if len(people) == 1 else None, due, _state(item))
        if not others or not one.assignee or any(len(who) != 1 for who in others):
            return one
        together = dict.fromkeys(email for (email,) in others if email != one.assignee)
        return one._replace(item=replace(item, text=item.besides or item.text), together=tuple(together))

    return seen


def _as_meant(item: ActionItem, meant: Callable[[str | None], list[str]]) -> ActionItem:
    """Return an item with the first person of the team whom it names; one that only has a code's @ names nobody."""
    if not item.otherwise or meant(item.assignee):
        return item
    ways = [way for way in item.otherwise if way[1] is None or meant(way[1])]
    text, assignee = next(iter(ways), (item.text, item.assignee))
    return replace(item, text=text, assignee=assignee)


def _with_name(item: ActionItem, meant: Callable[[str | None], list[str]]) -> ActionItem:
    """Return an item that begins with the name of one person and a colon as theirs."""
    found = _NAME_FIRST.match(item.text) if item.assignee is None else None
    if found is None or len(meant(found["name"])) != 1:
        return item
    return replace(item, text=found["text"], assignee=found["name"])


def _state(item: ActionItem) -> Progress:
    """Return what its page says of an item: it is open, done, or dropped."""
    if item.dropped or is_dropped(item.text):
        return Progress.DROPPED
    return Progress.DONE if item.done else Progress.OPEN


def _on_page(page: str, seen: Sequence[_Seen], known: Sequence[Item], today: date) -> Iterator[Item]:
    """Yield the items of a page: those that are there, and those that have vanished from it since the last pass."""
    if not seen and not known:
        return
    by_id = {item.id: item for item in sorted(known, key=lambda item: item.place is not None)}
    here = {one.item.id for one in seen}
    fresh = [one for one in seen if one.item.id not in by_id]
    was_here = [item for item in known if item.place is not None or item.state is Progress.LOST]
    vanished = [item for item in was_here if item.id not in here]
    if fresh and vanished:
        replaced_in_place = len(seen) == len(was_here)
        by_id |= _edited(vanished, fresh, replaced_in_place)
    taken = {item.key for item in known}
    for one in seen:
        before = by_id.get(one.item.id) or _new(one, page, taken, today)
        taken.add(before.key)
        yield _now(before, one, today)
    kept = {by_id[id_].key for id_ in here if id_ in by_id}
    yield from (_vanished(item, today) for item in vanished if item.key not in kept)


def _edited(vanished: Sequence[Item], fresh: Sequence[_Seen], in_place: bool) -> Mapping[str, Item]:
    """Return by their present ids the items that have other words now: the likest first, then those in their place."""
    alike = [
        (likeness, -item_number, -seen_number)
        for item_number, seen_number in _pairs(len(vanished), len(fresh))
        if (likeness := _likeness(vanished[item_number].text, fresh[seen_number].item.text)) >= ALIKE
    ]
    pairs = [(-item, -seen) for _, item, seen in sorted(alike, reverse=True)]
    if in_place:
        places = {(item.place, item.assignee): number for number, item in enumerate(vanished)}
        where = [((one.place, one.assignee), number) for number, one in enumerate(fresh)]
        pairs += [(places[place], number) for place, number in where if place in places]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for item, seen in pairs:
        if item not in taken and seen not in found:
            found[seen] = item
            taken.add(item)
    return {fresh[seen].item.id: vanished[item] for seen, item in found.items()}


def _pairs(vanished: int, fresh: int) -> Iterator[tuple[int, int]]:
    """Yield which items to compare, each with all, or where they are too many, with those about its own place."""
    around = max(vanished, fresh) if vanished * fresh <= PAIRS else PAIRS // (2 * fresh)
    for seen in range(fresh):
        for item in range(max(0, seen - around), min(vanished, seen + around + 1)):
            yield item, seen


def _likeness(one: str, other: str) -> float:
    """Return from 0 to 1 how much of two texts' words is the same; where one has all the words of the other, 1."""
    shorter, longer = sorted((_words(one), _words(other)), key=len)
    if shorter and f" {shorter} " in f" {longer} ":
        return 1.0
    matcher = SequenceMatcher(None, shorter, longer, autojunk=False)
    return matcher.ratio() if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= ALIKE else 0.0


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))[:COMPARED]


def _new(one: _Seen, page: str, taken: set[str], today: date) -> Item:
    """Return an item that is seen for the first time; another one may have had its id before."""
    first = f"{page}/{one.item.id if len(one.item.id) <= LONGEST_ID else sha256(one.item.id.encode()).hexdigest()}"
    key = next(key for key in chain([first], (f"{first}+{n}" for n in count(2))) if key not in taken)
    long_over = one.state is not Progress.OPEN and today - one.session.slot.day > LONG_OVER
    state = one.state if long_over else Progress.OPEN
    due, written = one.due_day(None, today), one.item.written
    return Item(key, page, one.item.id, one.item.text, one.session.key, today, due, state=state, written=written)


def _now(before: Item, one: _Seen, today: date) -> Item:
    ended = before.ended if one.state is before.state else None if one.state is Progress.OPEN else today
    return replace(
        before,
        id=one.item.id,
        session=one.session.key,
        text=one.item.text,
        handle=one.item.assignee,
        assignee=one.assignee,
        due=one.due_day(before, today),
        dated=one.item.due is not None,
        state=one.state,
        ended=ended,
        place=one.place,
        written=one.item.written,
        unclear=one.item.unclear,
        together=one.together,
    )


def _vanished(item: Item, today: date) -> Item:
    if item.state in (Progress.OPEN, Progress.LOST):
        return replace(item, state=Progress.GONE, ended=today, place=None)
    return replace(item, place=None)


def _lost(known: Iterable[Item], today: date) -> Iterator[Item]:
    """Yield the items of a page that tells nothing: nobody can be asked to tick what is not to be seen."""
    for item in known:
        if item.state is Progress.OPEN:
            yield replace(item, state=Progress.LOST, ended=today, place=None)
        elif item.place is not None:
            yield replace(item, place=None)
