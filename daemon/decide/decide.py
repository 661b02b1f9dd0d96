"""Decide: from the configuration and what is known to every session of the coming weeks. Pure.

Series go on (``continuity``), slots get their formats in turn, topics are chosen (``topics``), then members
(``rotation``). The result is the next memory.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import chain, count

from config.formats import SessionFormat, formats_of
from config.team import Decision, Member, Series, Team
from daemon.decide.continuity import adopted, continued, expected, settled
from daemon.decide.decisions import decision_on
from daemon.decide.free_busy import is_busy
from daemon.decide.heard import Waiting, heard
from daemon.decide.inheritance import inherited, slot_of
from daemon.decide.overlaps import outside_hours
from daemon.decide.roster import Absent
from daemon.decide.rotation import Need, rotate
from daemon.decide.topics import CanServe, Chosen, Opening, choose_topics, wanted_more
from daemon.learn.by_hand import who_declined
from daemon.learn.learn import with_instances_named
from daemon.learn.votes import with_votes
from daemon.learn.written_topics import WrittenTopic, written_topic
from daemon.model import BY_WORD, CalledOffBy, Engagement, Session, Skip, Slot, State, Topic, called_off
from daemon.model.members import why_away
from daemon.model.memory import Memory
from daemon.model.names import heir_of, key_today, keyed_series, member_name, page_key, series_name


def decide(
    team: Team, memory: Memory, now: datetime, is_seen: bool = True, engagements: Sequence[Engagement] = ()
) -> Memory:
    """Return the memory with every session of the coming ``rotation.ahead`` decided, and past ones settled.

    ``is_seen`` says whether the calendar could be looked at, ``engagements`` what duties the members have in all teams.
    """
    memory = continued(team, settled(team, heard(team, memory), now, is_seen), now)
    keyed = keyed_series(team, memory)
    coming: list[Slot | Skip] = []
    for key, series in keyed.items():
        found = expected(team, series, key, memory, now)
        memory = inherited(team, series, key, memory, found, now)
        coming += in_turn(series, adopted(team, series, found, memory, now), memory, formats_of(team))
    slots = sorted((one for one in coming if isinstance(one, Slot)), key=lambda slot: (slot.starts_at, slot.key))
    skips = [one for one in coming if isinstance(one, Skip)]
    return _completed(team, memory, staffed(team, memory, keyed, slots, now, engagements), skips, now)


def in_turn(
    series: Series, coming: Sequence[Slot | Skip], memory: Memory, formats: Mapping[str, SessionFormat]
) -> list[Slot | Skip]:
    """Return the slots with their formats: announced ones keep theirs, and the turn goes on after them.

    A session that somebody cancelled has had its turn, for what was announced after it stands; a holiday has none.
    """
    turns, following, result = series.turns, None, list[Slot | Skip]()
    for one in coming:
        slot = slot_of(one)
        known = memory.sessions.get(slot.key)
        if known and known.slot.format in turns:
            name = known.slot.format
        else:
            name = turns[following % len(turns)] if following is not None else slot.format
        if isinstance(one, Slot) or one.state is State.CANCELLED:
            following = turns.index(name) + 1
        if name != slot.format:
            has_its_own = slot.minutes != formats[slot.format].default or series.minutes
            slot = replace(slot, format=name, minutes=slot.minutes if has_its_own else formats[name].default)
        result.append(slot if isinstance(one, Slot) else replace(one, slot=slot))
    return result


def staffed(
    team: Team,
    memory: Memory,
    keyed: Mapping[str, Series],
    slots: Sequence[Slot],
    now: datetime,
    engagements: Sequence[Engagement] = (),
) -> list[Session]:
    """Return a session for each slot: first what it is about, then who does what."""
    absent, formats = absence(team, memory, now), formats_of(team)
    past, keys = history(memory, now), {slot.key for slot in slots}
    vacancies = [_vacancy(team, memory, keyed[slot.series], slot, formats[slot.format]) for slot in slots]

    keep_until = now + team.rotation.keep
    frozen, outside = now + team.rotation.freeze, outside_hours(team)
    engagements = [one for one in engagements if one.team != memory.team or one.session in keys]
    openings = [one.opening(keep_until, frozen) for one in vacancies]
    chosen = choose_topics(openings, with_votes(team, memory), past, _can_present(team, absent))
    openly = zip(vacancies, openings, strict=True)
    waits = Waiting(team.rotation, now)
    needs = [one.need(chosen[one.slot.key].topic, opening, frozen, waits) for one, opening in openly]
    change_from = keep_until if _rules_changed(team, memory) else None
    rule, settled = team.rotation, memory.settled
    sessions = rotate(needs, team.members, rule, past, absent, change_from, outside, engagements, settled)
    taken = {one.page for one in memory.sessions.values()}
    return [_announced_now(session, chosen[session.key], memory, taken) for session in sessions]


def history(memory: Memory, now: datetime) -> list[Session]:
    """Return the sessions that have begun, in time order, those from before a rename among them."""
    own = [_as_today(one, memory) for one in memory.by_start() if one.slot.starts_at <= now and one.takes_place]
    return sorted([*memory.before, *own], key=lambda one: (one.slot.starts_at, one.key)) if memory.before else own


def _as_today(session: Session, memory: Memory) -> Session:
    """Return a session of the past as one of the series that its own has become."""
    series = key_today(session.slot.series, memory)
    return session if series == session.slot.series else replace(session, slot=replace(session.slot, series=series))


def _can_present(team: Team, absent: Absent) -> CanServe:
    members, formats, outside = {one.email: one for one in team.members}, formats_of(team), outside_hours(team)

    def can_present(email: str, slot: Slot) -> bool:
        member = members.get(email)
        if member is None or formats[slot.format].presents in member.excused:
            return False
        return not absent(member, slot) and not outside(member, slot)

    return can_present


def wanted_instead(team: Team, memory: Memory, now: datetime) -> Mapping[str, Topic]:
    """Return, by the keys of announced sessions, the topics that have more votes than theirs and come after them."""
    keyed, formats = keyed_series(team, memory), formats_of(team)
    coming = [one for one in memory.by_start() if one.slot.starts_at > now and one.takes_place]
    known = [one for one in coming if one.slot.series in keyed and one.slot.format in formats]
    past = history(memory, now)
    vacancies = [_vacancy(team, memory, keyed[one.slot.series], one.slot, formats[one.slot.format]) for one in known]
    frozen, keep_until = now + team.rotation.freeze, now + team.rotation.keep
    openings = [one.opening(keep_until, frozen) for one in vacancies]
    return wanted_more(openings, with_votes(team, memory), past, _can_present(team, absence(team, memory, now)))


@dataclass(frozen=True, slots=True)
class _Vacancy:
    """A slot with its format, what the lead decided, what was announced, who has declined, and what people wrote."""

    slot: Slot
    form: SessionFormat
    decision: Decision | None
    announced: Session | None
    declined: frozenset[str]
    written: WrittenTopic | None = None

    def opening(self, keep_until: datetime, frozen: datetime) -> Opening:
        """Return what choosing a topic needs to know.

        Nearer than ``keep_until`` nobody takes a role from another, nor, for a topic of the lead's, until ``frozen``.
        """
        title = self.decision.topic if self.decision else None
        movable = self.announced is None or self.slot.starts_at >= (frozen if title else keep_until)
        movable = movable and not self._presents_by_word
        form, fixed = self.form, self.decision.roles if self.decision else {}
        return Opening(self.slot, form.presents, form.topic, title, self.announced, movable, fixed, self.written)

    @property
    def _presents_by_word(self) -> bool:
        """Whether somebody has the role that presents because people said so: no topic's owner takes it from them."""
        given = self.announced.assignments if self.announced else ()
        return any(one.role == self.form.presents and one.member and one.reason.kind in BY_WORD for one in given)

    def need(self, topic: Topic | None, opening: Opening, frozen: datetime, waits: Waiting) -> Need:
        """Return what giving out the roles needs to know."""
        return Need(
            self.slot,
            self.form.roles,
            self.form.pairs,
            self.form.presents,
            topic,
            opening.fixed,
            (self.decision.pairs or ()) if self.decision else (),
            self.announced,
            self.declined,
            opening.owner_may_take_over,
            self.slot.starts_at <= frozen,
            waits.roles(self.slot, self.announced),
            None if self.announced else waits.for_volunteers(self.slot),
        )


