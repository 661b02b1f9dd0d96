"""Whether people can do now what a session taught: who is asked, what they answer, and what becomes of the topic. Pure.

Those who were there are asked once, eight weeks later, on the session's page. “Not yet” from a third or more of those
who answer makes the topic one that waits again, with all that it had; else it is closed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from config.formats import PLAIN, formats_of
from config.markdown import markdown_text
from config.team import Team
from daemon.learn.by_hand import who_declined
from daemon.model import OVER, Asked, Observed, Session, Topic, Verdict, answer_of, backlog
from daemon.model.members import Email, meant_by, why_away
from daemon.model.memory import Memory
from daemon.model.statements import NO, YES, StatementKind
from daemon.model.words import local, names_of

ASKED_AFTER, NOT_AFTER = timedelta(weeks=8), timedelta(weeks=26)
"""How long after a session people are asked, and how long after it nobody is asked any more."""
TO_ANSWER = timedelta(weeks=4)
"""After how long the answers count that there are; before, only where those that are missing would change nothing."""
ENOUGH = 2
"""Fewer answers decide nothing, unless no more people were there."""
PART = 3
"""One in so many who cannot do it yet brings a topic back."""


def followed_up(team: Team, memory: Memory, now: datetime) -> Memory:
    """Return the memory in which people are asked whose time has come, with what they have answered since."""
    today, over = local(now, team).date(), [one for one in memory.sessions.values() if one.state in OVER]
    last = last_taught(backlog(team), [*memory.before, *over]).values()
    due = {one.key for one in last if one.asked is None and ASKED_AFTER <= now - one.slot.ends_at <= NOT_AFTER}
    asked = [_asked(one, team, memory, today) if one.key in due else one for one in over if one.asked or one.key in due]
    after = [_judged(_as_said(_as_ticked(one, team, memory), memory), today) for one in asked]
    changed = {one.key: one for one in after if one != memory.sessions[one.key]}
    return replace(memory, sessions={**memory.sessions, **changed}) if changed else memory


def last_taught(topics: Iterable[Topic], sessions: Iterable[Session]) -> dict[str, Session]:
    """Return by the titles of topics the last session about each, of these, that takes place."""
    topics = list(topics)
    titles = {name: topic.title for topic in topics for name in topic.was} | {one.title: one.title for one in topics}
    last = dict[str, Session]()
    for one in sessions:
        title = titles.get(one.topic.title) if one.topic and one.takes_place else None
        if title and (title not in last or last[title].slot.starts_at <= one.slot.starts_at):
            last[title] = one
    return last


def brought_back(topics: Iterable[Topic], sessions: Iterable[Session]) -> dict[str, Asked]:
    """Return by their titles the topics that are to be taught again, with what people answered after the last time.

    ``sessions`` are those after which nothing else about them is to come.
    """
    topics = list(topics)
    last, names = last_taught(topics, sessions), {topic.title: topic.names for topic in topics}
    open_ones = {title: one for title, one in last.items() if one.verdict_on(names[title]) is Verdict.STILL_OPEN}
    return {title: one.asked for title, one in open_ones.items() if one.asked}


def being_asked(team: Team, memory: Memory, now: datetime) -> list[Session]:
    """Return the sessions about which people are still asked: the last of each topic, until the answers are enough."""
    last = last_taught(backlog(team), (one for one in memory.sessions.values() if one.state in OVER)).values()
    waiting = [one for one in last if is_asked(one) and now - one.slot.ends_at <= NOT_AFTER]
    return [one for one in waiting if one.asked and not one.asked.verdict]


def is_asked(session: Session) -> bool:
    """Whether people have been asked about what a session is known to have taught."""
    asked, topic = session.asked, session.topic
    return asked is not None and topic is not None and session.takes_place and asked.topic == topic.title


def answered(session: Session, email: Email, can: bool | None) -> Session:
    """Return a session with what one of those who are asked about it has said last; None takes an answer back.

    Of anybody else nothing is kept. What becomes of the topic is judged anew by the next pass.
    """
    asked = session.asked
    if asked is None or email not in asked.people or asked.answers.get(email) is can:
        return session
    others = {one: said for one, said in asked.answers.items() if one != email}
    answers = others if can is None else {**others, email: can}
    return replace(session, asked=replace(asked, answers=answers, verdict=None))


def signs_on(page: Observed, name: str) -> Mapping[bool, bool] | None:
    """Return of somebody's boxes, that for yes and that for “not yet”, whether each is ticked; None without both."""
    ticked = {" ".join(box.words.split()): box.ticked for box in page.boxes}
    words = {can: answer_of(name, can) for can in (True, False)}
    signs = {can: ticked.get(text, ticked.get(markdown_text(text))) for can, text in words.items()}
    return None if None in signs.values() else {can: bool(sign) for can, sign in signs.items()}


