"""The life of a topic, for people and for programs: what it answers, where that was noticed, and what became of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.team import Team
from daemon.cli.need_words import noticed, sighting_json
from daemon.learn.needs import HOME_PAGE, needs
from daemon.model import OVER, Session, Topic, backlog
from daemon.model.memory import Memory
from daemon.model.needs import Need
from daemon.model.words import quoted


@dataclass(frozen=True, slots=True)
class Chains:
    """What is known of the lives of a team's topics: these by every name, the needs by id, and all sessions."""

    topics: Mapping[str, Topic]
    needs: Mapping[str, Need]
    sessions: tuple[Session, ...]

    @classmethod
    def of(cls, team: Team, memory: Memory) -> "Chains":
        """Return it of what is known."""
        topics = {name: topic for topic in backlog(team) for name in (*topic.was, topic.title)}
        found = {one.id: one for one in needs(team, memory)} if any(one.answers for one in topics.values()) else {}
        return cls(topics, found, tuple(memory.by_start()))

    def lines(self, topic: Topic) -> Iterator[str]:
        """Yield where a topic came from, and how far it has come."""
        topic = self.topics.get(topic.title, topic)
        if topic.why or topic.link:
            yield f"came from: {' '.join(filter(None, (topic.why, f'<{topic.link}>' if topic.link else '')))}"
        for need in topic.answers:
            if one := self.needs.get(need):
                yield f"answers {quoted(one.text)} ({need}), {noticed(one)}"
            else:
                yield f"answers {need}, of which no source tells any more"
        if topic.answers or any(one.asked for one in self._about(topic)):
            yield " → ".join(self._stages(topic))

    def json(self, topic: Topic) -> list[dict[str, Any]]:
        """Return for programs what a topic answers; what no source tells of any more has no text."""
        return [self._need_json(need) for need in self.topics.get(topic.title, topic).answers]

    def taught_json(self, topic: Topic) -> list[dict[str, Any]]:
        """Return for programs when a topic was taught, and what those who were there have answered since."""
        topic = self.topics.get(topic.title, topic)
        return [_taught_json(one, topic) for one in self._about(topic) if one.state in OVER]

    def _need_json(self, need: str) -> dict[str, Any]:
        one = self.needs.get(need)
        return {
            "id": need,
            "text": one.text if one else None,
            "state": one.state.value if one else None,
            "times": one.times if one else 0,
            "sources": [sighting_json(seen) for seen in one.sightings] if one else [],
        }

    def _stages(self, topic: Topic) -> Iterator[str]:
        seen = [one.sightings[0] for need in topic.answers if (one := self.needs.get(need))]
        if seen:
            first = min(seen, key=lambda one: one.seen)
            yield f"noticed {'in the week of' if first.where == HOME_PAGE else 'on'} {first.seen}"
        yield f"in the backlog since {topic.added}" if topic.added else "in the backlog"
        taught, planned = 0, False
        for session in self._about(topic):
            again = " again" if taught else ""
            if session.state in OVER:
                taught += 1
                yield f"taught{again} on {session.slot.day}"
                yield from _asked(session, topic)
            elif not planned:
                planned = True
                yield f"planned{again} for {session.slot.day}"

    def _about(self, topic: Topic) -> list[Session]:
        """Return the sessions about a topic that take place, the first one first."""
        return [one for one in self.sessions if one.takes_place and one.topic and one.topic.title in topic.names]


def _asked(session: Session, topic: Topic) -> Iterator[str]:
    asked = session.asked
    if asked and asked.topic in topic.names:
        yield f"asked on {asked.on}"
        yield asked.in_words
        yield from [asked.verdict.value] if asked.verdict else []


def _taught_json(session: Session, topic: Topic) -> dict[str, Any]:
    asked = session.asked if session.asked and session.asked.topic in topic.names else None
    return {
        "on": session.slot.day.isoformat(),
        "asked": asked.on.isoformat() if asked else None,
        "can": asked.can if asked else 0,
        "answered": asked.answered if asked else 0,
        "came_to": asked.verdict.value if asked and asked.verdict else None,
    }
