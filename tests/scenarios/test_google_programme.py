"""Whole passes on Google Calendar: what they cost, what people did there, what goes wrong on the way."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.load import load_team
from config.operator import operator_model
from daemon.model import Kind
from daemon.plan.guards import Allowance, Stopped
from daemon.plan.plan import Action
from integrations import calendar, kinds
from integrations.google_calendar.marks import series_id
from tests import soak
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import ADA, BOB, CALENDAR, CLEO, MONDAY, Client
from tests.scenarios.google_programme import OTHERWISE, SERIES, TEAM, GoogleProgramme, stand_in, with_cadence
from tests.scenarios.programme import ZONE, heard_of

DAN = "dan@example.com"
THURSDAY = datetime(2027, 3, 18, 12, 15, tzinfo=ZONE)


@pytest.fixture(params=[{}, OTHERWISE], ids=["strict", "generous"])
def google(request: pytest.FixtureRequest) -> Iterator[GoogleCalendarServer]:
    with stand_in(request.param) as google:
        yield google


@pytest.fixture
def programme(google: GoogleCalendarServer, tmp_path: Path) -> GoogleProgramme:
    return GoogleProgramme(google, tmp_path)


def team(**more: Any) -> dict[str, Any]:
    return {**TEAM, **more}


# what it costs


def test_a_cold_start_is_cheap_and_invites_once(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    outcome = programme.run()
    assert outcome.errors == ()
    assert outcome.plan.count(Action.CREATE) == 3  # the series, the home page, and the page of the nearest session
    assert programme.asked.counted.round_trips <= 5
    assert programme.asked.counted.quota_units <= 16
    assert len([one for one in programme.events.values() if "recurringEventId" in one]) == 12
    assert programme.mailed == {(ADA, "invite"): 1, (BOB, "invite"): 1, (CLEO, "invite"): 1}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_pass_with_nothing_to_do_costs_one_request(programme: GoogleProgramme, restarted: bool) -> None:
    programme.settle()
    if restarted:
        programme.client.restart()
    assert programme.run().plan.changes == ()
    assert programme.asked.counted.names == ["events.list"]


def test_a_changed_topic_costs_two_units(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    programme.settle()
    topic = {"title": "Ingress <b> & co", "owner": BOB}
    decision = {"series": "Lunch & Learn", "on": "2027-03-18", "topic": "Ingress <b> & co"}
    programme.edit(team(topics=[topic], sessions=[decision]))
    assert programme.run().errors == ()
    assert programme.asked.counted.names == ["events.list", "events.update"]
    assert programme.asked.counted.quota_units == 2
    assert "Ingress &lt;b&gt; &amp; co" in google.event(CALENDAR, f"{SERIES}_20270318T111500Z")["description"]
    assert programme.settle().plan.findings == ()
    assert programme.mailed.keys() == {(ADA, "invite"), (BOB, "invite"), (CLEO, "invite")}


def test_a_changed_topic_in_a_new_process_reads_the_event_first(programme: GoogleProgramme) -> None:
    programme.settle()
    programme.client.restart()
    decision = {"series": "Lunch & Learn", "on": "2027-03-18", "topic": "Ingress"}
    programme.edit(team(topics=[{"title": "Ingress"}], sessions=[decision]))
    programme.run()
    assert programme.asked.counted.names == ["events.list", "events.get", "events.update"]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_changed_cadence_goes_on_in_another_series(
    google: GoogleCalendarServer, programme: GoogleProgramme, restarted: bool
) -> None:
    programme.settle()
    google.respond(CALENDAR, SERIES, ADA, "accepted")
    programme.later(days=10)
    programme.settle()
    held = google.event(CALENDAR, f"{SERIES}_20270304T111500Z")
    if restarted:
        programme.client.restart()
    programme.edit(with_cadence(every="week", on="tuesday", at="10:00"))
    assert programme.run().errors == ()
    assert programme.asked.counted.round_trips <= 6
    old, new = sorted(programme.masters, key=lambda one: str(one["start"]["dateTime"]))
    assert "UNTIL=20270311T" in old["recurrence"][0]
    assert {guest["email"]: guest["responseStatus"] for guest in old["attendees"]}[ADA] == "accepted"
    assert google.event(CALENDAR, f"{SERIES}_20270304T111500Z") == held
    assert [one["start"]["dateTime"][:10] for one in google.instances(CALENDAR, SERIES)] == ["2027-03-04"]
    assert google.instances(CALENDAR, new["id"], MONDAY + timedelta(weeks=4))[0]["summary"].startswith("Lunch & Learn")
    assert programme.settle().plan.findings == ()
    assert google.left_behind == []
    assert programme.mailed == {
        (guest, kind): 2 if kind == "invite" else 1 for guest in (ADA, BOB, CLEO) for kind in ("invite", "update")
    }  # to each series, and that the first ends
    told = heard_of(programme, "Moved:")
    programme.later(days=1)
    programme.settle()
    assert heard_of(programme, "Moved:")[len(told) :] == 3 * [
        "Moved: Lunch & Learn, until now on Thursdays, 12:15, is now on Tuesdays, 10:00 (Europe/Berlin), "
        "from 2027-03-16 on"
    ]


def test_teams_that_share_a_calendar_share_its_listing(google: GoogleCalendarServer) -> None:
    client = Client(google)
    cursors = {key: client.calendar(key).observe(None).cursor for key in ("platform", "data", "web")}
    asked = len(google.requests)
    assert asked <= 3
    for _ in range(3):
        cursors = {key: client.calendar(key).observe(cursor).cursor for key, cursor in cursors.items()}
        assert len(google.requests) == asked + 1
        asked += 1
    assert len(set(cursors.values())) == 1


# what people do


def test_a_joiner_is_invited_and_a_leaver_taken_off_without_touching_an_answer(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    google.respond(CALENDAR, SERIES, ADA, "accepted")
    google.respond(CALENDAR, SERIES, ADA, "tentative", THURSDAY)
    members = [one for one in TEAM["members"] if one["email"] != BOB] + [{"name": "Dan Brown", "email": DAN}]
    programme.edit(team(members=members))
    programme.settle()
    for event in (SERIES, f"{SERIES}_20270318T111500Z"):
        answers = {one["email"]: one["responseStatus"] for one in google.event(CALENDAR, event)["attendees"]}
        assert answers.keys() == {ADA, CLEO, DAN}
        assert answers[ADA] == ("accepted" if event == SERIES else "tentative")
    assert programme.mailed[(DAN, "invite")] == 1
    assert programme.mailed[(BOB, "cancel")] == 1
    assert programme.mailed[(ADA, "invite")] == 1


def test_a_guest_outside_google_sees_who_leads_with_few_mails(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    google.behaviour.outside_google = {BOB}
    programme.settle()
    for _ in range(7):
        programme.later(days=1)
        programme.settle()
    coming = programme.memory().sessions["platform/lunch-learn/2027-03-11T12:15"]
    seen = google.world.copies[BOB, f"{SERIES}_20270311T111500Z"]
    names = {one["email"]: one["name"] for one in TEAM["members"]}
    assert all(names[email] in seen["description"] for email in coming.roles.values())
    assert programme.mailed == {
        (ADA, "invite"): 1,
        (BOB, "invite"): 1,
        (CLEO, "invite"): 1,
        (BOB, "update"): 2,  # each session once, when it is near
    }
    programme.edit(team(members=[one for one in TEAM["members"] if one["email"] not in (BOB, CLEO)]))
    programme.settle()
    assert google.world.copies[BOB, SERIES] == {}
    assert programme.mailed[(CLEO, "cancel")] == 1
    assert google.left_behind == []


def test_who_joins_is_invited_to_the_sessions_whose_writing_failed(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    members = [*TEAM["members"], {"name": "Dan Brown", "email": DAN}]
    decision = {"series": "Lunch & Learn", "on": "2027-03-18", "topic": "Ingress"}
    programme.edit(team(members=members, topics=[{"title": "Ingress"}], sessions=[decision]))
    decided = 12 if google.behaviour.batch_order == "reversed" else 1
    google.faults.fail(nth=decided, on="events.update", done=False, in_batch=True)
    google.faults.fail(times=4, on="events.update", done=False)
    assert programme.run().errors
    google.faults.clear()
    programme.settle()
    for event in programme.events.values():
        assert DAN in {guest["email"] for guest in event["attendees"]}, event["id"]
    assert programme.mailed[(DAN, "invite")] == 1


def test_who_declines_is_replaced(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    outcome = programme.settle()
    session = outcome.memory.sessions["platform/lunch-learn/2027-03-18T12:15"]
    declined = next(iter(session.roles.values()))
    google.respond(CALENDAR, SERIES, declined, "declined", THURSDAY)
    outcome = programme.settle()
    assert declined not in outcome.memory.sessions[session.key].roles.values()
    answers = google.event(CALENDAR, f"{SERIES}_20270318T111500Z")["attendees"]
    assert {one["email"]: one["responseStatus"] for one in answers}[declined] == "declined"


def test_what_people_add_and_edit_survives(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    programme.settle()
    added = {
        "location": "Room 1",
        "colorId": "5",
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]},
        "attachments": [{"fileUrl": "https://example.com/slides", "title": "Slides"}],
    }
    theirs = google.event(CALENDAR, f"{SERIES}_20270318T111500Z")["extendedProperties"]["private"]
    properties = {"private": {**theirs, "robot": "mine"}, "shared": {"other": "theirs"}}
    google.edit(CALENDAR, SERIES, THURSDAY, summary="Cake!", extendedProperties=properties, **added)
    decision = {"series": "Lunch & Learn", "on": "2027-03-18", "topic": "Ingress"}
    programme.edit(team(topics=[{"title": "Ingress"}], sessions=[decision]))
    outcome = programme.settle()
    event = google.event(CALENDAR, f"{SERIES}_20270318T111500Z")
    assert event["summary"] == "Cake!"
    assert "Ingress" in event["description"]
    assert {name: event[name] for name in added} == added
    assert event["extendedProperties"]["private"]["robot"] == "mine"
    assert event["extendedProperties"]["shared"] == {"other": "theirs"}
    assert ["title" in one.key or "summary" in one.key for one in outcome.plan.findings] == [True]


def test_moved_and_deleted_sessions_are_taken_on(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    programme.settle()
    google.move(CALENDAR, SERIES, THURSDAY + timedelta(hours=3), original_start=THURSDAY)
    google.delete(CALENDAR, SERIES, THURSDAY + timedelta(weeks=1))
    outcome = programme.settle()
    moved = outcome.memory.sessions["platform/lunch-learn/2027-03-18T12:15"]
    assert moved.slot.starts_at == THURSDAY + timedelta(hours=3)
    assert not outcome.memory.sessions["platform/lunch-learn/2027-03-25T12:15"].takes_place
    programme.client.restart()
    assert programme.run().plan.changes == ()


def test_a_series_that_a_person_ended_is_left_alone(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    programme.settle()
    google.end(CALENDAR, SERIES, THURSDAY)
    outcome = programme.settle()
    going_on = [key[-16:] for key, one in outcome.memory.sessions.items() if one.takes_place]
    assert going_on == ["2027-03-04T12:15", "2027-03-11T12:15"]
    programme.later(weeks=1)
    outcome = programme.run()
    assert outcome.errors == ()
    written = [change.resource.key for change in outcome.plan.of({Kind.SERIES, Kind.SESSION})]
    assert written == ["platform/lunch-learn/2027-03-11T12:15"]  # its page has been opened; nothing after the end
    assert [finding.key for finding in outcome.plan.findings] == ["platform/lunch-learn/1/until"]


def test_a_holiday_is_a_cancelled_date_and_comes_back_with_its_decision(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.edit(team(blackouts=[{"dates": "2027-03-18", "reason": "Moving house"}]))
    programme.settle()
    assert programme.google.event(CALENDAR, f"{SERIES}_20270318T111500Z")["status"] == "cancelled"
    assert google.left_behind == []
    programme.edit(TEAM)
    programme.settle()
    event = google.event(CALENDAR, f"{SERIES}_20270318T111500Z")
    assert event["status"] == "confirmed"
    assert {one["email"] for one in event["attendees"]} == {ADA, BOB, CLEO}
    assert event["start"]["dateTime"].startswith("2027-03-18T12:15")


def test_a_meet_link_is_asked_for_once_and_stays(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    google.behaviour.meet_pending = True
    programme.edit(team(calendar={**TEAM["calendar"], "meet": True}))
    programme.settle()
    link = google.event(CALENDAR, SERIES)["hangoutLink"]
    decision = {"series": "Lunch & Learn", "on": "2027-03-18", "topic": "Ingress"}
    programme.edit({**programme.team, "topics": [{"title": "Ingress"}], "sessions": [decision]})
    programme.settle()
    assert google.event(CALENDAR, f"{SERIES}_20270318T111500Z")["conferenceData"]["entryPoints"][0]["uri"] == link


def test_sessions_keep_the_wall_clock_over_summer_time(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    starts = [one["start"]["dateTime"] for one in google.instances(CALENDAR, SERIES, MONDAY + timedelta(weeks=11))]
    walls = {datetime.fromisoformat(one).astimezone(ZONE).strftime("%a %H:%M") for one in starts}
    assert walls == {"Thu 12:15"}
    assert {datetime.fromisoformat(one).astimezone(ZONE).utcoffset() for one in starts} == {
        timedelta(hours=1),
        timedelta(hours=2),
    }


# what goes wrong


def test_a_ledger_that_was_lost_is_rebuilt_from_the_marks(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.edit(team(blackouts=[{"dates": "2027-03-18", "reason": "Moving house"}]))
    before = programme.settle().memory.sessions
    (Path(programme.operator.data) / "ledger.db").unlink()
    programme.client.restart()
    after = programme.settle().memory.sessions
    assert {key: one.roles for key, one in after.items()} == {key: one.roles for key, one in before.items()}
    assert not after["platform/lunch-learn/2027-03-18T12:15"].takes_place
    assert len(programme.masters) == 1
    assert programme.mailed[(ADA, "invite")] == 1


def test_a_calendar_from_which_everything_has_gone_stops(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    google.delete(CALENDAR, SERIES)
    google.expire_sync_tokens()
    with pytest.raises(Stopped, match="shows 0"):
        programme.run()
    assert programme.masters == []


def test_a_forgotten_sync_token_is_no_news(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    programme.settle()
    google.expire_sync_tokens()
    assert programme.run().plan.changes == ()
    assert programme.asked.counted.names == ["events.list", "events.list"]


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("on", ["events.insert", "batch", "events.instances"])
def test_lost_answers_in_a_cold_start_leave_no_trace(
    google: GoogleCalendarServer, programme: GoogleProgramme, on: str, done: bool
) -> None:
    google.faults.lose_answer(on=on, done=done)
    assert programme.run().errors == ()
    programme.settle()
    assert len(programme.masters) == 1
    assert len([one for one in programme.events.values() if "recurringEventId" in one]) == 12
    assert programme.mailed == {(ADA, "invite"): 1, (BOB, "invite"): 1, (CLEO, "invite"): 1}


@soak.soaked
@pytest.mark.parametrize("inner", [True, False])
@pytest.mark.parametrize("nth", soak.either([1, 9], [1, 4, 9, 13]))
@pytest.mark.parametrize("done", [True, False])
def test_failing_writes_in_a_cadence_change_leave_the_same_calendar(
    google: GoogleCalendarServer, programme: GoogleProgramme, nth: int, done: bool, inner: bool
) -> None:
    programme.settle()
    programme.later(days=10)
    programme.settle()
    programme.edit(with_cadence(every="week", on="tuesday", at="10:00"))
    google.faults.fail(nth=nth, times=2, on="events.", done=done, in_batch=inner)
    programme.run()
    programme.settle()
    assert len(programme.masters) == 2
    assert [one["start"]["dateTime"][:10] for one in google.instances(CALENDAR, SERIES)] == ["2027-03-04"]
    assert programme.mailed[(ADA, "invite")] == 2
    assert programme.mailed[(ADA, "cancel")] == 0
    assert programme.mailed[(ADA, "update")] == 1  # the first series ends
    assert google.left_behind == []


def test_a_dead_calendar_leaves_the_pages_alone_and_says_why(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    google.faults.refuse("notFound", times=99)
    (error,) = programme.run().errors
    assert "knows no calendar" in error
    assert "team@group.calendar.google.com" in error


def test_what_was_deleted_comes_back_in_the_next_generation(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    google.delete(CALENDAR, SERIES)
    google.expire_sync_tokens()  # restoring needs a full listing
    google.add_event(CALENDAR, "Dentist", MONDAY, MONDAY + timedelta(hours=1))
    outcome = programme.run(Allowance(restore=True))
    assert outcome.errors == ()
    (master,) = programme.masters
    assert master["id"] == series_id("platform/lunch-learn/1", CALENDAR, 1)
    programme.client.restart()
    programme.settle()


def test_the_operators_file_leads_to_google(google: GoogleCalendarServer, tmp_path: Path) -> None:
    programme = GoogleProgramme(google, tmp_path)
    loaded = load_team(programme.path)
    assert loaded.team
    operator = operator_model(kinds()).model_validate(
        {"connections": {"google": {"kind": "google-calendar", "api_endpoint": google.api_endpoint}}}
    )
    port = calendar(operator, lambda _team: MONDAY, loaded.team, "platform")
    assert port.observe(None).seen == ()
    assert google.requests.names == ["events.list"]


def test_googles_libraries_are_loaded_only_where_they_are_used() -> None:
    libraries = ("google.", "googleapiclient", "httplib2", "requests", "urllib3")
    code = (
        "import sys, integrations.google_calendar.ports; "
        f"print([name for name in sys.modules if name.startswith({libraries})])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600)
    assert done.stdout == "[]\n"


def test_a_page_links_its_event_from_the_start(programme: GoogleProgramme) -> None:
    programme.settle()
    (page,) = (text for path, text in programme.pages().items() if "lunch" in path)
    assert "| **When** | [Thursday 2027-03-04" in page
    assert "](https://www.google.com/calendar/event?eid=" in page
