"""Why sessions are as they are, in words for people: who, why them, who is next, and why it is this topic."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.team import Team
from daemon.cli.chain import Chains
from daemon.cli.render import TeamNames, counted
from daemon.decide.decide import decide, wanted_instead
from daemon.decide.overlaps import PAIR, DoubleDuty, double_duties
from daemon.model import OVER, Engagement, Session, Topic
from daemon.model.memory import Memory
from daemon.model.words import NOT_KNOWN, listed, quoted

MOST_DAYS = 3
"""How many dates are named on which two series overlap; ``peerloop why`` tells of each."""


@dataclass(frozen=True, slots=True)
class Why:
    """What a team's sessions do not tell of themselves: names, who has two duties at once, what has more votes.

    ``wanted`` are the topics that come later though they have more votes, by the sessions that were announced before.
    ``chains`` are the lives of the topics.
    """

    names: TeamNames
    twice: Sequence[DoubleDuty]
    wanted: Mapping[str, Topic]
    chains: Chains

    @classmethod
    def of(cls, team: Team, memory: Memory, engagements: Iterable[Engagement], now: datetime) -> "Why":
        """Return it for the sessions to come; ``engagements`` are the duties of the members in all teams."""
        coming = [one for one in memory.sessions.values() if one.slot.starts_at > now and one.takes_place]
        elsewhere = [one for one in engagements if one.team != memory.team]
        titles = {key: one.name for key, one in memory.series.items()}
        twice = tuple(double_duties(coming, elsewhere, titles))
        return cls(TeamNames.of(team, memory), twice, wanted_instead(team, memory, now), Chains.of(team, memory))


def as_planned(team: Team, memory: Memory, engagements: Sequence[Engagement], now: datetime) -> Memory:
    """Return what is known of a team's sessions; where nothing was applied yet, as the first pass will have it."""
    return memory if memory.sessions else decide(team, memory, now, engagements=engagements)


def why_lines(session: Session, why: Why) -> Iterator[str]:
    """Yield why a session is as it is: each role with its reason and who is next, and the topic."""
    names = why.names
    ends = session.slot.ends_at.astimezone(names.zone)
    when = f"{names.when(session.slot.starts_at)}–{ends:%H:%M}"
    yield f"{names.series(session.slot.series)}, {when} ({session.slot.format})"
    if not session.takes_place:
        yield f"  does not take place: {session.note}"
        return
    yield from _people_lines(session, why)
    if session.note:
        yield f"  note: {session.note}"
    yield from _topic_lines(session, why)


def _people_lines(session: Session, why: Why) -> Iterator[str]:
    names = why.names
    nobody = NOT_KNOWN if session.state in OVER else names.person(None)
    for one in session.assignments:
        yield f"  {one.role}: {names.person(one.member) if one.member else nobody}"
        yield f"      {one.reason.text}"
        if one.reason.ranked:
            yield f"      next in line: {', '.join(names.person(email) for email in one.reason.ranked)}"
        for double in why.twice:
            if (double.session.key, double.role) == (session.key, one.role):
                yield f"      has {double.other} at that time, too"
    for pair in session.pairs:
        yield f"  pair: {' + '.join(names.person(email) for email in pair)}"
        for double in why.twice:
            if (double.session.key, double.role) == (session.key, PAIR) and double.email in pair:
                yield f"      {names.person(double.email)} has {double.other} at that time, too"


def _topic_lines(session: Session, why: Why) -> Iterator[str]:
    yield f"  topic: {session.topic.title if session.topic else 'none yet'}"
    if session.topic_reason:
        yield f"      {session.topic_reason}"
    if not session.topic:
        return
    yield from (f"      {line}" for line in why.chains.lines(session.topic))
    if wanted := why.wanted.get(session.key):
        yield f"      {more_votes(session, session.topic, wanted, why.names)}"


def more_votes(session: Session, topic: Topic, wanted: Topic, names: TeamNames) -> str:
    """Return that another topic has more votes by now than the one announced, and how it would come first."""
    votes = counted(topic.votes, "vote") if topic.votes else "none"
    series, title = (json.dumps(name, ensure_ascii=False) for name in (names.series(session.slot.series), wanted.title))
    line = f"{{series: {series}, on: {session.slot.wall.date()}, topic: {title}}}"
    more = f"{quoted(wanted.title)} has {counted(wanted.votes, 'vote')} by now, {quoted(topic.title)} {votes}"
    return f"{more}; but that is announced and stays, unless you write under sessions: {line}"


def at_once(twice: Iterable[DoubleDuty], names: TeamNames) -> Iterator[str]:
    """Yield of each two series who has duties in both at once, and when: each pair, person and date once."""
    found = defaultdict[tuple[str, str], list[DoubleDuty]](list)
    for one in twice:
        series, other = sorted((names.series(one.session.slot.series), one.other))
        found[series, other].append(one)
    for (series, other), duties in found.items():
        days = [f"{day:%a %Y-%m-%d}" for day in sorted({one.session.slot.day for one in duties})]
        people = sorted({names.person(one.email) for one in duties})
        more = [f"{len(days) - MOST_DAYS} more dates"] if len(days) > MOST_DAYS + 1 else days[MOST_DAYS:]
        has = "has" if len(people) == 1 else "have"
        whom = "the pairs" if all(one.role == PAIR for one in duties) else "somebody"
        yield (
            f"{series} and {other} overlap on {listed([*days[:MOST_DAYS], *more])}: {listed(people)} {has} a duty in "
            f"both, as peerloop why says of each; to change it name {whom} under sessions:"
        )


def remarks(team: Team, memory: Memory, engagements: Iterable[Engagement], now: datetime) -> Iterator[str]:
    """Yield for the lead who has two duties at once, and which topics have more votes than an earlier one."""
    why = Why.of(team, memory, engagements, now)
    yield from at_once(why.twice, why.names)
    for key, wanted in why.wanted.items():
        session = memory.sessions[key]
        if session.topic:
            when = why.names.when(session.slot.starts_at)
            yield f"{when} {more_votes(session, session.topic, wanted, why.names)}"


def why_json(session: Session, why: Why) -> dict[str, Any]:
    """Return for programs what ``why_lines`` tells people; members are named by their e-mails."""
    slot, topic, names, wanted = session.slot, session.topic, why.names, why.wanted.get(session.key)
    return {
        "key": session.key,
        "series": names.series(slot.series),
        "format": slot.format,
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.astimezone(names.zone).isoformat(),
        "takes_place": session.takes_place,
        "note": session.note,
        "roles": [
            {"role": one.role, "member": one.member, "why": one.reason.text, "next": [*one.reason.ranked]}
            for one in session.assignments
        ],
        "pairs": [[*pair] for pair in session.pairs],
        "topic": {
            "title": topic.title,
            "why": session.topic_reason,
            "answers": why.chains.json(topic),
            "taught": why.chains.taught_json(topic),
        }
        if topic
        else None,
        "more_votes": {"title": wanted.title, "votes": wanted.votes} if wanted else None,
    }
