"""The story: what happens once in the year, each thing in its week; people act, and what comes of it is peerloop's.

Each is a step that acts on the stage and yields in words what was done, if it could be; some leave a later step behind.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from daemon.cli.demo.lines import Tone
from daemon.cli.demo.news import News, day_of
from daemon.cli.demo.people import People
from daemon.cli.demo.stage import Stage
from daemon.cli.demo.words import FORGOTTEN, NEED, NEED_TITLE, RETRO
from daemon.cli.need_words import entry
from daemon.model import Session
from daemon.model.memory import Memory
from daemon.model.names import series_name
from daemon.model.needs import NeedState
from daemon.model.statements import Door, StatementKind
from daemon.model.words import names_of, quoted

if TYPE_CHECKING:
    from icalendar import Event

Told = Iterator[tuple[Tone, str]]
Step = Callable[["Story"], Told]
NEWCOMER, LEAVER = "lena@example.com", "tomas@example.com"


@dataclass
class Story:
    """How far the year is: the stage, its people, and the steps that wait for their day."""

    stage: Stage
    people: People
    waiting: list[tuple[date, Step]] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    """What mails have said that is stuck."""
    wanted: set[str] = field(default_factory=set)
    """The topics of which the viewer is told when they are planned."""

    def later(self, days: int, step: Step) -> None:
        """Leave a step for a day some days from now."""
        self.waiting.append((self.today + timedelta(days=days), step))

    def due(self) -> list[Step]:
        """Return the steps of today, which wait no more."""
        steps = [step for day, step in self.waiting if day <= self.today]
        self.waiting = [(day, step) for day, step in self.waiting if day > self.today]
        return steps

    @property
    def today(self) -> date:
        """The day in the team's zone."""
        return self.stage.now.date()

    @property
    def lead(self) -> str:
        """The lead's first name."""
        return self.name(self.stage.team.lead)

    def name(self, email: str | None) -> str:
        """Return somebody's first name."""
        return names_of(self.stage.team).get(email or "", email or "nobody").partition(" ")[0]

    def when(self, one: Session, memory: Memory) -> str:
        """Return how people call a session to come."""
        return f"{series_name(one, memory)} on {day_of(one.slot.day)}"

    def coming(self, memory: Memory, least: int, most: int, series: str = "") -> list[Session]:
        """Return the sessions so many days from now in which somebody has a turn, the soonest first."""
        days = (self.today + timedelta(days=least), self.today + timedelta(days=most))
        found = [
            one for one in memory.by_start() if one.takes_place and one.roles and days[0] <= one.slot.day <= days[1]
        ]
        return [one for one in found if not series or series_name(one, memory) == series]

    def turn(self, one: Session) -> tuple[str, str] | None:
        """Return a role in a session and who has it, who is not the lead."""
        roles = [(role, email) for role, email in one.roles.items() if email != self.stage.team.lead]
        return self.people.dice.choice(roles) if roles else None


def declines(story: Story) -> Told:
    """Somebody declines an invitation."""
    yield from _declined(story, (8, 40), "in the calendar")


def falls_ill(story: Story) -> Told:
    """Somebody is ill, and the lead writes it into the file."""
    memory = story.stage.memory()
    for one in story.coming(memory, 1, 20):
        if turn := story.turn(one):
            last = max(one.slot.day, story.today + timedelta(days=9)) + timedelta(days=1)
            emails = [member.email for member in story.stage.team.members]
            story.stage.add_to_file(("members", emails.index(turn[1]), "away"), f"{story.today}..{last}")
            yield (
                Tone.PEOPLE,
                f"{story.name(turn[1])} is ill; {story.lead} writes “away: {story.today}..{last}” into the file",
            )
            return


def forgets(story: Story) -> Told:
    """At the next session somebody takes on what they will forget."""
    story.people.forgetful = True
    yield from ()


def remembers(story: Story) -> Told:
    """Once others have heard that it is stuck, it is done."""
    found = [item for item in story.stage.memory().items.values() if FORGOTTEN in item.text and item.state == "open"]
    for item in found:
        if any(FORGOTTEN in said for said in story.stuck) and story.people.tick_item(item):
            late = (story.today - item.due).days
            yield Tone.PEOPLE, f"{story.name(item.assignee)} ticks {quoted(item.words)} on the page, {late} days late"
        else:
            story.later(7, remembers)


