"""Turns that look for somebody: who is asked to take one, or to swap, and what is open to volunteers. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.team import Team
from daemon.describe.words import SessionWords
from daemon.learn.by_hand import who_declined
from daemon.model import Assignment, Reminder, Session
from daemon.model.asks import Ask, Purpose
from daemon.model.memory import Memory
from daemon.model.statements import Statement, StatementKind
from daemon.model.words import local, weekday_of
from daemon.tell.kinds import OPEN_TURNS, SOUGHT
from daemon.tell.people import Addressee, addressee, could_come, name_of
from daemon.tell.session import reminder, when


def sought(coming: Sequence[Session], team: Team, memory: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield who is asked to take a turn or to swap one, whose offer was refused, and what is open to volunteers."""
    there = [SessionWords(one, team, memory) for one in coming if one.takes_place]
    for words in there:
        for one in words.session.assignments:
            if one.waits and one.former:
                yield from _asked(words, one, one.former)
        yield from _open(words, now)
    by_key = {words.session.key: words for words in there}
    for offer in memory.statements.of(StatementKind.SWAP_OFFER):
        if swap := _Swap.of(offer, by_key):
            yield from swap.reminders(offer in memory.statements.offers, memory)


def until(one: Assignment, team: Team) -> str:
    """Return until when a role waits, in the team's zone: Thursday 2026-12-03, 10:00."""
    there = local(one.until, team) if one.until else None
    return f"{weekday_of(there.date())}, {there:%H:%M}" if there else ""


def _asked(words: SessionWords, one: Assignment, former: str) -> Iterator[Reminder]:
    """Ask those next in line to take a turn, whose holder cannot make it."""
    team, day = words.team, words.session.slot.day
    for email in one.reason.ranked:
        if who := addressee(email, team):
            cannot = f"{name_of(former, team)} cannot make it"
            text = (
                f"{words.title} on {when(words, who)} looks for somebody as {one.role}, for {cannot}: whoever says yes "
                f"first has it, until {until(one, team)}; then it goes by turns"
            )
            subject = f"{words.title} on {weekday_of(day)} looks for somebody as {one.role}"
            moment = f"{one.until:%Y-%m-%dT%H:%M}" if one.until else ""
            part, asks = f"{one.role}/{moment}/{email}", (Ask(Purpose.TAKE, words.session.key),)
            yield reminder(SOUGHT, words, part, email, text, subject=subject, asks=asks)


def _open(words: SessionWords, now: datetime) -> Iterator[Reminder]:
    """Tell once a week, in a mail that goes out anyway, what waits for volunteers."""
    session, team = words.session, words.team
    offered = [one for one in session.assignments if one.waits and not one.former]
    if not offered:
        return
    busy = {*session.roles.values(), *who_declined(session.slot, words.memory)}
    for who in could_come(team, session.slot.day):
        roles = [one.role for one in offered if one.role not in _excused(who, team)]
        if roles and who.email not in busy:
            year, week, _ = who.today(now).isocalendar()
            text = f"Who wants {words.title} on {when(words, who)}? Open until {until(offered[0], team)}: "
            part = f"{year}-{week}/{who.email}"
            asks = (Ask(Purpose.TAKE, session.key),)
            yield reminder(OPEN_TURNS, words, part, who.email, text + ", ".join(roles) + _about(words), asks=asks)


def _excused(who: Addressee, team: Team) -> Sequence[str]:
    return next((one.excused for one in team.members if one.email == who.email), ())


def _about(words: SessionWords) -> str:
    return f"; planned is {words.about}" if words.session.topic else ""


@dataclass(frozen=True, slots=True)
class _Swap:
    """An offer to swap, of which both turns are still those of the two."""

    offer: Statement
    mine: SessionWords
    theirs: SessionWords
    role: str

    @classmethod
    def of(cls, offer: Statement, coming: Mapping[str, SessionWords]) -> "_Swap | None":
        """Return it; None where one of the two has their turn no more."""
        mine, theirs = coming.get(offer.about), coming.get(offer.value)
        if not mine or not theirs or mine.session.roles.get(offer.role) != offer.who:
            return None
        role = next((role for role, email in theirs.session.roles.items() if email == offer.other), "")
        return cls(offer, mine, theirs, role) if role else None

    def reminders(self, is_open: bool, memory: Memory) -> Iterator[Reminder]:
        """Ask who is to swap; or tell who offered that the other one would rather not."""
        who, other = (addressee(email, self.mine.team) for email in (self.offer.who, self.offer.other))
        if is_open and who and other:
            yield self._offered(who, other)
        refusals = memory.statements.about(self.theirs.session.key, StatementKind.SWAP_REFUSE)
        if who and other and any(one.value == self.offer.id and one.who == other.email for one in refusals):
            yield self._refused(who, other)

    def _offered(self, who: Addressee, other: Addressee) -> Reminder:
        text = (
            f"{who.name} would like to swap: {self.mine.title} on {when(self.mine, other)} ({self.offer.role}) for "
            f"your turn, {self.theirs.title} on {when(self.theirs, other)} ({self.role}). Only if you say yes"
        )
        subject = f"{who.name} would like to swap turns with you"
        part = f"swap/{self.offer.id}/{other.email}"
        asks = (Ask(Purpose.SWAP, self.mine.session.key),)
        return reminder(SOUGHT, self.mine, part, other.email, text, subject=subject, asks=asks)

    def _refused(self, who: Addressee, other: Addressee) -> Reminder:
        text = (
            f"{other.name} would rather not swap {self.theirs.title} on {when(self.theirs, who)}: "
            f"{self.mine.title} on {when(self.mine, who)} ({self.offer.role}) stays yours"
        )
        part = f"no-swap/{self.offer.id}/{who.email}"
        return reminder(SOUGHT, self.mine, part, who.email, text, subject=f"{other.name} would rather not swap turns")
