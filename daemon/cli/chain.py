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
        if topic.answers:
            yield " → ".join(self._stages(topic))

    def json(self, topic: Topic) -> list[dict[str, Any]]:
        """Return for programs what a topic answers; what no source tells of any more has no text."""
        return [self._need_json(need) for need in self.topics.get(topic.title, topic).answers]

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
        about = [one for one in self.sessions if one.topic and one.topic.title in {topic.title, *topic.was}]
        held = [one.slot.day for one in about if one.state in OVER]
        if held:
            yield f"taught on {' and '.join(map(str, held))}"
        elif coming := [one.slot.day for one in about if one.takes_place]:
            yield f"planned for {coming[0]}"
