"""Somebody deletes a whole series in the calendar, and it comes back: out of the bin, or made again when asked."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import recurring_ical_events

from daemon.loop import USUAL_CAPS
from daemon.model import Session
from daemon.plan.guards import Allowance
from tests.scenarios import people
from tests.scenarios.google_programme import BUSY_TEAM, GoogleProgramme, stand_in
from tests.scenarios.programme import MONDAY, ZONE, Programme, heard_of, is_ours, start_of, text_of

LUNCH = 2
"""Which of the three series people delete: the weekly lunch, on Thursdays."""


@pytest.fixture(params=["local", "google"])
def programme(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Programme]:
    """A programme that everybody has heard of by Tuesday."""
    with stand_in({}) as google:
        there = (
            Programme(tmp_path) if request.param == "local" else GoogleProgramme(google, tmp_path, BUSY_TEAM, MONDAY)
        )
        passes(there)
        passes(there, hours=24)
        yield there


def passes(programme: Programme, caps: Allowance = USUAL_CAPS, **later: float) -> None:
    """Do a pass, some time later, that goes well, and after which there is nothing left to do."""
    programme.later(**later)
    outcome, delivered = programme.apply(caps=caps)
    assert (outcome.errors, delivered.errors) == ((), ())
    assert programme.plan().plan.changes == ()


def lunches(programme: Programme) -> dict[date, bool]:
    """Return the days of the lunches that are known, and whether they take place."""
    known = [one for one in programme.memory().by_start() if one.slot.series == "platform/lunch-learn"]
    return {one.slot.starts_at.astimezone(ZONE).date(): one.takes_place for one in known}


def comes_back(programme: Programme, made_again: bool) -> None:
    """Let the series come back: out of the bin, or as its mail says."""
    if not made_again:
        assert people.restores_series(programme, 0)
    passes(programme, Allowance(restore=made_again), hours=1)


@pytest.mark.parametrize("made_again", [False, True])
def test_the_dates_that_were_planned_while_a_series_was_gone_take_place_when_it_is_back(
    programme: Programme, made_again: bool
) -> None:
    assert people.deletes_series(programme, LUNCH) == ("platform.lunch-learn.1@peerloop", "")
    passes(programme, hours=1)
    passes(programme, days=9)  # two dates more have come within the five weeks that are planned
    assert not any(lunches(programme).values())
    comes_back(programme, made_again)
    assert [f"{day:%m-%d}" for day, takes_place in lunches(programme).items() if not takes_place] == ["11-26"]
    assert [f"{day:%m-%d}" for day in lunches(programme)][-2:] == ["12-31", "01-07"]
    passes(programme, days=1)
    told = heard_of(programme, "Lunch & Learn goes on", "Takes place after all")
    assert set(told) == {"Lunch & Learn goes on: its 4 sessions from Thursday 2026-12-03 on take place after all"}


def test_a_session_that_was_deleted_before_its_series_stays_so_when_that_comes_back(tmp_path: Path) -> None:
    programme = Programme(tmp_path)
    passes(programme)
    people.deletes_session(programme, 6)
    passes(programme, hours=1)
    off = [day for day, takes_place in lunches(programme).items() if not takes_place]
    assert len(off) == 1
    people.deletes_series(programme, LUNCH)
    passes(programme, days=2)
    comes_back(programme, made_again=False)
    assert [
        day for day, takes_place in lunches(programme).items() if not takes_place and day > date(2026, 11, 27)
    ] == off


def test_a_series_made_again_shows_nothing_on_the_dates_that_went_by_without_it(programme: Programme) -> None:
    people.deletes_series(programme, LUNCH)
    passes(programme, hours=1)
    passes(programme, days=9)
    comes_back(programme, made_again=True)
    shown = recurring_ical_events.of(programme.shown().calendar).between(MONDAY, programme.now + timedelta(days=8))
    days = [f"{start_of(one):%m-%d}" for one in shown if text_of(one, "SUMMARY").startswith("Lunch & Learn")]
    assert sorted(days) == ["12-03", "12-10"]


ON_THURSDAYS_AT_TWO = {"every": "week", "on": "thursday", "at": "14:00"}
ON_FRIDAYS = {"every": "week", "on": "friday", "at": "12:15"}


def edits_lunch(programme: Programme, cadence: dict[str, str]) -> None:
    lunch, *others = programme.team["series"]
    assert programme.edit({**programme.team, "series": [{**lunch, "cadence": cadence}, *others]}), programme.faults


@pytest.mark.parametrize(
    ("cadence", "number", "since", "now"),
    [
        (ON_THURSDAYS_AT_TWO, 5, "Thursday 2026-11-26", "Thursdays, 14:00"),
        (ON_FRIDAYS, 4, "Friday 2026-11-27", "Fridays, 12:15"),  # the last one is a public holiday
    ],
)
def test_everybody_hears_when_a_deleted_series_takes_place_at_other_times_because_the_lead_says_so(
    programme: Programme, cadence: dict[str, str], number: int, since: str, now: str
) -> None:
    duties = [one.roles for one in coming_lunches(programme)]
    people.deletes_series(programme, LUNCH)
    passes(programme, hours=1)
    passes(programme, hours=23)
    assert len(heard_of(programme, "Lunch & Learn was deleted in the calendar: its 5 sessions")) == 5
    edits_lunch(programme, cadence)
    passes(programme, hours=1)
    assert [one.roles for one in coming_lunches(programme)] == duties[:number]
    passes(programme, hours=23)
    told = heard_of(programme, "Lunch & Learn goes on", "Takes place after all", "Moved:", "Changed:")
    line = f"Lunch & Learn goes on: its {number} sessions from {since} on take place after all"
    assert {one.partition(" (")[0] for one in told} == {f"{line}, now on {now}"}
    assert len(told) == 5


def test_a_series_that_goes_on_with_one_session_less_by_the_next_mail_says_so(programme: Programme) -> None:
    people.deletes_series(programme, LUNCH)
    passes(programme, hours=24)
    people.restores_series(programme, 0)
    passes(programme, hours=1)
    coming = sorted(place for place, event in programme.shown().events.items() if place[1] and is_ours(event))
    first = next(number for number, (uid, _) in enumerate(coming) if "lunch" in uid)
    assert people.deletes_session(programme, first) == coming[first]
    passes(programme, hours=22)
    told = heard_of(programme, "Lunch & Learn goes on")
    assert set(told) == {"Lunch & Learn goes on: its 4 sessions from Thursday 2026-12-03 on take place after all"}


def coming_lunches(programme: Programme) -> list[Session]:
    known = [one for one in programme.memory().by_start() if one.slot.series == "platform/lunch-learn"]
    return [one for one in known if one.takes_place and one.slot.starts_at > programme.now]
