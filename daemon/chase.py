"""What people are to hear: action items that are due, their part in near sessions, sessions that changed, gaps.

Pure: the same items and sessions at the same moment give the same reminders with the same keys, and whoever remembers
the keys says each thing once.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.formats import formats_of
from config.team import Chase, Member, Team
from config.values import Before, DateRange, Every
from daemon.identity import series_key
from daemon.memory import Memory
from daemon.model import ActionItem, Assignment, Reminder, Session, Slot, State
from daemon.working_days import WorkingDays

LONG_AGO = timedelta(days=366)
"""An item is not counted as overdue from further back than this before its session: a slip in the year is likelier."""
FACILITATOR = "facilitator"
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


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who may be written to: a member or the lead, with the days on which they are at work.

    ``away``, ``joined`` and ``leaves`` (the last day) are dates in the team's zone; the working days and public
    holidays are those of the person's own place.
    """

    email: str
    name: str
    zone: ZoneInfo
    team_zone: ZoneInfo
    working_days: WorkingDays
    away: tuple[DateRange, ...] = ()
    joined: date | None = None
    leaves: date | None = None

    def today(self, now: datetime) -> date:
        """Return the date where they are."""
        return now.astimezone(self.zone).date()

    def has_left(self, now: datetime) -> bool:
        """Return whether their last day in the team is over."""
        return self.leaves is not None and self.leaves < now.astimezone(self.team_zone).date()

    def is_here(self, day: date) -> bool:
        """Return whether they are in the team on that day, and not away."""
        in_team = (self.joined is None or self.joined <= day) and (self.leaves is None or day <= self.leaves)
        return in_team and not any(day in dates for dates in self.away)

    def works(self, day: date) -> bool:
        """Return whether that is a working day of theirs."""
        return self.is_here(day) and self.working_days.works(day)

    def at_work(self, now: datetime) -> bool:
        """Return whether today is a working day of theirs; the hour does not matter."""
        return self.working_days.works(self.today(now)) and self.is_here(now.astimezone(self.team_zone).date())


def addressee(email: str | None, team: Team) -> Addressee | None:
    """Return the member of that e-mail, present or former, or the lead; None for anybody else."""
    member = _member(email, team) if email else None
    if member or (email and email.casefold() == team.lead.casefold()):
        return _person(member, team)
    return None


def _lead(team: Team) -> Addressee:
    return _person(_member(team.lead, team), team)


def _person(member: Member | None, team: Team) -> Addressee:
    """Return a member, or the lead who is none; the lead may be written to at all times of the team's life."""
    team_zone, days = ZoneInfo(team.timezone), team.chase.working_days
    place = (member and member.holidays) or team.holidays
    working_days = WorkingDays(place.country, place.subdivision, days) if place else WorkingDays(weekdays=days)
    if member is None:
        return Addressee(team.lead, "", team_zone, team_zone, working_days)
    zone = ZoneInfo(member.timezone) if member.timezone else team_zone
    leads = member.email.casefold() == team.lead.casefold()
    joined, leaves = (None, None) if leads else (member.joined, member.leaves)
    return Addressee(member.email, member.name, zone, team_zone, working_days, member.away, joined, leaves)


def _member(email: str, team: Team) -> Member | None:
    wanted = email.casefold()
    present = (member for member in team.members if member.email.casefold() == wanted)
    former = (member for member in team.members if wanted in map(str.casefold, member.was))
    return next(present, None) or next(former, None)


# Action items


@dataclass(frozen=True, slots=True)
class Tracked:
    """An action item with where it comes from: the session's title for people, its date, who led it, the page."""

    item: ActionItem
    session: str
    held_on: date
    facilitator: str | None
    url: str | None


def assignee_of(item: ActionItem, team: Team) -> str | None:
    """Return the e-mail that ``@ada`` on a page means, or None where it is nobody's or not clear whose.

    It is the part of an e-mail before the @, or the full address where two members share it; case does not matter.
    """
    found = _meant(item, team)
    return found[0] if len(found) == 1 else None


