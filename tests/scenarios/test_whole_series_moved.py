"""Somebody drags one session, chooses "all events", and their program moves along what was changed for single dates."""

from datetime import timedelta
from pathlib import Path

import icalendar
import pytest

from tests.scenarios import people
from tests.scenarios.programme import Programme, heard_of, start_of, text_of
from tests.scenarios.test_changed_minds import (
    EVERY_LUNCH,
    LUNCH,
    dates,
    deletes,
    edits,
    master,
    moves,
    moves_all,
    passes,
    programme_of,
    sessions,
)

ON_FRIDAYS = ["11-27 14:15", "12-04 14:15", "12-11 14:15", "12-18 14:15"]
"""Every lunch, a day and two hours later; the last one would be on Christmas Day."""
A_DAY = timedelta(days=1, hours=2)


def moves_along(programme: Programme, by: timedelta) -> None:
    """Let a person move every lunch, with a program that moves the dates that differ along."""
    with programme.calendar_edited() as calendar:
        people.drags_all(calendar, master(calendar), by)


def changed_alone(series: icalendar.Event, later: timedelta) -> icalendar.Event:
    """Return what a program keeps of a date that somebody gave another title."""
    event = icalendar.Event.from_ical(series.to_ical())
    assert isinstance(event, icalendar.Event)
    length, start = event.duration, start_of(event) + later
    del event["RRULE"]
    event.end, event.start = start + length, start
    event.add("RECURRENCE-ID", start)
    event["SUMMARY"] = icalendar.vText("Ours")
    return event


def is_quiet(programme: Programme) -> None:
    """Expect that two more passes, the second after somebody saved the calendar anew, change nothing."""
    contents, rows = programme.contents(), programme.rows()
    passes(programme)
    assert (programme.contents(), programme.rows()) == (contents, rows)
    with programme.calendar_edited():
        pass
    contents = programme.contents()
    passes(programme)
    assert (programme.contents(), programme.rows()) == (contents, rows)


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=3), A_DAY])
def test_a_series_goes_on_at_the_time_to_which_a_person_moved_all_of_it(tmp_path: Path, by: timedelta) -> None:
    programme = programme_of(tmp_path)
    before = list(sessions(programme).values())
    moves_along(programme, by)
    passes(programme)
    after = sessions(programme)
    assert dates(programme) == list(after)[:5]
    assert [one.slot.starts_at - by for one in list(after.values())[:5]] == [one.slot.starts_at for one in before]
    assert [(one.roles, one.page) for one in list(after.values())[:5]] == [(one.roles, one.page) for one in before]
    assert b"EXDATE" not in programme.calendar_path.read_bytes(), "no date of the series is left out"
    is_quiet(programme)
    passes(programme, days=1)
    assert heard_of(programme, "Called off", "Takes place after all") == []


def test_a_series_moved_onto_a_holiday_has_one_session_less(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, holidays={"country": "DE"})
    before = list(sessions(programme).values())
    moves_along(programme, A_DAY)
    passes(programme)
    assert dates(programme) == list(sessions(programme)) == ON_FRIDAYS
    assert [one.roles for one in sessions(programme).values()] == [one.roles for one in before[:-1]]
    is_quiet(programme)
    passes(programme, days=1)
    told = heard_of(programme, "Called off")
    assert told and all("Thursday 2026-12-24" in line for line in told), told


@pytest.mark.parametrize("holidays", [None, {"country": "DE"}])
def test_a_series_moved_away_and_back_is_as_it_was(tmp_path: Path, holidays: dict[str, str] | None) -> None:
    programme = programme_of(tmp_path, holidays=holidays)
    before = [(one.roles, one.page) for one in sessions(programme).values()]
    for by in (A_DAY, -A_DAY, A_DAY, -A_DAY):
        moves_along(programme, by)
        passes(programme)
        is_quiet(programme)
    assert dates(programme) == list(sessions(programme)) == EVERY_LUNCH
    assert [(one.roles, one.page) for one in sessions(programme).values()][:4] == before[:4]
    assert [one for one in programme.memory().sessions.values() if one.note and "deleted" in one.note] == []


