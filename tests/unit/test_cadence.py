"""Cadence: from what the lead wrote to slots and skips."""

from datetime import date, datetime
from typing import Any

import pytest

from config.parts import DAY_NAMES
from config.team import Series, Team
from daemon.decide.cadence import decision_faults, occurrences, recurrence, starts_of
from daemon.model import Skip, Slot, on_the_wall
from daemon.model.memory import Recurrence

START = date(2026, 12, 1)
WEEKLY = {"every": "week", "on": "thursday", "at": "12:15"}
SPRINTS = {"starts": "2026-01-05", "length": "2 weeks"}


def team_of(cadence: dict[str, Any], **more: Any) -> Team:
    """Return a team with one series of that cadence; ``series`` among ``more`` changes the series."""
    series = {"name": "Lunch & Learn", "format": "lunch-and-learn", "cadence": cadence, **more.pop("series", {})}
    if "formats" in series:
        del series["format"]
    members = [{"name": "Ada", "email": "ada@example.com"}]
    zone = more.pop("timezone", "Europe/Berlin")
    return Team.model_validate(
        {"team": "T", "timezone": zone, "lead": "ada@example.com", "members": members, "series": [series], **more}
    )


def all_of(team: Team, first: date, last: date, starts: date | None = None) -> tuple[Slot | Skip, ...]:
    series = team.series[0]
    return occurrences(series, team, "t/lunch", starts or starts_of(series, first), first, last)


def slot_of(outcome: Slot | Skip) -> Slot:
    return outcome.slot if isinstance(outcome, Skip) else outcome


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def walls(outcomes: tuple[Slot | Skip, ...]) -> list[datetime]:
    return [slot_of(outcome).wall for outcome in outcomes]


def slots(outcomes: tuple[Slot | Skip, ...]) -> list[Slot]:
    return [outcome for outcome in outcomes if isinstance(outcome, Slot)]


def skips(outcomes: tuple[Slot | Skip, ...]) -> dict[date, str]:
    return {skip.slot.wall.date(): skip.reason for skip in outcomes if isinstance(skip, Skip)}


# What a calendar is told


@pytest.mark.parametrize(
    ("cadence", "starts", "rule"),
    [
        (WEEKLY, "2026-12-03 12:15", "FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=TH"),
        (
            {"every": "2 weeks", "on": ["thursday", "monday"], "at": "16:00"},
            "2026-12-03 16:00",
            "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=MO,TH",
        ),
        ({"every": "2 weeks", "on": "monday", "at": "9:00"}, "2026-12-14 09:00", None),
        (
            {"every": "month", "on": "first tuesday", "at": "14:00"},
            "2026-12-01 14:00",
            "FREQ=MONTHLY;INTERVAL=1;BYDAY=1TU",
        ),
        (
            {"every": "3 months", "on": "last friday", "at": "14:00"},
            "2026-12-25 14:00",
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR",
        ),
        ({"every": "sprint", "day": 4, "at": "15:00"}, "2026-12-10 15:00", "FREQ=WEEKLY;INTERVAL=2"),
        ({"rrule": "freq=monthly;byday=-1fr", "at": "16:00"}, "2026-12-25 16:00", "FREQ=MONTHLY;BYDAY=-1FR"),
    ],
)
def test_a_calendar_is_told_the_first_session_and_the_rule(
    cadence: dict[str, Any], starts: str, rule: str | None
) -> None:
    team = team_of(cadence, sprint=SPRINTS)
    told = recurrence(team.series[0], team, START)
    assert told == Recurrence(datetime.fromisoformat(starts), rule or told.rrule)


def test_sprints_of_odd_length_recur_by_days() -> None:
    team = team_of({"every": "sprint", "day": 2, "at": "10:00"}, sprint={"starts": "2026-12-04", "length": "10 days"})
    assert recurrence(team.series[0], team, START) == Recurrence(wall("2026-12-05 10:00"), "FREQ=DAILY;INTERVAL=10")
    assert walls(all_of(team, START, date(2026, 12, 20))) == [wall("2026-12-07 10:00"), wall("2026-12-15 10:00")]


