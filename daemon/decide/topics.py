"""What each session is about: from the lead's decisions, what is announced, and the backlog.

The topic with the most votes comes first; of as many, the one that was added first; of as old ones, the one whose area
was not taught for longest. A topic waits for its owner: it is taken on a date on which they may present it, and given
to somebody else only where they can on none that is planned.

Pure: the same openings, backlog and history give the same topics, in whatever order the file lists them.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from daemon.learn.answers import brought_back, last_taught
from daemon.learn.votes import votes_of
from daemon.learn.written_topics import WROTE, Spellings, WrittenTopic
from daemon.model import Asked, Session, Slot, Topic
from daemon.model.words import quoted

PATIENCE = 3
"""How many dates a topic lets others go first whose owner can present it on none of those that are planned."""
MOST_NAMED = 5
"""How many topics a reason names that wait for their owners."""

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
    is to keep the role, whoever owns the topic. ``fixed`` are those whom the lead named: role to e-mail.
    ``written`` is what people wrote as its topic.
    """

    slot: Slot
    presents: str | None
    takes: bool
    decided: str | None = None
    announced: Session | None = None
    owner_may_take_over: bool = True
    fixed: Mapping[str, str] = field(default_factory=dict)
    written: WrittenTopic | None = None

    @property
    def presenter(self) -> str | None:
        """Who is named or announced for the role that brings the topic."""
        return self.roles.get(self.presents) if self.presents else None

    @property
    def roles(self) -> Mapping[str, str]:
        """Who is named or announced for what."""
        announced = self.announced.roles if self.announced and self.announced.takes_place else {}
        return {**announced, **self.fixed}


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

    The lead's decision wins; an announced topic stays as long as the backlog has it, unless its owner was to present it
    and cannot any more; every other session takes, in the order of time, the best of what is left. A topic is taught
    once, and again where those who were there cannot do it yet. ``history`` are the sessions of the past; ``can_serve``
    says whether a member could present in a slot.
    """
    in_time = sorted(openings, key=lambda opening: (opening.slot.starts_at, opening.slot.key))
    own = {opening.slot.key for opening in openings}
    past = [session for session in history if session.takes_place and session.topic and session.key not in own]
    names, owners = _names(backlog), Owners(in_time, can_serve)
    settled = _decided(in_time, names)
    settled |= _as_people_wrote(in_time, names, settled)
    again = brought_back(backlog, past)
    taught = _titles((session.topic for session in past), names) - again.keys()
    taken = taught - _asked_about(backlog, past) | _titles(settled.values(), names)
    settled |= _standing(in_time, names, settled, taken, owners)
    taught |= _titles(settled.values(), names)
    free = {title: topic for title, topic in sorted(_by_title(backlog).items()) if title not in taught}
    to_choose = sum(opening.takes and opening.slot.key not in settled for opening in in_time)
    walk = _Walk(free, bool(backlog), to_choose, owners, _last_taught(past), again)
    chosen = [walk.step(opening, settled.get(opening.slot.key)) for opening in in_time]
    return {
        opening.slot.key: one or Chosen(None, walk.none_left(opening.slot))
        for opening, one in zip(in_time, chosen, strict=True)
    }


def wanted_more(
    openings: Sequence[Opening], backlog: Sequence[Topic], history: Sequence[Session], can_serve: CanServe
) -> Mapping[str, Topic]:
    """Return the topics with more votes than one that is announced before them, by the key of its slot.

    Each stands once, at the first session at which it could have been the topic; of what the lead decided nothing is
    said, for that was meant.
    """
    in_time = sorted(openings, key=lambda opening: (opening.slot.starts_at, opening.slot.key))
    names, owners, found = _names(backlog), Owners(in_time, can_serve), dict[str, Topic]()
    past = [session for session in history if session.takes_place]
    gone = _titles((session.topic for session in past), names) - brought_back(backlog, past).keys()
    gone |= {opening.decided for opening in in_time if opening.decided}
    left = {title: topic for title, topic in _by_title(backlog).items() if title not in gone}
    for opening in in_time:
        before = opening.announced.topic if opening.announced and opening.takes and not opening.decided else None
        topic = names.get(before.title) if before else None
        if topic:
            left.pop(topic.title, None)
            fitting = [one for one in left.values() if one.votes > topic.votes and _is_added(one, opening.slot.day)]
            able = [one for one in fitting if owners.can(one, opening)]
            if able:
                found[opening.slot.key] = min(able, key=lambda one: (-one.votes, one.title))
                del left[found[opening.slot.key].title]
    return found


def _by_title(backlog: Iterable[Topic]) -> dict[str, Topic]:
    return {topic.title: topic for topic in backlog}


def _names(backlog: Sequence[Topic]) -> dict[str, Topic]:
    """Every name a topic has or had; a present title goes before another topic's former one."""
    former = {name: topic for topic in sorted(backlog, key=lambda topic: topic.title) for name in topic.was}
    return former | _by_title(backlog)


