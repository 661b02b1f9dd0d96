"""Sessions: what people are to hear of near ones, of changed ones, and of roles that nobody can take.

Pure: the same sessions at the same moment give the same reminders with the same keys.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from config.formats import formats_of
from config.team import Team
from daemon.identity import series_key
from daemon.memory import Memory
from daemon.model import Assignment, Reminder, Session, Slot, State
from daemon.people import FACILITATOR, Addressee, addressee, name_of, quoted, shortened, weekday_of

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


def duties(sessions: Sequence[Session], team: Team, memory: Memory, now: datetime) -> tuple[Reminder, ...]:
    """Return what is to be said of sessions that lie ahead, with keys that do not depend on the moment.

    Of those within the wiki's ``open``: to each person their part, to the facilitator that a topic is missing. Of all:
    to the lead the roles that nobody can take. ``memory`` knows the names of series and where the pages are.
    """
    with_topics = {name for name, written in formats_of(team).items() if written.topic}
    said: list[Reminder] = []
    for session in sessions:
        if session.takes_place and session.slot.starts_at > now:
            told = _Told(session, team, memory)
            said += told.gaps()
            if session.slot.starts_at - now <= team.wiki.open:
                said += told.parts()
                if session.slot.format in with_topics and session.topic is None:
                    said.append(told.missing_topic())
    return tuple(said)


def notices(before: Session, after: Session, team: Team, memory: Memory) -> tuple[Reminder, ...]:
    """Return what those who could come are told when an announced session is called off, on again or moved."""
    old, new = _Told(before, team, memory), _Told(after, team, memory)
    if not before.takes_place and before.assignments and after.takes_place:
        return tuple(new.notice("on", who, _on_again(new, who)) for who in _could_come(team, after.slot))
    if before.state is not State.ANNOUNCED:
        return ()
    if not after.takes_place:
        why = shortened(after.note, 200)
        part = f"cancelled-{hashlib.sha256(why.encode(errors='replace')).hexdigest()[:8]}"
        return tuple(new.notice(part, who, _called_off(old, who, why)) for who in _could_come(team, before.slot))
    starts_at = after.slot.starts_at.astimezone(UTC)
    if starts_at == before.slot.starts_at.astimezone(UTC):
        return ()
    part = f"moved-{starts_at:%Y-%m-%dT%H:%M}"
    people = _could_come(team, before.slot, after.slot)
    return tuple(
        new.notice(part, who, f"Moved: {old.title} of {old.when(who)} is now on {new.when(who)}") for who in people
    )


def _on_again(told: "_Told", who: Addressee) -> str:
    return f"Takes place after all: {told.title} on {told.when(who)}"


def _called_off(told: "_Told", who: Addressee, why: str) -> str:
    return f"Called off: {told.title} on {told.when(who)}" + (f" ({why})" if why else "")


def _could_come(team: Team, *slots: Slot) -> list[Addressee]:
    everybody = [who for member in team.members if (who := addressee(member.email, team))]
    return [who for who in everybody if any(_is_free(who, slot.day) for slot in slots)]


def _is_free(who: Addressee, day: date) -> bool:
    return who.is_here(day) and who.working_days.holiday(day) is None


@dataclass(frozen=True, slots=True)
class _Told:
    """A session in the words in which people are told of it."""

    session: Session
    team: Team
    memory: Memory

    @property
    def title(self) -> str:
        key = self.session.slot.series
        if key in self.memory.series:
            return self.memory.series[key].name
        return next((one.name for one in self.team.series if series_key(one, self.memory.team) == key), key)

    def when(self, who: Addressee | None = None) -> str:
        """Return day and time in the session's zone, and the time where the person is when that differs."""
        slot = self.session.slot
        there = slot.starts_at.astimezone(ZoneInfo(slot.zone))
        here = slot.starts_at.astimezone(who.zone) if who else there
        own = f"{here:%H:%M}" if here.date() == there.date() else f"{here:%H:%M on %A}"
        own = f"; {own} for you" if here.utcoffset() != there.utcoffset() else ""
        return f"{weekday_of(there.date())}, {there:%H:%M} ({slot.zone}{own})"

    def parts(self) -> Iterator[Reminder]:
        """Tell each person what they do in it."""
        topic = f" {quoted(self.session.topic.title)}" if self.session.topic else ""
        for role, email in self.session.roles.items():
            duty = DUTIES[role].replace("{topic}", topic) if role in DUTIES else f"You are the {role} at"
            yield self._reminder("duty", f"{role}/{email}", email, duty)
        for pair in self.session.pairs:
            for email in pair:
                others = " and ".join(name_of(other, self.team) for other in pair if other != email)
                yield self._reminder("duty", f"pair/{email}", email, f"You pair with {others or 'nobody yet'} at")

    def gaps(self) -> Iterator[Reminder]:
        """Tell the lead of each role that nobody can take, and who comes closest."""
        for gap in self.session.assignments:
            if gap.member is None:
                yield self._reminder(
                    "alert", gap.role, self.team.lead, f"Nobody can be the {gap.role} of", self._way_out(gap)
                )

    def _way_out(self, gap: Assignment) -> str:
        closest = ", ".join(name_of(email, self.team) for email in gap.reason.ranked[:3])
        why = shortened(gap.reason.text, 300).rstrip(".")
        return (f": {why}" if why else "") + (f". You could ask {closest}" if closest else "")

    def missing_topic(self) -> Reminder:
        """Ask the facilitator, or else the lead, to find a topic with the team."""
        asked = addressee(self.session.roles.get(FACILITATOR), self.team)
        why = shortened(self.session.topic_reason, 200).rstrip(".")
        text = f" has no topic yet{f' ({why})' if why else ''}: please agree on one with the team"
        to = asked.email if asked else self.team.lead
        return self._reminder("topic", to, to, "", text)

    def notice(self, part: str, who: Addressee, text: str) -> Reminder:
        """Tell one person of a change."""
        day = self.session.slot.day
        return Reminder(
            f"{self.session.key}/notice/{part}/{who.email}", self.memory.team, who.email, "notice", text, self._url, day
        )

    def _reminder(self, kind: str, part: str, to: str, before: str, after: str = "") -> Reminder:
        text = f"{before} {self.title} on {self.when(addressee(to, self.team))}{after}".strip()
        return Reminder(
            f"{self.session.key}/{kind}/{part}", self.memory.team, to, kind, text, self._url, self.session.slot.day
        )

    @property
    def _url(self) -> str | None:
        page = self.memory.observed(self.session.page) if self.session.page else None
        return page.url if page else None
