"""Who does what in each session, and why. Pure: the same needs, members and history always give the same answer.

The rule of ``fair-share``, for an open role of a session:

1. Those who can come and are not excused from the role *could* serve; the session entitles each of them to ``share /
   shares of those who could`` of the role. Who is away, or not there yet, is owed nothing.
2. A member's *shortfall* is what is due to them, this session included, less the turns they had. Where sessions have
   been announced, it is the average from this one to the last announced: turns that are coming count already.
3. The largest shortfall in the role serves, after adding ``LOAD`` times the shortfall over all roles and series (in
   average duties, by minutes) and taking off ``REST`` for each duty within ``rest`` sessions of the series.
4. Several open roles go to different people such that the sum is largest.
5. Unless it was announced before, it goes to the next best where somebody could no longer be kept within one turn of
   what is due to them (``Balance.look_ahead``): rest and load are balanced as far as fairness permits.

What was announced stands unless its member cannot serve; then only that role is given to somebody else. From
``change_from`` on a role may also go to a member who would still be short of a turn (``OWED``) after all that is
announced, and more so than its holder (``KEEP``), but not before they are due for one (``DUE``). ``in-order`` follows
the file instead of 2 to 5, except there.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial

from config.team import Member, Rotation
from daemon.decide.fairness import Duty
from daemon.decide.looking_ahead import LookAhead
from daemon.decide.looking_back import LookedBack
from daemon.decide.matching import NO_ONE, add_to_price, cheapest
from daemon.decide.overlaps import Duties, let_go
from daemon.decide.pairing import pair_up, session_of
from daemon.decide.roster import Absent, Need, Outline, OutsideHours, Roster
from daemon.model import Assignment, Engagement, Reason, Session
from daemon.model.settled import NOTHING_SETTLED, Settled
from daemon.model.words import names_among

__all__ = ["Absent", "Need", "rotate"]

LOAD = 2.0
"""What being short of an average duty, over all roles and series, weighs against being short of a turn in the role."""
REST = 3.0
"""What a duty within the rest weighs: as much as being a turn ahead, in the role and over all."""
KEEP = 2.0
"""How much shorter than the holder of an announced role somebody must end up to take it over, in the same units."""
OWED, DUE = 0.5, 0.1
"""How many turns such a member must end up short of, and be short of when they take over."""
KNOWS = 0.05
"""What knowing the topic's area is worth: it decides between equals, so that knowledge spreads."""
UNSAFE, GRADE = 1_000.0, 100.0
"""The cost of leaving somebody more than a turn from what is due; ``GRADE`` less for each turn the member is short."""
AT_ONCE = 300_000.0
"""The cost of a duty at the time of another one: only where nobody else can."""
OUTSIDE_HOURS, BESIDE = 10_000.0, 300.0
"""The cost of a session outside the working hours of somebody elsewhere, and of one right before or after another duty:
the first goes before fairness, the second gives way before somebody is left more than a turn from what is due."""
AGAIN = 100_000.0
"""The cost of a third session in a row on an area by one person: only where nobody else can."""
UNFILLED = 1_000_000.0
"""The cost of leaving a role to nobody."""
NEXT_IN_LINE = 5
"""How many of those next in line are named."""

THEN = re.compile(r"; (?:next is .*|nobody else can)\.\Z", re.S)
"""What a reason ends in where it says who is next."""

Options = dict[str, list[tuple[float, str, str]]]
"""For each role who could take it, the best first: cost, tie-breaker, e-mail."""


def rotate(
    needs: Sequence[Need],
    members: Sequence[Member],
    rule: Rotation,
    history: Sequence[Session],
    absent: Absent,
    change_from: datetime | None = None,
    outside: OutsideHours = lambda *_: False,
    engagements: Sequence[Engagement] = (),
    settled: Settled = NOTHING_SETTLED,
) -> tuple[Session, ...]:
    """Return a session for each need, in the same order, with everybody's role and the reason for it.

    ``needs`` and ``history`` are in time order; of the history, sessions that did not take place do not count.
    What was announced for ``change_from`` or later may change for fairness' sake, elsewhere only what is forced.
    ``engagements`` are the duties of the members as the ledger knows them, in this team and in others. What is
    ``settled`` of the history is counted by its sums.
    """
    roster, own = Roster(members, absent, outside), {need.slot.key for need in needs}
    outlines = [roster.outline(need, change_from) for need in needs]
    duties = Duties(outlines, [one for one in engagements if one.session not in own])
    let_go(outlines, duties, {(one.session, one.email): one for one in engagements})
    held = [session for session in history if session.takes_place]
    if any(outline.unfinished for outline in outlines):
        choice = _Choice(roster, rule, outlines, duties, settled)
        choice.look_back(held)
        for outline in outlines:
            choice.find_owner(outline)
        for outline in outlines:
            choice.fill(outline)
    pairs = pair_up(outlines, held, duties, settled) if any(need.pairs for need in needs) else {}
    names = names_among(members)
    return tuple(session_of(outline, pairs.get(outline.need.slot.key, ()), names) for outline in outlines)


