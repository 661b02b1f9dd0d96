"""The topics that wait for a session: those that none has had or is to have, and those that come back. Pure."""

from collections.abc import Iterator
from datetime import date

from config.team import Team
from daemon.learn.answers import brought_back, last_taught
from daemon.learn.votes import with_votes
from daemon.model import Asked, Topic
from daemon.model.memory import Memory


def waiting_topics(team: Team, memory: Memory) -> list[tuple[Topic, Asked | None]]:
    """Return them with everybody's votes, the most wanted first; those that come back with what people answered."""
    return sorted(_waiting(team, memory), key=lambda one: _rank(one[0]))


def _waiting(team: Team, memory: Memory) -> Iterator[tuple[Topic, Asked | None]]:
    topics, sessions = with_votes(team, memory), [*memory.before, *memory.sessions.values()]
    again, taken = brought_back(topics, sessions), last_taught(topics, sessions)
    yield from ((one, again.get(one.title)) for one in topics if one.title in again or one.title not in taken)


def _rank(topic: Topic) -> tuple[int, date, str]:
    return -topic.votes, topic.added or date.max, topic.title
