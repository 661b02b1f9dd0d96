"""What a person did to a whole series: the line of the file that says the same."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from config.team import Series
from daemon.decide.whole_series import in_yaml
from daemon.model.memory import Generation, Recurrence

STARTS = datetime(2026, 12, 1, 15, 30)  # noqa: DTZ001, a wall time
SPRINT = "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=TU"


@pytest.mark.parametrize(
    ("rrule", "line"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", '{every: week, on: tuesday, at: "15:30"}'),
        ("FREQ=WEEKLY;WKST=SU;INTERVAL=1;BYDAY=TH,TU", '{every: week, on: [tuesday, thursday], at: "15:30"}'),
        ("FREQ=MONTHLY;BYDAY=1TU", '{every: month, on: first tuesday, at: "15:30"}'),
        ("FREQ=MONTHLY;BYDAY=-1TU", '{every: month, on: last tuesday, at: "15:30"}'),
        ("FREQ=WEEKLY;INTERVAL=2", '{rrule: "FREQ=WEEKLY;INTERVAL=2", at: "15:30", starts: 2026-12-01}'),
        ("FREQ=MONTHLY;BYMONTHDAY=1", '{rrule: "FREQ=MONTHLY;BYMONTHDAY=1", at: "15:30", starts: 2026-12-01}'),
    ],
)
def test_a_move_is_said_in_the_words_of_the_file(rrule: str, line: str) -> None:
    weekly = {"every": "week", "on": "thursday", "at": "12:15"}
    assert told(weekly, rrule, Recurrence(STARTS.replace(hour=12), "FREQ=WEEKLY;BYDAY=TH")) == f"cadence: {line}"


def test_a_sprints_session_at_another_time_of_day_stays_on_its_working_day() -> None:
    sprint = {"every": "sprint", "day": 4, "at": "15:00"}
    line = told(sprint, SPRINT, Recurrence(STARTS.replace(minute=0), SPRINT))
    assert line == 'cadence: {every: sprint, day: 4, at: "15:30"}'


def told(cadence: Mapping[str, object], rrule: str, written: Recurrence) -> str:
    series = Series.model_validate({"name": "Lunch", "format": "pairing", "cadence": cadence})
    event = Generation("platform/lunch/1", "platform/lunch", 1, STARTS, "Europe/Berlin", rrule, written=written)
    return in_yaml(series, event)