def swaps(story: Story) -> Told:
    """Somebody offers to swap a turn."""
    memory = story.stage.memory()
    soon = story.coming(memory, 8, 50)
    for one, other in ((one, other) for one in soon for other in soon if one.slot.starts_at < other.slot.starts_at):
        mine, theirs = story.turn(one), story.turn(other)
        if mine and theirs and mine[1] != theirs[1]:
            said = story.stage.say(
                StatementKind.SWAP_OFFER, one.key, mine[1], role=mine[0], other=theirs[1], value=other.key
            )
            if said:
                day = day_of(other.slot.day)
                yield (
                    Tone.PEOPLE,
                    f"{story.name(mine[1])} would rather have {story.name(theirs[1])}'s turn of {day} than their own, "
                    "and says so on the web page",
                )
                story.later(1, partial(_agrees, offer=said.id, session=other.key, who=theirs[1]))
                return


def _agrees(story: Story, offer: str, session: str, who: str) -> Told:
    if story.stage.say(StatementKind.SWAP_AGREE, session, who, Door.MAIL, value=offer):
        yield Tone.PEOPLE, f"{story.name(who)} agrees, by the link in the mail"


def lacks(story: Story) -> Told:
    """Several people say what they do not know: in a retrospective, and without a name."""
    story.stage.write_page(f"retros/{story.today}.md", RETRO.format(day=story.today, need=NEED))
    yield Tone.PEOPLE, f"A retrospective notes {quoted(NEED)}"
    if story.stage.say(StatementKind.NEED, "", None, value=NEED, role="postgres"):
        yield Tone.PEOPLE, "Somebody says the same on the web page, without a name"
    story.later(9, accepts)


def accepts(story: Story) -> Told:
    """The lead makes a topic of it, and others want it as well."""
    found = [one for one in story.stage.needs() if one.text == NEED and one.state is NeedState.PROPOSED]
    for one in found[:1]:
        new = entry(one, NEED_TITLE, "postgres", "priya@example.com", story.today)
        if not story.stage.add_to_file(("topics",), new):
            story.wanted.add(NEED_TITLE)
            yield Tone.PEOPLE, f"{story.lead} takes it up as a topic, {quoted(NEED_TITLE)}: noticed {one.times} times"
            story.later(1, votes)


def votes(story: Story) -> Told:
    """Some want that topic soon."""
    emails = [member.email for member in story.stage.team.members]
    some = story.people.dice.sample(emails, 4)
    said = [who for who in some if story.stage.say(StatementKind.VOTE, NEED_TITLE, who, value="yes")]
    if said:
        yield Tone.PEOPLE, f"{len(said)} vote for {quoted(NEED_TITLE)}"


def joins(story: Story) -> Told:
    """Somebody joins the team."""
    new = {"name": "Lena Brandt", "email": NEWCOMER, "joined": str(story.today), "knows": ["ci"]}
    if not story.stage.add_to_file(("members",), new):
        yield Tone.PEOPLE, f"Lena Brandt joins; {story.lead} adds a line to the file"
        story.later(38, is_on_call)


def is_on_call(story: Story) -> Told:
    """The newcomer has reached what newcomers are to reach."""
    story.stage.edit_file(f"email: {NEWCOMER}", f"email: {NEWCOMER}, onboarded: {story.today}")
    yield Tone.PEOPLE, "Lena is on call for the first time"


def mistypes(story: Story) -> Told:
    """The lead mistypes a key, hears where, and mends it."""
    faults = story.stage.edit_file("rotation:", "rotaton:")
    yield Tone.PEOPLE, f"{story.lead} mistypes a key of the file"
    for fault in faults[:1]:
        said = fault.replace(f"{story.stage.folder}/", "")
        yield Tone.PEERLOOP, f"{said}{'' if said.endswith('?') else '.'} What was read before stays in force"
    if not story.stage.edit_file("rotaton:", "rotation:"):
        yield Tone.PEOPLE, f"{story.lead} mends it"


def drags(story: Story) -> Told:
    """Somebody drags a session to the day before."""
    memory = story.stage.memory()
    for one in story.coming(memory, 6, 30, "Lunch & Learn"):
        to = one.slot.starts_at - timedelta(days=1)
        with story.stage.calendar() as calendar:
            event = _event_of(calendar.events, one)
            if event:
                length = event.duration
                event.end, event.start = to + length, to
        if event:
            who = story.people.dice.choice([member.email for member in story.stage.team.members])
            yield Tone.PEOPLE, f"{story.name(who)} drags {story.when(one, memory)} to the day before, in the calendar"
            return


