"""Cadence against independent reckonings, and what holds for any team."""

import calendar
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.rrule import rrulestr
from dateutil.tz import resolve_imaginary
from hypothesis import given
from hypothesis import strategies as st

from config.parts import DAY_NAMES
from config.team import Team
from daemon.decide.cadence import recurrence
from daemon.decide.working_days import public_holidays
from daemon.model import Slot
from tests.soak import examples
from tests.unit.test_cadence import START, all_of, skips, slot_of, slots, team_of, wall, walls

steady = examples(40)


def days_from(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


# Cadences against plain reckonings


@steady
@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(1, 6),
    st.sets(st.sampled_from(DAY_NAMES), min_size=1),
    st.integers(0, 900),
    st.integers(0, 200),
)
def test_weeks_are_counted_from_the_week_of_the_start(
    starts: date, interval: int, on: set[str], later: int, length: int
) -> None:
    team = team_of({"every": f"{interval} weeks", "on": list(on), "at": "12:15", "starts": f"{starts}"})
    first = starts + timedelta(days=later)
    last = first + timedelta(days=length)
    monday = starts - timedelta(days=starts.weekday())
    expected = [
        datetime.combine(day, time(12, 15))
        for day in days_from(first, last)
        if DAY_NAMES[day.weekday()] in on and (day - monday).days // 7 % interval == 0
    ]
    assert walls(all_of(team, first, last)) == expected