@pytest.mark.parametrize(
    ("until", "told"),
    [
        ("20261231", "20261231T225959Z"),
        ("20261231T121500", "20261231T111500Z"),
        ("20261231T111500Z", "20261231T111500Z"),
    ],
)
def test_until_is_understood_in_each_form_and_told_in_utc(until: str, told: str) -> None:
    team = team_of({"rrule": f"FREQ=WEEKLY;UNTIL={until};BYDAY=TH", "at": "12:15"})
    assert recurrence(team.series[0], team, START).rrule == f"FREQ=WEEKLY;BYDAY=TH;UNTIL={told}"
    assert walls(all_of(team, START, date(2027, 3, 1)))[-1] == wall("2026-12-31 12:15")


def test_a_rule_that_has_ended_says_so() -> None:
    team = team_of({"rrule": "FREQ=WEEKLY;UNTIL=20261101", "at": "12:15"})
    assert all_of(team, START, date(2027, 3, 1)) == ()
    with pytest.raises(ValueError, match=r"Lunch & Learn: its rule .* has no date on or after 2026-12-01"):
        recurrence(team.series[0], team, START)


# Time zones


@pytest.mark.parametrize(
    ("zone", "on", "at", "starts_at"),
    [
        ("Europe/Berlin", "2027-03-28", "02:30", "2027-03-28T03:30:00+02:00"),
        ("Europe/Berlin", "2027-10-31", "02:30", "2027-10-31T02:30:00+02:00"),
        ("Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-03T02:45:00+11:00"),
        ("America/Santiago", "2027-09-05", "00:00", "2027-09-05T01:00:00-03:00"),
    ],
)
def test_gaps_move_on_and_folds_take_the_first(zone: str, on: str, at: str, starts_at: str) -> None:
    day = date.fromisoformat(on)
    (slot,) = slots(all_of(team_of({"rrule": "FREQ=DAILY", "at": at}, timezone=zone), day, day))
    assert (slot.starts_at.isoformat(), f"{slot.wall:%H:%M}") == (starts_at, at)


def test_a_day_that_a_zone_left_out_is_lived_a_day_later() -> None:
    team = team_of({"rrule": "FREQ=WEEKLY", "at": "10:00", "starts": "2011-12-23"}, timezone="Pacific/Apia")
    assert all_of(team, date(2011, 12, 30), date(2011, 12, 30)) == ()
    (slot,) = slots(all_of(team, date(2011, 12, 31), date(2011, 12, 31)))
    assert slot.day == date(2011, 12, 31)
    assert slot.wall == wall("2011-12-30 10:00")


def test_a_session_moved_into_such_a_day_is_found_where_it_takes_place() -> None:
    decision = {"series": "Lunch & Learn", "on": "2011-12-23", "move_to": "2011-12-30 15:00"}
    team = team_of({"rrule": "FREQ=WEEKLY", "at": "10:00"}, timezone="Pacific/Apia", sessions=[decision])
    (slot,) = slots(all_of(team, date(2011, 12, 31), date(2012, 1, 2), date(2011, 12, 23)))[-1:]
    assert slot.starts_at.isoformat() == "2011-12-31T15:00:00+14:00"


# Holidays, blackouts and the lead's decisions

FRIDAYS = {"every": "week", "on": "friday", "at": "12:15"}
DECEMBER = (date(2026, 12, 1), date(2027, 1, 31))
BERLIN = {"country": "DE", "subdivision": "BE"}
FREEZE = [{"dates": "2026-12-21..2027-01-03", "reason": "Year-end freeze"}]


def test_a_holiday_is_skipped_by_name_also_within_a_blackout() -> None:
    team = team_of(FRIDAYS, holidays=BERLIN, blackouts=FREEZE)
    outcomes = all_of(team, *DECEMBER)
    assert skips(outcomes) == {
        date(2026, 12, 25): "public holiday: Erster Weihnachtstag",
        date(2027, 1, 1): "public holiday: Neujahr",
    }
    assert len(slots(outcomes)) == 7
    assert skips(all_of(team_of(FRIDAYS, blackouts=[{"dates": "2027-01-08"}]), *DECEMBER)) == {
        date(2027, 1, 8): "blackout"
    }


