"""The page that shows whether the programme helps: figures of the whole team, and what they do not say. Pure.

Everybody can read it, so nobody is named, and nothing is told that could be traced to one person.
"""

from collections.abc import Iterator
from datetime import datetime

from config.markdown import markdown_text, one_line
from config.onboarding import Newcomers
from config.team import Team
from config.values import slug
from daemon.describe.outcome_words import TOO_FEW, figures_of
from daemon.describe.outcomes import last_monday, outcomes
from daemon.describe.pages import FOOTER, page_title
from daemon.learn.needs import reported_bugs
from daemon.model import Page, held
from daemon.model.memory import Memory
from daemon.model.names import outcomes_key
from daemon.model.words import local

NOT_KEPT = "These figures are not kept any more."
_INTRO = (
    "What can be counted of our programme, over the whole team, up to the end of the last full week. Chance alone "
    f"moves figures of so few; the 95% interval has all that goes with them. {TOO_FEW}."
)


def is_kept(team: Team) -> bool:
    """Whether a team's file asks for the page."""
    return bool(team.outcomes and team.outcomes.page)


def outcomes_page(team: Team, memory: Memory, newcomers: Newcomers, now: datetime) -> Page | None:
    """Return the page, once a week has ended in which a session was held; None where none is wanted."""
    if is_kept(team):
        until = last_monday(local(now, team).date())
        if all(one.slot.day >= until for one in held(memory.sessions.values())):
            return None
        lines = [_INTRO, "", *_figures(team, memory, newcomers, now), FOOTER]
    elif (seen := memory.observed(outcomes_key(memory.team))) and not seen.gone:
        lines = [NOT_KEPT]
    else:
        return None
    return Page(
        key=outcomes_key(memory.team),
        name="outcomes",
        title=page_title(f"{one_line(team.team)}: does it help?"),
        region="\n".join(lines),
        body="",
        labels=(slug(team.team), "outcomes"),
    )


def _figures(team: Team, memory: Memory, newcomers: Newcomers, now: datetime) -> Iterator[str]:
    for figure in figures_of(team, outcomes(team, memory, newcomers, reported_bugs(memory), now)):
        yield from (f"**{markdown_text(figure.heading)}**", "")
        yield from (f"- {markdown_text(figure.said)}", f"- {markdown_text(figure.meaning)}", "")