def _titles(topics: Iterable[Topic | None], names: Mapping[str, Topic]) -> set[str]:
    return {names.get(topic.title, topic).title for topic in topics if topic}


def _asked_about(backlog: Sequence[Topic], past: Iterable[Session]) -> set[str]:
    """Return the titles of topics about which people were asked since they were taught: announced again, they stay."""
    return {title for title, one in last_taught(backlog, past).items() if one.asked}


def _decided(openings: Sequence[Opening], names: Mapping[str, Topic]) -> dict[str, Topic]:
    return {
        opening.slot.key: names.get(opening.decided) or _written(opening, opening.decided)
        for opening in openings
        if opening.decided
    }


def _as_people_wrote(
    openings: Sequence[Opening], names: Mapping[str, Topic], decided: Mapping[str, Topic]
) -> dict[str, Topic]:
    """Return the topics that people wrote; one of the backlog that is only spelled otherwise is that one."""
    found, spellings = dict[str, Topic](), Spellings(names)
    for opening in openings:
        written, before = opening.written, opening.announced.topic if opening.announced else None
        if written and opening.takes and opening.slot.key not in decided:
            known = spellings.topic(written.title)
            if not (before and known and names.get(before.title) == known):
                found[opening.slot.key] = known or Topic(title=written.title)
    return found


def _written(opening: Opening, title: str) -> Topic:
    """Return a topic that the backlog lacks (any more): as it was announced, else just what the lead wrote."""
    known = opening.announced.topic if opening.announced else None
    return known if known and known.title == title else Topic(title=title)


def _standing(
    openings: Sequence[Opening],
    names: Mapping[str, Topic],
    decided: Mapping[str, Topic],
    taught: set[str],
    owners: "Owners",
) -> dict[str, Topic]:
    """Return the announced topics that stay; the earliest session keeps one that two have been given."""
    standing: dict[str, Topic] = {}
    taken = set(taught)
    for opening in openings:
        before = opening.announced
        topic = names.get(before.topic.title) if before and before.topic and before.takes_place else None
        stays = topic and opening.takes and opening.slot.key not in decided and topic.title not in taken
        if topic and stays and not owners.lost(topic, opening):
            standing[opening.slot.key] = topic
            taken.add(topic.title)
    return standing


def _last_taught(past: Iterable[Session]) -> dict[str, date]:
    last: dict[str, date] = {}
    for session in past:
        if session.topic and session.topic.area:
            last[session.topic.area] = max(session.slot.day, last.get(session.topic.area, date.min))
    return last


@dataclass(frozen=True, slots=True)
class Owners:
    """Where the owners of topics may present them."""

    openings: Sequence[Opening]
    can_serve: CanServe
    known: dict[str | None, bool] = field(default_factory=dict)

    def can(self, topic: Topic, opening: Opening) -> bool:
        """Return whether nothing keeps the owner of a topic, if it has one, from presenting it in a session.

        Where no format has a role for that, it is enough that they can come.
        """
        role, owner = opening.presents, topic.owner
        if owner is None:
            return True
        if not self.can_serve(owner, opening.slot):
            return False
        if role is None:
            return not any(other.takes and other.presents for other in self.openings)
        has_another = any(holder == owner for other, holder in opening.roles.items() if other != role)
        if has_another or role in opening.fixed:
            return not has_another and opening.fixed[role] == owner
        return opening.owner_may_take_over or self.presenter(opening) in (None, owner)

    def presenter(self, opening: Opening) -> str | None:
        """Return who presents in a session, by what is announced: whoever cannot any more makes room."""
        there = opening.presenter
        is_there = there and (opening.presents in opening.fixed or self.can_serve(there, opening.slot))
        return there if is_there else None

    def waits(self, topic: Topic, opening: Opening) -> bool:
        """Whether a topic's owner may not present it in a session, but in another one that is planned."""
        if topic.owner not in self.known:  # it is the same for all that they own
            self.known[topic.owner] = any(self.can(topic, other) for other in self.openings if other.takes)
        return self.known[topic.owner] and not self.can(topic, opening)

    def lost(self, topic: Topic, opening: Opening) -> bool:
        """Return whether an announced topic has lost the owner who was to present it, and waits for them again."""
        return topic.owner is not None and topic.owner == opening.presenter and self.waits(topic, opening)