def test_the_next_working_day_keeps_the_identity() -> None:
    team = team_of(FRIDAYS, holidays={**BERLIN, "then": "next-working-day"})
    moved = {slot.wall.date(): slot for slot in slots(all_of(team, *DECEMBER)) if slot.wall.date() != slot.day}
    assert {on: slot.starts_at.isoformat() for on, slot in moved.items()} == {
        date(2026, 12, 25): "2026-12-28T12:15:00+01:00",
        date(2027, 1, 1): "2027-01-04T12:15:00+01:00",
    }
    assert moved[date(2027, 1, 1)].key == "t/lunch/2027-01-01T12:15"
    assert moved[date(2027, 1, 1)].recurrence_id == wall("2027-01-01 12:15")
    starts = date(2026, 12, 1)
    assert walls(all_of(team, date(2027, 1, 4), date(2027, 1, 4), starts)) == [wall("2027-01-01 12:15")]
    assert walls(all_of(team, date(2026, 12, 29), date(2027, 1, 3), starts)) == []


def test_a_holiday_moves_no_session_to_another_one_of_its_series() -> None:
    holidays = {"country": "AT", "then": "next-working-day"}
    christmas = (date(2026, 12, 21), date(2027, 1, 1))

    def places(on: list[str]) -> dict[str, str]:
        team = team_of({"every": "week", "on": on, "at": "12:15"}, holidays=holidays)
        return {f"{slot.wall:%m-%d}": f"{slot.day:%m-%d}" for slot in slots(all_of(team, *christmas))}

    assert places(["friday", "monday"]) == {"12-21": "12-21", "12-25": "12-29", "12-28": "12-28"}
    assert places(["friday", "saturday"]) == {"12-25": "12-28", "12-26": "12-29"}
    every_day = places([*DAY_NAMES[:5]])
    assert "12-25" not in every_day and len(set(every_day.values())) == len(every_day)


def test_a_team_may_work_from_sunday_to_thursday() -> None:
    week = {"working_days": ["sunday", "monday", "tuesday", "wednesday", "thursday"]}
    sprint = {"starts": "2026-11-29", "length": "2 weeks"}
    cadence = {"every": "sprint", "day": 6, "at": "12:15"}
    assert walls(all_of(team_of(cadence, sprint=sprint, **week), *DECEMBER))[:2] == [
        wall("2026-12-06 12:15"),
        wall("2026-12-20 12:15"),
    ]
    thursdays = {"every": "week", "on": "thursday", "at": "12:15"}
    team = team_of(thursdays, holidays={"country": "EG", "then": "next-working-day"}, **week)
    january = slots(all_of(team, date(2027, 1, 1), date(2027, 1, 31)))
    moved = next(slot for slot in january if slot.day != slot.wall.date())
    assert (moved.wall.date(), moved.day) == (date(2027, 1, 7), date(2027, 1, 10)), "Coptic Christmas, then the weekend"


def test_nothing_is_moved_into_or_out_of_a_blackout() -> None:
    team = team_of(FRIDAYS, holidays={**BERLIN, "then": "next-working-day"}, blackouts=FREEZE)
    reasons = skips(all_of(team, *DECEMBER))
    assert reasons == {date(2026, 12, 25): "blackout: Year-end freeze", date(2027, 1, 1): "blackout: Year-end freeze"}
    team = team_of(
        FRIDAYS, holidays={**BERLIN, "then": "next-working-day"}, blackouts=[{"dates": "2026-12-28", "reason": "Move"}]
    )
    assert skips(all_of(team, *DECEMBER)) == {date(2026, 12, 25): "blackout: Move"}