@steady
@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(1, 5),
    st.sampled_from(["first", "second", "third", "fourth", "fifth", "last"]),
    st.integers(0, 6),
    st.integers(0, 1500),
)
def test_the_nth_weekday_is_the_one_on_a_wall_calendar(
    starts: date, interval: int, ordinal: str, weekday: int, later: int
) -> None:
    cadence = {"every": f"{interval} months", "on": f"{ordinal} {DAY_NAMES[weekday]}", "at": "14:00"}
    team = team_of({**cadence, "starts": f"{starts}"})
    first = starts + timedelta(days=later)
    last = first + timedelta(days=400)
    expected = []
    for month in range(starts.year * 12 + starts.month - 1, last.year * 12 + last.month, interval):
        column = [week[weekday] for week in calendar.monthcalendar(month // 12, month % 12 + 1) if week[weekday]]
        number = -1 if ordinal == "last" else ["first", "second", "third", "fourth", "fifth"].index(ordinal)
        if number < len(column):
            expected.append(datetime.combine(date(month // 12, month % 12 + 1, column[number]), time(14)))
    assert walls(all_of(team, first, last)) == [wall for wall in expected if first <= wall.date() <= last]


@steady
@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.sampled_from(["1 week", "2 weeks", "3 weeks", "10 days", "1 day", "16 days"]),
    st.integers(1, 12),
    st.integers(-100, 1000),
    st.booleans(),
    st.sampled_from([DAY_NAMES[:5], [DAY_NAMES[6], *DAY_NAMES[:4]], DAY_NAMES[1:3]]),
)
def test_a_sprint_s_day_is_counted_in_working_days(
    sprint_starts: date, length: str, day: int, later: int, german: bool, week: Sequence[str]
) -> None:
    where: dict[str, Any] = {"working_days": [*week], **({"holidays": {"country": "DE"}} if german else {})}
    team = team_of(
        {"every": "sprint", "day": day, "at": "15:00"}, sprint={"starts": f"{sprint_starts}", "length": length}, **where
    )
    first = sprint_starts + timedelta(days=later)
    last = first + timedelta(days=120)
    number = int(length.split()[0]) * (7 if "week" in length else 1)
    found: dict[int, list[date]] = {}
    for today in days_from(sprint_starts, last + timedelta(days=number)):
        off = DAY_NAMES[today.weekday()] not in week or (german and today in public_holidays("DE", None, today.year))
        sprint = (today - sprint_starts).days // number
        found.setdefault(sprint, []).extend([] if off else [today])
    days = [working[day - 1] for working in found.values() if len(working) >= day]
    outcomes = all_of(team, first, last, starts=first)
    assert [slot.wall.date() for slot in slots(outcomes)] == [d for d in days if first <= d <= last]
    short = {sprint_starts + timedelta(days=n * number): len(w) for n, w in found.items() if len(w) < day}
    for reason in skips(outcomes).values():
        start = date.fromisoformat(reason[-10:])
        assert reason == f"too few working days: {short[start]} in the sprint of {start}"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;BYMONTH=3,9",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,WE,FR;BYSETPOS=2;WKST=SU",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1",
        "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=31",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=20;BYDAY=MO",
        "FREQ=WEEKLY;COUNT=200",
        "FREQ=WEEKLY;UNTIL=20290401T120000Z;BYDAY=SA",
    ],
)
@pytest.mark.parametrize("starts", [date(2026, 1, 31), date(2024, 2, 29), date(2026, 5, 13)])
def test_a_window_far_from_the_start_shows_what_the_rule_gives_from_its_start(rule: str, starts: date) -> None:
    team = team_of({"rrule": rule, "at": "16:00", "starts": f"{starts}"})
    dtstart = datetime.combine(starts, time(16))
    expected = list(
        rrulestr(rule.replace("T120000Z", "T140000"), dtstart=dtstart).between(
            dtstart, wall("2034-01-01 00:00"), inc=True
        )
    )
    for first in (starts, *days_from(date(2026, 6, 14), date(2026, 7, 4)), date(2029, 3, 1), date(2032, 2, 29)):
        found = walls(all_of(team, first, date(2033, 12, 31)))
        assert found == [wall for wall in expected if wall.date() >= first]


# Time zones

ZONES = sorted(available_timezones() - {"localtime"})


@examples(100, 10)
@given(
    st.sampled_from(ZONES),
    st.dates(date(1995, 1, 1), date(2037, 1, 1)),
    st.integers(0, 23),
    st.sampled_from([0, 15, 30]),
)
def test_the_wall_clock_is_kept_in_every_zone(zone: str, first: date, hour: int, minute: int) -> None:
    cadence = {"rrule": "FREQ=DAILY", "at": f"{hour}:{minute:02}", "starts": f"{first - timedelta(days=3)}"}
    last = first + timedelta(days=370)
    there = ZoneInfo(zone)
    aware = rrulestr("FREQ=DAILY", dtstart=datetime.combine(first - timedelta(days=3), time(hour, minute), there))
    expected = [resolve_imaginary(moment) for moment in islice(aware, 374)]
    found = slots(all_of(team_of(cadence, timezone=zone), first, last))
    assert [slot.starts_at.astimezone(UTC) for slot in found] == sorted(
        moment.astimezone(UTC) for moment in expected if first <= moment.date() <= last
    )
    assert all((slot.wall.hour, slot.wall.minute) == (hour, minute) for slot in found)


# What holds for any team

SPRINT_LENGTHS = st.sampled_from(["1 week", "2 weeks", "10 days"])
CADENCES = st.one_of(
    st.builds(
        lambda n, on: {"every": f"{n} weeks", "on": on, "at": "12:15"},
        st.integers(1, 3),
        st.lists(st.sampled_from(DAY_NAMES), min_size=1, max_size=3, unique=True),
    ),
    st.builds(lambda day: {"every": "month", "on": f"last {day}", "at": "02:30"}, st.sampled_from(DAY_NAMES)),
    st.builds(lambda day: {"every": "sprint", "day": day, "at": "15:00"}, st.integers(1, 9)),
    st.sampled_from(["FREQ=DAILY;INTERVAL=4", "FREQ=MONTHLY;BYMONTHDAY=1,15"]).map(
        lambda r: {"rrule": r, "at": "9:00"}
    ),
)
IN_2027 = st.dates(date(2026, 12, 1), date(2027, 5, 31))


@st.composite
def teams(draw: st.DrawFn) -> Team:
    then = draw(st.sampled_from(["skip", "next-working-day"]))
    blackouts = draw(st.lists(st.tuples(IN_2027, st.integers(0, 20)), max_size=2))
    fields: dict[str, Any] = {
        "sprint": {"starts": "2026-10-26", "length": draw(SPRINT_LENGTHS)},
        "series": {"formats": draw(st.sampled_from([["pairing"], ["pairing", "code-review", "deep-dive"]]))},
        "timezone": draw(st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])),
        "holidays": draw(st.sampled_from([None, {"country": "DE", "then": then}, {"country": "CN", "then": then}])),
        "blackouts": [{"dates": f"{day}..{day + timedelta(days=n)}"} for day, n in blackouts],
    }
    cadence = draw(CADENCES)
    plain = team_of(cadence, **{**fields, "series": dict(fields["series"])})
    originals = sorted({wall.date() for wall in walls(all_of(plain, START, date(2027, 6, 30)))})
    chosen = draw(st.lists(st.sampled_from(originals), max_size=4, unique=True)) if originals else []
    kinds = st.one_of(
        st.just({"cancel": "Party"}), IN_2027.map(lambda day: {"move_to": f"{day} 14:00"}), st.just({"minutes": 90})
    )
    decisions = [{"series": "Lunch & Learn", "on": f"{day}", **draw(kinds)} for day in chosen]
    fields["working_days"] = [*draw(st.sampled_from([DAY_NAMES[:5], [DAY_NAMES[6], *DAY_NAMES[:4]]]))]
    return team_of(cadence, **fields, sessions=decisions)


