"""`was` that is added late: a series or a team went on under another name, and then the lead says what it had been."""

from collections import Counter
from pathlib import Path

import pytest
import recurring_ical_events

from daemon.model import CalledOffBy
from tests.scenarios.programme import Programme, is_ours
from tests.scenarios.test_action_items import EXAMPLE
from tests.scenarios.test_around_a_session import day_by_day, heard, writes
from tests.scenarios.test_changed_minds import LUNCH, TEAM, edits, passes

RENAMED = {**LUNCH, "name": "Brown bag"}
HEALED = {**RENAMED, "was": "Lunch"}
ROLES = ("facilitator", "presenter")


def coming(programme: Programme) -> list[tuple[str, str]]:
    """Return what the calendar shows of the next weeks: the days and what stands there."""
    shown = recurring_ical_events.of(programme.shown().calendar).between((2026, 11, 24), (2027, 3, 1))
    events = [one for one in shown if is_ours(one) and one.get("STATUS") != "CANCELLED" and one.start > programme.now]
    return sorted((f"{one.start:%m-%d %H:%M}", str(one["SUMMARY"]).partition(":")[0]) for one in events)


def turns(programme: Programme) -> Counter[str]:
    """Return how many turns everybody has had or has announced, under whatever name."""
    sessions = [one for one in programme.memory().sessions.values() if one.takes_place]
    return Counter(member for one in sessions for role, member in one.roles.items() if role in ROLES)


def under_another_name(folder: Path, days: int) -> Programme:
    """Return a programme whose series ran for three weeks as Lunch, and then for some days as Brown bag."""
    programme = Programme(folder, {**TEAM, "rotation": {"ahead": "5 weeks", "keep": "1 week"}})
    passes(programme)
    weeks(programme, 3)
    edits(programme, series=[RENAMED])
    if days:
        passes(programme, days=days)
    return programme


def weeks(programme: Programme, number: int) -> None:
    """Let weeks go by, with a pass in each."""
    for _ in range(number):
        passes(programme, days=7)


@pytest.mark.parametrize("days", [0, 14])
def test_a_series_goes_on_as_one_and_what_was_called_off_takes_place(days: int, tmp_path: Path) -> None:
    programme = under_another_name(tmp_path, days)
    ended, calendar = heard(programme, "Lunch has ended"), coming(programme)
    edits(programme, series=[HEALED])
    assert programme.settle().errors == ()
    assert coming(programme) == calendar
    assert {name for _, name in calendar} == {"Brown bag"}
    assert len({day for day, _ in calendar}) == len(calendar), "none stands there twice"
    day_by_day(programme, 2)
    assert heard(programme, "Lunch has ended") == ended
    on = Counter(line for _, _, line in heard(programme, "take place after all"))
    renamed = [one for one in programme.memory().sessions.values() if one.called_off_by is CalledOffBy.RENAMED]
    assert len(renamed) == (3 if days else 5)
    if days:
        said = "Brown bag goes on: its 3 sessions from Thursday 2026-12-31 on take place after all"
        assert on == {said: 3}, "each of the three hears of it once"
    else:
        assert (ended, on) == ([], {}), "nobody had heard of it yet"
    assert programme.settle().plan.changes == ()


def test_a_page_of_the_former_name_says_where_the_session_goes_on(tmp_path: Path) -> None:
    programme = under_another_name(tmp_path, 1)
    edits(programme, series=[HEALED])
    assert "cancelled: it goes on as “Brown bag”" in programme.pages()["2026-12-17-1215-lunch.md"]
    assert "| **Status** | announced |" in programme.pages()["2026-12-17-1215-brown-bag.md"]


def test_two_series_that_become_one_tell_nobody_that_anything_is_called_off(tmp_path: Path) -> None:
    programme = Programme(tmp_path, {**TEAM, "series": [LUNCH, RENAMED]})
    passes(programme)
    edits(programme, series=[HEALED])
    day_by_day(programme, 1)
    assert heard(programme, "Called off") == []
    assert {name for _, name in coming(programme)} == {"Brown bag"}


def test_the_turns_under_both_names_count(tmp_path: Path) -> None:
    programme = under_another_name(tmp_path, 14)
    edits(programme, series=[HEALED])
    weeks(programme, 4)
    taken = turns(programme)
    assert max(taken.values()) - min(taken.values()) <= 1, taken
    assert {one.name for one in programme.memory().series.values()} == {"Brown bag"}


def test_what_the_former_name_left_open_is_on_the_next_page(tmp_path: Path) -> None:
    programme = under_another_name(tmp_path, 0)
    writes(programme, "2026-12-10-1215-lunch.md", EXAMPLE, "@bob draw the map by 2026-12-16")
    edits(programme, series=[HEALED])
    day_by_day(programme, 1)
    assert "draw the map" in programme.pages()["2026-12-17-1215-brown-bag.md"]
    told = {line.rpartition(", ")[2] for _, _, line in heard(programme, "draw the map")}
    assert told == {"from Brown bag on 2026-12-10"}


def test_a_member_s_former_address_that_is_told_late_brings_their_turns_back(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM)
    passes(programme)
    weeks(programme, 3)
    members = [one for one in TEAM["members"] if one["name"] != "Dan"]
    edits(programme, members=[*members, {"name": "Dan", "email": "d.brown@example.com"}])
    weeks(programme, 1)
    assert "dan@example.com" in turns(programme)
    edits(programme, members=[*members, {"name": "Dan", "email": "d.brown@example.com", "was": "dan@example.com"}])
    assert programme.settle().errors == ()
    taken = turns(programme)
    assert "dan@example.com" not in taken
    weeks(programme, 4)
    taken = turns(programme)
    assert max(taken.values()) - min(taken.values()) <= 1, taken
