"""What a plan says: a team's YAML in, the text out that its lead reads.

A case is ``cases/NAME.yaml`` and what is expected in ``cases/NAME.txt``. A line that ends in ``# before`` is in the
file only when it is first applied, one that ends in ``# after`` only in the plan. With ``REWRITE=1`` in the environment
the expected texts are written anew: read them before you keep them.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import unified_diff
from pathlib import Path
from typing import Any

import icalendar
import pytest
from click.testing import CliRunner

from daemon.cli.commands import cli

CASES = Path(__file__).with_name("cases")
APPLIED = "2026-11-23T10:00"  # a Monday
Edit = Callable[[Any], None]


def untouched(calendar: Any) -> None:
    """Nobody does anything in the calendar."""


def instance(calendar: Any, day: date) -> Any:
    (found,) = (one for one in calendar.events if one.get("RECURRENCE-ID") and one["RECURRENCE-ID"].dt.date() == day)
    return found


def facilitator_declines(calendar: Any) -> None:
    event = instance(calendar, date(2026, 12, 10))
    facilitator = event["DESCRIPTION"].splitlines()[0].removeprefix("Facilitator: ")
    (guest,) = (one for one in event.attendees if one.params["CN"] == facilitator)
    guest.params["PARTSTAT"] = "DECLINED"


def moved_and_deleted(calendar: Any) -> None:
    moved, deleted = instance(calendar, date(2026, 12, 3)), instance(calendar, date(2026, 12, 10))
    starts, length = moved.start, moved.end - moved.start
    moved.end = starts + timedelta(hours=22) + length
    moved.start = starts + timedelta(hours=22)
    calendar.subcomponents.remove(deleted)
    (series,) = (one for one in calendar.events if one.get("RRULE"))
    series.add("EXDATE", deleted["RECURRENCE-ID"].dt)


@dataclass(frozen=True)
class Case:
    """A file of ``cases``; when it is planned, and what people did in the calendar since it was applied, if it was."""

    name: str
    now: str = "2026-11-23T15:00"
    edit: Edit = untouched
    applied: bool = True

    def team(self, when: str) -> str:
        """Return the file as it was ``before`` or is ``after``."""
        other = {"before": "# after", "after": "# before"}[when]
        lines = (CASES / f"{self.name}.yaml").read_text().splitlines(keepends=True)
        return "".join(line for line in lines if not line.rstrip().endswith(other))


PLANS = (
    Case("first-plan", now=APPLIED, applied=False),
    Case("a-week-later", now="2026-11-30T10:00"),
    Case("absence"),
    Case("decline", edit=facilitator_declines),
    Case("changed-in-the-calendar", edit=moved_and_deleted),
    Case("new-cadence", now="2026-11-24T10:00"),
    Case("new-names"),
    Case("decisions"),
    Case("series-removed"),
    Case("joiner"),
    Case("nobody"),
)


def peerloop(command: str, now: str) -> str:
    result = CliRunner().invoke(cli, [command, "team.yaml", "--now", now], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_the_plan_says(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    team, file = Path("team.yaml"), Path("peerloop-data/calendar/platform.ics")
    if case.applied:
        team.write_text(case.team("before"))
        peerloop("apply", APPLIED)
        calendar: Any = icalendar.Calendar.from_ical(file.read_bytes())
        case.edit(calendar)
        file.write_bytes(calendar.to_ical())

    team.write_text(case.team("after"))
    text = peerloop("plan", case.now)
    expected = CASES / f"{case.name}.txt"
    if os.environ.get("REWRITE"):
        expected.write_text(text)
    if text != expected.read_text():
        before, now = expected.read_text().splitlines(), text.splitlines()
        pytest.fail(
            "\n".join(unified_diff(before, now, expected.name, "the plan now", n=1, lineterm="")), pytrace=False
        )

    peerloop("apply", case.now)
    assert peerloop("plan", case.now).endswith(": nothing to do\n")


def test_every_case_is_tried() -> None:
    names = {case.name for case in PLANS}
    assert {file.stem for file in CASES.glob("*.yaml")} == {file.stem for file in CASES.glob("*.txt")} == names
