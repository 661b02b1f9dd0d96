"""Say: the only writer of what people say, and the only way to it, whatever door they say it through.

What is refused is not recorded; what is recorded is followed by the next pass. Two people at once are heard one after
the other, the second with what the first has said in mind.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from config.markdown import one_line
from config.team import Team
from config.values import canonical_email
from daemon.decide.objections import objection
from daemon.decide.standing import Standing
from daemon.learn.nameless import Nameless
from daemon.ledger import Ledger
from daemon.model.memory import Memory
from daemon.model.names import home_key
from daemon.model.needs import monday_of
from daemon.model.statements import WITHOUT_A_NAME, Statement, StatementKind

AT_ONCE = 20
"""How many others may have said something while one statement was thought about."""
_NAMES_NOBODY = WITHOUT_A_NAME | {StatementKind.SUGGEST}
_OF_NOTHING = {StatementKind.SUGGEST, StatementKind.NEED}


@dataclass(frozen=True, slots=True)
class Refusal:
    """That something cannot be said now, and why, as a sentence for whoever wanted to."""

    text: str


def say(ledger: Ledger, team: Team, memory: Memory, statement: Statement, now: datetime) -> Refusal | None:
    """Record what somebody says, if nothing speaks against it; what is said already is said once.

    ``memory`` is as the ledger has it; where somebody else was faster, it is looked at again.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    engagements = ledger.engagements(team.members)
    for _ in range(AT_ONCE):
        if statement.id in memory.statements.by_id:
            return None
        said = completed(team, memory, statement, now)
        if why := objection(team, memory, said, now, engagements):
            return Refusal(f"{why[:1].upper()}{why[1:]}.")
        if ledger.say(memory.team, said, memory.statements.latest) is not None:
            return None
        memory = ledger.recall(memory.team, memory.name)
    return Refusal("Many people are saying something just now. Please try again.")


def completed(team: Team, memory: Memory, statement: Statement, now: datetime) -> Statement:
    """Return a statement with what goes without saying: which role is theirs, and who had it.

    What is said without a name is rid of all that could tell who said it, before it is kept.
    """
    who, other = (canonical_email(email) if email else None for email in (statement.who, statement.other))
    said = replace(statement, who=who, other=other, value=one_line(statement.value), before=None)
    if said.kind in _OF_NOTHING:
        said = replace(said, about="")
    if said.kind in _NAMES_NOBODY:
        nameless = Nameless.of(team, home_key(memory.team))
        said = replace(said, value=nameless.text(said.value), role=nameless.text(one_line(said.role)))
    if said.kind in WITHOUT_A_NAME:
        monday = monday_of(now.astimezone(ZoneInfo(team.timezone)).date())
        return replace(said, who=None, other=None, at=datetime.combine(monday, time(), ZoneInfo(team.timezone)))
    complete = _COMPLETED.get(said.kind)
    return complete(said, Standing.of(team, memory, now)) if complete else said


def _with_role(said: Statement, here: Standing) -> Statement:
    return said if said.role else replace(said, role=here.role_of(said.person, said.about))


def _taken(said: Statement, here: Standing) -> Statement:
    given = here.assignment(said.about, said.role)
    return replace(said, before=(given.member or given.former) if given else None)


def _answered(said: Statement, here: Standing) -> Statement:
    """Return an answer to an offer with what that is about: the answering person's own duty."""
    offer = here.memory.statements.by_id.get(said.value)
    if offer is None or said.who != offer.other:
        return said
    about = offer.value
    return replace(said, about=about, role=here.role_of(said.who, about), other=offer.who)


_COMPLETED: dict[StatementKind, Callable[[Statement, Standing], Statement]] = {
    StatementKind.CANNOT: _with_role,
    StatementKind.TAKE: _taken,
    StatementKind.CORRECTION: _taken,
    StatementKind.SWAP_OFFER: _with_role,
    StatementKind.SWAP_AGREE: _answered,
    StatementKind.SWAP_REFUSE: _answered,
    StatementKind.HAND_BACK: _with_role,
}
