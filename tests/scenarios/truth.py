"""What is truly so: the calendar, the pages and the team's file at each moment of a programme's history.

All of it is read past peerloop, from the files or from what a stand-in keeps; what people did is what differs between
two passes. It is what ``oracle.py`` holds mails and pages against.
"""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import icalendar
import recurring_ical_events

from tests.scenarios.programme import Box, Programme, instance_of, is_ours, place_of, start_of, text_of

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
AHEAD = timedelta(weeks=15)
REGION_FIELD = "part kept by peerloop"
LINES = re.compile(r"</?(?:p|li|ul|ol|table|tbody|tr|h\d|ac:task|ac:task-body)\b[^>]*>")
REGION = re.compile(r"<!-- peerloop:begin (?P<key>\S+)[^>]*-->(?P<text>.*?)<!-- peerloop:end [^>]*-->", re.S)
STORED_ROW = re.compile(r"<tr><th>(.*?)</th><td>(.*?)</td></tr>", re.S)
MARKDOWN_ROW = re.compile(r"(?m)^\| (?!---)(.+?) \| (.*) \|$")
Id = tuple[str, datetime | None]
"""The UID of a recurring event, and where its rule puts the instance; nothing for an event of its own."""


@dataclass(frozen=True)
class Event:
    """A session that stands in the calendar."""

    id: Id
    series: str
    """The name that its series had first."""
    start: datetime
    summary: str
    facts: Mapping[str, str] | None
    """What its description says, label by label; None where a person has written another one."""
    declined: frozenset[str]
    is_written: bool
    """Whether it is in the calendar by itself, not only by its series' rule."""

    def on(self, day: date, zone: ZoneInfo) -> bool:
        """Whether it is on a day, by the clock of a place."""
        return self.start.astimezone(zone).date() == day


@dataclass(frozen=True)
class Seen:
    """A page as a person reads it."""

    key: str
    title: str
    region: str
    """What peerloop says on it, as lines of plain text."""
    facts: Mapping[str, str]
    """The table in it."""
    text: str
    """All of it."""


