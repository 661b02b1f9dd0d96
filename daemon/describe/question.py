"""What a session's page asks weeks later: whether those who were there can do it now, a box for each answer. Pure."""

from collections.abc import Iterator

from config.markdown import markdown_text
from config.team import Team
from daemon.learn.answers import is_asked, signs_on
from daemon.model import CAN_YOU, Asked, Observed, Session, Verdict, answer_of
from daemon.model.members import Email
from daemon.model.words import names_of, quoted

EXPLAINED = (
    "{topic} was the topic here some weeks ago. Tick the line that holds for you; both or neither is no answer. “Not "
    "yet” from a third or more of those who answer brings the topic back."
)
CAME_TO = {
    Verdict.CLOSED: "So the topic is closed; a changed answer still counts.",
    Verdict.STILL_OPEN: "So the topic may be taught again.",
}


def question(session: Session, team: Team, page: Observed | None) -> list[str]:
    """Return the lines of Markdown that ask, and say what was answered; none where nobody has been asked."""
    asked, names = session.asked, names_of(team)
    people = sorted((names[email], email) for email in asked.people if email in names) if asked else []
    if asked is None or not is_asked(session) or not people:
        return []
    boxes = [line for name, email in people for line in _boxes(name, email, asked, page)]
    explained = EXPLAINED.format(topic=markdown_text(quoted(asked.topic)))
    came_to = (
        [f"{asked.in_words[:1].upper()}{asked.in_words[1:]}. {CAME_TO[asked.verdict]}", ""] if asked.verdict else []
    )
    return [f"**{CAN_YOU}**", "", explained, "", *boxes, "", *came_to]


def _boxes(name: str, email: Email, asked: Asked, page: Observed | None) -> Iterator[str]:
    """Yield somebody's two boxes, ticked as they are; where they stand there by another name, as they were."""
    signs = (signs_on(page, name) if page else None) or {can: asked.ticked.get(email) is can for can in (True, False)}
    for can in (True, False):
        yield f"- [{'x' if signs[can] else ' '}] {markdown_text(answer_of(name, can))}"