def cannot(story: Story) -> Told:
    """Somebody says, by a link in a mail, that they cannot come; somebody else takes the turn."""
    memory = story.stage.memory()
    for one in story.coming(memory, 6, 16):
        if turn := story.turn(one):
            role, who = turn
            if story.stage.say(StatementKind.CANNOT, one.key, who, Door.MAIL, role=role):
                yield Tone.PEOPLE, f"{story.name(who)} taps “I can't” in a mail: {role} of {story.when(one, memory)}"
                story.later(1, partial(_takes, session=one.key, role=role))
                return


def _takes(story: Story, session: str, role: str) -> Told:
    one = story.stage.memory().sessions[session]
    ranked = next((given.reason.ranked for given in one.assignments if given.role == role), ())
    for who in ranked:
        if story.stage.say(StatementKind.TAKE, session, who, Door.MAIL, role=role):
            yield Tone.PEOPLE, f"{story.name(who)} taps “I'll take it”"
            return


def calls_off(story: Story) -> Told:
    """The lead calls a session off."""
    memory = story.stage.memory()
    for one in story.coming(memory, 5, 40, "Deep dive"):
        new = {"series": "Deep dive", "on": str(one.slot.wall.date()), "cancel": "Summer party"}
        if not story.stage.add_to_file(("sessions",), new):
            yield Tone.PEOPLE, f"{story.lead} cancels {story.when(one, memory)} in the file: Summer party"
            return


def changes_cadence(story: Story) -> Told:
    """The lead moves a series to another day of the week."""
    if not story.stage.edit_file("on: thursday", "on: wednesday"):
        yield Tone.PEOPLE, f"{story.lead} moves Lunch & Learn from Thursdays to Wednesdays, by a word in the file"


def leaves(story: Story) -> Told:
    """Somebody leaves the team."""
    last = story.today + timedelta(days=11)
    if not story.stage.edit_file(f"email: {LEAVER}", f"email: {LEAVER}, leaves: {last}"):
        yield Tone.PEOPLE, f"{story.name(LEAVER)} leaves on {day_of(last)}; {story.lead} writes the date into the file"


def declines_late(story: Story) -> Told:
    """Somebody declines when it is too late for others to be given the turn by itself."""
    told = [*_declined(story, (1, 1), "on the day before")]
    yield from told
    if not told:
        story.later(1, declines_late)


def _declined(story: Story, days: tuple[int, int], how: str) -> Told:
    """Have whoever can decline a session that is so many days away, and tell it."""
    memory = story.stage.memory()
    for one in story.coming(memory, *days):
        if turn := story.turn(one):
            with story.stage.calendar() as calendar:
                event = _event_of(calendar.events, one)
                mine = [guest for guest in event.attendees if guest.email.lower() == turn[1]] if event else []
                for guest in mine:
                    guest.params["PARTSTAT"] = "DECLINED"
            if mine:
                yield Tone.PEOPLE, f"{story.name(turn[1])} declines {story.when(one, memory)}, {how}"
                return


def _event_of(events: "list[Event]", one: Session) -> "Event | None":
    """Return a session's event, by when it takes place; None where it stands in the series alone."""
    return next((each for each in events if "RECURRENCE-ID" in each and each.start == one.slot.starts_at), None)


YEAR: tuple[tuple[int, int, Step], ...] = (
    (2, 1, declines),
    (4, 1, falls_ill),
    (6, 0, forgets),
    (8, 4, remembers),
    (10, 1, swaps),
    (12, 2, lacks),
    (16, 0, joins),
    (18, 2, mistypes),
    (20, 1, drags),
    (24, 1, cannot),
    (28, 1, calls_off),
    (32, 0, changes_cadence),
    (36, 1, declines),
    (40, 0, leaves),
    (44, 0, declines_late),
    (47, 1, falls_ill),
)
"""In which week of the year and on which of its days what happens."""


def told_by(news: News, story: Story) -> Iterator[str]:
    """Yield what a pass came to, and which of the topics that were wanted are planned now."""
    yield from news.lines()
    for title, text in news.topics_planned(sorted(story.wanted)):
        story.wanted.discard(title)
        yield text
