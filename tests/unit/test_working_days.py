"""Working days: public holidays by place, and counting without them."""

import os
import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.parts import DAY_NAMES
from daemon.decide.working_days import WorkingDays, public_holidays
from tests.soak import examples

BERLIN = WorkingDays("DE", "BE")
steady = examples(60)

days = st.dates(date(1999, 1, 1), date(2060, 12, 31))
calendars = st.builds(
    lambda place, weekdays: WorkingDays(place[0], place[1], weekdays),
    st.sampled_from([(None, None), ("DE", "BE"), ("GB", "SCT"), ("US", None), ("CN", None), ("JP", None)]),
    st.sets(st.sampled_from(DAY_NAMES), min_size=1).map(tuple),
)


def plainly_works(calendar: WorkingDays, day: date) -> bool:
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    return names[day.isoweekday() - 1] in calendar.weekdays and not calendar.holiday(day)


def test_holidays_are_named_as_people_there_say() -> None:
    assert public_holidays("DE", "BE", 2027)[date(2027, 1, 1)] == "Neujahr"
    assert public_holidays("FR", None, 2027)[date(2027, 7, 14)] == "Fête nationale"


def test_a_subdivision_has_its_own_holidays() -> None:
    women_s_day = date(2027, 3, 8)
    assert WorkingDays("DE", "BE").holiday(women_s_day) == "Frauentag"
    assert WorkingDays("DE", "BY").holiday(women_s_day) is None
    assert WorkingDays("DE").holiday(women_s_day) is None


def test_norway_is_a_country() -> None:
    assert WorkingDays("NO").holiday(date(2027, 5, 17))


def test_observed_days_belong_to_the_year_they_fall_in() -> None:
    assert "New Year" in str(WorkingDays("US").holiday(date(2021, 12, 31)))


def test_the_languages_of_the_environment_change_nothing() -> None:
    code = "from daemon.decide.working_days import public_holidays as p; print(sorted(p('CH', 'ZH', 2027).values()))"
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "LANGUAGE": language, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for language in ("fr", "en_US")
    }
    assert len(answers) == 1


def test_the_package_is_imported_only_when_a_country_is_asked_for() -> None:
    code = (
        "import sys; from datetime import date; from daemon.decide.working_days import WorkingDays; "
        "WorkingDays().next(date(2027, 1, 1)); sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_years_without_data_have_no_holidays() -> None:
    assert public_holidays("DE", None, 1500) == {}


def test_what_is_cached_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        public_holidays("DE", None, 2027)[date(2027, 1, 2)] = "mine"  # type: ignore[index]


def test_over_easter_the_next_working_day_is_tuesday() -> None:
    thursday = date(2027, 3, 25)
    assert BERLIN.next(thursday) == date(2027, 3, 30)
    assert BERLIN.previous(date(2027, 3, 30)) == thursday
    assert BERLIN.add(thursday, 2) == date(2027, 3, 31)
    assert BERLIN.between(thursday, date(2027, 3, 31)) == 2
    assert not BERLIN.works(date(2027, 3, 26))
    assert not BERLIN.works(date(2027, 3, 27))


def test_nothing_is_added_or_counted() -> None:
    sunday = date(2027, 3, 28)
    assert BERLIN.add(sunday, 0) == sunday
    assert BERLIN.between(sunday, sunday) == 0
    assert BERLIN.between(sunday, date(2027, 1, 1)) == 0
    with pytest.raises(ValueError, match="must not be negative"):
        BERLIN.add(sunday, -1)


def test_a_weekday_named_twice_counts_once() -> None:
    assert WorkingDays(weekdays=("monday", "monday")).between(date(2027, 3, 1), date(2027, 3, 31)) == 4


def test_who_never_works_is_told_after_a_year() -> None:
    with pytest.raises(ValueError, match="no working day within 366 days of 2027-01-01"):
        WorkingDays(weekdays=()).next(date(2027, 1, 1))


@steady
@given(calendars, days)
def test_next_and_previous_pass_over_days_off_only(calendar: WorkingDays, day: date) -> None:
    after, before = calendar.next(day), calendar.previous(day)
    assert before < day < after
    assert plainly_works(calendar, after)
    assert plainly_works(calendar, before)
    passed = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert [d for d in passed if plainly_works(calendar, d)] == [day] * plainly_works(calendar, day)


@steady
@given(calendars, days, st.integers(-30, 800))
def test_between_counts_as_one_counts_on_a_calendar(calendar: WorkingDays, a: date, length: int) -> None:
    b = a + timedelta(days=length)
    counted = sum(plainly_works(calendar, a + timedelta(days=n)) for n in range(1, length + 1))
    assert calendar.between(a, b) == counted


@steady
@given(calendars, days, st.integers(0, 40))
def test_between_undoes_add(calendar: WorkingDays, day: date, n: int) -> None:
    assert calendar.between(day, calendar.add(day, n)) == n