def test_the_lead_s_decisions() -> None:
    decisions = [
        {"series": "Lunch & Learn", "on": "2026-12-10", "minutes": 60},
        {"series": "Brown bag", "on": "2026-12-17", "cancel": "Christmas party"},
        {"series": "Lunch & Learn", "on": "2026-12-24", "move_to": "2027-02-02 14:00"},
        {"series": "Lunch & Learn", "on": "2026-12-24", "minutes": 30},
        {"series": "Another", "on": "2026-12-03", "cancel": "not this one"},
    ]
    team = team_of(WEEKLY, series={"was": "Brown bag"}, sessions=decisions)
    december = all_of(team, START, date(2026, 12, 31))
    assert skips(december) == {date(2026, 12, 17): "Christmas party"}
    assert [(slot.wall.day, slot.minutes) for slot in slots(december)] == [(3, 45), (10, 60), (31, 45)]
    (moved,) = slots(all_of(team, date(2027, 2, 2), date(2027, 2, 2), START))
    assert (moved.key, moved.minutes) == ("t/lunch/2026-12-24T12:15", 30)
    assert moved.starts_at == on_the_wall(wall("2027-02-02 14:00"), "Europe/Berlin")


def test_a_sprint_s_instance_is_nominal_and_its_day_is_not() -> None:
    team = team_of({"every": "sprint", "day": 4, "at": "15:00"}, sprint=SPRINTS, holidays=BERLIN)
    (slot,) = slots(all_of(team, date(2027, 3, 29), date(2027, 4, 11), START))
    assert (slot.recurrence_id.date(), slot.wall.date()) == (date(2027, 4, 1), date(2027, 4, 2))
    assert recurrence(team.series[0], team, date(2027, 4, 2)).starts.date() == date(2027, 4, 1)


def test_a_sprint_too_short_for_its_day_is_skipped_on_its_last_day() -> None:
    team = team_of({"every": "sprint", "day": 6, "at": "15:00"}, sprint={"starts": "2026-12-07", "length": "1 week"})
    assert skips(all_of(team, date(2026, 12, 7), date(2026, 12, 20))) == {
        date(2026, 12, 13): "too few working days: 5 in the sprint of 2026-12-07",
        date(2026, 12, 20): "too few working days: 5 in the sprint of 2026-12-14",
    }


# Formats


def test_formats_take_turns_over_what_no_holiday_and_no_blackout_forbids() -> None:
    team = team_of(
        FRIDAYS,
        series={"formats": ["code-review", "pairing"]},
        holidays=BERLIN,
        sessions=[{"series": "Lunch & Learn", "on": "2026-12-11", "cancel": "Offsite"}],
    )
    outcomes = all_of(team, *DECEMBER)
    assert [(slot_of(o).wall.strftime("%d.%m."), slot_of(o).format) for o in outcomes] == [
        ("04.12.", "code-review"),
        ("11.12.", "pairing"),  # called off, and yet its turn
        ("18.12.", "code-review"),
        ("25.12.", "pairing"),  # a holiday: its turn is still to come
        ("01.01.", "pairing"),
        ("08.01.", "pairing"),
        ("15.01.", "code-review"),
        ("22.01.", "pairing"),
        ("29.01.", "code-review"),
    ]


# Decisions that cannot be


def faults(team: Team, now: str = "2026-12-01T09:00+01:00") -> tuple[tuple[tuple[str | int, ...], str], ...]:
    def started(series: Series) -> date:
        return starts_of(series, START)

    return tuple(decision_faults(team, datetime.fromisoformat(now), started))


def fault_of(on: str, now: str = "2026-12-01T09:00+01:00", cadence: dict[str, Any] = WEEKLY, **more: Any) -> list[str]:
    team = team_of(cadence, sessions=[{"series": "Lunch & Learn", "on": on, "topic": "Ingress"}], **more)
    found = faults(team, now)
    assert all(path == ("sessions", 0, "on") for path, _ in found)
    return [text for _, text in found]


