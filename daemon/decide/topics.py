"""What each session is about: from the lead's decisions, what is announced, and the backlog.

Pure: the same openings, backlog and history give the same topics, in whatever order the file lists them.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from daemon.model import Session, Slot, Topic

WAITING_DAYS = 28
"""A topic that has waited this long counts as if it had one vote more."""
AREA_DAYS = 84
"""After so many days without it an area counts as fresh: worth one vote."""
PATIENCE = 3
"""How many dates in one pass a topic lets others go first because its owner cannot come."""

NO_TOPICS = "This format takes no topic from the backlog"
EMPTY = "The backlog is empty"
EXHAUSTED = "Every topic of the backlog is taught or has its session"
DECIDED = "Decided by the lead"
ANNOUNCED = "Announced before"

CanServe = Callable[[str, Slot], bool]


@dataclass(frozen=True, slots=True)
class Opening:
    """A session that may take a topic.

    ``presents`` is the role that brings the topic, None for formats without; ``takes`` says whether the format takes
    topics from the backlog at all. ``decided`` is the title that the lead wrote for this session, ``announced`` the
    session as it has been planned before. ``owner_may_take_over`` is False where the announced holder of ``presents``
    is to keep the role, whoever owns the topic.
    """

    slot: Slot
    presents: str | None
    takes: bool
    decided: str | None = None
    announced: Session | None = None
    owner_may_take_over: bool = True

    @property
    def presenter(self) -> str | None:
        """Who is announced for the role that brings the topic."""
        if self.presents is None or self.announced is None or not self.announced.takes_place:
            return None
        return self.announced.roles.get(self.presents)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The topic of a session, or None, and why in one sentence."""

    topic: Topic | None
    reason: str


def choose_topics(
    openings: Sequence[Opening],
    backlog: Sequence[Topic],
    history: Sequence[Session],
    can_serve: CanServe,
) -> Mapping[str, Chosen]:
    """Return the topic of each opening by its slot's key, earliest first.

    The lead's decision wins; an announced topic stays as long as the backlog has it; every other session takes, in the
    order of time, the best of what is left by votes, waiting and how long ago its area was taught. A topic is taught
    once. ``history`` are the sessions of the past; ``can_serve`` says whether a member could present in a slot.
    """
    in_time = sorted(openings, key=lambda opening: (opening.slot.starts_at, opening.slot.key))
    own = {opening.slot.key for opening in openings}
    past = [session for session in history if session.takes_place and session.topic and session.key not in own]
    names = _names(backlog)
    settled = _decided(in_time, names)
    taught = _titles((session.topic for session in past), names) | _titles(settled.values(), names)
    settled |= _standing(in_time, names, settled, taught)
    taught |= _titles(settled.values(), names)
    free = {title: topic for title, topic in sorted(_by_title(backlog).items()) if title not in taught}
    to_choose = sum(opening.takes and opening.slot.key not in settled for opening in in_time)
    walk = _Walk(free, bool(backlog), to_choose, can_serve, _last_taught(past))
    chosen = [walk.step(opening, settled.get(opening.slot.key)) for opening in in_time]
    return {
        opening.slot.key: one or Chosen(None, walk.none_left(opening.slot))
        for opening, one in zip(in_time, chosen, strict=True)
    }


def _by_title(backlog: Iterable[Topic]) -> dict[str, Topic]:
    return {topic.title: topic for topic in backlog}


def _names(backlog: Sequence[Topic]) -> dict[str, Topic]:
    """Every name a topic has or had; a present title goes before another topic's former one."""
    former = {name: topic for topic in sorted(backlog, key=lambda topic: topic.title) for name in topic.was}
    return former | _by_title(backlog)


def _titles(topics: Iterable[Topic | None], names: Mapping[str, Topic]) -> set[str]:
    return {names.get(topic.title, topic).title for topic in topics if topic}


def _decided(openings: Sequence[Opening], names: Mapping[str, Topic]) -> dict[str, Topic]:
    return {
        opening.slot.key: names.get(opening.decided) or _written(opening, opening.decided)
        for opening in openings
        if opening.decided
    }


def _written(opening: Opening, title: str) -> Topic:
    """Return a topic that the backlog lacks (any more): as it was announced, else just what the lead wrote."""
    known = opening.announced.topic if opening.announced else None
    return known if known and known.title == title else Topic(title=title)


def _standing(
    openings: Sequence[Opening], names: Mapping[str, Topic], decided: Mapping[str, Topic], taught: set[str]
) -> dict[str, Topic]:
    """Return the announced topics that stay; the earliest session keeps one that two have been given."""
    standing: dict[str, Topic] = {}
    taken = set(taught)
    for opening in openings:
        before = opening.announced
        topic = names.get(before.topic.title) if before and before.topic and before.takes_place else None
        if topic and opening.takes and opening.slot.key not in decided and topic.title not in taken:
            standing[opening.slot.key] = topic
            taken.add(topic.title)
    return standing


def _last_taught(past: Iterable[Session]) -> dict[str, date]:
    last: dict[str, date] = {}
    for session in past:
        if session.topic and session.topic.area:
            last[session.topic.area] = max(session.slot.day, last.get(session.topic.area, date.min))
    return last


