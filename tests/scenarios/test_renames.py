"""A name that changed, of a series or of a team: where `was` is missing, the lead is asked."""

import json
import re
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events

from tests.scenarios.command_line import MONDAY, TEAM, Result, edited, peerloop

ASKED_OF_SERIES = (
    "'Brown bag' is new, and 'Lunch & Learn' is in no file any more: was this 'Lunch & Learn'? "
    "then write was: Lunch & Learn"
)
ASKED_OF_TEAM = (
    "'Foundations' is new, and 'Platform' is in no file any more: was this 'Platform'? then write was: Platform"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "team.yaml").write_text(TEAM)
    assert peerloop(tmp_path, "apply", "team.yaml", "--now", MONDAY).code == 0
    return tmp_path


def at(folder: Path, *arguments: str) -> Result:
    return peerloop(folder, *arguments, "team.yaml", "--now", MONDAY)


def test_a_series_that_may_have_been_renamed_is_asked_about(folder: Path) -> None:
    edited(folder / "team.yaml", "name: Lunch & Learn", "name: Brown bag")
    checked, planned = at(folder, "check"), at(folder, "plan")
    assert (checked.code, checked.err) == (0, f"team.yaml:9:12: warning: {ASKED_OF_SERIES}\n")
    assert f"    ! {ASKED_OF_SERIES}\n" in planned.out
    (told,) = json.loads(at(folder, "plan", "--json").out)["teams"]
    assert ASKED_OF_SERIES in told["findings"]
    edited(folder / "team.yaml", "name: Brown bag", "name: Brown bag, was: Lunch & Learn")
    assert at(folder, "check").err == ""
    assert "is new" not in at(folder, "plan").out


def test_a_team_that_may_have_been_renamed_is_asked_about(folder: Path) -> None:
    edited(folder / "team.yaml", "team: Platform", "team: Foundations")
    assert at(folder, "check").err == f"team.yaml:1:7: warning: {ASKED_OF_TEAM}\n"
    assert f"    ! {ASKED_OF_TEAM}\n" in at(folder, "plan").out
    (folder / "old.yaml").write_text(TEAM)
    assert peerloop(folder, "check", "team.yaml", "old.yaml", "--now", MONDAY).err == ""


def test_a_series_that_is_just_new_or_just_gone_is_not_asked_about(folder: Path) -> None:
    more = "series:\n  - {name: Reviews, format: code-review, cadence: {every: week, on: monday, at: '10:00'}}"
    edited(folder / "team.yaml", "series:", more)
    assert at(folder, "check").err == ""


def test_a_team_is_ended_for_good(folder: Path) -> None:
    text = (folder / "team.yaml").read_text()
    (folder / "team.yaml").write_text(text.replace(re.findall(r"(?m)^series:\n  - .*$", text)[0], "series: []"))
    assert at(folder, "check").out == "team.yaml: fine: 3 members, 0 series\n"
    assert "the series ends, and 4 sessions to come with it" in at(folder, "plan").out
    assert at(folder, "apply").code == 0
    assert at(folder, "plan").out == "Platform: nothing to do\n"
    (told,) = json.loads(at(folder, "status", "--json").out)["teams"]
    assert told["sessions"] == []
    calendar = icalendar.Calendar.from_ical((folder / "peerloop-data" / "calendar" / "platform.ics").read_bytes())
    coming = recurring_ical_events.of(calendar).between((2026, 11, 24), (2027, 3, 1))
    assert [event for event in coming if event.get("STATUS") != "CANCELLED"] == []