@dataclass(frozen=True)
class Look:
    """All of it at one moment."""

    now: datetime
    events: tuple[Event, ...]
    series: Mapping[str, str]
    """What is left of each recurring event that repeats: its UID, with where it starts and its rule."""
    pages: Mapping[str, Seen]
    boxes: tuple[Box, ...]
    team: Mapping[str, Any]
    first_names: Mapping[str, str]
    deleted: Mapping[Id, Event] = field(default_factory=dict)
    """Sessions that a person deleted and that are not back."""
    in_trouble: bool = False
    """Whether a pass went wrong about then: what the lead decided may not be in the calendar yet."""
    by_hand: frozenset[tuple[str, str]] = frozenset()
    """What people changed so far: of what (a series, a page) which field."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The team's zone."""
        return ZoneInfo(self.team["timezone"])

    @cached_property
    def ids(self) -> Mapping[Id, Event]:
        """What stands, by identity."""
        return {event.id: event for event in self.events}

    def has(self, id_: Id, as_before: Event) -> bool:
        """Whether a session is still there: what was written by itself and is not any more was deleted."""
        return id_ in self.ids and (self.ids[id_].is_written or not as_before.is_written)

    def without(self, deleted: Mapping[Id, Event]) -> "Look":
        """Return it without what people deleted, as far as that is not back."""
        still = {id_: one for id_, one in deleted.items() if not self.has(id_, one)}
        return replace(self, events=tuple(one for one in self.events if one.id not in still), deleted=still)

    def at(self, series: str, start: datetime) -> list[Event]:
        """Return the sessions of a series that stand at a moment."""
        return [one for one in self.events if one.series == self.first_name(series) and one.start == start]

    def on(self, series: str, day: date) -> list[Event]:
        """Return the sessions of a series that stand on a day, by the clock of the team's place."""
        return [one for one in self.events if one.series == self.first_name(series) and one.on(day, self.zone)]

    def first_name(self, series: str) -> str:
        """Return the name that a series had first."""
        return self.first_names.get(series, series)

    def member(self, email: str) -> Mapping[str, Any] | None:
        """Return whoever has or had an address."""
        now = (one for one in self.team["members"] if one["email"].lower() == email.lower())
        once = (one for one in self.team["members"] if email.lower() in [old.lower() for old in one.get("was", ())])
        return next(now, None) or next(once, None)

    def addresses(self, name: str) -> set[str]:
        """Return the addresses that a name may mean."""
        named = [one for one in self.team["members"] if name in (one["name"], f"{one['name']} ({one['email']})")]
        found = {email for one in named for email in (one["email"], *one.get("was", ()))} or {name}
        return {email.lower() for email in found}

    def names(self, email: str) -> set[str]:
        """Return how somebody may be called."""
        member = self.member(email)
        return {member["name"], f"{member['name']} ({member['email']})".lower()} if member else {email}

    def off_by_file(self, event: Event, why: str | None, rule: str) -> bool:
        """Whether the file calls a session off, with that reason if there is one, or has another rule by now."""
        original = event.id[1] or event.start
        days = {one.astimezone(self.zone).date() for one in (original, event.start)} | {original.date()}
        reasons = [*self._cancelled(event.series, days), *self._blocked(days), *self._free(days)]
        return self._rule_of(event.series) != rule or (why in reasons if why else bool(reasons))

    def moved_by_file(self, series: str, start: datetime, rule: str) -> bool:
        """Whether the file moves a session to a moment, or its series has another rule by now."""
        first = self.first_name(series)
        told = [
            one["move_to"]
            for one in self.team["sessions"]
            if self.first_name(one["series"]) == first
            if "move_to" in one
        ]
        moments = [datetime.fromisoformat(str(one)).replace(tzinfo=self.zone) for one in told]
        return start in moments or self._rule_of(first) != rule

    def _cancelled(self, series: str, days: set[date]) -> list[str]:
        decided = [one for one in self.team["sessions"] if self.first_name(one["series"]) == series]
        return [one["cancel"] for one in decided if "cancel" in one and date.fromisoformat(str(one["on"])) in days]

    def _blocked(self, days: set[date]) -> Iterator[str]:
        for one in self.team.get("blackouts", ()):
            first, _, last = str(one["dates"]).partition("..")
            if any(date.fromisoformat(first) <= day <= date.fromisoformat(last or first) for day in days):
                yield from (one["reason"], f"blackout: {one['reason']}")

    def _free(self, days: set[date]) -> Iterator[str]:
        place = self.team.get("holidays")
        if place:
            found = holidays.country_holidays(place["country"], place.get("subdivision"))
            yield from (f"public holiday: {found[day]}" for day in days if day in found)

    def _rule_of(self, series: str) -> str:
        return rules_of(self.team, self.first_names).get(series, "")


def rules_of(team: Mapping[str, Any], first_names: Mapping[str, str]) -> dict[str, str]:
    """Return what a file says of when each series takes place."""
    also = (team["timezone"], team.get("sprint"))
    return {first_names.get(one["name"], one["name"]): repr((one["cadence"], also)) for one in team["series"]}


@dataclass
class Pass:
    """A pass: what was so before and after it, and whether it went well."""

    before: Look
    after: Look
    good: bool


