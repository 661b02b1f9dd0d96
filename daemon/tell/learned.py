"""Whether they can do now what a session taught: asked in a digest that they get anyway, once. Pure."""

from collections.abc import Iterator
from datetime import datetime

from config.team import Team
from daemon.describe.words import SessionWords
from daemon.learn.answers import being_asked, signs_on
from daemon.model import Reminder
from daemon.model.asks import Ask, Purpose
from daemon.model.memory import Memory
from daemon.tell.kinds import LEARNED
from daemon.tell.people import addressee, name_of
from daemon.tell.session import reminder


def learned(team: Team, memory: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield who is asked about which session: who was there and has not answered, once its page has their boxes."""
    for session in being_asked(team, memory, now):
        words, asked = SessionWords(session, team, memory), session.asked
        for email in asked.people if asked and words.page and not words.page.trouble else ():
            who = addressee(email, team)
            is_there = words.page is not None and signs_on(words.page, name_of(email, team)) is not None
            if who and is_there and not who.has_left(now) and asked and email not in asked.answers:
                text = f"{words.past}: can you do it now? Please tick yes or not yet, beside your name on its page"
                yield reminder(LEARNED, words, email, email, text, asks=(Ask(Purpose.LEARNED, session.key),))
