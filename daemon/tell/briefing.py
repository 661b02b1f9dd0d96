"""Sessions to come: what people are to hear of near ones, and of roles that nobody can take.

Pure: the same sessions at the same moment give the same reminders with the same keys.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.formats import SessionFormat
from config.team import Team
from daemon.describe.facts import is_to_be_recorded
from daemon.describe.words import SessionWords, format_of
from daemon.learn.by_hand import who_declined
from daemon.model import Assignment, Reminder, Session
from daemon.model.asks import Ask, Purpose
from daemon.model.memory import Memory
from daemon.model.statements import StatementKind
from daemon.model.words import FACILITATOR, listed, quoted, shortened
from daemon.tell.kinds import ALERT, DUTY, QUESTIONS, TOPIC, MessageKind
from daemon.tell.people import Addressee, addressee, could_come, lead_of, name_of
from daemon.tell.session import on_day, reminder, when

DUTIES = {
    FACILITATOR: "You facilitate",
    "presenter": "You present{topic} at",
    "author": "You bring{topic} as the author to",
    "reviewer": "You review{topic} at",
    "driver": "You drive at",
    "navigator": "You navigate at",
    "note-taker": "You take notes at",
}
"""What a role means for its holder, in words; other roles are named as they are."""
UNTITLED = {"author": " your work"}
"""What a role brings while there is no topic."""
IN_SUBJECT = 40
"""How many characters of a topic stand in a subject, so that the rest of the sentence has room there."""
STAGES = {"day": 1, "week": 7}
"""How many days before a session people hear of it, by the name of the stage: the nearest first."""
NEAR = timedelta(weeks=5)
"""Nobody has so many days off in a row that what is said a week before comes earlier than this."""


def duties(sessions: Sequence[Session], team: Team, memory: Memory, now: datetime) -> tuple[Reminder, ...]:
    """Return what is to be said of sessions that lie ahead, with keys that do not depend on the moment.

    A week before, and in brief the day before, whoever has a role hears of it and of what is missing; the facilitator
    is asked for a topic that is missing, and, once, the other guests for questions. What falls on somebody's day off
    comes on their working day before. However far it is, the lead hears of roles that nobody can take. ``memory`` knows
    the names of series and where the pages are.
    """
    said: list[Reminder] = []
    for session in sessions:
        if session.takes_place and session.slot.starts_at > now:
            briefing = _Briefing(SessionWords(session, team, memory), now)
            said += briefing.gaps()
            if session.slot.starts_at - now <= NEAR:
                said += [*briefing.parts(), *briefing.partners(), *briefing.missing_topic(), *briefing.questions()]
    return tuple(said)


def duty_of(role: str, session: Session, longest: int = 200) -> str:
    """Return how a sentence begins that tells the holder of a role what is theirs to do in a session.

    Of a topic that has more characters than the ``longest`` its beginning is named.
    """
    brought = f" {quoted(shortened(session.topic.title, longest))}" if session.topic else UNTITLED.get(role, "")
    return DUTIES[role].replace("{topic}", brought) if role in DUTIES else f"You are the {role} at"


@dataclass(frozen=True, slots=True)
class _Briefing:
    """What people hear of one session to come at one moment."""

    words: SessionWords
    now: datetime

    @property
    def _session(self) -> Session:
        return self.words.session

    @property
    def _team(self) -> Team:
        return self.words.team

    @property
    def _format(self) -> SessionFormat:
        return format_of(self._session, self._team)

    @property
    def _lacks_topic(self) -> bool:
        return self._format.topic and self._session.topic is None

    def parts(self) -> Iterator[Reminder]:
        """Tell each person what they do in it, and what is missing."""
        for role, email in self._session.roles.items():
            yield from self._part(role, email)

    def _part(self, role: str, email: str) -> Iterator[Reminder]:
        who, duty = addressee(email, self._team), duty_of(role, self._session)
        if who and (stage := self._stage(who)):
            missing = [*self._missing(role)]
            lacking = f"; still missing: {', '.join(missing)}" if missing else ""
            text = f"{lacking}{self._about_consent(role, stage)}"
            subject = self._called(duty_of(role, self._session, IN_SUBJECT), who)
            asks = (self._ask(Purpose.CANNOT), *self._consents(who))
            yield self._reminder(DUTY, f"{stage}/{role}/{email}", who, duty, text, subject=subject, asks=asks)

    def partners(self) -> Iterator[Reminder]:
        """Tell each of a pair with whom it is, once: in the week before with another mail, or else the day before."""
        for pair in self._session.pairs:
            for email in pair:
                who = addressee(email, self._team)
                if who and (stage := self._stage(who, {"week": 7})):
                    others = sorted(other for other in pair if other != email)
                    pairs = f"You pair with {listed([name_of(each, self._team) for each in others]) or 'nobody yet'} at"
                    there = self._session.slot.starts_at.astimezone(who.zone).date()
                    together = hashlib.sha256(" ".join(others).encode()).hexdigest()[:8]
                    part, by = f"{stage}/pair-{together}/{email}", who.on_or_before(there - timedelta(days=1))
                    subject, asks = self._called(pairs, who), tuple(self._consents(who))
                    yield self._reminder(DUTY, part, who, pairs, by=by, subject=subject, asks=asks)

    def _called(self, duty: str, who: Addressee) -> str:
        """Return what a mail is called that says first what somebody does."""
        day = self._session.slot.starts_at.astimezone(who.zone).date()
        return f"{duty} {self.words.title} {on_day(day, who.today(self.now))}"

    def _missing(self, role: str) -> Iterator[str]:
        """Yield what is still missing, for the holder of a role; of a topic the facilitator hears apart."""
        if self._lacks_topic and role != FACILITATOR:
            yield "a topic"
        yield from (f"somebody as {each}" for each in self._session.unfilled)

    def _about_consent(self, role: str, stage: str) -> str:
        """Return what those who could record it have to know as long as not everyone has agreed."""
        write_up = self.words.write_up
        asks = role in (FACILITATOR, self._format.presents)
        if write_up.consent or not asks or not is_to_be_recorded(write_up, self._team):
            return ""
        if stage.startswith("day"):
            return "; not everyone has agreed to a recording"
        return ". A recording needs everyone's consent: please ask for it first"

    def _consents(self, who: Addressee) -> Iterator[Ask]:
        """Yield the question whether it may be recorded, where somebody wants to and this person has not said."""
        said = self.words.memory.statements.about(self._session.key, StatementKind.CONSENT)
        is_open = self.words.write_up.consent is None and all(one.who != who.email for one in said)
        if is_open and is_to_be_recorded(self.words.write_up, self._team):
            yield self._ask(Purpose.CONSENT)

    def _ask(self, purpose: Purpose) -> Ask:
        return Ask(purpose, self._session.key)

    def missing_topic(self) -> Iterator[Reminder]:
        """Ask the facilitator, or else the lead, to find a topic with the team."""
        asked = addressee(self._session.roles.get(FACILITATOR), self._team) or lead_of(self._team)
        if self._lacks_topic and (stage := self._stage(asked)):
            why = shortened(self._session.topic_reason, 200).rstrip(".")
            asking = f"please agree on one with the team{self._where_to_write()}"
            text = f" has no topic yet{f' ({why})' if why else ''}: {asking}"
            subject = f"{self._called('', asked)} has no topic yet".strip()
            asks = (Ask(Purpose.TOPICS),)
            yield self._reminder(TOPIC, f"{stage}/{asked.email}", asked, "", text, subject=subject, asks=asks)

    def _where_to_write(self) -> str:
        name = quoted(f"{self.words.title}: …")
        page = "in the heading of its page, or " if self.words.page else ""
        return f", and write it {page}in the title of its event in the calendar, as {name}"

    def questions(self) -> Iterator[Reminder]:
        """Ask the other guests for their questions, or for a topic; no more when it is tomorrow, and none of pairs.

        Whose topic it is knows about it, whoever presents it.
        """
        if self._format.pairs:
            return
        owner = [self._session.topic.owner] if self._session.topic else []
        busy = {*self._session.roles.values(), *who_declined(self._session.slot, self.words.memory), *owner}
        for who in could_come(self._team, self._session.slot.day):
            stage = self._stage(who) if who.email not in busy else None
            if stage and stage.startswith("week"):
                wanted = Ask(Purpose.TOPICS) if self._lacks_topic else self._ask(Purpose.QUESTION)
                asks = (wanted, *self._consents(who))
                yield self._reminder(QUESTIONS, f"{stage}/{who.email}", who, "", self._question(), asks=asks)

    def _question(self) -> str:
        where = "Please write it on the page" if self.words.page else "Please tell those who lead it"
        if self._session.topic:
            return f" is about {quoted(self._session.topic.title)}: what would you like to know? {where}"
        if self._lacks_topic:
            return f" has no topic yet: what would you like to hear about? {where}"
        return f": is there something that you would like to bring? {where}"

    def gaps(self) -> Iterator[Reminder]:
        """Tell the lead of each role that nobody can take, and who comes closest."""
        lead = lead_of(self._team)
        for gap in self._session.assignments:
            if gap.member is None and not gap.waits:
                nobody = f"Nobody can be the {gap.role} of"
                yield self._reminder(
                    ALERT, gap.role, lead, nobody, self._way_out(gap), subject=self._called(nobody, lead)
                )

    def _way_out(self, gap: Assignment) -> str:
        closest = ", ".join(name_of(email, self._team) for email in gap.reason.ranked[:3])
        why = shortened(gap.reason.text, 300).rstrip(".")
        return (f": {why}" if why else "") + (f". You could ask {closest}" if closest else "")

    def _reminder(
        self, kind: MessageKind, part: str, to: Addressee, before: str, after: str = "", **more: Any
    ) -> Reminder:
        text = f"{before} {self.words.title} on {when(self.words, to)}{after}".strip()
        return reminder(kind, self.words, part, to.email, text, **more)

    def _stage(self, who: Addressee, stages: Mapping[str, int] = STAGES) -> str | None:
        """Return the latest stage that a person has reached.

        The day before is another one wherever the session is moved to, the week before only where it is moved far.
        """
        slot = self._session.slot
        day, today = slot.starts_at.astimezone(who.zone).date(), who.today(self.now)
        reached = (stage for stage, days in stages.items() if who.on_or_before(day - timedelta(days=days)) <= today)
        stage = next(reached, None)
        weeks_off = round((slot.day - slot.wall.date()).days / 7)
        return f"day@{slot.day}" if stage == "day" else f"{stage}{weeks_off:+}" if stage and weeks_off else stage
