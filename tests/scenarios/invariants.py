"""What holds after every pass, whatever people, the lead, the backends and the system did before it."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from config.team import Member, Team
from daemon.model import Session, State
from daemon.model.memory import Memory
from integrations.local.page_text import PageText
from tests.scenarios.programme import Place, Programme, Shown, is_ours, place_of, start_of, text_of

OURS = re.compile(
    r"(DTSTAMP|LAST-MODIFIED|SEQUENCE|DTSTART|DTEND|DURATION|RRULE|EXDATE|SUMMARY|DESCRIPTION|ATTENDEE|X-PEERLOOP-\w+)\b"
)
"""The properties of our events that peerloop writes; of ATTENDEE and of what people changed there is more below."""
TOLD = ("UID", "SUMMARY", "DESCRIPTION")
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Theirs:
    """What people have changed by hand, and what it has to say for as long as it is there."""

    summaries: dict[Place, str] = field(default_factory=dict)
    descriptions: dict[Place, str] = field(default_factory=dict)
    starts: dict[Place, datetime] = field(default_factory=dict)
    deleted: set[Place] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    deleted_pages: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    """Guests who left while the ledger was lost: nothing tells any more that it was us who invited them."""

    def forget(self, gone: Place | str) -> None:
        """Expect nothing more of an event or a page that a person deleted."""
        for said in (self.summaries, self.descriptions, self.starts, self.titles, self.regions):
            cast(dict[object, object], said).pop(gone, None)

    def forget_series(self, uid: str) -> None:
        """Expect nothing more of the single dates of a series that a person moved as a whole."""
        for places in (self.summaries, self.descriptions, self.starts):
            for place in [place for place in places if place[0] == uid]:
                del places[place]
        self.deleted = {place for place in self.deleted if place[0] != uid}

    def forget_deletions(self, there: Container[str]) -> None:
        """Expect that all is made again that people deleted, and nothing of theirs in a series that is not there."""
        for uid in {uid for places in (self.summaries, self.descriptions, self.starts) for uid, _ in places}:
            if uid not in there:
                self.forget_series(uid)
        self.deleted.clear()
        self.deleted_pages.clear()


@dataclass(frozen=True)
class Turn:
    """One pass that went well: what was shown and known before it, and what is now."""

    programme: Programme
    before: Shown
    """What people left before the first attempt."""
    known: Memory
    """What the ledger knew after the last pass that went well, whatever became of it since."""
    rules_changed: bool
    """Whether members or the rule are others than then."""
    after: Shown
    theirs: Theirs

    @cached_property
    def team(self) -> Team:
        """The team as the lead has it now."""
        return self.programme.file.team

    @property
    def now(self) -> datetime:
        """The moment of the pass."""
        return self.programme.now

    @property
    def coming(self) -> list[Session]:
        """The sessions to come that take place."""
        sessions = self.after.memory.sessions.values()
        return [session for session in sessions if session.slot.starts_at > self.now and session.takes_place]


def check(turn: Turn) -> None:
    """Check all of it."""
    nothing_twice(turn)
    nothing_lost_in_calendar(turn)
    nothing_lost_on_pages(turn)
    their_changes_stay(turn)
    past_is_past(turn)
    calendar_shows_sessions(turn)
    pages_show_sessions(turn)
    everybody_is_invited(turn)
    everybody_can_serve(turn)
    announced_is_announced(turn)
    no_silent_gap(turn)


# No duplicates


def nothing_twice(turn: Turn) -> None:
    """One event a generation, one override an instance, one page a session, one digest a person and day."""
    _no_duplicates("event", map(place_of, turn.after.calendar.events))
    _no_duplicates("page", filter(None, (PageText(text).key for text in turn.after.pages.values())))
    mails = turn.programme.mails()
    _no_duplicates("Message-ID", (mail["Message-ID"] for mail in mails))
    _no_duplicates("digest", ((mail["To"], mail["Date"].datetime.date()) for mail in mails))


def _no_duplicates(what: str, found: Iterator[object]) -> None:
    twice = [one for one, times in Counter(found).items() if times > 1]
    assert not twice, f"{what} twice: {twice}"


# Nothing of people's lost


def nothing_lost_in_calendar(turn: Turn) -> None:
    """Foreign events, properties, alarms, guests and answers are as people left them."""
    after = turn.after.events
    for place, event in turn.before.events.items():
        if not is_ours(event):
            assert after.get(place) is not None, f"foreign event lost: {place}"
            assert after[place].to_ical() == event.to_ical(), f"foreign event changed: {place}"
        elif place in after and after[place] != event:
            lost = Counter(_own_lines(event)) - Counter(_own_lines(after[place]))
            assert not lost, f"lost at {place}: {lost}"
            _check_guests(turn, place, event, after[place])
        elif place not in after:
            assert _may_go(turn, place), f"event lost: {place}"


def _own_lines(event: icalendar.Event) -> list[str]:
    """The content lines that are not ours, those of an alarm among them."""
    lines = event.to_ical().decode().replace("\r\n ", "").splitlines()
    return [line for line in lines if not OURS.match(line)]


def _check_guests(turn: Turn, place: Place, before: icalendar.Event, after: icalendar.Event) -> None:
    members = {member.email for member in turn.team.members}
    answers = {_email(guest): guest.params.get("PARTSTAT") for guest in after.attendees}
    for guest in before.attendees:
        email = _email(guest)
        if email in members or email.startswith("guest"):
            assert email in answers or _has_left(turn, email), f"guest lost at {place}: {email}"
        if email in answers:
            assert answers[email] == guest.params.get("PARTSTAT"), f"answer lost at {place}: {email}"


def _email(guest: icalendar.vCalAddress) -> str:
    return guest.email.lower()


def _has_left(turn: Turn, email: str) -> bool:
    member = {member.email: member for member in turn.team.members}.get(email)
    today = turn.now.astimezone(ZoneInfo(turn.team.timezone)).date()
    return bool(member and member.leaves and member.leaves < today)


def _may_go(turn: Turn, place: Place) -> bool:
    """Whether an event of ours may be taken away: a session called off, a series that ended with it still to come."""
    uid, instance = place
    event = turn.before.events[place]
    here = [generation for generation in turn.after.memory.generations.values() if _uid(generation.key) == uid]
    if here and here[0].until is not None:
        return start_of(event) > turn.now
    return bool(instance) and not any(
        _uid(session.event) == uid and _instance(session) == datetime.fromisoformat(instance)
        for session in turn.after.memory.sessions.values()
        if session.takes_place
    )


def _uid(key: str) -> str:
    return quote(key.replace("/", ".")) + "@peerloop"


def _instance(session: Session) -> datetime:
    return session.slot.recurrence_id.replace(tzinfo=ZoneInfo(session.slot.zone))


def nothing_lost_on_pages(turn: Turn) -> None:
    """Not a byte outside our region and the title has changed, and no page has gone."""
    for path, text in turn.before.pages.items():
        assert path in turn.after.pages, f"page lost: {path}"
        assert _outside(turn.after.pages[path]) == _outside(text), f"lost on {path}"


def _outside(text: str) -> str:
    page = PageText(text)
    if page.key is None or page.trouble:
        return text
    begin, end = page.markers
    return re.sub(r"\A# .*", "#", text[: begin.start()] + text[end.end() :])


def their_changes_stay(turn: Turn) -> None:
    """What people wrote in place of our words stands there, for as long as the session takes place."""
    events, theirs, pages = turn.after.events, turn.theirs, turn.after.pages_of
    for place in {*theirs.summaries, *theirs.descriptions, *theirs.starts} & events.keys():
        event = events[place]
        summary, description = text_of(event, "SUMMARY"), text_of(event, "DESCRIPTION")
        assert theirs.summaries.get(place, summary) == summary, f"summary overwritten: {place}"
        assert theirs.descriptions.get(place, description) == description, f"description overwritten: {place}"
        assert theirs.starts.get(place, start_of(event)) == start_of(event), f"moved back: {place}"
    for session in turn.coming:
        place = (_uid(session.event), _instance(session).isoformat())
        assert place not in theirs.deleted or _is_moved(turn, session), f"deleted, and back: {session.key}"
    for key in theirs.titles.keys() & pages.keys():
        text = turn.after.pages[pages[key]]
        assert text.startswith(f"# {theirs.titles[key]}\n"), f"title overwritten: {key}"
    for key in theirs.regions.keys() & pages.keys():
        assert theirs.regions[key] in turn.after.pages[pages[key]], f"region overwritten: {key}"
    assert not theirs.deleted_pages & pages.keys(), "a page that a person deleted is back"


# The past


def past_is_past(turn: Turn) -> None:
    """What has begun stays in the calendar as it was."""
    before, after = (_begun(shown.calendar, turn.now) for shown in (turn.before, turn.after))
    assert before == after, f"the past changed: {sorted(before ^ after)}"


def _begun(calendar: icalendar.Calendar, now: datetime) -> set[tuple[str, ...]]:
    shown = recurring_ical_events.of(calendar).between(LONG_AGO, now)
    return {
        (
            start_of(event).astimezone(UTC).isoformat(),
            *(text_of(event, name) for name in ("UID", "SUMMARY", "DESCRIPTION")),
        )
        for event in shown
        if is_ours(event) and start_of(event) <= now
    }


# What is to come


def calendar_shows_sessions(turn: Turn) -> None:
    """A calendar program shows the ledger's sessions to come, each once and at its time, and no other."""
    today = turn.now.astimezone(ZoneInfo(turn.team.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    end = today + turn.team.rotation.ahead + timedelta(days=1)
    shown = Counter(
        (text_of(event, "UID"), start_of(event).astimezone(UTC))
        for event in recurring_ical_events.of(turn.after.calendar).between(turn.now, end)
        if is_ours(event) and turn.now < start_of(event) < end
    )
    known = Counter(
        (_uid(session.event), session.slot.starts_at.astimezone(UTC))
        for session in turn.coming
        if session.slot.starts_at < end
    )
    assert shown == known, f"shown but not planned: {shown - known}; planned but not shown: {known - shown}"


def pages_show_sessions(turn: Turn) -> None:
    """A session that is near has its page, unless a person deleted it, and its event links it."""
    pages, events = turn.after.pages_of, turn.after.events
    held = (session for session in turn.after.memory.sessions.values() if session.takes_place)
    _no_duplicates("page of sessions", (session.page for session in held))
    for session in turn.coming:
        if session.slot.starts_at - turn.now <= turn.team.wiki.open and session.page not in turn.theirs.deleted_pages:
            assert session.page in pages, f"no page: {session.key}"
            place = (_uid(session.event), _instance(session).isoformat())
            linked = text_of(events[place], "DESCRIPTION")
            assert place in turn.theirs.descriptions or pages[session.page] in linked, f"no link: {session.key}"


def everybody_is_invited(turn: Turn) -> None:
    """Every member, and nobody who has left, is a guest of every series that goes on and of its sessions to come."""
    present = {member.email for member in turn.team.members if not _has_left(turn, member.email)}
    off = turn.programme.taken_off
    going_on = {_uid(one.key) for one in turn.after.memory.generations.values() if one.until is None}
    for place, event in turn.after.events.items():
        if place[0] in going_on and (not place[1] or start_of(event) > turn.now):
            guests = {email for email in map(_email, event.attendees) if not email.startswith("guest")}
            missing = {
                email for email in present - guests if not {(place, email), ((place[0], ""), email)} & off.keys()
            }
            assert not missing, f"not invited to {place}: {missing}"
            again = {email for email in guests if off.get((place, email)) == turn.programme.entry(email)}
            assert not again, f"taken off, and back at {place}: {again}"
            former = guests - present - turn.theirs.strangers
            assert not former, f"still invited to {place}: {former}"


def everybody_can_serve(turn: Turn) -> None:
    """Whoever has a role is there, has not declined, is not excused, and has no other; unless the lead says so."""
    members = {member.email: member for member in turn.team.members}
    for session in turn.coming:
        decided = _decided(turn, session)
        given = [(role, email) for role, email in session.roles.items() if role not in decided]
        _no_duplicates(f"role in {session.key}", (email for _, email in session.roles.items()))
        for role, email in given:
            assert email in members, f"{email} is {role} in {session.key} and not in the team"
            why = _why_not(turn, members[email], role, session)
            assert not why, f"{email} is {role} in {session.key}, but {why}"
        _no_duplicates(f"pair in {session.key}", (email for pair in session.pairs for email in pair))


def _decided(turn: Turn, session: Session) -> Mapping[str, str]:
    name = turn.after.memory.series[session.slot.series].name
    series = next(one for one in turn.team.series if one.name == name)
    day = session.slot.wall.date()
    found = [one for one in turn.team.sessions if one.on == day and one.series in (name, *series.was)]
    return found[0].roles if found else {}


def _is_moved(turn: Turn, session: Session) -> bool:
    day = session.slot.wall.date()
    return any(one.on == day and one.move_to is not None for one in turn.team.sessions)


def _why_not(turn: Turn, member: Member, role: str, session: Session) -> str:
    day = session.slot.day
    if any(day in dates for dates in member.away):
        return "is away"
    if (member.joined and day < member.joined) or (member.leaves and day > member.leaves):
        return "is not in the team then"
    if role in member.excused:
        return "is excused"
    frozen = session.slot.starts_at - turn.now <= turn.team.rotation.freeze
    return "has declined" if not frozen and _has_declined(turn, member.email, session) else ""


def _has_declined(turn: Turn, email: str, session: Session) -> bool:
    event = turn.after.events.get((_uid(session.event), _instance(session).isoformat()))
    guests = event.attendees if event else []
    return any(_email(guest) == email and guest.params.get("PARTSTAT") == "DECLINED" for guest in guests)


def announced_is_announced(turn: Turn) -> None:
    """An announced assignment changes only where it cannot stand; beyond ``keep`` also for a changed rule.

    Where a series has another cadence, so it is on each date that stands, and on that to which a session has gone.
    """
    renamed = {old: member.email for member in turn.team.members for old in member.was}
    for before, session in _successors(turn):
        for role, was in before.roles.items():
            email, now = renamed.get(was, was), session.roles.get(role)
            assert now == email or _may_change(turn, session, role, email), (
                f"{session.key}: {role} was {email} and is now {now}: {session.assignments}"
            )


def _successors(turn: Turn) -> Iterator[tuple[Session, Session]]:
    """Yield each announced session with what it is now: the one on its date, or else the one with its page."""
    announced = [one for one in turn.known.sessions.values() if one.state is State.ANNOUNCED]
    before = _by_series(one for one in announced if one.slot.starts_at > turn.now)
    after = _by_series(turn.coming)
    for series, sessions in before.items():
        now = after.get(series, ())
        days, pages = ({name(one): one for one in now} for name in (_day, _page))
        heirs = ((one, days.get(_day(one)) or pages.get(_page(one))) for one in sessions)
        yield from ((one, heir) for one, heir in heirs if heir)


def _day(session: Session) -> object:
    return session.slot.wall.date()


def _page(session: Session) -> object:
    return session.page


def _by_series(sessions: Iterable[Session]) -> dict[str, list[Session]]:
    found: dict[str, list[Session]] = {}
    for session in sorted(sessions, key=lambda session: (session.slot.wall, session.key)):
        found.setdefault(session.slot.series, []).append(session)
    return found


def _may_change(turn: Turn, session: Session, role: str, email: str) -> bool:
    members, decided = {member.email: member for member in turn.team.members}, _decided(turn, session)
    return (
        (turn.rules_changed and session.slot.starts_at >= turn.now + turn.team.rotation.keep)
        or role in decided
        or email in decided.values()
        or any(one.role == role and one.reason.kind == "owner" for one in session.assignments)
        or email not in members
        or _has_another_duty(turn, session, email)
        or bool(_why_not(turn, members[email], role, session))
    )


def _has_another_duty(turn: Turn, session: Session, email: str) -> bool:
    """Whether somebody has a role in another session at that time."""
    others = (one for one in turn.coming if one.key != session.key and email in one.roles.values())
    slot = session.slot
    return any(one.slot.starts_at < slot.ends_at and slot.starts_at < one.slot.ends_at for one in others)


def no_silent_gap(turn: Turn) -> None:
    """The lead is told of every role that nobody can take."""
    told = {row[0] for row in turn.programme.rows()["reminders"]}
    for session in turn.coming:
        for role in [one.role for one in session.assignments if not one.member and not one.waits]:
            assert f"{session.key}/alert/{role}" in told, f"nobody is told that {session.key} has no {role}"
