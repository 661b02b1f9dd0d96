"""What somebody may say where they stand: each thing as a button, and only what nothing speaks against. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from config.cached import cached_property
from daemon.decide.objections import Objections
from daemon.model import OVER, Engagement, Session, Topic
from daemon.model.memory import Item
from daemon.model.statements import NO, YES, Door, Statement, StatementKind
from daemon.web.look import Look

LATER_BY = timedelta(weeks=1)
"""So much later than today an item is that needs longer, unless another day is chosen."""
MOST_SWAPS = 8
"""How many turns of others are offered to swap for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that somebody may say by one button.

    ``asks`` is for words or a day besides, for which ``value`` is proposed.
    """

    kind: StatementKind
    label: str
    about: str
    role: str = ""
    other: str = ""
    value: str = ""
    asks: str = ""
    is_quiet: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """A swap that waits for an answer, in words, and what may be answered."""

    text: str
    answers: Sequence[Choice]


@dataclass(frozen=True)
class Choices:
    """What who looks may say in a team; ``engagements`` are the duties of its members in all teams."""

    look: Look
    engagements: tuple[Engagement, ...] = ()
    door: Door = Door.WEB

    @cached_property
    def _standing(self) -> Objections:
        return Objections.of(self.look.team, self.look.memory, self.look.now, self.engagements)

    def may(self, choice: Choice) -> bool:
        """Whether nothing speaks against it, but for the words that are asked for."""
        said = Statement(
            id="",
            kind=choice.kind,
            about=choice.about,
            at=self.look.now,
            door=self.door,
            who=self.look.viewer,
            role=choice.role,
            other=choice.other or None,
            value=choice.value or ("?a" if choice.asks == "words" else str(self.look.today)),
        )
        return self._standing.against(said) is None

    def _allowed(self, choices: Iterable[Choice]) -> list[Choice]:
        return [one for one in choices if self.may(one)]

    def of_session(self, session: Session) -> list[Choice]:
        """Return what may be said of one's part in a session, and of those that nobody has or whose holder cannot."""
        return self._allowed(self._of_session(session))

    def _of_session(self, session: Session) -> Iterator[Choice]:
        me, key = self.look.viewer, session.key
        mine = next((role for role, holder in session.roles.items() if holder == me), "")
        if mine:
            yield Choice(StatementKind.HAND_BACK, f"Hand “{mine}” back", key, mine)
            yield Choice(StatementKind.CANNOT, f"I can't be {mine}", key, mine)
        for role in [*session.unfilled, *(role for role, holder in session.roles.items() if holder != me)]:
            yield Choice(StatementKind.TAKE, f"I'll be {role}", key, role, is_quiet=False)

    def for_others(self, session: Session) -> list[Choice]:
        """Return what the lead may say of a session for somebody else."""
        return self._allowed(self._for_others(session)) if self.look.is_lead else []

    def _for_others(self, session: Session) -> Iterator[Choice]:
        for role, holder in session.roles.items():
            if holder != self.look.viewer:
                name = self.look.name(holder)
                yield Choice(StatementKind.CANNOT, f"{name} can't be {role}", session.key, role, holder)

    def may_correct(self, session: Session) -> bool:
        """Whether somebody else may be named for a role in a session gone by; the reason is given with it."""
        others = (
            (one.role, member.email)
            for one in session.assignments
            for member in self.look.team.members
            if member.email != one.member
        )
        role, email = next(others, ("", ""))
        return self.may(Choice(StatementKind.CORRECTION, "", session.key, role, email, asks="words"))

    def swaps(self, session: Session) -> list[Choice]:
        """Return the turns of others that one's own in a session may be offered for, the soonest first."""
        me = self.look.viewer
        mine = next((role for role, holder in session.roles.items() if holder == me), "")
        coming = [one for one in self.look.memory.by_start() if one.slot.starts_at > self.look.now and one.takes_place]
        theirs = ((one, role, holder) for one in coming for role, holder in one.roles.items() if holder != me)
        offers = (
            Choice(
                StatementKind.SWAP_OFFER,
                f"{self.look.name(holder)}: {role}, {self.look.about(one)}, {self.look.day(one.slot.day)}",
                session.key,
                mine,
                holder,
                one.key,
            )
            for one, role, holder in (theirs if mine else ())
        )
        return self._first(offers, MOST_SWAPS)

    def _first(self, choices: Iterable[Choice], most: int) -> list[Choice]:
        found = list[Choice]()
        for one in choices:
            if self.may(one):
                found.append(one)
            if len(found) == most:
                break
        return found

    def offered(self, session: Session | None = None) -> list[Offer]:
        """Return the swaps that wait for an answer of who looks, or those of them that are for a turn in a session."""
        found = list[Offer]()
        for offer in self._standing.offers:
            theirs, mine = (self.look.memory.sessions.get(key) for key in (offer.about, offer.value))
            is_meant = session is None or session.key in (offer.about, offer.value)
            if offer.other == self.look.viewer and theirs and mine and is_meant:
                found.append(self._offer(offer, theirs, mine))
        return found

    def _offer(self, offer: Statement, theirs: Session, mine: Session) -> Offer:
        look, role = self.look, self._standing.role_of(self.look.viewer, mine.key)
        text = (
            f"{look.name(offer.who)} would do your turn in {look.about(mine)} on {look.day(mine.slot.day)}, if you are "
            f"{offer.role} of {look.about(theirs)} on {look.day(theirs.slot.day)}"
        )
        answers = [
            Choice(StatementKind.SWAP_AGREE, "Agreed", mine.key, role, value=offer.id, is_quiet=False),
            Choice(StatementKind.SWAP_REFUSE, "No, sorry", mine.key, role, value=offer.id),
        ]
        return Offer(text, self._allowed(answers))

    def of_learning(self, session: Session) -> list[Choice]:
        """Return how one may answer whether one can do now what a session taught."""
        return self._allowed(
            [
                Choice(StatementKind.CAN, "Yes, I can do it now", session.key, value=YES, is_quiet=False),
                Choice(StatementKind.CAN, "Not yet", session.key, value=NO),
            ]
        )

    def around(self, session: Session) -> list[Choice]:
        """Return what may be said of a session besides: a question, a recording, who was there."""
        return self._allowed(self._around(session))

    def _around(self, session: Session) -> Iterator[Choice]:
        key = session.key
        if session.state not in OVER:
            yield Choice(StatementKind.QUESTION, "Ask, without a name", key, asks="words")
        else:
            yield Choice(StatementKind.ATTENDED, "I was there", key, value=YES)
            yield Choice(StatementKind.ATTENDED, "I was not there", key, value=NO)
        yield Choice(StatementKind.CONSENT, "I agree to a recording", key, value=YES)
        yield Choice(StatementKind.CONSENT, "I do not agree to a recording", key, value=NO)

    def of_item(self, item: Item) -> list[Choice]:
        """Return what may be said of an action item."""
        return self._allowed(
            [
                Choice(StatementKind.DONE, "Done", item.key, is_quiet=False),
                Choice(StatementKind.LATER, "Later", item.key, value=str(self.look.today + LATER_BY), asks="day"),
                Choice(StatementKind.WONT_DO, "Won't do", item.key),
            ]
        )

    def of_topic(self, topic: Topic) -> list[Choice]:
        """Return whether one may vote for a topic, or take one's vote back."""
        return self._allowed(
            [
                Choice(StatementKind.VOTE, "I want this", topic.title, value=YES, is_quiet=False),
                Choice(StatementKind.VOTE, "Take my vote back", topic.title, value=NO),
            ]
        )
