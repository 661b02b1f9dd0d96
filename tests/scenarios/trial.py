"""Eleven weeks of a team of six with two sessions a week: what they do to calendar, pages and file, and their mails."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from daemon.model import ActionItem, Message, Observed, Session, WriteUp
from daemon.model.memory import Item
from tests.scenarios.programme import MONDAY
from tests.scenarios.shelves import Rehearsal, declines, moves, rehearsed

WEEKS = 11
DAYS = WEEKS * 7
MOST_A_WEEK = 2.0
"""How many mails a person may get in a week, on average."""
NAMES = ("Ada", "Bob", "Cleo", "Dan", "Eve", "Finn")
JOINS_ON = 21
LUNCH, REVIEW = "Lunch & Learn", "Craft hour"
TEAM: Mapping[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "ada@example.com",
    "members": [{"name": name, "email": f"{name.lower()}@example.com"} for name in NAMES],
    "series": [
        {"name": LUNCH, "format": "lunch-and-learn", "cadence": {"every": "week", "on": "thursday", "at": "12:15"}},
        {
            "name": REVIEW,
            "formats": ["code-review", "pairing"],
            "cadence": {"every": "week", "on": "tuesday", "at": "15:00"},
        },
    ],
    "rotation": {"ahead": "6 weeks"},
    "topics": [{"title": f"How part {number} works", "votes": number % 4} for number in range(14)],
    "sessions": [],
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a team was sent in its eleven weeks, and how many weeks of people that were."""

    mails: Sequence[Message]
    person_weeks: float

    @property
    def a_week(self) -> float:
        """Mails a person and week, on average."""
        return len(self.mails) / self.person_weeks

    def by_heading(self) -> Mapping[str, float]:
        """Return how many mails a person and week have each heading, the most frequent first."""
        found = Counter(heading for mail in self.mails for heading in headings(mail))
        return {heading: number / self.person_weeks for heading, number in found.most_common()}

    def with_nothing_but(self, heading: str) -> Counter[tuple[str, int]]:
        """Return how many mails hold nothing but what is under one heading, by person and week."""
        alone = (mail for mail in self.mails if headings(mail) == [heading])
        return Counter((mail.to, mail.date.isocalendar().week) for mail in alone)


def trial() -> Trial:
    """Let eleven weeks go by, with a pass on the morning of each working day."""
    with rehearsed(TEAM, MONDAY) as rehearsal:
        for day in range(DAYS):
            rehearsal.now = MONDAY + timedelta(days=day)
            if rehearsal.now.weekday() < 5:
                _people_act(rehearsal, day)
                outcome, delivered = rehearsal.apply()
                assert (outcome.errors, delivered.errors) == ((), ())
        return Trial(tuple(rehearsal.mail.mails), (len(NAMES) * DAYS + DAYS - JOINS_ON) / 7)


def _people_act(rehearsal: Rehearsal, day: int) -> None:
    """Let people do what they do on a day, counted from the first."""
    for session in rehearsal.memory.by_start():
        if rehearsal.now.date() - session.slot.day == timedelta(days=1) and session.takes_place:
            _write_up(rehearsal, session)
    _tick(rehearsal)
    coming = [one for one in rehearsal.memory.by_start() if one.slot.starts_at > rehearsal.now and one.roles]
    match day:
        case 9 | 29 | 50:
            declines(rehearsal, coming[1].key, coming[1].roles["facilitator"])
        case 21:
            rehearsal.edit(members=[*TEAM["members"], {"name": "Gil", "email": "gil@example.com"}])
        case 37:
            day_off = next(one.slot.wall.date() for one in coming[3:] if "lunch" in one.key)
            rehearsal.edit(sessions=[{"series": LUNCH, "on": day_off, "cancel": "Everybody is at the fair"}])
        case 44:
            moves(rehearsal, coming[1].key, coming[1].slot.starts_at + timedelta(days=1))


def _write_up(rehearsal: Rehearsal, session: Session) -> None:
    """Write up what was held yesterday: four of five have takeaways, and two of three an item or two."""
    number = session.slot.wall.toordinal() % 97

    def written(page: Observed) -> Observed:
        items = tuple(_item(page.key, number, n, session.slot.day) for n in range(number % 3))
        learned = WriteUp(takeaways=("Caches lie",)) if number % 5 else WriteUp()
        return replace(page, items=items, write_up=learned)

    if session.page in rehearsal.wiki.there:
        rehearsal.wiki.edit(session.page, written)


def _item(page: str, number: int, n: int, held: date) -> ActionItem:
    who, due = NAMES[(number + n) % len(NAMES)].lower(), held + timedelta(days=5 + 3 * n)
    return ActionItem(page, f"{n}", f"Try part {number}, step {n}", who, due)


def _tick(rehearsal: Rehearsal) -> None:
    """Tick what is due: two thirds a day before, the rest a week late."""
    for item in rehearsal.memory.items.values():
        if (rehearsal.now.date() - item.due).days >= (7 if sum(map(ord, item.text)) % 3 == 0 else -1):
            rehearsal.wiki.edit(item.page, lambda page, item=item: _ticked(page, item))  # type: ignore[misc]


def _ticked(page: Observed, item: Item) -> Observed:
    return replace(page, items=tuple(replace(one, done=one.done or one.text == item.text) for one in page.items))


def headings(mail: Message) -> list[str]:
    """Return the headings of a mail."""
    lines = mail.text.splitlines()
    return [line for line, after in pairwise(lines) if after.startswith("  - ") and line[:1] != " "]


def printed(mails: Sequence[Message]) -> str:
    """Return mails as people read them."""
    return "\n".join(
        f"{'=' * 100}\n{mail.date:%A %F %R}\nTo: {mail.to}\nSubject: {mail.subject}\n\n{mail.text}" for mail in mails
    )