def test_a_date_without_a_session_is_a_fault_and_the_nearest_are_named() -> None:
    assert fault_of("2026-12-10") == []
    assert fault_of("2026-12-11") == [
        "Lunch & Learn has no session on 2026-12-11; the nearest are 2026-12-10 and 2026-12-17"
    ]
    assert fault_of("2026-12-02") == ["Lunch & Learn has no session on 2026-12-02; the nearest is 2026-12-03"]
    assert fault_of("2199-12-31")[0].endswith("the nearest are 2199-12-26 and 2200-01-02")
    never = {"rrule": "FREQ=WEEKLY;UNTIL=20261101", "at": "12:15"}
    assert fault_of("2026-12-03", cadence=never) == [
        "Lunch & Learn has no session on 2026-12-03; there is none within 400 days either"
    ]


def test_a_date_on_which_nothing_takes_place_says_why() -> None:
    assert fault_of("2026-12-25", cadence=FRIDAYS, holidays=BERLIN) == [
        "Lunch & Learn has no session on 2026-12-25 (public holiday: Erster Weihnachtstag); "
        "the nearest are 2026-12-18 and 2027-01-08"
    ]
    assert fault_of("2026-12-24", blackouts=FREEZE) == [
        "Lunch & Learn has no session on 2026-12-24 (blackout: Year-end freeze); "
        "the nearest are 2026-12-17 and 2027-01-07"
    ]


def test_what_does_not_take_place_anyhow_may_be_cancelled_as_well() -> None:
    for on, cadence, more in (
        ("2026-12-25", FRIDAYS, {"holidays": BERLIN}),
        ("2026-12-24", WEEKLY, {"blackouts": FREEZE}),
    ):
        team = team_of(cadence, sessions=[{"series": "Lunch & Learn", "on": on, "cancel": "Party"}], **more)
        assert faults(team) == ()
    beside = [{"series": "Lunch & Learn", "on": "2026-12-11", "cancel": "Party"}]
    assert [path for path, _ in faults(team_of(WEEKLY, sessions=beside))] == [("sessions", 0, "on")]


def test_the_date_to_which_a_session_was_moved_leads_to_its_own() -> None:
    assert fault_of("2026-12-28", cadence=FRIDAYS, holidays={**BERLIN, "then": "next-working-day"}) == [
        "Lunch & Learn has no session on 2026-12-28; "
        "the session on that day was moved there from 2026-12-25; write that date"
    ]


def test_the_past_has_no_faults_but_today_has_in_the_team_s_zone() -> None:
    assert fault_of("2026-12-11", now="2026-12-11T22:59:00+00:00")
    assert fault_of("2026-12-11", now="2026-12-11T23:00:00+00:00") == []


def test_a_role_that_the_format_of_that_session_lacks_is_a_fault() -> None:
    team = team_of(
        WEEKLY,
        series={"formats": ["code-review", "pairing"]},
        sessions=[
            {"series": "Lunch & Learn", "on": "2026-12-03", "author": "ada@example.com"},
            {"series": "Lunch & Learn", "on": "2026-12-10", "author": "ada@example.com"},
            {"series": "Unknown", "on": "2026-12-10", "author": "ada@example.com"},
        ],
    )
    assert faults(team) == (
        (
            ("sessions", 1, "author"),
            "Lunch & Learn on 2026-12-10 is of the format pairing, which has no role 'author'; "
            "its roles are: facilitator",
        ),
    )
    assert faults(team, "2026-12-11T09:00+01:00") == ()


def test_a_name_that_another_series_took_over_means_that_one() -> None:
    team = team_of(WEEKLY, sessions=[{"series": "Lunch & Learn", "on": "2026-12-11", "cancel": "Party"}])
    renamed = Series.model_validate({"name": "New", "was": "Lunch & Learn", "format": "pairing", "cadence": FRIDAYS})
    both = team.model_copy(update={"series": (renamed, *team.series)})
    assert len(faults(both)) == 1
    assert skips(all_of(both, START, date(2026, 12, 31))) == {}
    alone = team.model_copy(update={"series": (renamed,)})
    assert faults(alone) == ()
    assert skips(all_of(alone, START, date(2026, 12, 31))) == {date(2026, 12, 11): "Party"}
