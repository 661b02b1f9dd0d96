"""What somebody is asked by a link of a mail: what it is about, the question in words, and what may be answered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.learn.life import LATELY
from daemon.learn.waiting_topics import waiting_topics
from daemon.model import Session, held
from daemon.model.asks import Ask, Purpose, kinds_of
from daemon.model.memory import Item
from daemon.model.statements import YES, StatementKind
from daemon.tell.pulse import is_open
from daemon.web.choices import Choice, Choices, Offer
from daemon.web.look import Look

MOST_TOPICS, MOST_SESSIONS = 20, 8
OF_A_TEAM = {
    Purpose.TOPICS: ("Which topic next?", "Vote for as many as you like; each of your votes counts once."),
    Purpose.NEED: ("What would you like to know?", ""),
    Purpose.ATTENDED: ("Were you there?", "Only who was there is asked what came of it."),
}
"""What a link for a whole team asks, and a word on it."""
OF_NONE = {
    Purpose.TOPICS: "No topic waits just now: what would you suggest?",
    Purpose.ATTENDED: "There was no session lately.",
}
"""What is said instead where there is nothing to choose from."""
QUESTIONS = {
    Purpose.TAKE: "Would you like to do it?",
    Purpose.LEARNED: "Can you do now what it was about? An honest “not yet” helps: it may bring the topic back.",
    Purpose.QUESTION: "What would you like to know? It is shown on the session's page, without your name.",
    Purpose.CONSENT: "May it be recorded? Only if everybody who is there agrees.",
    Purpose.ATTENDED: "Were you there?",
}
"""What a link asks of a session."""


@dataclass(frozen=True, slots=True)
class Group:
    """One of several things that something may be said of."""

    heading: str
    detail: str
    choices: Sequence[Choice]


def ask(look: Look, asked: Ask, choices: Choices) -> dict[str, Any]:
    """Return what the page of a link shows."""
    session, item = look.memory.sessions.get(asked.about), look.memory.items.get(asked.about)
    heading, question = OF_A_TEAM.get(asked.purpose, ("", ""))
    if session or item:
        heading, question = look.about(session) if session else "", _question(look, asked.purpose, session)
    groups = [] if session or item else list(_groups(look, asked.purpose, choices))
    return {
        "purpose": asked.purpose.value,
        "one": session,
        "item": item,
        "heading": item.words if item else heading,
        "question": question if groups or session or item else OF_NONE.get(asked.purpose, question),
        "offers": _offers(asked, choices, session),
        "can_say": _can_say(asked, choices, session, item),
        "groups": groups,
        "pulse_is_open": asked.purpose is Purpose.PULSE
        and session is not None
        and is_open(session, look.team, look.now),
    }


def _question(look: Look, purpose: Purpose, session: Session | None) -> str:
    roles = session.roles if session else {}
    part = next((role for role, holder in roles.items() if holder == look.viewer), "")
    if purpose is Purpose.CANNOT:
        return f"You are {part}." if part else ""
    asked = QUESTIONS.get(purpose, "")
    return f"{asked} {_agreed(look, session)}".strip() if purpose is Purpose.CONSENT and session else asked


def _agreed(look: Look, session: Session) -> str:
    """Return what who looks has said of a recording so far."""
    said = [one for one in look.memory.statements.about(session.key, StatementKind.CONSENT) if one.who == look.viewer]
    if not said:
        return ""
    return "You have agreed." if said[-1].value == YES else "You have said that you do not agree."


def _offers(asked: Ask, choices: Choices, session: Session | None) -> list[Offer]:
    return choices.offered(session) if asked.purpose is Purpose.SWAP and session else []


def _can_say(asked: Ask, choices: Choices, session: Session | None, item: Item | None) -> list[Choice]:
    kinds = kinds_of(asked.purpose)
    if item:
        return [one for one in choices.of_item(item) if one.kind in kinds]
    if session is None:
        return []
    said_of_it = (*choices.of_session(session), *choices.of_learning(session), *choices.around(session))
    return [one for one in said_of_it if one.kind in kinds]


def _groups(look: Look, purpose: Purpose, choices: Choices) -> Iterator[Group]:
    """Yield what may be said of a whole team's things: its topics that wait, or its last sessions."""
    if purpose is Purpose.TOPICS:
        for topic, _ in waiting_topics(look.team, look.memory)[:MOST_TOPICS]:
            yield Group(topic.title, topic.why or "", choices.of_topic(topic))
    if purpose is Purpose.ATTENDED:
        late = [one for one in held(look.memory.sessions.values()) if look.now - one.slot.ends_at <= LATELY]
        for one in late[:MOST_SESSIONS]:
            kinds = kinds_of(purpose)
            said = [each for each in choices.around(one) if each.kind in kinds]
            yield Group(look.about(one), f"{look.day(one.slot.day)}, {look.time(one)}", said)
