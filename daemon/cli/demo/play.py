"""The play: a year, day by day; people act, passes are made at the moments that matter, and what is new is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from daemon.cli.demo.lines import Line, Tone
from daemon.cli.demo.news import News, mail_lines, parts_of
from daemon.cli.demo.people import People
from daemon.cli.demo.stage import ZONE, Stage
from daemon.cli.demo.story import YEAR, Story, told_by
from daemon.cli.demo.words import FORGOTTEN
from daemon.model.memory import Memory
from daemon.tell.kinds import ESCALATION

WEEKS = 52
MORNING, EVENING = time(9), time(17)
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the year: what is told of it, and what is known at its end, where a pass looked."""

    day: date
    lines: tuple[Line, ...] = ()
    memory: Memory | None = None
    mails: int = 0


class Play:
    """A year of a team in a folder, which ends on a day. The same seed and day give the same year."""

    def __init__(self, folder: Path, seed: int, last: date) -> None:
        """Begin on the Monday a year before."""
        self.last, self.first = last, last - timedelta(weeks=WEEKS, days=last.weekday())
        self.stage = Stage(folder, self.first, datetime.combine(self.first, MORNING, ZONE))
        people = People(self.stage, Random(seed))  # noqa: S311 - it plays # nosec B311
        waiting = [(self.first + timedelta(weeks=week, days=day), step) for week, day, step in YEAR]
        self.story, self.mails = Story(self.stage, people, waiting), 0
        self._known: Memory | None = None

    def days(self) -> Iterator[Day]:
        """Play day by day."""
        self.stage.write_page("retros/about.md", "# Retrospectives\n\nOne page for each.\n")
        self.stage.read()
        for number in range((self.last - self.first).days + 1):
            yield self._day(self.first + timedelta(days=number))

    def _day(self, day: date) -> Day:
        self.stage.now = datetime.combine(day, MORNING, ZONE)
        lines, memory = [Line(day, tone, text) for step in self.story.due() for tone, text in step(self.story)], None
        if lines or day in (self.first, self.last) or day.weekday() == FRIDAY:
            told, memory = self._pass(day)
            lines += told
        if self._known and day.weekday() < FRIDAY + 1 and day < self.last:
            lines += self._evening(self._known, day)
        return Day(day, tuple(lines), memory, self.mails)

    def _evening(self, memory: Memory, day: date) -> Iterator[Line]:
        self.stage.now = datetime.combine(day, EVENING, ZONE)
        for who in self.story.people.write_up(memory, day):
            yield Line(day, Tone.PEOPLE, f"{self.story.name(who)} takes on an action item, on the session's page")

    def _pass(self, day: date) -> tuple[list[Line], Memory | None]:
        if day.weekday() == FRIDAY:
            self._week(day)
        self.stage.read()
        done, mails = self.stage.reconcile(), list(self.stage.new_mails())
        self.mails += len(mails)
        self.story.stuck += [text for mail in mails for text in parts_of(mail).get(ESCALATION.section.heading, ())]
        if done is None:
            return [], None
        self._known = done.memory
        news = News(self.stage.team, done)
        lines = [Line(day, Tone.SESSION, text) for text in news.held()]
        lines += [Line(day, Tone.PEERLOOP, text) for text in told_by(news, self.story)]
        return [
            *lines,
            *(Line(day, Tone.MAIL, text) for text in mail_lines(mails, FORGOTTEN, news.has_thanks)),
        ], done.memory

    def _week(self, day: date) -> None:
        """Let people do what they do in a week."""
        people = self.story.people
        if self._known:
            people.tick(self._known, day)
            people.answer(self._known)
        if day.day <= 14:
            people.vote()
