"""What speaks against saying that an action item is done, needs longer, or will not be done. Pure."""

from collections.abc import Mapping
from datetime import date

from daemon.decide.standing import Standing
from daemon.model.memory import Item, Progress
from daemon.model.statements import Statement, StatementKind
from daemon.model.words import FACILITATOR, weekday_of

NO_ITEM = "there is no such action item"
ENDED: Mapping[Progress, str] = {
    Progress.DONE: "done",
    Progress.DROPPED: "dropped",
    Progress.GONE: "gone from its page",
    Progress.LOST: "on a page that cannot be read",
}


def item(here: Standing, statement: Statement) -> str | None:
    """An action item is done, needs longer, or will not be done."""
    item = here.memory.items.get(statement.about)
    if item is None:
        return NO_ITEM
    again = statement.kind is StatementKind.LATER and item.place is not None
    if item.state is not Progress.OPEN and not again:
        return f"this action item is {ENDED.get(item.state, 'over')} already"
    if not _may_speak_of(here, item, statement.who):
        return f"this action item is {' and '.join(map(here.name, item.people))}'s"
    return _against_day(here, statement.value) if statement.kind is StatementKind.LATER else None


def _may_speak_of(here: Standing, item: Item, who: str | None) -> bool:
    session = here.memory.sessions.get(item.session)
    leads = session.roles.get(FACILITATOR) if session else None
    return not item.people or who in (*item.people, leads, here.team.lead)


def _against_day(here: Standing, written: str) -> str | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return "please give the day as YYYY-MM-DD"
    return f"{weekday_of(day)} is over" if day < here.today else None