class History:
    """What was so at every moment when somebody looked: after people's doings, and around each pass."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.looks: list[Look] = []
        self.passes: list[Pass] = []
        self.titles: dict[str, str] = {}
        """The keys of pages by the titles that they have had."""
        self.held: dict[Id, Event] = {}
        """Sessions as they stood when they began, or last before."""
        self.missed: dict[Id, Event] = {}
        """Sessions that people had deleted by the time at which they stood before: they are over, even if put back."""
        self.rules: dict[Id, str] = {}
        """What the file said of when a series takes place, after the last pass after which a session stood."""
        self._first_names: dict[str, str] = {}
        self._known: tuple[icalendar.Calendar, object, Look] | None = None
        self._expanded: tuple[icalendar.Calendar, date, list[icalendar.Event]] | None = None

    def people_were_here(self) -> Look:
        """Look after what people did; what is missing now, and has not gone elsewhere, they have deleted."""
        before, now = self.looks[-1] if self.looks else None, self._look()
        now = self._told_apart(before, now) if before else now
        if before:
            begun = (one for one in before.events if before.now <= one.start <= now.now)
            self.held |= {one.id: one for one in begun if one.id not in now.deleted}
            off = (one for one in before.deleted.values() if before.now <= one.start <= now.now)
            self.missed |= {one.id: one for one in off}
        self.looks.append(now)
        return now

    @contextmanager
    def passing(self) -> Iterator[Pass]:
        """Look around a pass."""
        before = self.people_were_here()
        here = Pass(before, before, good=False)
        self.passes.append(here)
        try:
            yield here
        finally:
            now = self._look()
            here.after = replace(now, by_hand=before.by_hand).without(before.deleted)
            self.looks.append(here.after)
            rules = rules_of(here.after.team, here.after.first_names)
            self.rules |= {one.id: rules[one.series] for one in here.after.events if one.series in rules}

    def window(self, moment: datetime) -> list[Look]:
        """Return the looks one of which must bear out what was just said at a moment: that after the pass then, and
        where one went wrong then, all since the last that went well.
        """
        numbers = [number for number, one in enumerate(self.passes) if one.before.now == moment]
        if numbers and all(self.passes[number].good for number in numbers):
            return [self.passes[numbers[-1]].after]
        first, last = (numbers[0], numbers[-1]) if numbers else (len(self.passes), len(self.passes))
        good = max((number for number in range(first) if self.passes[number].good), default=0)
        looks = [look for one in self.passes[good : last + 1] for look in (one.before, one.after)]
        return [replace(look, in_trouble=True) for look in looks[1:]]

    def once(self, series: str, start: datetime, until: Look) -> dict[Id, Event]:
        """Return the sessions of a series that stood at a moment in some look, the latest or an earlier one."""
        found: dict[Id, Event] = {}
        for look in self.looks:
            found |= {event.id: event for event in look.at(series, start)}
            if look is until:
                break
        return found

    # looking

    def _look(self) -> Look:
        team = self.programme.team
        for one in team["series"]:
            for name in (*one.get("was", ()), one["name"]):
                self._first_names.setdefault(name, self._first_names.get([*one.get("was", ()), name][0], name))
        calendar, pages, boxes = self.programme.seen_by_people()
        seen = (pages, boxes, repr(team), self.programme.now)
        if self._known and self._known[0] is calendar and self._known[1] == seen:
            return self._known[2]
        events = tuple(self._events(calendar))
        masters = {uid: rule for uid, (_, rule) in _masters(calendar).items()}
        read = {path: page for path, text in pages.items() if (page := _page(text))}
        look = Look(self.programme.now, events, masters, read, boxes, deepcopy(team), dict(self._first_names))
        self.titles |= {page.title: page.key for page in read.values()}
        self._known = (calendar, seen, look)
        return look

    def _events(self, calendar: icalendar.Calendar) -> Iterator[Event]:
        masters = _masters(calendar)
        written = {place_of(event) for event in calendar.events}
        for event in self._expand(calendar):
            uid = text_of(event, "UID")
            if is_ours(event) and text_of(event, "STATUS") != "CANCELLED" and uid in masters:
                series = self._first_names.get(masters[uid][0], masters[uid][0])
                original = instance_of(event)
                yield Event(
                    (uid, original.astimezone(UTC) if original else None),
                    series,
                    start_of(event).astimezone(UTC),
                    text_of(event, "SUMMARY"),
                    _facts(text_of(event, "DESCRIPTION")),
                    frozenset(guest.email.lower() for guest in event.attendees if _declines(guest)),
                    instance_of(event) is not None and place_of(event) in written,
                )

    def _expand(self, calendar: icalendar.Calendar) -> list[icalendar.Event]:
        """Return every event with its repetitions, for some weeks ahead."""
        today = self.programme.now.date()
        if self._expanded is None or self._expanded[0] is not calendar or self._expanded[1] != today:
            found = recurring_ical_events.of(calendar).between(FIRST, self.programme.now + AHEAD)
            self._expanded = calendar, today, list(found)
        return self._expanded[2]

    def _told_apart(self, before: Look, now: Look) -> Look:
        """Return a look with what people have done since the one before."""
        soon = {id_: one for id_, one in before.ids.items() if one.start < before.now + AHEAD}
        missing = {id_: one for id_, one in soon.items() if not now.has(id_, one)}
        new = {one.series for id_, one in now.ids.items() if id_ not in before.ids and one.start < before.now + AHEAD}
        new = {one.series for one in missing.values()} & new
        deleted = {id_: one for id_, one in missing.items() if one.series not in new}
        by_hand = (
            before.by_hand
            | frozenset(_changed(before, now))
            | {(name, field) for name in new for field in ("time", "dates")}
        )
        return replace(now, by_hand=by_hand).without({**before.deleted, **deleted})


def _changed(before: Look, now: Look) -> Iterator[tuple[str, str]]:
    """Yield what people have changed between two looks."""
    for id_, event in now.ids.items():
        was = before.ids.get(id_)
        if was and was != event:
            changed = {"time": was.start != event.start, "title": was.summary != event.summary}
            changed["description"] = was.facts != event.facts
            yield from ((event.series, name) for name, differs in changed.items() if differs)
    pages = {page.key: page for page in before.pages.values()}
    for page in now.pages.values():
        if page.key in pages and pages[page.key].title != page.title:
            yield page.key, "title"
        if page.key in pages and pages[page.key].region != page.region:
            yield page.key, REGION_FIELD


def _masters(calendar: icalendar.Calendar) -> dict[str, tuple[str, str]]:
    """Return each recurring event of ours: its summary, and when it takes place."""
    found = [event for event in calendar.events if is_ours(event) and "RECURRENCE-ID" not in event]
    return {text_of(one, "UID"): (text_of(one, "SUMMARY"), f"{start_of(one)} {one.get('RRULE')}") for one in found}


def _declines(guest: Any) -> bool:
    return bool(guest.params.get("PARTSTAT") == "DECLINED")


def _facts(description: str) -> dict[str, str] | None:
    lines = (line.partition(": ") for line in description.splitlines())
    facts = {label: text for label, colon, text in lines if colon}
    return facts if "Recording" in facts else None


def _page(text: str) -> Seen | None:
    region = REGION.search(text)
    title = text.partition("\n")[0].removeprefix("# ")
    if region is None:
        return None
    is_storage = region["text"].lstrip().startswith("<")
    plain, row = (_of_storage, STORED_ROW) if is_storage else (_of_markdown, MARKDOWN_ROW)
    facts = {plain(label): plain(value) for label, value in row.findall(region["text"])}
    return Seen(region["key"], title, plain(region["text"]), facts, text)


def _of_storage(text: str) -> str:
    """Return storage format as lines of plain text."""
    return _trimmed(html.unescape(re.sub(r"<[^>]+>", "", LINES.sub("\n", text))))


def _of_markdown(text: str) -> str:
    """Return Markdown as lines of plain text."""
    linked = re.sub(r"(?<!!)\[((?:\\.|[^\]\\])*)\]\([^)]*\)", r"\1", text)
    return _trimmed(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", html.unescape(linked.replace("**", ""))))


def _trimmed(lines: str) -> str:
    return "\n".join(line.strip() for line in lines.splitlines() if line.strip())
