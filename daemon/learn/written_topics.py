"""The topic that people write for a session where they see it: in its page's heading or table, or its event's title.

Pure. Read every pass anew off what differs from what we wrote, so that taking it back there takes it back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter

from config.cached import cached_property
from config.markdown import one_line
from config.team import Series, Team
from daemon.model import Observed, Session, Topic
from daemon.model.memory import Memory, Record
from daemon.model.names import keyed_series
from daemon.model.words import CHOOSE, NONE_NOTED, SUGGEST, TOPIC_WANTED

WROTE = "Somebody wrote it"
"""How it is said why a topic that people wrote is a session's."""
LONGEST = 200
"""How many characters of a topic are kept; a team's file takes as many."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\b[\s,:–—-]*")
_NAMED = re.compile(r"\s*[:–—|-]\s*(.+)")
_AREA = re.compile(r"\s*\([^()]*\)\Z")
_NONE = {
    TOPIC_WANTED,
    NONE_NOTED,
    "topic",
    "no topic yet",
    "tbd",
    "tba",
    "tbc",
    "to be announced",
    "none",
    "nothing",
    "n a",
}
_IS_OFF = re.compile(r"(?:is |has been |was )?(?:cancel\w*|called off|postpone\w*|no session|skipped)\b", re.I)
_ABOUT_THE_DATE = re.compile(r"\b(?:cancel\w*|called off|postpone\w*|moved?|no session|skipped)\b", re.I)


@dataclass(frozen=True, slots=True)
class WrittenTopic:
    """What people wrote as the topic of a session, where, in words for people, and in which ``field`` of a resource.

    What stands on its page goes with it to another date.
    """

    title: str
    where: str
    resource: str = ""
    field: str = ""
    on_page: bool = False


@dataclass(frozen=True)
class Spellings:
    """Topics by all their names, of which there may be thousands, to be found however people spell them."""

    names: Mapping[str, Topic]

    def topic(self, written: str) -> Topic | None:
        """Return the first topic that has, or had, a title which is the same as what people wrote."""
        found = (self._places[words] for words in _spelled(written) if words in self._places)
        return min(found, key=itemgetter(0), default=(0, None))[1]

    @cached_property
    def _places(self) -> Mapping[str, tuple[int, Topic]]:
        places = dict[str, tuple[int, Topic]]()
        for place, (name, topic) in enumerate(self.names.items()):
            places.setdefault(_words(name), (place, topic))
        return places


def written_topic(session: Session, series: Series, memory: Memory) -> WrittenTopic | None:
    """Return the topic that people wrote for a session, None where none of them did.

    A heading goes before the table below it, and that before the event's title. Whatever is only spelled otherwise
    than the topic that the session has is that topic.
    """
    return next(_said(session, series, memory), None)


def understood(team: Team, memory: Memory) -> frozenset[tuple[str, str]]:
    """Return which fields of which resources people changed to write the topic that its session has."""
    series = keyed_series(team, memory)
    with_topic = (one for one in memory.sessions.values() if one.topic and one.slot.series in series)
    return frozenset(
        (written.resource, written.field)
        for session in with_topic
        for written in _said(session, series[session.slot.series], memory)
        if session.topic and is_same(written.title, session.topic.title)
    )


def was_about(session: Session, series: Series, memory: Memory, backlog: Spellings) -> Session:
    """Return a session gone by with the topic that people wrote of it."""
    written = written_topic(session, series, memory) if session.takes_place else None
    if written is None or (session.topic and is_same(written.title, session.topic.title)):
        return session
    topic = backlog.topic(written.title) or Topic(title=written.title)
    return replace(session, topic=topic, topic_reason=f"{WROTE} {written.where}")


def is_understood(page: Observed, memory: Memory) -> bool:
    """Return whether all that people changed of our part of a page is the topic, and its session has just that."""
    session = next((one for one in memory.sessions.values() if one.page == page.key), None)
    if session is None or not page.only_topic:
        return False
    meant, topic = next(_meant(page.topic), None), session.topic
    return is_same(meant, topic.title) if meant and topic else not (meant or topic)


def is_same(title: str, other: str) -> bool:
    """Return whether two titles have the same words, however they are spelled and set."""
    return _words(other) in _spelled(title)


def _spelled(title: str) -> tuple[str, str]:
    """Return the words of a title, and those without the area that may stand behind it."""
    return _words(title), _words(_AREA.sub("", title))


def _said(session: Session, series: Series, memory: Memory) -> Iterator[WrittenTopic]:
    yield from _on_page(session, series, memory)
    yield from _elsewhere(session, series, memory)


def _on_page(session: Session, series: Series, memory: Memory) -> Iterator[WrittenTopic]:
    page = memory.records.get(session.page)
    if page and page.observed and not page.observed.gone:
        if _is_theirs(page, "title"):
            for title in _named(page.observed.title, session, series):
                yield WrittenTopic(title, "in the heading of its page", page.key, "title", on_page=True)
        our_part = "region" if page.observed.only_topic else ""  # else people changed something else there, too
        for title in _meant(page.observed.topic):
            yield WrittenTopic(title, "in the table of its page", page.key, our_part, on_page=True)


def _elsewhere(session: Session, series: Series, memory: Memory) -> Iterator[WrittenTopic]:
    """Yield what the title of its event says, and what it has brought along from another event."""
    event = memory.records.get(session.key)
    if event and event.observed and _is_theirs(event, "summary") and not event.observed.cancelled:
        of_all = memory.records.get(session.event)
        title = of_all.observed.title if of_all and of_all.observed else ""
        inherited = of_all is not None and event.observed.shown["summary"] in of_all.ours("summary")
        if not inherited and event.observed.title != title:
            for title in _named(event.observed.title, session, series):
                yield WrittenTopic(title, "in the title of its event", event.key, "summary")
    if session.written_for and session.topic:
        yield WrittenTopic(session.topic.title, f"for {session.written_for}")


def _is_theirs(record: Record, name: str) -> bool:
    shown = record.observed.shown.get(name) if record.observed else None
    return shown is not None and shown not in record.ours(name)


def _named(title: str, session: Session, series: Series) -> Iterator[str]:
    """Yield what a title names as the topic: behind the series' name, or all of it where there is no topic yet."""
    line = _DATE.sub("", one_line(title), count=1)
    for name in (series.name, *series.was):
        begins = re.match(r"\s+".join(map(re.escape, name.split())), line, re.I)
        if begins:
            rest = _NAMED.match(line, begins.end())
            yield from _meant(rest[1]) if rest and not _IS_OFF.match(rest[1]) else ()
            return
    is_about_another = any(_words(name) in _words(line) for name in (series.name, *series.was))
    is_free = session.topic is None or is_same(line, session.topic.title)
    if is_free and not is_about_another and not _ABOUT_THE_DATE.search(line):
        yield from _meant(line)


def _meant(text: str) -> Iterator[str]:
    line = one_line(text)[:LONGEST].strip()
    asks = line.endswith(CHOOSE) or line == SUGGEST
    if _words(line) and _words(line) not in _NONE and not asks:
        yield line


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