@dataclass(slots=True)
class _Walk:
    """One pass through the openings in the order of time: what is still free, and when each area was last taught."""

    free: dict[str, Topic]
    has_backlog: bool
    to_choose: int
    can_serve: CanServe
    last_taught: dict[str, date]
    planned: set[str] = field(default_factory=set)
    passed_over: Counter[str] = field(default_factory=Counter)

    def step(self, opening: Opening, settled: Topic | None) -> Chosen | None:
        """Return the topic of the next session, or None where nothing fits; why, ``none_left`` knows after the last."""
        if settled:
            topic, reason = settled, _settled_reason(opening)
        elif opening.takes:
            self.to_choose -= 1
            best = self._best(opening)
            if best is None:
                return None
            topic, reason = best, self._reason(best, opening)
        else:
            return Chosen(None, NO_TOPICS)
        if self.to_choose:
            self._pass_over(topic, opening.slot)
        self._take(topic, opening.slot.day)
        return Chosen(topic, reason)

    def _best(self, opening: Opening) -> Topic | None:
        added = (topic for topic in self.free.values() if _is_added(topic, opening.slot.day))
        return min(
            (topic for topic in added if self._fits(topic, opening)),
            key=lambda topic: (self._hindrance(topic, opening), *self._rank(topic, opening.slot)),
            default=None,
        )

    def _fits(self, topic: Topic, opening: Opening) -> bool:
        if opening.owner_may_take_over or not opening.presenter:
            return True
        return topic.owner in (None, opening.presenter)

    def _hindrance(self, topic: Topic, opening: Opening) -> int:
        """0: nothing against it; 1: the owner would take over from somebody announced; 2: the owner cannot come."""
        if topic.owner is None or topic.owner == opening.presenter:
            return 0
        if not self._owner_can(topic, opening.slot) and self.passed_over[topic.title] < PATIENCE:
            return 2
        return 1 if opening.presenter else 0

    def _owner_can(self, topic: Topic, slot: Slot) -> bool:
        return topic.owner is None or self.can_serve(topic.owner, slot)

    def _rank(self, topic: Topic, slot: Slot) -> tuple[float, str]:
        """Best first; ties by a hash, so that nobody gains from the order of the file or the alphabet."""
        return -self._score(topic, slot.day), _digest(f"{slot.key}\n{topic.title}")

    def _score(self, topic: Topic, day: date) -> float:
        waiting = (day - topic.added).days // WAITING_DAYS if topic.added else 0
        last = self.last_taught.get(topic.area) if topic.area else None
        freshness = min(max((day - last).days, 0) / AREA_DAYS, 1) if last else 1
        return topic.votes + max(waiting, 0) + freshness

    def _pass_over(self, chosen: Topic, slot: Slot) -> None:
        """Count the better topics whose owner cannot come: their patience ends, even while others stay announced."""
        score = self._score(chosen, slot.day)
        for topic in self.free.values():
            better = _is_added(topic, slot.day) and self._score(topic, slot.day) > score
            if better and not self._owner_can(topic, slot):
                self.passed_over[topic.title] += 1

    def _take(self, topic: Topic, day: date) -> None:
        self.free.pop(topic.title, None)
        if topic.area:
            self.last_taught[topic.area] = max(day, self.last_taught.get(topic.area, day))
            self.planned.add(topic.area)

    def _reason(self, topic: Topic, opening: Opening) -> str:
        parts = [_votes_and_waiting(topic)]
        if topic.area:
            parts.append(self._area_reason(topic.area))
        if topic.owner and topic.owner != opening.presenter and not self._owner_can(topic, opening.slot):
            parts.append(self._without_owner(topic))
        return "; ".join(parts)

    def _area_reason(self, area: str) -> str:
        last = self.last_taught.get(area)
        if not last:
            return f"{area} has not been taught yet"
        return (
            f"the session on {area} before is on {last}"
            if area in self.planned
            else f"{area} was last taught on {last}"
        )

    def _without_owner(self, topic: Topic) -> str:
        times = self.passed_over[topic.title]
        if times >= PATIENCE:
            return f"{topic.owner} cannot come, as on {times} dates before, and it waits no longer"
        return f"{topic.owner} cannot come, and neither can the owner of any other topic left"

    def none_left(self, slot: Slot) -> str:
        """Return why a session has no topic, by what is left after all others: a later pass then says the same."""
        if not self.has_backlog:
            return EMPTY
        if not self.free:
            return EXHAUSTED
        added = [topic for topic in self.free.values() if _is_added(topic, slot.day)]
        if owners := sorted({topic.owner for topic in added if topic.owner}):
            return f"Every topic left waits for its owner to present it: {', '.join(owners)}"
        first = min(topic.added for topic in self.free.values() if topic.added)
        return f"Every topic left waits for its day, the first one for {first}; the session is on {slot.day}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _is_added(topic: Topic, day: date) -> bool:
    return topic.added is None or topic.added <= day


def _settled_reason(opening: Opening) -> str:
    """Return why a settled topic is there; what was said of it before is said again, so that nothing flickers."""
    if opening.decided:
        return DECIDED
    said = opening.announced.topic_reason if opening.announced else ""
    return said if said and said != DECIDED else ANNOUNCED


def _votes_and_waiting(topic: Topic) -> str:
    votes = {0: "No votes yet", 1: "1 vote"}.get(topic.votes, f"{topic.votes} votes")
    return f"{votes}, waiting since {topic.added}" if topic.added else votes
