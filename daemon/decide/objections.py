"""What speaks against something that a person wants to say now, in words for them: None where nothing does. Pure.

The web page offers what nothing speaks against, and ``daemon/say.py`` records nothing else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from config.team import Member, Team
from daemon.decide.decisions import decision_on
from daemon.decide.item_objections import item
from daemon.decide.standing import LONGEST, SHORTER, YES_OR_NO, Standing, against_text
from daemon.decide.topic_objections import need, suggest, vote
from daemon.learn.answers import is_asked
from daemon.learn.by_hand import who_declined
from daemon.learn.life import LATELY
from daemon.model import OVER, Engagement
from daemon.model.members import why_away
from daemon.model.memory import Memory
from daemon.model.names import keyed_series
from daemon.model.statements import FOR_SOMEBODY, NO, WITHOUT_A_NAME, YES, Statement, StatementKind

NO_SESSION = "there is no such session"


def objection(
    team: Team, memory: Memory, statement: Statement, now: datetime, engagements: Iterable[Engagement] = ()
) -> str | None:
    """Return what speaks against a statement, a sentence without its full stop; None where nothing does.

    ``engagements`` are the duties of the members in all teams.
    """
    return Objections.of(team, memory, now, engagements).against(statement)


class Objections(Standing):
    """What speaks against what, as things stand; ``AGAINST`` names who judges each kind of statement."""

    def against(self, statement: Statement) -> str | None:
        """Return what speaks against a statement; who looks at many asks the same value for each."""
        too_long = max(map(len, (statement.about, statement.role, statement.other or "", statement.value))) > LONGEST
        return SHORTER if too_long else self._against_who(statement) or AGAINST[statement.kind](self, statement)

    def _against_who(self, statement: Statement) -> str | None:
        """Return what speaks against that this person says anything here, or says this for somebody."""
        who, other = statement.who, statement.other
        if statement.kind in WITHOUT_A_NAME:
            return None
        member = self.member(who)
        if who != self.team.lead and (member is None or (member.leaves and member.leaves < self.today)):
            return "only who is in the team can say this"
        if statement.kind in FOR_SOMEBODY and other and other != who and who != self.team.lead:
            return "only the lead can say this for somebody else"
        return None

    def against_file(self, session: str, role: str) -> str | None:
        """Return that the team's file names somebody for a role, which wins over what is said."""
        slot = self.memory.sessions[session].slot
        series = keyed_series(self.team, self.memory).get(slot.series)
        decision = decision_on(slot.wall.date(), series, self.team) if series else None
        named = decision.roles.get(role) if decision else None
        lead = self.name(self.team.lead)
        return f"the team's file names {self.name(named)} for it: please ask {lead}" if named else None

    # sessions to come

    def against_coming(self, session: str) -> str | None:
        """Return why nothing of a session can change any more."""
        known = self.memory.sessions.get(session)
        if known is None:
            return NO_SESSION
        if not known.takes_place:
            return "this session does not take place"
        return "this session has begun" if known.slot.starts_at <= self.now else None

    def cannot(self, statement: Statement) -> str | None:
        """Somebody cannot make it."""
        if why := self.against_coming(statement.about):
            return why
        session, person = self.memory.sessions[statement.about], statement.person
        if self.member(person) is None:
            return "only who is in the team has turns"
        if person in who_declined(session.slot, self.memory):
            return "this is known already, and somebody is looked for where that is needed"
        if statement.role and session.roles.get(statement.role) != person:
            return f"{self.name(session.roles.get(statement.role))} is {statement.role} there"
        return None

    def take(self, statement: Statement) -> str | None:
        """Somebody takes a role that is free, or is put down for it by the lead."""
        if why := self.against_coming(statement.about):
            return why
        given = self.assignment(statement.about, statement.role)
        if given is None:
            return f"there is no {statement.role or 'such role'} in this session"
        slot, holder = self.memory.sessions[statement.about].slot, given.member
        if holder == statement.person:
            return "it is taken already, by the same person"
        is_free = holder is None or holder in who_declined(slot, self.memory)
        if not is_free and statement.who == statement.person:
            return f"{self.name(holder)} has it already"
        by_file = self.against_file(statement.about, statement.role)
        return by_file or self._against_duty(statement.person, statement.about, statement.role)

    def _against_duty(self, email: str | None, session: str, role: str, instead: Sequence[str] = ()) -> str | None:
        """Return why somebody cannot have a role in a session; ``instead`` are sessions of which they give theirs."""
        member, slot = self.member(email), self.memory.sessions[session].slot
        if member is None:
            return f"{self.name(email)} is not in the team"
        if away := why_away(member, slot.day):
            return f"{member.name} {away}"
        if role in member.excused:
            return f"{member.name} is excused from being {role}"
        if session not in instead and (other := self.role_of(email, session)):
            return f"{member.name} is {other} there already"
        return self._at_once(member, session, instead)

    def _at_once(self, member: Member, session: str, instead: Sequence[str]) -> str | None:
        slot = self.memory.sessions[session].slot
        own = [
            (one.slot.starts_at, one.slot.ends_at, self.memory.series[one.slot.series].name)
            for key, one in self.memory.sessions.items()
            if key not in (session, *instead) and one.takes_place and member.email in one.roles.values()
        ]
        others = [(one.starts_at, one.ends_at, one.title) for one in self.elsewhere if one.email == member.email]
        at_once = (title for start, end, title in (*own, *others) if start < slot.ends_at and slot.starts_at < end)
        return next((f"{member.name} has {title} at that time" for title in at_once), None)

    # swaps

    @property
    def offers(self) -> list[Statement]:
        """The offers to swap that wait for an answer, and of which both turns are still those of the two."""
        return [one for one in self.memory.statements.offers if self._stands(one)]

    def _stands(self, offer: Statement) -> bool:
        if self.against_coming(offer.about) or self.against_coming(offer.value):
            return False
        is_mine = self.role_of(offer.who, offer.about) == offer.role
        return is_mine and bool(self.role_of(offer.other, offer.value))

    def offer(self, statement: Statement) -> str | None:
        """Somebody would swap their turn for another one's."""
        theirs = self.role_of(statement.other, statement.value)
        if why := self.against_coming(statement.about) or self.against_coming(statement.value):
            return why
        if not statement.role or self.memory.sessions[statement.about].roles.get(statement.role) != statement.who:
            return "only a turn of one's own can be swapped"
        if not theirs or statement.other == statement.who:
            return f"{self.name(statement.other)} has no turn there to swap"
        if any((one.about, one.role) == (statement.about, statement.role) for one in self.offers):
            return "a swap of this turn is offered already, and not answered yet"
        return self._against_swap(statement, theirs)

    def _against_swap(self, offer: Statement, theirs: str) -> str | None:
        """Return why two people cannot do each other's duty."""
        if why := self.against_file(offer.about, offer.role) or self.against_file(offer.value, theirs):
            return why
        both = (offer.about, offer.value)
        gets = self._against_duty(offer.other, offer.about, offer.role, both)
        return gets or self._against_duty(offer.who, offer.value, theirs, both)

    def agree(self, statement: Statement) -> str | None:
        """Somebody agrees to a swap that was offered to them."""
        offer = next((one for one in self.memory.statements.offers if one.id == statement.value), None)
        if offer is None:
            return "this offer is answered already, or was taken back"
        if offer.other != statement.who:
            return f"this offer is for {self.name(offer.other)}"
        theirs = self.role_of(statement.who, offer.value)
        if why := self.against_coming(offer.about) or self.against_coming(offer.value):
            return why
        if not self._stands(offer) or (statement.about, statement.role) != (offer.value, theirs):
            return "one of the two turns is somebody else's by now"
        return self._against_swap(offer, theirs)

    def refuse(self, statement: Statement) -> str | None:
        """Somebody does not want a swap, or takes their offer back."""
        offer = next((one for one in self.memory.statements.offers if one.id == statement.value), None)
        if offer is None:
            return "this offer is answered already, or was taken back"
        return None if statement.who in (offer.who, offer.other) else f"this offer is for {self.name(offer.other)}"

    def hand_back(self, statement: Statement) -> str | None:
        """Somebody gives a role back to whoever they had it from; of a swap, both have theirs again."""
        if why := self.against_coming(statement.about):
            return why
        had = statement.person and self.memory.statements.had_from(statement.about, statement.role, statement.person)
        if not had or self.role_of(statement.person, statement.about) != statement.role:
            return "only what was taken over or swapped can be handed back"
        if had.former is None or had.former == statement.person:
            return "nobody had it before; who cannot make it can say so, and somebody is looked for"
        if by_file := self.against_file(statement.about, statement.role):
            return by_file
        swapped = [had.swapped_for] if had.swapped_for else []
        back = self._against_duty(had.former, statement.about, statement.role, [statement.about, *swapped])
        return back or next(filter(None, (self._against_swapping_back(each, statement) for each in swapped)), None)

    def _against_swapping_back(self, session: str, statement: Statement) -> str | None:
        if why := self.against_coming(session):
            return why
        had = self.memory.statements.had_from(statement.about, statement.role, statement.person or "")
        role = self.role_of(had.former if had else None, session)
        if not role:
            return "the turn that was given for it is somebody else's by now"
        back = self._against_duty(statement.person, session, role, [statement.about, session])
        return back or self.against_file(session, role)

    # sessions gone by, and what is said of any

    def question(self, statement: Statement) -> str | None:
        """Somebody has a question for a session."""
        return against_text(statement.value) or self.against_coming(statement.about)

    def consent(self, statement: Statement) -> str | None:
        """Whether somebody agrees to be recorded."""
        session = self.session(statement)
        if session is None or not session.takes_place:
            return NO_SESSION
        if self.team.recording.consent == "off":
            return "nothing is recorded in this team"
        if self.now - session.slot.ends_at > LATELY:
            return "this session is long over"
        return self._against_again(statement) if statement.value in (YES, NO) else YES_OR_NO

    def attended(self, statement: Statement) -> str | None:
        """Whether somebody was there."""
        session = self.session(statement)
        if session is None or not session.takes_place:
            return NO_SESSION
        if session.slot.starts_at > self.now:
            return "this session has not begun yet"
        if self.now - session.slot.ends_at > LATELY:
            return "this session is long over"
        return self._against_again(statement) if statement.value in (YES, NO, "") else YES_OR_NO

    def _against_again(self, statement: Statement) -> str | None:
        """Return that somebody has said the same of a session before, and nothing else since."""
        said = [
            one for one in self.memory.statements.about(statement.about, statement.kind) if one.who == statement.who
        ]
        is_same = said and (said[-1].value != NO) == (statement.value != NO)
        return "this is noted already" if is_same else None

    def can(self, statement: Statement) -> str | None:
        """Whether somebody can do now what a session taught."""
        session = self.session(statement)
        if session is None or session.asked is None or not is_asked(session):
            return NO_SESSION
        if statement.who not in session.asked.people:
            return "only those who were there are asked"
        return None if statement.value in (YES, NO) else YES_OR_NO

    def correction(self, statement: Statement) -> str | None:
        """Somebody else had a role in a session gone by."""
        session, given = self.session(statement), self.assignment(statement.about, statement.role)
        if session is None or given is None:
            return NO_SESSION
        if session.state not in OVER:
            return "this session is not over yet"
        if self.member(statement.other) is None:
            return f"{self.name(statement.other)} is not in the team"
        if given.member == statement.other:
            return f"{self.name(statement.other)} stands there already"
        return against_text(statement.value)


AGAINST: Mapping[StatementKind, Callable[["Objections", Statement], str | None]] = {
    StatementKind.CANNOT: Objections.cannot,
    StatementKind.TAKE: Objections.take,
    StatementKind.SWAP_OFFER: Objections.offer,
    StatementKind.SWAP_AGREE: Objections.agree,
    StatementKind.SWAP_REFUSE: Objections.refuse,
    StatementKind.HAND_BACK: Objections.hand_back,
    StatementKind.QUESTION: Objections.question,
    StatementKind.CONSENT: Objections.consent,
    StatementKind.ATTENDED: Objections.attended,
    StatementKind.CAN: Objections.can,
    StatementKind.CORRECTION: Objections.correction,
    StatementKind.VOTE: vote,
    StatementKind.SUGGEST: suggest,
    StatementKind.NEED: need,
    StatementKind.DONE: item,
    StatementKind.LATER: item,
    StatementKind.WONT_DO: item,
}