@dataclass(slots=True)
class _Place:
    """Where a session stands among those of its series, among those on its area, and in the books."""

    call: int
    lesson: int
    duties: dict[str, Duty] = field(default_factory=dict)


class _Choice:
    """Fills the outlines' open roles, in time order, with everything that counts for it at hand.

    ``calls`` are, for each series, who has a duty in each of its sessions; ``lessons``, for each area, who teaches.
    """

    def __init__(
        self, roster: Roster, rule: Rotation, outlines: Sequence[Outline], duties: Duties, settled: Settled
    ) -> None:
        self.roster = roster
        self.duties = duties
        self.rule = rule
        self.outlines = outlines
        minutes = sum(outline.need.slot.minutes for outline in outlines) / len(outlines)
        self.settled, self.past = settled, LookedBack(roster, rule, minutes, settled)
        self.books = self.past.books
        self.calls: dict[str, list[set[str]]] = defaultdict(list)
        self.lessons: dict[str, list[str | None]] = defaultdict(list)
        self.places: dict[str, _Place] = {}

    # What was, and what stands

    def look_back(self, held: Sequence[Session]) -> None:
        """Open the books with the history, and enter what stands of the sessions to come."""
        presents = {outline.need.slot.format: outline.need.presents for outline in self.outlines}
        for session in held:
            roles = session.roles
            self.calls[session.slot.series].append(set(roles.values()))
            if session.topic and session.topic.area:
                role = presents.get(session.slot.format) or ("presenter" if "presenter" in roles else "author")
                self.lessons[session.topic.area].append(roles.get(role))
        for session in self.settled.later(held):
            self.past.count(session)
        for outline in self.outlines:
            self._enter(outline)

    def _enter(self, outline: Outline) -> None:
        slot, roles = outline.need.slot, outline.roles
        place = _Place(len(self.calls[slot.series]), len(self.lessons[outline.area]) if outline.area else 0)
        all_needed = len(outline.able) <= len(outline.need.roles)
        self.calls[slot.series].append(set(outline.able if all_needed else roles.values()))
        if outline.area:
            self.lessons[outline.area].append(roles.get(outline.need.presents or ""))
        for role in outline.need.roles:
            announced = role in outline.announced
            place.duties[role] = self.books.ahead(slot, role, roles.get(role), outline.could[role], announced)
        self.places[slot.key] = place

    def _place(self, outline: Outline) -> _Place:
        return self.places[outline.need.slot.key]

    def _duty(self, outline: Outline, role: str) -> Duty:
        return self._place(outline).duties[role]

    # Who is to serve

    def find_owner(self, outline: Outline) -> None:
        """Give the role that presents to the topic's owner, where they can, and it is open or they may take it over."""
        role, owner = outline.need.presents, outline.claimant
        is_engaged = owner is not None and self.duties.near(outline.need.slot, owner)[0]
        if role and owner and not is_engaged and not self._again(outline, role, owner):
            outline.unranked.add(role)
            reason = Reason("owner", f"{self.roster.name(owner)} owns the topic and brings it.")
            self._give(outline, Assignment(role, owner, reason, outline.could[role]))

    def fill(self, outline: Outline) -> None:
        """Give out the open roles of a session, and say of each why and who is next."""
        if outline.unfinished:
            vacant = outline.open
            for role in vacant:
                self.books.give(self._duty(outline, role), None)
            options = {role: self._options(outline, role) for role in (*outline.unranked, *vacant)}
            picks = self._pick(outline, {role: options[role] for role in vacant})
            outline.unranked |= outline.named_in_vain(picks.values())
            options |= {role: self._options(outline, role) for role in outline.unranked - options.keys()}
            for assignment in self._assignments(outline, picks, options):
                self._give(outline, assignment)
        if self.rule.rule == "in-order":
            for assignment in outline.standing.values():
                self.past.serve(outline.need.slot, assignment, set(outline.away))

    def _pick(self, outline: Outline, options: Options) -> dict[str, str]:
        """Return for each role the cheapest member; whoever turns out unsafe costs more, and all is weighed again."""
        weighed, priced = set[tuple[str, str]](), {role: list(found) for role, found in options.items()}
        look_ahead = cache(partial(self._look_ahead, outline))
        while True:
            nearest = [[*found[: len(options)], (UNFILLED, "", NO_ONE)] for found in priced.values()]
            picks = dict(zip(options, cheapest(nearest), strict=True))
            found = {pick: self._danger(outline, look_ahead(pick[0]), *pick) for pick in picks.items() - weighed}
            if not any(found.values()):
                return picks
            weighed |= found.keys()
            for (role, email), danger in found.items():
                add_to_price(priced[role], email, danger)

    def _look_ahead(self, outline: Outline, role: str) -> LookAhead | None:
        """Return what it comes to who has a role; None where that does not count."""
        if self.rule.rule == "in-order" or role in outline.announced:
            return None
        balance, number, _ = self._duty(outline, role)
        return balance.look_ahead(number)

    def _danger(self, outline: Outline, ahead: LookAhead | None, role: str, email: str) -> float:
        """Return what it costs that somebody could no longer be kept within a turn of what is due to them."""
        if email == NO_ONE or ahead is None or ahead.is_safe(email):
            return 0
        balance, number, _ = self._duty(outline, role)
        return UNSAFE - GRADE * balance.shortfall(email, number)

    def _give(self, outline: Outline, assignment: Assignment) -> None:
        role, place = assignment.role, self._place(outline)
        outline.standing[role] = assignment
        outline.movable.pop(role, None)
        self.books.give(place.duties[role], assignment.member)
        if assignment.member is None:
            self.books.void(place.duties[role])
        self.calls[outline.need.slot.series][place.call] = set(outline.roles.values())
        if outline.area and role == outline.need.presents:
            self.lessons[outline.area][place.lesson] = assignment.member

    # What speaks against a member

    def _options(self, outline: Outline, role: str) -> list[tuple[float, str, str]]:
        taken = {holder for other, holder in outline.roles.items() if other != role} | outline.away.keys()
        price, holders = self._cost, self.duties.holders(outline.need.slot)
        if role in outline.movable:
            price = self._cost_of_moving
        elif self.rule.rule == "in-order":
            price = self._cost_in_order
        return sorted(
            (
                round(price(outline, role, email) + self._where_others_can(outline, role, email, holders), 9),
                outline.tie(email),
                email,
            )
            for email in outline.could[role]
            if email not in taken
        )

    def _where_others_can(self, outline: Outline, role: str, email: str, holders: Mapping[str, list[bool]]) -> float:
        """Return what speaks so much against a member that it is only they where nobody else can."""
        slot = outline.need.slot
        at_once, beside = self.duties.near(slot, email, holders)
        far = OUTSIDE_HOURS * self.roster.is_outside(email, slot) + BESIDE * beside
        cost = AGAIN * self._again(outline, role, email) + AT_ONCE * at_once
        return cost if role in outline.movable else cost + far

    def _cost(self, outline: Outline, role: str, email: str) -> float:
        knows = role == outline.need.presents and outline.area in self.roster.members[email].knows
        return (
            REST * self._closeness(outline, email) - self._shortfall(self._duty(outline, role), email) - KNOWS * knows
        )

    def _cost_of_moving(self, outline: Outline, role: str, email: str) -> float:
        """Return what speaks against taking over from the announced member, for whom it is 0."""
        duty, holder = self._duty(outline, role), outline.movable[role].member
        if holder is None or holder == email:
            return 0
        owed = self._final(duty, email)
        now = duty.balance.now(email, duty.number) + LOAD * self.books.load_now(email, duty)
        early = now < DUE * (1 + LOAD) or owed < OWED * (1 + LOAD)
        fairer = owed - self._final(duty, holder)
        nearer = self._closeness(outline, email) - self._closeness(outline, holder)
        return KEEP + REST * nearer - fairer + UNSAFE * early

    def _cost_in_order(self, outline: Outline, role: str, email: str) -> float:
        """Roles named earlier in the format go strictly first; who replaces an announced member should be rested."""
        place = self.past.queue(outline.need.slot, role).next().index(email)
        hurried = UNSAFE * self._closeness(outline, email) if role in outline.announced else 0
        after: float = (1 + len(self.roster.members)) ** outline.need.roles.index(role)
        return hurried + place / after

    def _shortfall(self, duty: Duty, email: str) -> float:
        return duty.balance.shortfall(email, duty.number) + LOAD * self.books.load(email, duty)

    def _final(self, duty: Duty, email: str) -> float:
        return duty.balance.final(email) + LOAD * self.books.final_load(email)

    def _closeness(self, outline: Outline, email: str) -> float:
        """Return how many duties a member has within the rest, before and after; nearer ones count a little more."""
        calls, here, rest = self.calls[outline.need.slot.series], self._place(outline).call, self.rule.rest
        near = 0.0
        for there in range(max(0, here - rest), min(len(calls), here + rest + 1)):
            if there != here and email in calls[there]:
                near += 1 + (rest - abs(there - here)) / (rest + 1)
        return near

    def _again(self, outline: Outline, role: str, email: str) -> bool:
        """Return whether this would be a member's third session in a row on the topic's area."""
        if not outline.area or role != outline.need.presents:
            return False
        lessons, here = self.lessons[outline.area], self._place(outline).lesson
        runs = ([n for n in range(first, first + 3) if n != here] for first in range(here - 2, here + 1))
        return any(run[0] >= 0 and run[-1] < len(lessons) and all(lessons[n] == email for n in run) for run in runs)

    # Why

    def _assignments(self, outline: Outline, picks: Mapping[str, str], options: Options) -> list[Assignment]:
        """Return what is new in a session, with the reasons."""
        busy = {*picks.values(), *outline.roles.values()}
        ranked = {
            role: tuple(e for _, _, e in found if e not in busy)[:NEXT_IN_LINE] for role, found in options.items()
        }
        new = [self._ranked_anew(outline, role, ranked[role]) for role in sorted(outline.unranked)]
        for role, email in picks.items():
            kept = outline.movable.get(role)
            if email == NO_ONE:
                new.append(Assignment(role, None, self._why_nobody(outline, role, picks)))
            elif kept and kept.member == email:
                new.append(kept)
            else:
                reason = self._reason(outline, role, picks, ranked[role])
                new.append(Assignment(role, email, reason, outline.could[role]))
        return new

    def _ranked_anew(self, outline: Outline, role: str, ranked: tuple[str, ...]) -> Assignment:
        given = outline.standing[role]
        text = THEN.sub(lambda _: self._then(outline, role, ranked), given.reason.text)
        return replace(given, reason=replace(given.reason, text=text, ranked=ranked))

    def _then(self, outline: Outline, role: str, ranked: tuple[str, ...]) -> str:
        return f"; next is {self._score(outline, role, ranked[0])}." if ranked else "; nobody else can."

    def _reason(self, outline: Outline, role: str, picks: Mapping[str, str], ranked: tuple[str, ...]) -> Reason:
        """Return why a role goes to its member, in a sentence."""
        email, former = picks[role], outline.announced.get(role)
        done, due = self._count(outline, role, email)
        name = self.roster.name(email)
        turn = f"{name} has been {role} {done:.0f} time{'' if done == 1 else 's'} where {due:.1f} were due"
        kind = "turn" if former is None or role in outline.movable else "replacement"
        if role in outline.movable and former and self.duties.near(outline.need.slot, former)[0]:
            turn = f"{self.roster.name(former)} has another duty at that time, so somebody else takes over: {turn}"
            kind = "replacement"
        elif role in outline.movable:
            turn += f" and takes over from {self._score(outline, role, former)}"
        elif self.rule.rule == "in-order":
            kind = kind if former else "in-order"
            turn = f"It is {name}'s turn in the order of the file"
        else:
            turn += self._passed_over(outline, role, email, {*picks.values(), *outline.roles.values()})
        if kind == "replacement" and former and role not in outline.movable:
            turn = f"{self.roster.why_not(outline, role, former)}, so somebody else takes over: {turn}"
        return Reason(kind, f"{turn}{self._then(outline, role, ranked)}", ranked)

    def _count(self, outline: Outline, role: str, email: str) -> tuple[float, float]:
        balance, number, _ = self._duty(outline, role)
        return balance.done(email, number), balance.due(email, number)

    def _score(self, outline: Outline, role: str, email: str | None) -> str:
        if email not in self.roster.members:
            return email or "nobody"
        done, due = self._count(outline, role, email)
        return f"{self.roster.name(email)} ({done:.0f} of {due:.1f})"

    def _passed_over(self, outline: Outline, role: str, email: str, busy: set[str]) -> str:
        """Return why the member who is clearly most short of turns in the role does not serve; nothing if they do."""
        balance, number, _ = self._duty(outline, role)
        short = {other: balance.shortfall(other, number) for other in outline.could[role] if other in outline.able}
        most = max(short, key=lambda other: (short[other], outline.tie(other)), default=email)
        if most == email or short[most] < short[email] + 0.1:
            return ""
        why = "is due less of all duties together"
        if most in busy:
            why = "has another role here"
        elif self._closeness(outline, most) > self._closeness(outline, email):
            why = "has a duty close to this session"
        return f"; {self._score(outline, role, most)} {why}"

    def _why_nobody(self, outline: Outline, role: str, picks: Mapping[str, str]) -> Reason:
        """Return who is missing why, and whom to ask first: those most short of turns who are not excused."""
        balance, number, _ = self._duty(outline, role)
        order = sorted(self.roster.members, key=lambda e: (-balance.now(e, number), outline.tie(e)))
        why = "; ".join(self.roster.why_not(outline, role, email) for email in order)
        no_use = {*self.roster.excused(role), *picks.values(), *outline.roles.values(), *outline.need.declined}
        ranked = [email for email in order if email not in no_use]
        return Reason("turn", f"Nobody can be {role}: {why}.", tuple(ranked[:NEXT_IN_LINE]))