def _vacancy(team: Team, memory: Memory, series: Series, slot: Slot, form: SessionFormat) -> _Vacancy:
    decision = decision_on(slot.wall.date(), series, team)
    announced = _announced(slot, memory)
    written = written_topic(announced, series, memory) if announced else None
    return _Vacancy(slot, form, decision, announced, who_declined(slot, memory), written)


def _announced(slot: Slot, memory: Memory) -> Session | None:
    known = memory.sessions.get(slot.key)
    return known if known and (known.assignments or known.takes_place) else None


def _announced_now(session: Session, chosen: Chosen, memory: Memory, taken: Container[str]) -> Session:
    announced = _announced(session.slot, memory)
    generation = memory.generation_of(session.slot)
    brought = announced.topic.title if announced and announced.topic else ""
    return replace(
        session,
        topic=chosen.topic,
        written_for=session.written_for if chosen.topic and chosen.topic.title == brought else None,
        topic_reason=chosen.reason,
        state=State.ANNOUNCED,
        event=generation.key if generation else "",
        page=announced.page if announced and announced.page else _new_page(session.key, taken),
    )


def _new_page(session_key: str, taken: Container[str]) -> str:
    """Return the key of a page of its own: an earlier session may have inherited the page of this slot."""
    first = page_key(session_key)
    return next(key for key in chain([first], (f"{first}-{n}" for n in count(2))) if key not in taken)