@steady
@given(teams(), IN_2027, st.integers(0, 90), st.integers(0, 90))
def test_windows_compose(team: Team, first: date, one: int, two: int) -> None:
    middle = first + timedelta(days=one)
    last = middle + timedelta(days=1 + two)
    window = partial(all_of, team, starts=START)
    assert window(first, middle) + window(middle + timedelta(days=1), last) == window(first, last)


@steady
@given(teams())
def test_no_holiday_moves_a_session_to_another_one_of_its_series_or_to_a_day_off(team: Team) -> None:
    team = team.model_copy(update={"sessions": ()})
    found = slots(all_of(team, START, date(2027, 12, 31)))
    days = [slot.day for slot in found]
    assert len(days) == len(set(days))
    assert all(DAY_NAMES[slot.day.weekday()] in team.working_days for slot in found if slot.day != slot.wall.date())


@steady
@given(teams(), IN_2027)
def test_nothing_is_out_of_order_or_before_the_start(team: Team, starts: date) -> None:
    outcomes = all_of(team, date(2026, 6, 1), date(2027, 7, 31), starts)
    moments = [
        o.starts_at.astimezone(UTC) if isinstance(o, Slot) else o.slot.original_start.astimezone(UTC) for o in outcomes
    ]
    assert moments == sorted(moments)
    assert all(wall.date() >= starts for wall in walls(outcomes))
    keys = [slot_of(outcome).key for outcome in outcomes]
    assert len(keys) == len(set(keys))


@steady
@given(teams())
def test_holidays_blackouts_and_decisions_leave_identities_alone(team: Team) -> None:
    holidays = team.holidays if team.series[0].cadence.model_fields_set & {"day"} else None  # sprints count by them
    plain = team.model_copy(update={"blackouts": (), "sessions": (), "holidays": holidays})
    window = (START, date(2027, 12, 31))
    assert sorted(walls(all_of(team, *window))) == walls(all_of(plain, *window))


@steady
@given(teams(), IN_2027)
def test_the_rule_a_calendar_is_told_has_just_these_instances(team: Team, starts: date) -> None:
    told = recurrence(team.series[0], team, starts)
    end = wall("2027-12-31 00:00")
    outcomes = all_of(team, date(2026, 11, 1), end.date() + timedelta(days=60), starts)
    ids = sorted(slot_of(outcome).recurrence_id for outcome in outcomes)
    assert [i for i in ids if i <= end] == rrulestr(told.rrule, dtstart=told.starts).between(told.starts, end, inc=True)


@steady
@given(teams(), IN_2027)
def test_a_rule_from_its_own_first_instance_is_the_same(team: Team, starts: date) -> None:
    told = recurrence(team.series[0], team, starts)
    assert recurrence(team.series[0], team, told.starts.date()) == told


@steady
@given(teams())
def test_only_a_sprint_s_session_differs_from_its_instance_and_is_never_earlier(team: Team) -> None:
    for outcome in all_of(team, START, date(2027, 12, 31)):
        slot = slot_of(outcome)
        assert slot.recurrence_id <= slot.wall
        assert slot.recurrence_id == slot.wall or team.series[0].cadence.model_fields_set & {"day"}


@steady
@given(teams(), IN_2027)
def test_a_later_start_keeps_the_weeks_that_the_cadence_counts_from_its_own(team: Team, starts: date) -> None:
    cadence = team.series[0].cadence.model_copy(update={"starts": START})
    series = team.series[0].model_copy(update={"cadence": cadence})
    pinned = team.model_copy(update={"series": (series,)})
    window = (date(2026, 6, 1), date(2027, 12, 31))
    since_start = [wall for wall in walls(all_of(pinned, *window, START)) if wall.date() >= starts]
    assert walls(all_of(pinned, *window, starts)) == since_start
    assert walls(all_of(pinned, *window, date(2020, 1, 1))) == walls(all_of(pinned, *window, START))
