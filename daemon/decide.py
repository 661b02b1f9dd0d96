"""Decide: from the configuration and what is known to every session of the coming weeks. Pure.

Series go on (``continuity``), slots get their formats in turn, topics are chosen (``topics``), then members
(``rotation``). The result is the next memory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from config.formats import SessionFormat, formats_of
from config.team import Decision, Member, Series, Team
from daemon.continuity import adopted, continued, decision_on, expected, inherited, keyed_series, settled
from daemon.desired import page_key
from daemon.identity import renamed
from daemon.learn import rebuilt, why_away, with_instances_named
from daemon.memory import Memory
from daemon.model import Answer, Session, Skip, Slot, State
from daemon.rotation import Need, rotate
from daemon.topics import Chosen, Opening, choose_topics

Absent = Callable[[Member, Slot], str | None]


def decide(team: Team, memory: Memory, now: datetime) -> Memory:
    """Return the memory with every session of the coming ``rotation.ahead`` decided, and past ones settled."""
    memory = settled(team, rebuilt(renamed(memory, team), team, now), now)
    memory = continued(team, memory, now)
    keyed = keyed_series(team, memory)
    coming: list[Slot | Skip] = []
    for key, series in keyed.items():
        found = expected(team, series, key, memory, now)
        memory = inherited(memory, key, found, now)
        coming += in_turn(series, adopted(team, series, found, memory, now), memory, formats_of(team))
    slots = sorted((one for one in coming if isinstance(one, Slot)), key=lambda slot: (slot.starts_at, slot.key))
    skips = [one for one in coming if isinstance(one, Skip)]
    return _completed(team, memory, staffed(team, memory, keyed, slots, now), skips, now)


def _slot(one: Slot | Skip) -> Slot:
    return one if isinstance(one, Slot) else one.slot


def in_turn(
    series: Series, coming: Sequence[Slot | Skip], memory: Memory, formats: Mapping[str, SessionFormat]
) -> list[Slot | Skip]:
    """Return the slots with their formats: announced ones keep theirs, and the turn goes on after them."""
    turns, following, result = series.turns, None, list[Slot | Skip]()
    for one in coming:
        slot = _slot(one)
        known = memory.sessions.get(slot.key)
        if known and known.slot.format in turns:
            name = known.slot.format
        else:
            name = turns[following % len(turns)] if following is not None else slot.format
        if known or isinstance(one, Slot):
            following = turns.index(name) + 1
        if name != slot.format:
            slot = replace(slot, format=name, minutes=series.minutes or formats[name].default)
        result.append(slot if isinstance(one, Slot) else replace(one, slot=slot))
    return result


def staffed(
    team: Team, memory: Memory, keyed: Mapping[str, Series], slots: Sequence[Slot], now: datetime
) -> list[Session]:
    """Return a session for each slot: first what it is about, then who does what."""
    formats, members = formats_of(team), {member.email: member for member in team.members}
    history = [one for one in _by_start(memory) if one.slot.starts_at <= now and one.takes_place]
    absent = absence(team, memory, now)
    decisions = {slot.key: decision_on(team, keyed[slot.series], slot.wall.date()) for slot in slots}

    def can_serve(email: str, slot: Slot) -> bool:
        return email in members and absent(members[email], slot) is None

    openings = [
        _opening(slot, formats[slot.format], decisions[slot.key], _announced(slot, memory), now + team.rotation.keep)
        for slot in slots
    ]
    chosen = choose_topics(openings, team.topics, history, can_serve)
    needs = [
        _need(slot, formats[slot.format], decisions[slot.key], _announced(slot, memory), chosen[slot.key])
        for slot in slots
    ]
    change_from = now + team.rotation.keep if _rules_changed(team, memory) else None
    sessions = rotate(needs, team.members, team.rotation, history, absent, change_from)
    return [
        _announced_now(session, chosen[session.key], _announced(session.slot, memory), memory) for session in sessions
    ]


def _by_start(memory: Memory) -> list[Session]:
    return sorted(memory.sessions.values(), key=lambda session: (session.slot.starts_at, session.key))


def _announced(slot: Slot, memory: Memory) -> Session | None:
    known = memory.sessions.get(slot.key)
    return known if known and (known.assignments or known.takes_place) else None


def _opening(
    slot: Slot, form: SessionFormat, decision: Decision | None, announced: Session | None, keep_until: datetime
) -> Opening:
    title = decision.topic if decision else None
    movable = announced is None or slot.starts_at >= keep_until
    return Opening(slot, form.presents, form.topic, title, announced, movable)


def _need(
    slot: Slot, form: SessionFormat, decision: Decision | None, announced: Session | None, chosen: Chosen
) -> Need:
    return Need(
        slot,
        form.roles,
        form.pairs,
        form.presents,
        chosen.topic,
        decision.roles if decision else {},
        (decision.pairs or ()) if decision else (),
        announced,
    )


def _announced_now(session: Session, chosen: Chosen, announced: Session | None, memory: Memory) -> Session:
    generation = memory.generation(session.slot.series)
    return replace(
        session,
        topic=chosen.topic,
        topic_reason=chosen.reason,
        state=State.ANNOUNCED,
        event=generation.key if generation else "",
        page=announced.page if announced and announced.page else page_key(session.key),
    )


def absence(team: Team, memory: Memory, now: datetime) -> Absent:
    """Return what tells why a member cannot serve a slot, or None where they can.

    Away, not yet joined and left are dates in the team's zone; a decline counts until ``rotation.freeze`` before the
    session, after which it alerts instead.
    """

    def absent(member: Member, slot: Slot) -> str | None:
        if away := why_away(member, slot.day):
            return away
        frozen = slot.starts_at - now <= team.rotation.freeze and _announced(slot, memory) is not None
        return "has declined" if not frozen and has_declined(member.email, slot, memory) else None

    return absent


def has_declined(email: str, slot: Slot, memory: Memory) -> bool:
    """Whether a guest has declined this session, or its whole series."""
    generation = memory.generation(slot.series)
    shown = (memory.observed(slot.key), memory.observed(generation.key) if generation else None)
    answers = [one.answers[email] for one in shown if one and email in one.answers]
    return bool(answers) and answers[0] is Answer.DECLINED


def basis_of(team: Team) -> dict[str, str]:
    """Return who and what rule assignments are made for: a change of it is a joiner or a changed rule."""
    rule = team.rotation
    people = {
        f"member {member.email}": f"share {member.share} joined {member.joined} excused {sorted(member.excused)}"
        for member in team.members
    }
    return {"rule": f"{rule.rule} rest {rule.rest}", **people}


def _rules_changed(team: Team, memory: Memory) -> bool:
    return bool(memory.basis) and any(memory.basis.get(name) != value for name, value in basis_of(team).items())


def _completed(team: Team, memory: Memory, sessions: Sequence[Session], skips: Sequence[Skip], now: datetime) -> Memory:
    """Return the memory with the sessions decided, those that do not take place, and those whose series is gone."""
    decided = {session.key: session for session in sessions}
    decided |= {skip.slot.key: _called_off(skip, memory) for skip in skips}
    keyed = keyed_series(team, memory)
    gone = {
        one.key: replace(one, state=State.CANCELLED, note="the series has ended")
        for one in memory.sessions.values()
        if one.slot.series not in keyed and one.slot.starts_at > now and one.takes_place
    }
    memory = replace(memory, basis=basis_of(team), sessions={**memory.sessions, **gone, **decided})
    return with_instances_named(memory)


def _called_off(skip: Skip, memory: Memory) -> Session:
    known = memory.sessions.get(skip.slot.key)
    generation = memory.generation(skip.slot.series)
    return replace(
        known or Session(skip.slot),
        slot=skip.slot,
        state=skip.state,
        note=skip.reason,
        event=generation.key if generation else "",
    )