def _asked(session: Session, team: Team, memory: Memory, today: date) -> Session:
    """Return a session about which those who were there are asked, unless its page cannot show that now."""
    record, topic = memory.records.get(session.page), session.topic
    page = record.observed if record else None
    if record is None or page is None or topic is None or page.tells_nothing or page.trouble:
        return session
    is_ours = page.only_topic or page.shown.get("region") in record.ours("region")
    taught = session.roles.get(formats_of(team).get(session.slot.format, PLAIN).presents or "")
    there = who_was_there(session, page, team, memory, today) if is_ours else ()
    people = tuple(email for email in there if email != taught)
    return replace(session, asked=Asked(today, topic.title, people)) if people else session


def who_was_there(session: Session, page: Observed | None, team: Team, memory: Memory, today: date) -> Iterator[Email]:
    """Yield who was there, by the page where it says so of anybody whom the team knows, else who was invited to come.

    Where the page does not tell, everybody's own word counts. Who has left since is not among them.
    """
    said = {people[0] for people in map(meant_by(team), page.write_up.attended if page else ()) if len(people) == 1}
    declined, guests = who_declined(session.slot, memory), _invited(session, team, memory)
    own = {one.who: one.value != NO for one in memory.statements.about(session.key, StatementKind.ATTENDED)}
    for one in team.members:
        could = why_away(one, session.slot.day) is None and one.email not in declined and one.email in guests
        has_left = one.leaves is not None and one.leaves < today
        if (one.email in said if said else own.get(one.email, could)) and not has_left:
            yield one.email


def _invited(session: Session, team: Team, memory: Memory) -> set[Email]:
    """Return the members who are guests of a session's series; all of them where the calendar does not tell."""
    event = memory.observed(session.event)
    addresses = {name: member.email for member in team.members for name in (member.email, *member.was)}
    guests = event.guests if event else ()
    return {addresses[guest.lower()] for guest in guests if guest.lower() in addresses} or {*addresses.values()}


def _as_ticked(session: Session, team: Team, memory: Memory) -> Session:
    """Return a session with what people have ticked, or no longer tick, since its page was last looked at.

    Who ticks both has not answered. What does not stand there says nothing.
    """
    asked, page, names = session.asked, memory.observed(session.page), names_of(team)
    if asked is None or page is None or page.tells_nothing or not page.boxes:
        return session
    found = {email: signs for email in asked.people if (signs := signs_on(page, names.get(email, email)))}
    said = {email: None if signs[True] == signs[False] else signs[True] for email, signs in found.items()}
    for email, can in said.items():
        if can is not asked.ticked.get(email):
            session = answered(session, email, can)
    ticked = {email: can for email, can in {**asked.ticked, **said}.items() if can is not None}
    return replace(session, asked=replace(session.asked or asked, ticked=ticked))


def _as_said(session: Session, memory: Memory) -> Session:
    """Return a session with what people have said since on the web page, or by a link in a mail."""
    for one in memory.statements.about(session.key, StatementKind.CAN):
        if session.asked and one.who and one.number > session.asked.heard:
            session = answered(session, one.who, one.value == YES)
            session = replace(session, asked=session.asked and replace(session.asked, heard=one.number))
    return session


def _judged(session: Session, today: date) -> Session:
    asked = session.asked
    return replace(session, asked=replace(asked, verdict=verdict_of(asked, today))) if asked else session


def verdict_of(asked: Asked, today: date) -> Verdict | None:
    """Return what becomes of the topic; None as long as too few have answered, or the others could change it."""
    silent = len(asked.people) - asked.answered
    if asked.answered < min(ENOUGH, len(asked.people)):
        return None
    if asked.not_yet * PART >= len(asked.people):
        return Verdict.STILL_OPEN
    if (asked.not_yet + silent) * PART < len(asked.people):
        return Verdict.CLOSED
    if today - asked.on < TO_ANSWER:
        return None
    return Verdict.STILL_OPEN if asked.not_yet * PART >= asked.answered else Verdict.CLOSED
