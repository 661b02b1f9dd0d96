"""The example team has something to show on whatever day it is tried."""

from datetime import date, time, timedelta
from pathlib import Path

import holidays
import pytest

import config
from config.load import load_team
from config.parts import DAY_NAMES
from config.team import Team
from daemon.decide.cadence import occurrences, starts_of
from daemon.model import Slot

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range((date(2028, 12, 31) - date(2026, 1, 1)).days + 1)]


@pytest.fixture(scope="module")
def team() -> Team:
    return load_team(Path(config.__file__).parent / "example/platform.yaml").checked()


def test_it_is_a_team_worth_looking_at(team: Team) -> None:
    assert 7 <= len(team.members) <= 9
    assert len(team.topics) >= 12
    assert len({member.timezone for member in team.members}) >= 4
    assert [series.name for series in team.series] == ["Lunch & Learn", "Craft hour", "Deep dive"]


def test_a_session_is_near_on_any_day(team: Team) -> None:
    found = [
        slot.day
        for series in team.series
        for slot in occurrences(series, team, "key", starts_of(series, DAYS[0]), DAYS[0], DAYS[-1] + timedelta(days=8))
        if isinstance(slot, Slot)
    ]
    held = set(found)
    cancelled = {decision.on for decision in team.sessions}
    alone = [day for day in DAYS if not any(day + timedelta(days=n) in held for n in range(8))]
    assert all(any(abs((day - gone).days) <= 8 for gone in cancelled) for day in alone), alone
    assert [day for day in alone if day >= date(2026, 3, 1)] == []


def test_somebody_can_be_written_to_at_any_time(team: Team) -> None:
    assert (team.chase.working_hours.start, team.chase.working_hours.end) == (time(0), None)
    assert set(team.working_days) == set(DAY_NAMES)
    years = range(2025, 2030)
    off = [
        holidays.country_holidays(place.country, subdiv=place.subdivision, years=years)
        for member in team.members
        if (place := member.holidays or team.holidays)
    ]
    away = [member.away for member in team.members]
    for day in DAYS:
        assert any(
            day not in public and not any(day in dates for dates in absent)
            for public, absent in zip(off, away, strict=True)
        ), day


def test_nothing_in_it_lies_ahead(team: Team) -> None:
    assert all(decision.on < date(2026, 3, 1) for decision in team.sessions)
    assert all(series.cadence.starts is None for series in team.series)
    assert all(blackout.dates.last < date(2026, 3, 1) for blackout in team.blackouts)
