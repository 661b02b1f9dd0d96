"""What speaks against voting for a topic, suggesting one, or saying that one needs something. Pure."""

from daemon.decide.standing import SHORTER, YES_OR_NO, Standing, against_text
from daemon.learn.votes import voters
from daemon.model import Topic
from daemon.model.statements import NO, YES, Statement
from daemon.model.words import quoted

LONGEST_TITLE, LONGEST_AREA = 200, 100


def _topic(here: Standing, title: str) -> Topic | None:
    """Return a topic of the backlog by any of its titles."""
    written = (one for one in here.team.topics if title == one.title or title in one.was)
    return next((Topic(**dict(one)) for one in written), None)


def vote(here: Standing, statement: Statement) -> str | None:
    """Somebody wants a topic, once, or does no more."""
    topic = _topic(here, statement.about)
    if topic is None:
        return "there is no such topic in the team's list"
    if statement.value not in (YES, NO, ""):
        return YES_OR_NO
    wants = statement.value != NO
    if wants == (statement.who in voters(topic, here.memory.statements)):
        return "this vote counts already" if wants else "there is no vote to be taken back"
    return None


def suggest(here: Standing, statement: Statement) -> str | None:
    """Somebody suggests a topic."""
    if _topic(here, statement.value):
        return f"{quoted(statement.value)} is in the team's list already: vote for it there"
    return against_text(statement.value, LONGEST_TITLE) or _against_area(statement.role)


def need(here: Standing, statement: Statement) -> str | None:
    """Somebody wants to know something."""
    return against_text(statement.value) or _against_area(statement.role)


def _against_area(area: str) -> str | None:
    return SHORTER if len(area) > LONGEST_AREA else None
