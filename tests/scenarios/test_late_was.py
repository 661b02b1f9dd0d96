"""`was` that is added late: a series or a team went on under another name, and then the lead says what it had been."""

import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import recurring_ical_events

from daemon.model import CalledOffBy
from daemon.plan.guards import Allowance
from daemon.serve.rounds import Rounds
from tests.scenarios.programme import ZONE, Programme, instance_of, is_ours, start_of, text_of
from tests.scenarios.test_action_items import EXAMPLE
from tests.scenarios.test_around_a_session import day_by_day, heard, writes
from tests.scenarios.test_changed_minds import LUNCH, TEAM, edits, passes, sessions
from tests.scenarios.test_turns import declines

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


def as_lunch(folder: Path) -> Programme:
    """Return a programme whose series has run for three weeks as Lunch."""
    programme = Programme(folder, {**TEAM, "rotation": {"ahead": "5 weeks", "keep": "1 week"}})
    passes(programme)
    weeks(programme, 3)
    return programme


def under_another_name(folder: Path, days: int) -> Programme:
    """Return a programme whose series ran for three weeks as Lunch, and then for some days as Brown bag."""
    programme = as_lunch(folder)
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
    called_off, calendar = heard(programme, "Lunch has ended"), coming(programme)
    edits(programme, series=[HEALED])
    assert programme.settle().errors == ()
    assert coming(programme) == calendar
    assert {name for _, name in calendar} == {"Brown bag"}
    assert len({day for day, _ in calendar}) == len(calendar), "none stands there twice"
    day_by_day(programme, 2)
    assert heard(programme, "Lunch has ended") == called_off
    on = [line for _, _, line in heard(programme, "goes on as")]
    renamed = [one for one in programme.memory().sessions.values() if one.called_off_by is CalledOffBy.RENAMED]
    assert len(renamed) == (3 if days else 5)
    if days:
        assert on == ["Lunch goes on as Brown bag, from Thursday 2026-12-31 on"] * 3, "each of the three hears it once"
        assert {line.partition(";")[2] for _, _, line in called_off} == {" Brown bag takes place at that time"}
        assert len(called_off) == 3
    else:
        assert (called_off, on) == ([], []), "nobody had heard of it yet"
    assert heard(programme, "Called off") == heard(programme, "after all") == []
    assert programme.settle().plan.changes == ()


def test_a_page_of_the_former_name_says_where_the_session_goes_on(tmp_path: Path) -> None:
    programme = under_another_name(tmp_path, 1)
    edits(programme, series=[HEALED])
    left, used = (programme.pages()[f"2026-12-17-1215-{name}.md"] for name in ("lunch", "brown-bag"))
    assert left.startswith("# 2026-12-17 Brown bag: former page\n")
    assert "| **Status** | it is one of “Brown bag” now |" in left
    assert "| **See also** | [the page that is in use](2026-12-17-1215-brown-bag.md) |" in left
    assert used.startswith("# 2026-12-17 Brown bag: topic wanted\n")
    assert "| **Status** | announced |" in used
    assert "| **See also** | [the page under its former name](2026-12-17-1215-lunch.md) |" in used
    assert "called off" not in programme.pages()["home.md"]


@pytest.mark.parametrize(
    "series", [{**LUNCH, "was": "Brown bag"}, {**LUNCH, "name": "Talks", "was": ["Lunch", "Brown bag"]}]
)
def test_what_people_did_under_the_name_in_between_stays(tmp_path: Path, series: dict[str, Any]) -> None:
    programme = under_another_name(tmp_path, 1)
    who = sessions(programme, "brown-bag")["12-24 12:15"].roles["presenter"]
    with programme.calendar_edited() as calendar:
        days = {instance_of(one): one for one in calendar.events if "bag" in text_of(one, "UID")}
        (guest,) = [one for one in days[datetime(2026, 12, 24, 12, 15, tzinfo=ZONE)].attendees if one.email == who]
        guest.params["PARTSTAT"] = "DECLINED"
        moved = days[datetime(2026, 12, 31, 12, 15, tzinfo=ZONE)]
        start, length = start_of(moved) + timedelta(hours=2), moved.duration
        moved.end = start + length
        moved.start = start
    edits(programme, series=[series])
    day_by_day(programme, 1)
    assert {name for _, name in coming(programme)} == {series["name"]}
    days_left = [day for day, _ in coming(programme) if day.startswith("12-")]
    assert days_left == ["12-17 12:15", "12-24 12:15", "12-31 14:15"]
    assert who not in sessions(programme, "brown-bag")["12-24 12:15"].roles.values()
    assert {re.split("[,:]", line)[0] for _, _, line in heard(programme, "goes on")} == {
        "Lunch goes on" if series["name"] == "Lunch" else "Lunch goes on as Talks"
    }


def test_who_declined_under_the_former_name_is_given_no_turn_that_day(tmp_path: Path) -> None:
    programme, cannot = as_lunch(tmp_path), {"ada@example.com", "bob@example.com"}
    declines(programme, "12-24", *cannot)
    passes(programme)
    edits(programme, series=[RENAMED])
    passes(programme, days=1)
    assert not cannot.isdisjoint(sessions(programme, "brown-bag")["12-24 12:15"].roles.values()), "nobody can know yet"
    edits(programme, series=[HEALED])
    assert cannot.isdisjoint(sessions(programme, "brown-bag")["12-24 12:15"].roles.values())


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


def test_the_lead_is_asked_once_whether_a_new_series_is_one_that_has_gone(tmp_path: Path) -> None:
    programme = under_another_name(tmp_path, 1)
    passes(programme, hours=5)
    day_by_day(programme, 12)
    ((day, who, line),) = heard(programme, "is new, and")
    assert (day, who) == ("12-15", "ada")
    assert line.endswith("was this 'Lunch'? then write was: Lunch")


def test_a_lead_who_answers_before_the_next_mail_is_not_asked(tmp_path: Path) -> None:
    programme = under_another_name(tmp_path, 0)
    edits(programme, series=[HEALED])
    day_by_day(programme, 2)
    assert heard(programme, "is new, and") == []


def test_the_daemon_asks_the_lead_whether_a_new_team_is_one_that_has_gone(tmp_path: Path) -> None:
    programme = as_lunch(tmp_path)
    programme.edit({**programme.team, "team": "Foundations"})
    programme.later(days=1)
    with programme.world() as world:
        rounds = Rounds(world, Allowance(), lambda: programme.now, lambda: programme.now.timestamp())
        for _ in range(2):
            assert rounds.begin([programme.file])
            assert rounds.settle(60)
            programme.later(days=1)
        rounds.close()
    ((_, who, line),) = heard(programme, "is new, and")
    assert (who, line) == (
        "ada",
        "'Foundations' is new, and 'Platform' is in no file any more: was this 'Platform'? then write was: Platform",
    )
