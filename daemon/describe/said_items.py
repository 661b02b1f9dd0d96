"""What a session's page shows of what people said elsewhere of its action items, whose boxes are theirs alone. Pure."""

from collections.abc import Iterator
from datetime import date

from config.markdown import markdown_text
from config.team import Team
from daemon.learn.said_items import OF_ITEMS, in_force
from daemon.model import Session
from daemon.model.memory import Memory
from daemon.model.statements import DOORS, Statement, StatementKind
from daemon.model.words import local, names_of, quoted, weekday_of

SAID = "Said elsewhere of action items on this page"


def of_items(session: Session, team: Team, memory: Memory) -> Iterator[str]:
    """Yield, as lines of Markdown, what was said on the web page or by a mail and is newer than what the page says."""
    keys = dict.fromkeys(one.about for one in memory.statements.of(*OF_ITEMS))
    items = [item for key in keys if (item := memory.items.get(key)) and item.page == session.page]
    said = [(item, one) for item in items if (one := in_force(item, memory.statements))]
    if said:
        yield from (f"**{SAID}**", "")
        yield from (f"- {markdown_text(quoted(item.words))}: {markdown_text(_words(one, team))}" for item, one in said)
        yield ""


def _words(said: Statement, team: Team) -> str:
    day = weekday_of(local(said.at, team).date())
    return f"{_became(said)}, as {names_of(team).get(said.who or '', said.who)} said {DOORS[said.door]} on {day}"


def _became(said: Statement) -> str:
    match said.kind:
        case StatementKind.DONE:
            return "done"
        case StatementKind.LATER:
            return f"now due {weekday_of(date.fromisoformat(said.value))}"
    return "will not be done"