@dataclass(slots=True)
class _Walk:
    """One pass through the openings in the order of time: what is still free, and when each area was last taught."""

    free: dict[str, Topic]
    has_backlog: bool
    to_choose: int
    owners: Owners
    last_taught: dict[str, date]
    again: Mapping[str, Asked]
    planned: set[str] = field(default_factory=set)
    passed_over: Counter[str] = field(default_factory=Counter)

    def step(self, opening: Opening, settled: Topic | None) -> Chosen | None:
        """Return the topic of the next session, or None where nothing fits; why, ``none_left`` knows after the last."""
        if settled:
            topic, reason = settled, _settled_reason(opening, settled)
        elif opening.takes:
            self.to_choose -= 1
            ranked = self._ranked(opening)
            if not ranked:
                return None
            topic, reason = ranked[0], self._reason(ranked, opening)
        else:
            return Chosen(None, NO_TOPICS)
        if self.to_choose:
            self._pass_over(topic, opening)
        self._take(topic, opening.slot.day)
        return Chosen(topic, reason)

    def _ranked(self, opening: Opening) -> list[Topic]:
        """Return what a session could take, the best first."""
        added = (topic for topic in self.free.values() if _is_added(topic, opening.slot.day))
        fitting = (topic for topic in added if self._fits(topic, opening))
        return sorted(fitting, key=lambda one: (self._hindrance(one, opening), self._rank(one, opening.slot)))

    def _fits(self, topic: Topic, opening: Opening) -> bool:
        presenter = self.owners.presenter(opening)
        is_theirs = opening.owner_may_take_over or not presenter or topic.owner in (None, presenter)
        return is_theirs and not self.owners.waits(topic, opening)

    def _hindrance(self, topic: Topic, opening: Opening) -> int:
        """0: nothing against it; 1: the owner would take over from somebody announced; 2: the owner cannot come."""
        presenter = self.owners.presenter(opening)
        if topic.owner is None or topic.owner == presenter:
            return 0
        if not self.owners.can(topic, opening) and self.passed_over[topic.title] < PATIENCE:
            return 2
        return 1 if presenter else 0

    def _rank(self, topic: Topic, slot: Slot) -> tuple[int, date, date, str]:
        """Best first; ties by a hash, so that nobody gains from the order of the file or the alphabet."""
        last = self.last_taught.get(topic.area, date.min) if topic.area else date.min
        return -topic.votes, topic.added or date.max, last, _digest(f"{slot.key}\n{topic.title}")

    def _pass_over(self, chosen: Topic, opening: Opening) -> None:
        """Count the better topics whose owner cannot come: their patience ends, even while others stay announced."""
        rank = self._rank(chosen, opening.slot)
        for topic in self.free.values():
            better = _is_added(topic, opening.slot.day) and self._rank(topic, opening.slot)[:3] < rank[:3]
            if better and not self.owners.can(topic, opening):
                self.passed_over[topic.title] += 1

    def _take(self, topic: Topic, day: date) -> None:
        self.free.pop(topic.title, None)
        if topic.area:
            self.last_taught[topic.area] = max(day, self.last_taught.get(topic.area, day))
            self.planned.add(topic.area)

    def _reason(self, ranked: Sequence[Topic], opening: Opening) -> str:
        topic, *others = ranked
        parts = [_votes_and_waiting(topic)]
        if asked := self.again.get(topic.title):
            parts.append(asked.why_again)
        if topic.area:
            parts.append(self._area_reason(topic.area))
        if topic.owner != opening.presenter and not self.owners.can(topic, opening):
            parts.append(self._without_owner(topic))
        rank = self._rank(topic, opening.slot)
        able = {one.title for one in ranked}
        waiting = (one for one in self.free.values() if _is_added(one, opening.slot.day) and one.title not in able)
        before = [one for one in waiting if self._rank(one, opening.slot) < rank]
        parts += [f"{_with_figures(one)} waits for {one.owner} to present it" for one in before[:MOST_NAMED]]
        if len(before) > MOST_NAMED:
            parts.append(f"{len(before) - MOST_NAMED} more wait for who is to present them")
        parts += [f"next is {_with_figures(others[0])}"] if others else []
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


def _settled_reason(opening: Opening, topic: Topic) -> str:
    """Return why a settled topic is there; what was said of it before is said again, so that nothing flickers."""
    if opening.decided:
        return DECIDED
    before, said = (one.topic, one.topic_reason) if (one := opening.announced) else (None, "")
    is_news = before is None or before.title != topic.title or said.startswith(WROTE)
    if opening.written and opening.written.title == topic.title and is_news:
        return f"{WROTE} {opening.written.where}"
    return said if said and said != DECIDED else ANNOUNCED


def _with_figures(topic: Topic) -> str:
    figures = _votes_and_waiting(topic)
    return f"{quoted(topic.title)} ({figures[:1].lower()}{figures[1:]})"


def _votes_and_waiting(topic: Topic) -> str:
    votes = votes_of(topic)
    votes = f"{votes[:1].upper()}{votes[1:]}"
    return f"{votes}, waiting since {topic.added}" if topic.added else votes
