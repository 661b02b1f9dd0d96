"""People and the lead change their minds: what they take back, move twice or see late is followed, once and for good.

Every pass goes well, and after each of them a second plan has nothing to do.
"""

from collections.abc import Mapping
from contextlib import closing
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events

from daemon.cli.setting import Setting, world_of
from daemon.learn.by_hand import DELETED
from daemon.loop import Pass, run_once
from daemon.model import Kind, Session, State
from daemon.plan.guards import Allowance, Stopped
from tests.scenarios.programme import ZONE, Programme, instance_of, is_ours, start_of, text_of

WEEKLY: Mapping[str, Any] = {"every": "week", "on": "thursday", "at": "12:15"}
ON_TUESDAYS: Mapping[str, Any] = {"every": "week", "on": "tuesday", "at": "10:00"}
LUNCH: Mapping[str, Any] = {"name": "Lunch", "format": "lunch-and-learn", "cadence": WEEKLY}
REVIEW: Mapping[str, Any] = {"name": "Review", "format": "code-review", "cadence": ON_TUESDAYS}
TEAM: Mapping[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "ada@example.com",
    "members": [{"name": name, "email": f"{name.lower()}@example.com"} for name in ("Ada", "Bob", "Dan")],
    "series": [LUNCH],
    "rotation": {"ahead": "5 weeks"},
}
LAST = datetime(2026, 12, 28, tzinfo=ZONE)
"""The end of the five weeks that were planned at first."""
HOME = "platform/home"
EVERY_LUNCH = ["11-26 12:15", "12-03 12:15", "12-10 12:15", "12-17 12:15", "12-24 12:15"]


def ends(programme: Programme, *without: str) -> None:
    """Let a person end the lunch before 11 December, with a program that may take the later sessions out too."""
    with programme.calendar_edited() as calendar:
        rule: Any = master(calendar)["RRULE"]
        rule["UNTIL"] = [datetime(2026, 12, 11, tzinfo=UTC)]
        for day in without:
            calendar.subcomponents.remove(override(calendar, day))


def programme_of(folder: Path, **parts: Any) -> Programme:
    programme = Programme(folder, {**TEAM, **parts})
    passes(programme)
    return programme


def edits(programme: Programme, **parts: Any) -> None:
    """Let the lead write other parts into the file, and a pass follow."""
    assert programme.edit({**deepcopy(programme.team), **parts}), programme.faults
    passes(programme)


def passes(programme: Programme, **later: float) -> Pass:
    """Do a pass, some time later, that goes well, and after which there is nothing left to do."""
    programme.later(**later)
    outcome, delivered = programme.apply()
    assert (outcome.errors, delivered.errors) == ((), ())
    assert programme.plan().plan.changes == ()
    return outcome


def restores(programme: Programme) -> None:
    """Do a pass with ``--allow-create 20``, which goes well too."""
    world = world_of(Setting(programme.operator, (programme.path,), programme.now))
    with closing(world.ledger):
        assert run_once(programme.file, programme.now, world, Allowance(create=20, restore=True)).errors == ()
    assert programme.plan().plan.changes == ()


def dates(programme: Programme) -> list[str]:
    """Return when the calendar shows sessions of ours to come until ``LAST``, in the team's zone."""
    coming = recurring_ical_events.of(programme.shown().calendar).between(programme.now, LAST)
    return sorted(f"{start_of(event).astimezone(ZONE):%m-%d %H:%M}" for event in coming if is_ours(event))


def sessions(programme: Programme, series: str = "lunch") -> dict[str, Session]:
    """Return what is known of a series' sessions that take place, by when they do."""
    known = [one for one in programme.memory().sessions.values() if one.slot.series == f"platform/{series}"]
    return {f"{one.slot.starts_at.astimezone(ZONE):%m-%d %H:%M}": one for one in known if one.takes_place}


def told(programme: Programme) -> list[str]:
    bodies = [mail.get_body(("plain",)) for mail in programme.mails()]
    return [line.strip() for body in bodies if body for line in body.get_content().splitlines()]


def master(calendar: icalendar.Calendar) -> icalendar.Event:
    (found,) = (one for one in calendar.events if "lunch" in text_of(one, "UID") and "RRULE" in one)
    return found


def override(calendar: icalendar.Calendar, day: str) -> icalendar.Event:
    days = ((one, instance_of(one)) for one in calendar.events if "lunch" in text_of(one, "UID"))
    (found,) = (one for one, instance in days if instance and f"{instance:%m-%d}" == day)
    return found


