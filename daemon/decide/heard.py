"""What people said of their turns, followed once: whoever takes, swaps or hands back a role has it from then on. Pure.

What the lead writes into the team's file goes before. A role whose holder cannot make it waits for somebody who wants
it (``sought_until``); after that it is given out as if they had declined in the calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.team import Rotation, Team
from daemon.decide.decisions import decision_on
from daemon.decide.working_days import WorkingDays
from daemon.model import OVER, Assignment, Reason, Session, Slot, State
from daemon.model.memory import Memory
from daemon.model.names import keyed_series
from daemon.model.statements import DOORS, Passing, Statement, StatementKind, Statements
from daemon.model.words import local, names_of, quoted, weekday_of

ASKED_FOR = 2
"""For how many working days others are asked before a role goes by turns."""


def heard(team: Team, memory: Memory) -> Memory:
    """Return the memory in which the sessions that are not over have followed all that was said since the last pass.

    In one that has begun they do so too: who stepped in at the last moment is who did it.
    """
    latest = memory.statements.latest
    if latest <= memory.heard:
        return memory
    fresh = {key: passings for key, passings in memory.statements.passings.items() if _is_news(passings, memory.heard)}
    said = _Said(team, memory, names_of(team))
    open_ones = [one for key in fresh if (one := memory.sessions.get(key)) and one.state is State.ANNOUNCED]
    sessions = {one.key: said.followed(one, fresh[one.key]) for one in open_ones}
    return replace(memory, sessions={**memory.sessions, **sessions}, heard=latest)


def sought_until(at: datetime, slot: Slot, team: Team) -> datetime | None:
    """Return until when others are asked for a role whose holder said ``at`` a moment that they cannot make it.

    For two working days, but at most for half of the time until ``rotation.freeze`` before the session; None where
    that has begun, for then a role is given to nobody else any more.
    """
    zone = ZoneInfo(team.timezone)
    left = slot.starts_at - team.rotation.freeze - at
    if left <= timedelta(0):
        return None
    there = at.astimezone(zone)
    days_later = datetime.combine(working_days_of(team).add(there.date(), ASKED_FOR), there.time(), zone)
    until = min(days_later, (at + left / 2).astimezone(zone))
    return until.replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at a moment for somebody who wants it, before it is given out by turns."""

    rotation: Rotation
    now: datetime

    def roles(self, slot: Slot, announced: Session | None) -> frozenset[str]:
        """Return the roles of an announced session that wait still."""
        given = announced.assignments if announced else ()
        offers = self.for_volunteers(slot) is not None
        return frozenset(
            one.role for one in given if one.waits and one.until and self.now < one.until and (one.former or offers)
        )

    def for_volunteers(self, slot: Slot) -> datetime | None:
        """Return until when a session that is planned now is open to volunteers; None where it is not, or so near."""
        if self.rotation.volunteers is None:
            return None
        until = min(self.now + self.rotation.volunteers, slot.starts_at - self.rotation.keep)
        until = until.astimezone(ZoneInfo(slot.zone)).replace(second=0, microsecond=0)
        return until if until > self.now else None


def working_days_of(team: Team) -> WorkingDays:
    """Return the days on which a team works."""
    place = team.holidays
    days = team.working_days
    return WorkingDays(place.country, place.subdivision, days) if place else WorkingDays(weekdays=days)


def _is_news(passings: tuple[Passing, ...], heard_before: int) -> bool:
    return passings[-1].statement.number > heard_before


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said in a team, and what it makes of a session."""

    team: Team
    memory: Memory
    names: Mapping[str, str]

    def followed(self, session: Session, passings: tuple[Passing, ...]) -> Session:
        """Return a session as it is after what was said of it since the last pass."""
        decided = self._decided(session)
        for passing in passings:
            if passing.statement.number > self.memory.heard and passing.role not in decided:
                session = self._after(session, passing)
        return session

    def _decided(self, session: Session) -> Mapping[str, str]:
        series = keyed_series(self.team, self.memory).get(session.slot.series)
        decision = decision_on(session.slot.wall.date(), series, self.team) if series else None
        return decision.roles if decision else {}

    def _after(self, session: Session, passing: Passing) -> Session:
        assignments = (
            self._passed_on(one, session, passing) if one.role == passing.role else one for one in session.assignments
        )
        return replace(session, assignments=tuple(assignments))

    def _passed_on(self, one: Assignment, session: Session, passing: Passing) -> Assignment:
        if passing.to:
            return replace(one, member=passing.to, reason=self._reason(passing), until=None, former=None)
        until = sought_until(passing.statement.at, session.slot, self.team)
        if until is None or one.member != passing.former:
            return one
        return replace(one, member=None, reason=self._sought(passing, until), until=until, former=passing.former)

    def _sought(self, passing: Passing, until: datetime) -> Reason:
        cannot = f"{self._name(passing.former)} cannot make it, as {self._by(passing.statement, passing.former)}said"
        when = f"{weekday_of(until.date())}, {until:%H:%M}"
        open_until = f"Open to whoever wants it until {when}; then it goes by turns."
        return Reason("sought", f"{cannot} {self._where(passing.statement)}. {open_until}")

    def _by(self, statement: Statement, former: str | None) -> str:
        return f"{self._name(statement.who)} " if statement.who != former else "was "

    def _reason(self, passing: Passing) -> Reason:
        statement, to, former = passing.statement, self._name(passing.to), self._name(passing.former)
        where = self._where(statement)
        match statement.kind:
            case StatementKind.SWAP_AGREE:
                return Reason("swapped", f"{to} swapped turns with {former} {where}.")
            case StatementKind.HAND_BACK:
                return Reason("handed-back", f"{former} handed it back to {to} {where}.")
            case _ if statement.who != passing.to:
                return Reason("given", f"{self._name(statement.who)} put {to} down for it {where}.")
            case _ if passing.former == passing.to:
                return Reason("taken", f"{to} can make it after all, as was said {where}.")
            case _ if passing.former is None:
                return Reason("volunteered", f"{to} wanted it, and said so {where}.")
        return Reason("taken", f"{to} took it over from {former} {where}.")

    def _name(self, email: str | None) -> str:
        return self.names.get(email, email) if email else "nobody"

    def _where(self, statement: Statement) -> str:
        """Return when and through which door something was said: on Thursday 2026-12-03, on the web page."""
        return f"on {weekday_of(local(statement.at, self.team).date())}, {DOORS[statement.door]}"


def corrected(session: Session, decided: Mapping[str, str], team: Team, statements: Statements) -> Session:
    """Return a session gone by with those in its roles who had them as people said since, but for what was decided."""
    said = {one.role: one for one in statements.about(session.key, StatementKind.CORRECTION) if one.role not in decided}
    if not said or session.state not in OVER:
        return session
    names = names_of(team)
    assignments = (
        _corrected(one, said[one.role], names, team) if one.role in said else one for one in session.assignments
    )
    return replace(session, assignments=tuple(assignments))


def _corrected(one: Assignment, said: Statement, names: Mapping[str, str], team: Team) -> Assignment:
    """Return who had a role as somebody said afterwards, with the reason that everybody sees."""
    to, before, who = (names.get(email, email) if email else "nobody" for email in (said.other, said.before, said.who))
    when = f"on {weekday_of(local(said.at, team).date())}, {DOORS[said.door]}"
    text = f"{to} was {one.role}, not {before}, as {who} said {when}: {quoted(said.value)}"
    return replace(one, member=said.other, reason=Reason("corrected", text))