def _meant(item: ActionItem, team: Team) -> list[str]:
    """Everybody whom the name on the page could mean; today's addresses go before former ones."""
    name = (item.assignee or "").strip().lstrip("@").casefold()
    today = {member.email: (member.email,) for member in team.members} | {team.lead: (team.lead,)}
    before = {member.email: member.was for member in team.members}
    return _matching(name, today) or _matching(name, before)


def _matching(name: str, addresses: Mapping[str, Iterable[str]]) -> list[str]:
    def is_meant(address: str) -> bool:
        return name == (address if "@" in name else address.partition("@")[0]).casefold()

    found = {email.casefold(): email for email, known in addresses.items() if any(map(is_meant, known))}
    return sorted(found.values())


def due_on(tracked: Tracked, policy: Chase) -> date:
    """Return the day by which an item is to be done: the one written, else counted from its session."""
    return tracked.item.due or tracked.held_on + policy.due


def reminders(tracked: Sequence[Tracked], team: Team, team_key: str, now: datetime) -> tuple[Reminder, ...]:
    """Return what is to be said of open action items at this moment, each with the key of the stage it has reached.

    Stages that were missed are not made up for: of each item only the latest is named, as long as it lasts. On days off
    and while away nobody is reminded; working days of theirs are what ``every n working days`` counts.
    """
    said: dict[str, Reminder] = {}
    for one in tracked:
        if not one.item.done:
            said |= {reminder.key: reminder for reminder in _said_of(one, team, team_key, now)}
    return tuple(said[key] for key in sorted(said))


def _said_of(one: Tracked, team: Team, team_key: str, now: datetime) -> Iterator[Reminder]:
    policy, due = team.chase, due_on(one, team.chase)

    def reminder(stage: str, to: Addressee, kind: str, text: str) -> Reminder:
        key = f"{team_key}/{one.item.page}/{one.item.id}/{stage}/{to.email}"
        return Reminder(key, team_key, to.email, kind, text, one.url, due)

    who, text = _asked(one, team, now)
    since = max(due, one.held_on - LONG_AGO)
    late = _reminders_since(since, who, policy, now)
    stage = f"overdue-{late}" if late else _stage_before(since, who, policy, now)
    if stage and who.at_work(now):
        yield reminder(f"{stage}@{due}", who, "action-item", text)
    for other in _escalated_to(one, team, now) if late >= policy.escalate.after else ():
        if other.email != who.email and other.at_work(now):
            yield reminder("escalation", other, "escalation", _escalation_text(one, team, who))


def _asked(one: Tracked, team: Team, now: datetime) -> tuple[Addressee, str]:
    """Return who is asked about an item, and in which words: its assignee, else the facilitator, else the lead."""
    meant = _meant(one.item, team)
    assignee = addressee(meant[0], team) if len(meant) == 1 else None
    if assignee and not assignee.has_left(now):
        return assignee, f"{_quoted(one.item.text)}, {_origin(one, team)}"
    trouble = _nobodys(one, meant, assignee)
    return _facilitator(one, team, now), f"{_quoted(one.item.text)} {trouble} ({_origin(one, team)})"


def _nobodys(one: Tracked, meant: Sequence[str], gone: Addressee | None) -> str:
    if gone:
        return f"is still open and {gone.name} has left the team: please find somebody to take it over"
    if len(meant) > 1:
        return f"is for @{_handle(one.item)}, which could be {' or '.join(meant)}: please write the full address"
    if _handle(one.item):
        return f"is for @{_handle(one.item)}, whom the team does not know: please find somebody for it"
    return "has nobody yet: please find somebody for it"


def _handle(item: ActionItem) -> str:
    return _short((item.assignee or "").strip().lstrip("@"), 60)