def moves(programme: Programme, day: str, to: str) -> None:
    with programme.calendar_edited() as calendar:
        event = override(calendar, day)
        start, length = datetime.fromisoformat(f"2026-{to}").replace(tzinfo=ZONE), event.duration
        event.end = start + length
        event.start = start


def deletes(programme: Programme, day: str, exdate: bool = True) -> None:
    """Let a person delete a lunch, with a program that leaves an EXDATE or with one that does not."""
    with programme.calendar_edited() as calendar:
        event = override(calendar, day)
        calendar.subcomponents.remove(event)
        if exdate:
            master(calendar).add("EXDATE", instance_of(event))


def test_the_date_moved_by_a_new_holiday_replaces_the_old_instance(tmp_path: Path) -> None:
    craft = {"name": "Craft", "format": "code-review", "cadence": {"every": "sprint", "day": 4, "at": "15:00"}}
    programme = programme_of(tmp_path, series=[craft], sprint={"starts": "2026-01-05", "length": "2 weeks"})
    before = sessions(programme, "craft")
    assert dates(programme) == ["11-26 15:00", "12-10 15:00", "12-24 15:00"]
    edits(programme, holidays={"country": "AT"})
    assert dates(programme) == ["11-26 15:00", "12-11 15:00", "12-24 15:00"]
    assert sessions(programme, "craft")["12-11 15:00"].roles == before["12-10 15:00"].roles


@pytest.mark.parametrize("seen_between", [True, False])
def test_a_deleted_session_that_the_lead_moves_takes_place_there(tmp_path: Path, seen_between: bool) -> None:
    programme = programme_of(tmp_path)
    deletes(programme, "12-03")
    if seen_between:
        passes(programme)
        assert "12-03 12:15" not in dates(programme)
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-12-03", "move_to": "2026-12-04 14:00"}])
    assert dates(programme) == ["11-26 12:15", "12-04 14:00", *EVERY_LUNCH[2:]] == sorted(sessions(programme))


