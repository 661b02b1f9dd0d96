"""How many people want a topic: the votes of the lead's file, and beside them those that members gave. Pure."""

from dataclasses import replace

from config.team import Team
from daemon.model import Topic, backlog
from daemon.model.memory import Memory
from daemon.model.statements import NO, StatementKind, Statements


def with_votes(team: Team, memory: Memory) -> tuple[Topic, ...]:
    """Return the topics that the lead has written down, with the votes of members: of each person one a topic."""
    members = {member.email for member in team.members} | {team.lead}
    found = ((topic, len(voters(topic, memory.statements) & members)) for topic in backlog(team))
    return tuple(
        replace(topic, votes=topic.votes + number, by_members=number) if number else topic for topic, number in found
    )


def voters(topic: Topic, statements: Statements) -> set[str]:
    """Return who wants a topic, by any of its titles, and has not taken that back."""
    said = [one for title in (topic.title, *topic.was) for one in statements.about(title, StatementKind.VOTE)]
    latest = {one.who: one.value for one in sorted(said, key=lambda one: one.number) if one.who}
    return {who for who, value in latest.items() if value != NO}


def votes_of(topic: Topic) -> str:
    """Return a topic's votes in words: 5 votes (3 in the file, 2 by members)."""
    count = {0: "no votes yet", 1: "1 vote"}.get(topic.votes, f"{topic.votes} votes")
    if not topic.by_members:
        return count
    in_file = topic.votes - topic.by_members
    return f"{count} ({in_file} in the file, {topic.by_members} by members)"
