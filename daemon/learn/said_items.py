"""What people said of an action item: it is done, needs longer, or will not be done. Pure.

It counts as if its page said so, until that says something else than it did when it was first heard: another state of
its box, or another day. From then on the page counts, for that is later.
"""

from dataclasses import replace
from datetime import date

from config.team import Team
from daemon.model.memory import Item, Memory, Progress
from daemon.model.statements import Statement, StatementKind, Statements
from daemon.model.words import local

OF_ITEMS = (StatementKind.DONE, StatementKind.LATER, StatementKind.WONT_DO)


def as_said(item: Item, statements: Statements, team: Team) -> Item:
    """Return an item, which is as its page shows it, as people said that it is."""
    said = statements.about(item.key, *OF_ITEMS)
    if not said:
        return item
    latest, shows = said[-1], _shown(item)
    if _is_news(item, latest):
        item = replace(item, heard=latest.number, showed=shows)
    elif item.showed != shows:
        return replace(item, showed="")
    return _after(item, latest, local(latest.at, team).date())


def with_said(memory: Memory, team: Team) -> Memory:
    """Return the memory with what people said of items since the last pass, which looks at what their pages show."""
    fresh = {one.about: one for one in memory.statements.of(*OF_ITEMS) if one.about in memory.items}
    news = {key: one for key, one in fresh.items() if _is_news(memory.items[key], one)}
    after = {key: _after(memory.items[key], one, local(one.at, team).date()) for key, one in news.items()}
    return replace(memory, items={**memory.items, **after}) if after else memory


def done_as_said(memory: Memory, page: str) -> frozenset[str]:
    """Return the ids of the items on a page that are done, as people said elsewhere; its boxes may not show it."""
    here = (one for one in memory.items.values() if one.page == page and one.state is Progress.DONE)
    said = ((one, memory.statements.about(one.key, *OF_ITEMS)) for one in here)
    return frozenset(one.id for one, told in said if told and told[-1].kind is StatementKind.DONE)


def _is_news(item: Item, said: Statement) -> bool:
    return item.place is not None and said.number > item.heard


def in_force(item: Item, statements: Statements) -> Statement | None:
    """Return what people said last of an item, if it counts still, and what its page shows of it does not."""
    said = statements.about(item.key, *OF_ITEMS) if item.place is not None and item.showed else []
    return said[-1] if said and said[-1].number == item.heard else None


def _shown(item: Item) -> str:
    """Return what its page says of an item: how far it is, and by when it is to be done."""
    return f"{item.state}/{item.written or (item.due if item.dated else '')}"


def _after(item: Item, said: Statement, day: date) -> Item:
    if said.kind is StatementKind.LATER:
        return replace(item, due=date.fromisoformat(said.value), dated=True, written="", unclear="")
    return replace(item, state=Progress.DONE if said.kind is StatementKind.DONE else Progress.DROPPED, ended=day)