def test_a_session_that_was_deleted_or_moved_stays_so_when_its_series_is_moved(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    deletes(programme, "12-03")
    moves(programme, "12-10", "12-10 16:00")
    passes(programme)
    moves_along(programme, timedelta(hours=1))
    passes(programme)
    assert dates(programme) == ["11-26 13:15", "12-10 17:00", "12-17 13:15", "12-24 13:15"]
    is_quiet(programme)


def test_a_date_that_the_lead_called_off_is_nobody_s_deletion_when_its_series_is_moved(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-12-10", "cancel": "party"}])
    moves_along(programme, A_DAY)
    passes(programme)
    assert dates(programme) == [*ON_FRIDAYS, "12-25 14:15"]
    is_quiet(programme)
    assert not [one.note for one in programme.memory().sessions.values() if "deleted" in one.note]


def test_what_a_program_leaves_on_the_old_dates_takes_no_date_out_of_the_series(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    moves_all(programme, "2026-11-26 13:15", "TH", keeps=True)
    passes(programme)
    assert dates(programme) == list(sessions(programme)) == [f"{day[:5]} 13:15" for day in EVERY_LUNCH]
    assert b"EXDATE" not in programme.calendar_path.read_bytes()
    is_quiet(programme)


def test_a_date_that_was_changed_before_its_session_was_planned_stands_in_no_way(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    with programme.calendar_edited() as calendar:
        calendar.add_component(changed_alone(master(calendar), timedelta(weeks=8)))
    passes(programme)
    moves_along(programme, A_DAY)
    passes(programme)
    assert dates(programme)[:4] == ON_FRIDAYS
    is_quiet(programme)


@pytest.mark.parametrize("drops", [False, True], ids=["moves along what differs", "drops what differs"])
def test_a_series_that_begins_a_week_later_keeps_its_other_sessions(tmp_path: Path, drops: bool) -> None:
    programme = programme_of(tmp_path)
    before = list(sessions(programme).values())
    with programme.calendar_edited() as calendar:
        people.drags_all(calendar, master(calendar), timedelta(weeks=1), drops)
    passes(programme)
    after = list(sessions(programme).values())
    assert dates(programme) == list(sessions(programme))[:4] == EVERY_LUNCH[1:]
    assert [(one.roles, one.page) for one in after[:4]] == [(one.roles, one.page) for one in before[1:]]
    shown = {f"{start_of(one):%m-%d %H:%M}": text_of(one, "DESCRIPTION") for one in programme.shown().calendar.events}
    for day, one in sessions(programme).items():
        assert f"Facilitator: {one.roles['facilitator'].partition('@')[0].capitalize()}\n" in shown[day]
    is_quiet(programme)
    passes(programme, days=1)
    (finding,) = programme.plan().plan.findings
    assert finding.text.endswith('write cadence: {every: week, on: thursday, at: "12:15", starts: 2026-12-03}')
    edits(programme, series=[{**LUNCH, "cadence": {**LUNCH["cadence"], "starts": "2026-12-03"}}])
    assert programme.plan().plan.findings == ()
    off = "Called off: Lunch on Thursday 2026-11-26, 12:15 (Europe/Berlin) (the series now takes place on other dates)"
    assert set(heard_of(programme, "Called off")) == ({off} if drops else set()), "else it is on the last date now"


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=9,10,11;BYMINUTE=0,1,2"])
def test_a_series_that_would_be_several_times_a_day_goes_on_as_the_file_has_it(tmp_path: Path, rule: str) -> None:
    programme = programme_of(tmp_path)
    before = sessions(programme)
    with programme.calendar_edited() as calendar:
        master(calendar)["RRULE"] = icalendar.vRecur.from_ical(rule)
    passes(programme)
    assert sessions(programme) == before
    assert "a person changed its time, which stays" in str(programme.plan().plan)
