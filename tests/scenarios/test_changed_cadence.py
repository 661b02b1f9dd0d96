"""A series that takes place on other dates: what stands stays, what has gone is told, what people did is not lost."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.programme import Programme, start_of
from tests.scenarios.test_around_a_session import heard
from tests.scenarios.test_changed_minds import (
    EVERY_LUNCH,
    LUNCH,
    WEEKLY,
    dates,
    deletes,
    edits,
    moves,
    moves_all,
    override,
    passes,
    programme_of,
    sessions,
)
from tests.scenarios.test_turns import FOUR, declines, entitles, not_in, rewrites, title_on, topics

TWICE: Mapping[str, Any] = {**WEEKLY, "on": ["tuesday", "thursday"]}
SPARSE: Mapping[str, Any] = {**WEEKLY, "every": "2 weeks", "starts": "2026-11-26"}
BACKLOG = [{"title": f"Topic {number}"} for number in range(5)]
Facts = tuple[Any, ...]


def recurs(programme: Programme, cadence: Mapping[str, Any], **parts: Any) -> None:
    """Let the lead write another cadence."""
    edits(programme, series=[{**LUNCH, "cadence": cadence}], **parts)


def facts(programme: Programme) -> dict[str, Facts]:
    """Return who does what about what on which page, by the day of a session."""
    found = sessions(programme).items()
    return {when[:5]: (one.roles, one.topic and one.topic.title, one.page) for when, one in sorted(found)}


@pytest.mark.parametrize("at", ["12:15", "14:00"])
def test_a_day_more_a_week_changes_nothing_of_the_days_that_stand(tmp_path: Path, at: str) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=BACKLOG)
    before = facts(programme)
    recurs(programme, {**TWICE, "at": at})
    after = facts(programme)
    assert {day: after[day] for day in before} == before
    assert after.keys() - before.keys() == {"11-24", "12-01", "12-08", "12-15", "12-22"}
    assert all(roles.keys() == {"facilitator", "presenter"} for roles, _, _ in after.values())
    assert len({page for _, _, page in after.values()}) == len(after)
    passes(programme, days=1)
    lines = [line for _, _, line in heard(programme, "until now")]
    did = "Changed" if at == "12:15" else "Moved"
    new = f"on Tuesdays and Thursdays, {at} (Europe/Berlin), from 2026-11-24 on"
    assert lines == 4 * [f"{did}: Lunch, until now on Thursdays, 12:15, is now {new}"]
    assert not heard(programme, "Your turn as") and not heard(programme, "in place of")


def test_a_day_less_a_week_calls_off_its_sessions_alone(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, series=[{**LUNCH, "cadence": TWICE}])
    before = facts(programme)
    recurs(programme, WEEKLY)
    assert facts(programme) == {day: one for day, one in before.items() if f"{day} 12:15" in EVERY_LUNCH}
    assert dates(programme) == EVERY_LUNCH
    passes(programme, days=1)
    assert len(heard(programme, "Changed: Lunch, until now on Tuesdays and Thursdays, 12:15, is now on Thursdays")) == 4
    off = [(who, line) for _, who, line in heard(programme, "Called off")]
    assert sorted(who for who, line in off if "2026-12-08" in line) == sorted(
        email.partition("@")[0] for email in before["12-08"][0].values()
    )


def test_every_second_week_keeps_the_people_of_its_dates_and_everybody_hears_of_the_rule(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    before = facts(programme)
    recurs(programme, SPARSE)
    assert dates(programme) == EVERY_LUNCH[::2]
    assert facts(programme) == {day: before[day] for day in ("11-26", "12-10", "12-24")}
    passes(programme, days=1)
    assert len(heard(programme, "is now every 2 weeks on Thursdays, 12:15 (Europe/Berlin), from 2026-11-26 on")) == 3
    for day in ("12-03", "12-17"):
        who = sorted(email.partition("@")[0] for email in before[day][0].values())
        assert [name for _, name, _ in heard(programme, f"Called off: Lunch on Thursday 2026-{day}")] == who


@pytest.mark.parametrize(
    ("cadence", "habit", "new"),
    [
        ({"every": "month", "on": "first tuesday", "at": "14:00"}, "on the first Tuesday of the month, 14:00", "12-01"),
        (
            {"every": "month", "on": "first thursday", "at": "14:00"},
            "on the first Thursday of the month, 14:00",
            "12-03",
        ),
    ],
)
def test_once_a_month_instead(tmp_path: Path, cadence: Mapping[str, Any], habit: str, new: str) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = facts(programme)
    recurs(programme, cadence)
    assert facts(programme) == {new: before["12-03" if new == "12-03" else "11-26"]}
    passes(programme, days=1)
    assert len(heard(programme, f"is now {habit} (Europe/Berlin), from 2026-{new} on")) == 4


def test_a_session_is_not_moved_past_one_that_stands(tmp_path: Path) -> None:
    programme = programme_of(
        tmp_path, members=FOUR, series=[{**LUNCH, "cadence": {**TWICE, "on": ["monday", "thursday"]}}]
    )
    programme.later(hours=12)
    passes(programme)
    before = facts(programme)
    recurs(programme, TWICE)
    after = facts(programme)
    for monday, tuesday in (("11-30", "12-01"), ("12-07", "12-08"), ("12-14", "12-15"), ("12-21", "12-22")):
        assert after[tuesday] == before[monday]
    assert {day: after[day] for day in ("11-26", "12-03", "12-10")} == {
        day: before[day] for day in ("11-26", "12-03", "12-10")
    }
    assert "11-24" in after


def test_a_change_that_is_taken_back_before_anybody_heard_of_it_is_not_told(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = facts(programme)
    recurs(programme, TWICE)
    recurs(programme, WEEKLY)
    assert facts(programme) == before
    passes(programme, days=1)
    assert not heard(programme, "until now")


def test_two_weeks_counted_from_another_date_are_named_by_their_dates(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[{**LUNCH, "cadence": SPARSE}])
    recurs(programme, {**SPARSE, "starts": "2026-12-03"})
    passes(programme, days=1)
    rule = (
        "until now on 2026-11-26, 2026-12-10, 2026-12-24 and so on, 12:15, is now on 2026-12-03, 2026-12-17 and so on"
    )
    assert len(heard(programme, rule)) == 3


def test_another_time_zone_is_told_in_one_line(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    before = facts(programme)
    edits(programme, timezone="Europe/London")
    assert set(facts(programme)) == set(before)
    passes(programme, days=1)
    rule = (
        "until now on Thursdays, 12:15 (Europe/Berlin), is now on Thursdays, 12:15 (Europe/London), from 2026-11-26 on"
    )
    assert len(heard(programme, rule)) == 3 and len(heard(programme, "Moved: ")) == 3


# What people did by hand


@pytest.mark.parametrize(("at", "lost"), [("12:15", False), ("14:00", False), ("12:15", True)])
def test_what_people_moved_or_deleted_stays_so_where_its_date_stands(tmp_path: Path, at: str, lost: bool) -> None:
    programme = programme_of(tmp_path)
    moves(programme, "12-03", "12-04 16:00")
    deletes(programme, "12-10")
    passes(programme)
    people = sessions(programme)["12-04 16:00"].roles
    recurs(programme, {**TWICE, "at": at})
    for _ in range(2):
        there = dates(programme)
        assert sessions(programme)["12-04 16:00"].roles == people and "12-04 16:00" in there
        assert f"12-03 {at}" not in there and f"12-10 {at}" not in there and f"12-17 {at}" in there
        if lost:
            programme.lose_ledger()
        passes(programme, days=1)
    assert not heard(programme, "Takes place after all")
    assert len(heard(programme, "2026-12-04")) == (0 if lost else 3)
    moves(programme, "12-03", f"12-03 {at}")
    passes(programme)
    assert f"12-03 {at}" in dates(programme) and f"12-03 {at}" in sessions(programme)


def test_a_series_that_a_person_moved_as_a_whole_goes_where_the_file_says_then(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    people = {day: roles for day, (roles, _, _) in facts(programme).items()}
    moves_all(programme, "2026-11-26 15:00", "TH", keeps=False)
    passes(programme)
    assert dates(programme) == [f"{day} 15:00" for day in people]
    recurs(programme, {**TWICE, "at": "16:00"})
    assert {f"{day} 16:00" for day in people} < set(dates(programme))
    assert {day: facts(programme)[day][0] for day in people} == people


def test_a_topic_in_the_title_of_an_event_stays_with_its_date(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    entitles(programme, "12-10", "Lunch: How eBPF works")
    passes(programme)
    recurs(programme, TWICE)
    for _ in range(3):
        assert facts(programme)["12-10"][1] == "How eBPF works"
        assert title_on(programme, "12-10") == "Lunch: How eBPF works"
        passes(programme, days=1)
    assert len(heard(programme, "somebody wrote “How eBPF works”")) == 1
    entitles(programme, "12-10", "Lunch: Something else")
    passes(programme)
    assert facts(programme)["12-10"][1] == "Something else"


@pytest.mark.parametrize("lost", [False, True])
def test_a_topic_in_the_title_of_an_event_goes_with_its_session_to_another_date(tmp_path: Path, lost: bool) -> None:
    programme = programme_of(tmp_path)
    page = facts(programme)["12-10"][2]
    entitles(programme, "12-10", "Lunch: How eBPF works")
    passes(programme)
    recurs(programme, {**WEEKLY, "on": "wednesday"})
    assert facts(programme)["12-09"][1:] == ("How eBPF works", page)
    if lost:
        programme.lose_ledger()
    for _ in range(2):
        passes(programme, days=1)
        assert facts(programme)["12-09"][1] == "How eBPF works" and topics(programme).count("How eBPF works") == 1
    ((_, who, line),) = heard(programme, "“How eBPF works” for")
    assert who == "ada" and line.startswith(
        "somebody wrote “How eBPF works” for 2026-12-10 as the topic of “Lunch” on 2026-12-09"
    )
    decided = {"series": "Lunch", "on": "2026-12-09", "topic": "Ingress"}
    edits(programme, topics=[{"title": "Ingress"}], sessions=[decided])
    assert facts(programme)["12-09"][1] == "Ingress"


@pytest.mark.parametrize("where", ["event", "page"])
def test_a_topic_of_a_date_that_is_given_up_goes_to_the_next_session_without_one(tmp_path: Path, where: str) -> None:
    programme = programme_of(tmp_path, members=FOUR, series=[{**LUNCH, "cadence": TWICE}])
    if where == "event":
        entitles(programme, "11-24", "Lunch: How eBPF works")
    else:
        rewrites(programme, r"\A# .*", "# 2026-11-24 Lunch: How eBPF works", day="11-24 12:15")
    passes(programme)
    recurs(programme, WEEKLY)
    for _ in range(2):
        assert topics(programme)[0] == "How eBPF works" and topics(programme).count("How eBPF works") == 1
        passes(programme, days=1)
    ((_, who, _),) = heard(programme, "“How eBPF works” for 2026-11-24 as the topic of “Lunch” on 2026-11-26")
    assert who == "ada"


def test_a_topic_of_a_date_that_is_given_up_pushes_one_of_the_backlog_back_where_all_have_one(tmp_path: Path) -> None:
    many = [{"title": f"Topic {number}"} for number in range(10)]
    programme = programme_of(tmp_path, members=FOUR, series=[{**LUNCH, "cadence": TWICE}], topics=many)
    entitles(programme, "12-08", "Lunch: How eBPF works")
    passes(programme)
    recurs(programme, WEEKLY)
    before = facts(programme)
    assert before["12-10"][1] == "How eBPF works"
    passes(programme, days=1)
    assert facts(programme) == before


def lasts(programme: Programme, day: str, minutes: int) -> None:
    """Let a person give one session another length."""
    with programme.calendar_edited() as calendar:
        event = override(calendar, day)
        event.end = start_of(event) + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("cadence", "day"),
    [(TWICE, "12-10 12:15"), ({**WEEKLY, "at": "14:00"}, "12-10 14:00"), ({**WEEKLY, "on": "friday"}, "12-11 12:15")],
)
def test_a_session_keeps_the_length_that_a_person_gave_it(tmp_path: Path, cadence: Mapping[str, Any], day: str) -> None:
    programme = programme_of(tmp_path)
    lasts(programme, "12-10", 80)
    passes(programme)
    assert sessions(programme)["12-10 12:15"].slot.minutes == 80
    recurs(programme, cadence)
    assert {when for when, one in sessions(programme).items() if one.slot.minutes == 80} == {day}
    shown = [one for one in programme.shown().calendar.events if one.duration == timedelta(minutes=80)]
    assert [f"{start_of(one):%m-%d %H:%M}" for one in shown if start_of(one) > programme.now] == [day]
    recurs(programme, WEEKLY)
    assert [when for when, one in sessions(programme).items() if one.slot.minutes == 80] == ["12-10 12:15"]


@pytest.mark.parametrize("at", ["12:15", "14:00"])
def test_who_declined_a_date_that_stands_is_given_no_turn_on_it_until_they_accept(tmp_path: Path, at: str) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    first, second = not_in(sessions(programme)["12-10 12:15"])
    declines(programme, "12-10", first)
    passes(programme)
    recurs(programme, {**TWICE, "at": at})
    declines(programme, "12-10", *sessions(programme)[f"12-10 {at}"].roles.values())
    passes(programme)
    assert list(sessions(programme)[f"12-10 {at}"].roles.values()) == [second]
    with programme.calendar_edited() as calendar:
        (guest,) = (one for one in override(calendar, "12-10").attendees if one.email == first)
        guest.params["PARTSTAT"] = "ACCEPTED"
    passes(programme)
    assert sorted(sessions(programme)[f"12-10 {at}"].roles.values()) == sorted((first, second))
