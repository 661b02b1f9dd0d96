"""A year of fifty people in five teams, by a clock of the test's own, once undisturbed and once disturbed.

Passes are killed at any write, backends fail, and people go on changing their pages, calendars and plans; nobody can
tell it from their mail. The year is told in two halves, each from its first pass on; all but its first weeks
only in a soak.

People act in the evening. Once a week the teams are passed over right after that, when nobody is at work, and it is
then that calendars and wikis fail: at noon a digest would rightly go out from what was known before. Only the moment
at which a digest was put together may differ, and by no more than the pass that followed came later.
"""

import random
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import holidays
import pytest

from config.templates import render
from daemon.deliver import deliver
from daemon.ledger import open_ledger
from daemon.loop import World, run_once
from daemon.ports import Messenger, Unavailable
from integrations import calendar, messenger, sources, wiki
from tests import soak
from tests.scenarios.disturbances import FAILURES, Between, Kill, Killed
from tests.scenarios.programme import Through
from tests.scenarios.year import NAMES, OneOfSeveral, people_act, team

WEEKS = soak.either(4, 26)
JANUARY, JULY = date(2027, 1, 4), date(2027, 7, 5)
NOON, EVENING, NIGHT = time(13, 30), time(20), time(22, 30)
"""In UTC: when everybody is at work, when people act, and when nobody is at work."""
LATER = timedelta(minutes=20)
"""How long after a disturbed pass the next one comes."""
FAILING = tuple(failure for failure in FAILURES if failure.port != "messenger")
TRIED = 3
"""How often a mail is tried in one pass."""


@dataclass(frozen=True)
class Unanswered:
    """The mail server answers nothing for as long as the first mail is tried, though ``after`` it may have taken it."""

    after: bool

    def __call__(self, world: World) -> World:
        numbers = count(1)

        def around(send: Any) -> Any:
            fails = next(numbers) <= TRIED
            if self.after or not fails:
                send()
            if fails:
                raise Unavailable("the mail server does not answer")

        def post(*told: Any) -> Messenger:
            return cast(Messenger, Between(world.messenger(*told), frozenset({"send"}), around))

        return replace(world, messenger=post)


class Year:
    """The teams and their world, at the moment to which the clock is set."""

    def __init__(self, folder: Path, first: date) -> None:
        self.first = first
        self.now = datetime.combine(first, time(0), UTC)
        self.teams = [OneOfSeveral(folder, team(number), self.now) for number in range(len(NAMES))]
        self.disturbed: Counter[str] = Counter()
        self._random = random.Random(first.month + 100 * soak.SEED)

    def goes_by(self, disturbed: bool) -> None:
        """Let people and the programme work, day by day."""
        for number in range(7 * WEEKS):
            day = self.first + timedelta(days=number)
            if day.weekday() < 5:
                self._set(day, NOON)
                self._passes(self._at_noon() if disturbed else None)
                self._set(day, EVENING)
                people_act(self.teams, number, soak.SEED)
            if day.weekday() == 1:
                self._set(day, NIGHT)
                self._passes(self._random.choice(FAILING) if disturbed else None)

    def mails(self) -> dict[str, EmailMessage]:
        """Return the outbox by the Message-IDs."""
        found = self.teams[0].mails()
        mails = {mail["Message-ID"]: mail for mail in found}
        assert len(mails) == len(found)
        return mails

    def pages(self) -> list[dict[str, str]]:
        """Return the pages of each team."""
        return [one.pages() for one in self.teams]

    def _at_noon(self) -> Through | None:
        kill = Kill(self._random.randint(1, 30), self._random.random() < 0.5)
        return self._random.choice((kill, kill, Unanswered(after=False), Unanswered(after=True), None))

    def _set(self, day: date, moment: time) -> None:
        self.now = datetime.combine(day, moment, UTC)
        for one in self.teams:
            one.now = self.now

    def _passes(self, through: Through | None) -> None:
        """Let a pass over everything go well; one that is disturbed goes before it."""
        if through:
            try:
                failed = self._pass(through)
            except Killed:
                failed = ["killed"]
            self.disturbed[type(through).__name__] += bool(failed)
            self.now += LATER
        assert self._pass(lambda world: world) == []

    def _pass(self, through: Through) -> list[str]:
        """Do what the daemon does, as a process of its own; return what failed."""
        known = (self.teams[0].operator, lambda _: self.now)
        with closing(open_ledger(self.teams[0].operator.ledger_url())) as ledger:
            backends = (
                partial(calendar, *known),
                partial(wiki, *known),
                partial(messenger, *known),
                partial(sources, *known),
            )
            world = through(World(ledger, *backends, render))
            outcomes = [run_once(one.file, self.now, world) for one in self.teams]
            teams = {one.path.stem: one.file.team for one in self.teams}
            errors = deliver(teams, self.now, world.ledger, world.messenger).errors
        return [*(error for outcome in outcomes for error in outcome.errors), *errors]


@soak.soaked
@pytest.mark.parametrize("first", soak.either([JANUARY], [JANUARY, JULY]), ids=str)
def test_nobody_can_tell_a_disturbed_year_from_an_undisturbed_one(first: date, tmp_path: Path) -> None:
    quiet, disturbed = (Year(tmp_path / name, first) for name in ("quiet", "disturbed"))
    quiet.goes_by(disturbed=False)
    disturbed.goes_by(disturbed=True)
    assert all(disturbed.disturbed[kind] >= max(1, WEEKS // 5) for kind in ("Kill", "Unanswered", "Failure"))
    expected, found = quiet.mails(), disturbed.mails()
    assert found.keys() == expected.keys()
    assert len(found) > 20 * WEEKS
    for key, mail in expected.items():
        assert timedelta(0) <= sent_at(found[key]) - sent_at(mail) <= LATER
        assert without_date(found[key]) == without_date(mail), key
    assert disturbed.pages() == quiet.pages()
    for year in (quiet, disturbed):
        is_considerate(year)


def is_considerate(year: Year) -> None:
    """Check that everybody had mail, no more than one on a day, in their working hours."""
    people = {one["email"]: one for programme in year.teams for one in programme.team["members"]}
    countries = {one["holidays"]["country"] for one in people.values()}
    off = {country: holidays.country_holidays(country, years=[2027, 2028]) for country in countries}
    had: Counter[tuple[str, date]] = Counter()
    for mail in year.mails().values():
        who = people[mail["To"].addresses[0].addr_spec]
        there = sent_at(mail).astimezone(ZoneInfo(who["timezone"]))
        had[who["email"], there.date()] += 1
        assert time(8) <= there.time() < time(17) and there.weekday() < 5
        assert there.date() not in off[who["holidays"]["country"]] and not is_away(who, there.date())
    assert {*had.values()} == {1}
    assert {email for email, _ in had} == {*people}


def is_away(who: Mapping[str, Any], day: date) -> bool:
    spans = (span.split("..") for span in who.get("away", []))
    return any(first <= str(day) <= last for first, last in spans)


def sent_at(mail: EmailMessage) -> datetime:
    return parsedate_to_datetime(mail["Date"])


def without_date(mail: EmailMessage) -> bytes:
    return b"\n".join(line for line in mail.as_bytes().splitlines() if not line.startswith(b"Date: "))