def absence(team: Team, memory: Memory, now: datetime) -> Absent:
    """Return what tells why a member cannot serve a slot, or None where they can.

    Away, not yet joined and left are dates in the team's zone. A decline counts; only that of whoever has a part in the
    session alerts instead from ``rotation.freeze`` before it on. Who is busy takes over nothing, but keeps what was
    announced.
    """

    def absent(member: Member, slot: Slot) -> str | None:
        if away := why_away(member, slot.day):
            return away
        if member.email in declined(slot):
            return "has declined"
        busy = member.email not in announced(slot) and is_busy(member.email, slot, memory)
        return "has no time then, says their calendar" if busy else None

    @cache
    def announced(slot: Slot) -> frozenset[str]:
        known = _announced(slot, memory)
        return frozenset(chain(known.roles.values(), *known.pairs)) if known else frozenset()

    @cache
    def declined(slot: Slot) -> frozenset[str]:
        is_frozen = slot.starts_at - now <= team.rotation.freeze
        return who_declined(slot, memory) - (announced(slot) if is_frozen else frozenset())

    return absent


def basis_of(team: Team) -> dict[str, str]:
    """Return what giving out roles depends on, by name: the rule, and each member's share, first day and excuses.

    Where it differs from what the announced assignments were made for, somebody has joined or the rule has changed.
    """
    rule = team.rotation
    people = {
        member_name(member.email): f"share {member.share} joined {member.joined} excused {sorted(member.excused)}"
        for member in team.members
    }
    return {"rule": f"{rule.rule} rest {rule.rest}", **people}


def _basis(team: Team, memory: Memory) -> dict[str, str]:
    """Return what giving out roles depends on, with the turns that were found to belong to a series, too."""
    former = {f"series {one.key}": f"became {one.became}" for one in memory.series.values() if one.became}
    before = {"before": f"{len(memory.before)} sessions"} if memory.before else {}
    return {**basis_of(team), **former, **before}


def _rules_changed(team: Team, memory: Memory) -> bool:
    return bool(memory.basis) and any(memory.basis.get(name) != value for name, value in _basis(team, memory).items())


def _completed(team: Team, memory: Memory, sessions: Sequence[Session], skips: Sequence[Skip], now: datetime) -> Memory:
    """Return the memory with the sessions decided, those that do not take place, and those whose series is gone."""
    decided = {session.key: session for session in sessions}
    decided |= {skip.slot.key: _called_off(skip, memory) for skip in skips}
    keyed = keyed_series(team, memory)
    gone = {
        one.key: called_off(one, CalledOffBy.END, "the series has ended")
        for one in memory.sessions.values()
        if one.slot.series not in keyed and one.slot.starts_at > now and one.takes_place
    }
    known = {**memory.sessions, **gone, **decided}
    known |= _renamed(memory, known, now)
    return with_instances_named(replace(memory, basis=_basis(team, memory), sessions=known))


def _renamed(memory: Memory, sessions: Mapping[str, Session], now: datetime) -> dict[str, Session]:
    """Return the sessions to come of a series that became another one, in which they take place at the same time."""
    ended = (one for one in sessions.values() if one.called_off_by is CalledOffBy.END and one.slot.starts_at > now)
    return {
        one.key: called_off(one, CalledOffBy.RENAMED, f"it is one of “{series_name(one, memory)}” now")
        for one in ended
        if heir_of(one, memory, sessions)
    }


def _called_off(skip: Skip, memory: Memory) -> Session:
    known = memory.sessions.get(skip.slot.key)
    generation = memory.generation_of(skip.slot)
    session = replace(known or Session(skip.slot), slot=skip.slot, event=generation.key if generation else "")
    return called_off(session, skip.by, skip.reason)