def _facilitator(one: Tracked, team: Team, now: datetime) -> Addressee:
    facilitator = addressee(one.facilitator, team)
    return _lead(team) if facilitator is None or facilitator.has_left(now) else facilitator


def _reminders_since(due: date, who: Addressee, policy: Chase, now: datetime) -> int:
    """Return how many reminders have come due since an item was: one for every so many of the person's working days."""
    intervals = [remind.working_days for remind in policy.remind if isinstance(remind, Every)]
    late = (who.today(now) - due).days
    worked = sum(who.works(due + timedelta(days=n)) for n in range(1, late + 1)) if intervals else 0
    return worked // min(intervals, default=1)


def _stage_before(due: date, who: Addressee, policy: Chase, now: datetime) -> str | None:
    """Return the latest stage reached up to the due day; a stage on a day off comes on the working day before."""
    today = who.today(now)
    days = [remind.days for remind in policy.remind if isinstance(remind, Before)]
    reached = [n for n in days if _on_or_before(due - timedelta(days=n), who.working_days) <= today]
    return f"before-{min(reached)}" if reached else None


def _on_or_before(day: date, working_days: WorkingDays) -> date:
    return day if working_days.works(day) else working_days.previous(day)


def _escalated_to(one: Tracked, team: Team, now: datetime) -> list[Addressee]:
    people = {FACILITATOR: _facilitator(one, team, now), "lead": _lead(team)}
    return [people[role] for role in team.chase.escalate.to]


def _escalation_text(one: Tracked, team: Team, who: Addressee) -> str:
    times = team.chase.escalate.after
    reminded = f"{who.name or who.email} has been reminded {'once' if times == 1 else f'{times} times'}"
    return f"{_quoted(one.item.text)}, {_origin(one, team)}: {reminded}; please ask what would help"


def _origin(one: Tracked, team: Team) -> str:
    return f"due {_day(due_on(one, team.chase))}, from {_short(one.session, 100)} on {one.held_on}"


# Sessions


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
        why = _short(after.note, 200)
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
        return f"{_day(there.date())}, {there:%H:%M} ({slot.zone}{own})"

    def parts(self) -> Iterator[Reminder]:
        """Tell each person what they do in it."""
        topic = f" {_quoted(self.session.topic.title)}" if self.session.topic else ""
        for role, email in self.session.roles.items():
            duty = DUTIES[role].replace("{topic}", topic) if role in DUTIES else f"You are the {role} at"
            yield self._reminder("duty", f"{role}/{email}", email, duty)
        for pair in self.session.pairs:
            for email in pair:
                others = " and ".join(_name(other, self.team) for other in pair if other != email)
                yield self._reminder("duty", f"pair/{email}", email, f"You pair with {others or 'nobody yet'} at")

    def gaps(self) -> Iterator[Reminder]:
        """Tell the lead of each role that nobody can take, and who comes closest."""
        for gap in self.session.assignments:
            if gap.member is None:
                yield self._reminder(
                    "alert", gap.role, self.team.lead, f"Nobody can be the {gap.role} of", self._way_out(gap)
                )

    def _way_out(self, gap: Assignment) -> str:
        closest = ", ".join(_name(email, self.team) for email in gap.reason.ranked[:3])
        why = _short(gap.reason.text, 300).rstrip(".")
        return (f": {why}" if why else "") + (f". You could ask {closest}" if closest else "")

    def missing_topic(self) -> Reminder:
        """Ask the facilitator, or else the lead, to find a topic with the team."""
        asked = addressee(self.session.roles.get(FACILITATOR), self.team)
        why = _short(self.session.topic_reason, 200).rstrip(".")
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


# Words


def _name(email: str, team: Team) -> str:
    who = addressee(email, team)
    return (who and who.name) or email


def _day(day: date) -> str:
    return f"{day:%A} {day}"


def _short(text: str, length: int) -> str:
    """Return people's text as one line of at most ``length`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def _quoted(text: str) -> str:
    return f"“{_short(text, 160)}”"