def test_a_deleted_series_is_told_of_once_and_comes_back_when_asked(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    before = dates(programme)
    with programme.calendar_edited() as calendar:
        theirs = [one for one in calendar.events if "review" in text_of(one, "UID")]
        calendar.subcomponents = [one for one in calendar.subcomponents if one not in theirs]
    for hours in range(4):
        assert [finding.key for finding in passes(programme, hours=hours).plan.findings] == ["platform/review/1/gone"]
        assert sessions(programme, "review") == {}
    assert dates(programme) == EVERY_LUNCH
    restores(programme)
    assert dates(programme) == before
    assert len(sessions(programme, "review")) == len(before) - len(EVERY_LUNCH)
    assert passes(programme).plan.findings == ()


def test_a_guest_whom_a_person_took_off_stays_off_when_somebody_joins(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    with programme.calendar_edited() as calendar:
        guests: Any = master(calendar)["ATTENDEE"]
        master(calendar)["ATTENDEE"] = [guest for guest in guests if "bob@" not in guest]
    passes(programme)
    edits(programme, members=[*TEAM["members"], {"name": "Eve", "email": "eve@example.com"}])
    assert invited(programme) == {"ada@example.com", "dan@example.com", "eve@example.com"}
    edits(programme, members=[{"name": "Ada", "email": "ada@example.com"}])
    edits(programme, members=TEAM["members"])
    assert invited(programme) == {"ada@example.com", "bob@example.com", "dan@example.com"}


def invited(programme: Programme) -> set[str]:
    return {str(guest.email) for guest in master(programme.shown().calendar).attendees}


def moves_all(programme: Programme, start: str, day: str, keeps: bool) -> None:
    """Let a person move every lunch, with a program that drops the dates that differ, or with one that keeps them."""
    with programme.calendar_edited() as calendar:
        event = master(calendar)
        begin, length = datetime.fromisoformat(start).replace(tzinfo=ZONE), event.duration
        event.end = begin + length
        event.start = begin
        rule: Any = event["RRULE"]
        rule["BYDAY"] = [day]
        lunches = [one for one in calendar.events if "lunch" in text_of(one, "UID") and instance_of(one)]
        calendar.subcomponents = [one for one in calendar.subcomponents if keeps or one not in lunches]


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize(
    ("start", "on", "dates_then"),
    [
        ("2026-11-24 15:00", "tuesday", ["11-24 15:00", "12-01 15:00", "12-08 15:00", "12-15 15:00", "12-22 15:00"]),
        ("2026-11-26 15:00", "thursday", [f"{day[:5]} 15:00" for day in EVERY_LUNCH]),
    ],
)
def test_a_series_that_a_person_moved_goes_on_at_its_new_time(
    tmp_path: Path, start: str, on: str, dates_then: list[str], keeps: bool
) -> None:
    programme = programme_of(tmp_path)
    before = list(sessions(programme).values())
    moves_all(programme, start, on[:2].upper(), keeps)
    for hours in range(3):
        (finding,) = passes(programme, hours=hours).plan.findings
        assert f'cadence: {{every: week, on: {on}, at: "15:00"}}' in finding.text
        assert dates(programme) == dates_then == sorted(sessions(programme))[:5]
    edits(programme, series=[{**LUNCH, "cadence": {"every": "week", "on": on, "at": "15:00"}}])
    assert passes(programme, days=1).plan.findings == ()
    after = list(sessions(programme).values())
    assert [(one.roles, one.page) for one in after[:5]] == [(one.roles, one.page) for one in before]
    assert not [line for line in told(programme) if "Called off" in line or "after all" in line]


def test_a_series_that_a_person_ended_stays_ended(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    ends(programme)
    before = programme.calendar_path.read_bytes()
    for days, changed in ((0, [HOME]), (1, []), (1, [])):
        plan = passes(programme, days=days).plan
        assert [finding.key for finding in plan.findings] == ["platform/lunch/1/until"]
        assert [change.resource.key for change in plan.changes] == changed
        assert programme.calendar_path.read_bytes() == before


def test_what_a_person_took_out_with_the_end_of_a_series_is_not_written(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    ends(programme, "12-17", "12-24")
    assert [change.resource.key for change in passes(programme).plan.changes] == [HOME]


def test_nothing_is_written_after_the_end_that_a_person_gave_a_series(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    ends(programme)
    events = passes(programme, days=8).plan.of({Kind.SERIES, Kind.SESSION})
    assert max(change.resource.key for change in events) < "platform/lunch/2026-12-11"
    assert max(sessions(programme)) < "12-11"


def test_a_deleted_page_comes_back_when_asked_in_a_later_pass(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    ((key, path),) = programme.shown().pages_of.items() - {(HOME, "home.md")}
    (programme.wiki / path).unlink()
    assert [finding.key for finding in passes(programme).plan.findings] == [f"{key}/gone"]
    passes(programme, hours=1)
    assert programme.shown().pages_of == {HOME: "home.md"}
    restores(programme)
    assert programme.shown().pages_of == {HOME: "home.md", key: path}
    assert passes(programme).plan.findings == ()


def test_a_new_series_with_a_name_that_another_had_is_one_of_its_own(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    before = sessions(programme)
    edits(programme, series=[{**LUNCH, "name": "Brownbag", "was": ["Lunch"]}])
    edits(programme, series=[{**LUNCH, "name": "Brownbag"}, {**REVIEW, "name": "Lunch"}])
    new, names = sessions(programme, "lunch-2"), {one.name: key for key, one in programme.memory().series.items()}
    assert names == {"Brownbag": "platform/lunch", "Lunch": "platform/lunch-2"}
    assert [one.roles for one in sessions(programme).values()] == [one.roles for one in before.values()]
    assert new and not {one.page for one in new.values()} & {one.page for one in before.values()}
    assert new["11-24 10:00"].page in programme.shown().pages_of


def test_a_series_with_the_name_of_another_survives_a_lost_ledger(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    edits(programme, series=[{**LUNCH, "name": "Brownbag", "was": ["Lunch"]}])
    edits(programme, series=[{**LUNCH, "name": "Brownbag"}, {**REVIEW, "name": "Lunch"}])
    programme.lose_ledger()
    assert passes(programme).plan.changes == ()


@pytest.mark.parametrize(("day", "hours"), [("12-10", 1), ("11-26", 24 * 4)])
def test_a_moved_session_is_there_once_when_the_cadence_changes(tmp_path: Path, day: str, hours: int) -> None:
    programme = programme_of(tmp_path)
    moves(programme, day, "12-11 16:00")
    passes(programme)
    page = sessions(programme)["12-11 16:00"].page
    programme.later(hours=hours)
    edits(programme, series=[{**LUNCH, "cadence": ON_TUESDAYS}])
    for _ in range(2):
        passes(programme)
        coming = {day: one for day, one in sessions(programme).items() if programme.now < one.slot.starts_at < LAST}
        assert dates(programme) == sorted(coming)
        assert [one.page for one in coming.values()].count(page) == 1
        programme.later(days=1)
    assert ("12-11 16:00" in dates(programme)) == (day == "11-26"), "only one whose date has gone by stays"


def test_a_session_put_back_takes_place_with_the_same_people(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    people = sessions(programme)["12-03 12:15"].roles
    deletes(programme, "12-03")
    passes(programme)
    assert "12-03 12:15" not in dates(programme)
    with programme.calendar_edited() as calendar:
        del master(calendar)["EXDATE"]
    passes(programme)
    assert dates(programme) == EVERY_LUNCH
    assert sessions(programme)["12-03 12:15"].roles == people


def test_a_session_moved_away_from_a_day_that_is_then_blocked_stays(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    moves(programme, "12-03", "12-04 16:00")
    passes(programme)
    edits(programme, blackouts=[{"dates": "2026-12-03", "reason": "Release"}])
    assert dates(programme) == ["11-26 12:15", "12-04 16:00", *EVERY_LUNCH[2:]] == sorted(sessions(programme))


def test_a_move_into_the_future_seen_late_is_to_come(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    people = sessions(programme)["11-26 12:15"].roles
    moves(programme, "11-26", "12-01 12:15")
    programme.later(days=4)
    for _ in range(2):
        passes(programme)
        assert dates(programme) == ["12-01 12:15", *EVERY_LUNCH[1:]]
        found = sessions(programme)["12-01 12:15"]
        assert (found.state, found.roles) == (State.ANNOUNCED, people)


@pytest.mark.parametrize("exdate", [True, False])
def test_a_deletion_seen_late_is_a_cancellation(tmp_path: Path, exdate: bool) -> None:
    programme = programme_of(tmp_path)
    deletes(programme, "11-26", exdate)
    passes(programme, days=4)
    found = programme.memory().sessions["platform/lunch/2026-11-26T12:15"]
    assert (found.state, found.note) == (State.CANCELLED, DELETED)


def test_a_session_cannot_be_moved_into_the_past(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    decision = {"series": "Lunch", "on": "2026-12-03", "move_to": "2026-11-20 12:00"}
    assert programme.edit({**programme.team, "sessions": [decision]})
    with pytest.raises(Stopped, match="Lunch on 2026-12-03 cannot be moved to 2026-11-20 12:00, which has gone by"):
        programme.apply()
    assert dates(programme) == EVERY_LUNCH


def test_a_session_moved_to_an_earlier_date_stays_there_when_that_has_gone_by(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-12-03", "move_to": "2026-12-01 12:00"}])
    passes(programme, days=9)
    assert programme.memory().sessions["platform/lunch/2026-12-03T12:15"].state is State.HELD
    programme.lose_ledger()
    passes(programme)
    assert programme.memory().sessions["platform/lunch/2026-12-03T12:15"].state is State.HELD
    assert dates(programme) == EVERY_LUNCH[2:]


def test_the_earlier_sessions_of_a_series_that_starts_earlier_appear(tmp_path: Path) -> None:
    cadence = {**WEEKLY, "starts": "2026-12-10"}
    programme = programme_of(tmp_path, series=[{**LUNCH, "cadence": cadence}])
    assert dates(programme) == EVERY_LUNCH[2:]
    edits(programme, series=[{**LUNCH, "cadence": {**cadence, "starts": "2026-11-26"}}])
    assert dates(programme) == EVERY_LUNCH == sorted(sessions(programme))


def test_who_declines_the_whole_series_has_no_turn_in_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    with programme.calendar_edited() as calendar:
        (bob,) = (one for one in master(calendar).attendees if "bob" in str(one))
        bob.params["PARTSTAT"] = "DECLINED"
    passes(programme)
    for one in sessions(programme).values():
        assert set(one.roles.values()) == {"ada@example.com", "dan@example.com"}


def test_a_series_taken_out_while_the_ledger_was_lost_is_ended(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    programme.lose_ledger()
    edits(programme, series=[LUNCH])
    assert dates(programme) == EVERY_LUNCH


def test_what_is_new_on_the_day_the_ledger_was_lost_is_told_on_the_next(tmp_path: Path) -> None:
    *others, dan = TEAM["members"]
    programme = programme_of(tmp_path, members=[*others, {**dan, "mute": ["questions", "welcome"]}])
    programme.lose_ledger()
    passes(programme, hours=1)
    sent = len(programme.mails())
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-12-03", "cancel": "Off-site"}])
    assert len(programme.mails()) == sent + 1, "only Dan had no digest that day"
    passes(programme, days=1)
    assert sum("Called off: Lunch on Thursday 2026-12-03" in line for line in told(programme)) == 3


def test_a_session_whose_day_is_free_again_takes_place_after_all(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    people = sessions(programme)["12-03 12:15"].roles
    edits(programme, blackouts=[{"dates": "2026-12-03", "reason": "Release"}])
    passes(programme, days=1)
    assert sum("Called off: Lunch on Thursday 2026-12-03" in line for line in told(programme)) == 3
    edits(programme, blackouts=[])
    passes(programme, days=1)
    assert (dates(programme), sessions(programme)["12-03 12:15"].roles) == (EVERY_LUNCH, people)
    assert sum("Takes place after all: Lunch on Thursday 2026-12-03" in line for line in told(programme)) == 3


def test_the_page_of_a_session_that_is_over_says_held(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    path = programme.shown().pages_of[sessions(programme)["11-26 12:15"].page]
    passes(programme, days=4)
    assert "| **Status** | held |" in programme.shown().pages[path]


def test_a_session_moved_past_the_end_of_its_series_is_called_off_with_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    moves(programme, "12-03", "12-11 15:00")
    passes(programme, days=1)
    passes(programme, days=11)
    assert "12-11 15:00" in dates(programme)
    edits(programme, series=[REVIEW])
    assert [*sessions(programme)] == ["11-26 12:15"]
    assert [day for day in dates(programme) if not day.endswith("10:00")] == []


def test_the_first_session_may_be_moved_past_the_second(tmp_path: Path) -> None:
    decision = {"series": "Lunch", "on": "2026-11-26", "move_to": "2026-12-04 09:00"}
    programme = programme_of(tmp_path, sessions=[decision])
    assert dates(programme) == sorted([*EVERY_LUNCH[1:], "12-04 09:00"])


def test_a_date_skipped_before_a_new_time_zone_is_left_alone(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    edits(programme, blackouts=[{"dates": "2026-11-26", "reason": "Release"}])
    edits(programme, timezone="Europe/London")
    assert len(dates(programme)) == len(EVERY_LUNCH) - 1


def test_a_cancellation_that_is_taken_back_leaves_no_trace(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    passes(programme, days=3)
    before = programme.pages()
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-12-03", "cancel": "Off-site"}])
    assert "Off-site" in "".join(programme.pages().values())
    edits(programme, sessions=[])
    assert programme.pages() == before
    assert "Off-site" not in programme.calendar_path.read_text()
    assert sessions(programme)["12-03 12:15"].note == ""


def page_on(programme: Programme, when: str) -> str:
    """Return the path of the page of the lunch that is at a time."""
    return programme.shown().pages_of[sessions(programme)[when].page]


def test_the_boxes_of_a_session_that_was_moved_in_time_wait_for_it_unless_they_name_somebody(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    page = programme.wiki / page_on(programme, "11-26 12:15")
    page.write_text(f"{page.read_text()}\n- [ ] bring the slides by 2026-11-26\n- [ ] @bob order tea by 2026-12-30\n")
    moves(programme, "11-26", "12-02 14:00")
    passes(programme, days=4)
    assert "12-02 14:00" in dates(programme)
    assert [item.text for item in programme.memory().items.values()] == ["order tea"]
    assert [line for line in told(programme) if "bring the slides" in line] == []


def test_the_items_of_a_session_follow_its_page_to_another_slot(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    moves(programme, "12-03", "11-25 15:00")
    passes(programme, days=1)
    programme.hands.adds_item(page_on(programme, "11-25 15:00"), "bob", "bring the slides", date(2026, 12, 1))
    passes(programme, days=1, hours=5, minutes=10)
    assert [item.text for item in programme.memory().items.values()] == ["bring the slides"]
    moves(programme, "12-03", "12-04 15:00")
    passes(programme, minutes=10)
    edits(programme, series=[{**LUNCH, "cadence": ON_TUESDAYS}])
    passes(programme, days=6)
    (item,) = programme.memory().items.values()
    assert item.session in programme.memory().sessions


def test_the_pages_of_a_series_that_is_given_up_say_so(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    path = "2026-11-24-1000-review.md"
    assert "| **Status** | announced |" in programme.pages()[path]
    edits(programme, series=[LUNCH])
    page = programme.pages()[path]
    assert "| **Status** | cancelled: the series has ended |" in page
    assert "Facilitator" not in page.partition("peerloop:end")[0]
    edits(programme, series=[LUNCH, REVIEW])
    assert "| **Status** | announced |" in programme.pages()[path]
