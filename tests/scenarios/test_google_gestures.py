"""What people do in Google Calendar every day, and what its listings leave out: nobody hears what is not so."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from daemon.learn.by_hand import who_declined
from daemon.loop import World
from daemon.model import Kind, Session
from daemon.model.memory import Memory
from daemon.ports import Calendar
from integrations.google_calendar.marks import instance_id
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import ADA, BOB, CALENDAR, CLEO, Client
from tests.scenarios.disturbances import Between, Killed
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


# a listing that lags


def is_exception(item: dict[str, Any]) -> bool:
    return "recurringEventId" in item


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("misses", [is_exception, lambda item: not is_exception(item), lambda item: True])
def test_a_listing_that_lags_behind_our_own_write_is_no_news(
    google: GoogleCalendarServer, programme: GoogleProgramme, misses: Callable[[dict[str, Any]], bool], restarted: bool
) -> None:
    before = programme.run().memory.sessions
    if restarted:
        programme.client.restart()
    google.faults.lagging_listing(misses)
    for days in (0, 0, 1):
        programme.later(days=days)
        outcome = programme.run()
        assert (outcome.errors, outcome.plan.changes, outcome.plan.findings) == ((), (), ())
        assert outcome.memory.sessions == before
    assert heard_of(programme, "Called off", "Takes place after all") == []


def test_a_session_called_off_before_a_listing_that_lags_stays_so(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    google.delete(CALENDAR, SERIES, THURSDAY)
    programme.settle()
    google.expire_sync_tokens()
    google.faults.lagging_listing(is_exception, nth=2)
    assert programme.run().plan.changes == ()
    assert not programme.memory().sessions["platform/lunch-learn/2027-03-18T12:15"].takes_place
    programme.later(days=1)
    programme.run()
    assert len(heard_of(programme, "Called off")) == 3  # once everybody
    assert heard_of(programme, "Takes place after all") == []


def gives_to(programme: GoogleProgramme, *members: str) -> str:
    """Let the lead decide who presents on that Thursday, another than now; return their name."""
    session = programme.memory().sessions["platform/lunch-learn/2027-03-18T12:15"]
    presenter = next(one for one in members if one != session.roles["presenter"])
    decision = {"series": "Lunch & Learn", "on": "2027-03-18", "presenter": presenter}
    assert programme.edit({**programme.team, "sessions": [decision]})
    return str(next(one["name"] for one in programme.team["members"] if one["email"] == presenter))


def presenter_on(google: GoogleCalendarServer) -> str:
    """Return who presents on that Thursday, as people read it in the calendar."""
    return str(google.event(CALENDAR, on_thursday())["description"].partition("Presenter: ")[2].partition("\n")[0])


def written_then_killed(world: World) -> World:
    """Let the process end right after it has written to the calendar."""

    def around(write: Callable[[], object]) -> None:
        write()
        raise Killed

    return replace(
        world, calendar=lambda *told: cast(Calendar, Between(world.calendar(*told), frozenset({"write"}), around))
    )


def on_thursday() -> str:
    return instance_id(SERIES, THURSDAY)


@pytest.mark.parametrize("restarted", [False, True])
def test_who_joins_before_a_listing_that_lags_is_in_nobody_s_way(
    google: GoogleCalendarServer, programme: GoogleProgramme, restarted: bool
) -> None:
    programme.settle()
    dan = {"name": "Dan Brown", "email": DAN, "excused": ["presenter", "facilitator"]}
    programme.edit({**programme.team, "members": [*programme.team["members"], dan]})
    programme.run()
    if restarted:
        programme.client.restart()
    google.faults.lagging_listing(is_exception)
    programme.settle()
    name = gives_to(programme, ADA, BOB)
    assert programme.run().errors == ()
    assert presenter_on(google) == name
    assert DAN in {guest["email"] for guest in google.event(CALENDAR, on_thursday())["attendees"]}


@pytest.mark.parametrize("restarted", [False, True])
def test_what_a_listing_never_showed_is_looked_for_once_a_write_has_met_it(
    google: GoogleCalendarServer, programme: GoogleProgramme, restarted: bool
) -> None:
    programme.settle()
    google.edit(CALENDAR, SERIES, THURSDAY, summary="Bring your own cake")
    google.faults.lagging_listing(is_exception)
    programme.settle()
    name = gives_to(programme, ADA, BOB)
    if restarted:
        programme.client.restart()
    (error,) = programme.run().errors
    assert error.startswith("“Lunch & Learn") and "is not any more as the calendar showed it" in error
    assert error.endswith("the next pass looks again.")
    assert programme.run().errors == ()
    assert presenter_on(google) == name
    assert google.event(CALENDAR, on_thursday())["summary"] == "Bring your own cake"
    assert programme.settle().plan.changes == ()


def test_a_session_whose_removal_a_listing_never_showed_is_called_off_once_a_write_has_missed_it(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    google.delete(CALENDAR, SERIES, THURSDAY)
    google.faults.lagging_listing(is_exception)
    programme.settle()
    gives_to(programme, ADA, BOB)
    assert len(programme.run().errors) == 1
    assert programme.settle().plan.changes == ()
    assert not programme.memory().sessions["platform/lunch-learn/2027-03-18T12:15"].takes_place


def test_a_pass_of_another_process_is_in_no_way_of_a_running_one(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    running, programme.client = programme.client, Client(google)
    gives_to(programme, ADA, BOB)
    programme.settle()
    programme.client = running
    name = gives_to(programme, ADA, BOB)
    assert programme.run().errors == ()
    assert presenter_on(google) == name


def test_what_a_killed_process_wrote_before_a_listing_that_lags_is_found(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    gives_to(programme, ADA, BOB)
    with pytest.raises(Killed):
        programme.apply(written_then_killed)
    google.faults.lagging_listing(is_exception)
    name = gives_to(programme, CLEO)
    programme.run()
    assert programme.run().errors == ()
    assert presenter_on(google) == name


# a whole series moved, and what comes back


def moves_all_events(google: GoogleCalendarServer, to: datetime, days: str) -> None:
    """Let a person drag the first session to another time, and choose "all events"."""
    end = to + timedelta(minutes=45)
    told = {"dateTime": to.isoformat(), "timeZone": "Europe/Berlin"}
    until = {"dateTime": end.isoformat(), "timeZone": "Europe/Berlin"}
    google.edit(CALENDAR, SERIES, start=told, end=until, recurrence=[f"RRULE:FREQ=WEEKLY;BYDAY={days}"])


def test_a_series_that_a_person_moved_onto_a_holiday_has_one_session_less(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.edit({**TEAM, "holidays": {"country": "DE"}, "rotation": {"ahead": "4 weeks"}})
    before = by_time(programme.settle().memory)
    moves_all_events(google, datetime(2027, 3, 5, 10, tzinfo=ZONE), "FR")
    after = [one for one in by_time(programme.settle().memory) if one.takes_place]
    assert [one.roles for one in after] == [one.roles for one in before[:-1]]
    assert after[-1].slot.day == before[-1].slot.day - timedelta(days=6), "the last one would be on Good Friday"


def test_a_series_that_a_person_lets_begin_a_week_later_keeps_its_other_sessions(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    before = by_time(programme.settle().memory)
    moves_all_events(google, before[1].slot.starts_at, "TH")
    after = [one for one in by_time(programme.settle().memory) if one.takes_place]
    assert [(one.key, one.roles) for one in after[: len(before) - 1]] == [(one.key, one.roles) for one in before[1:]]
    programme.later(days=1)
    assert "starts: 2027-03-11" in programme.settle().plan.findings[0].text
    assert all(f"{before[0].slot.day}" in line for line in heard_of(programme, "Called off"))


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(
    ("to", "on"),
    [
        (datetime(2027, 3, 4, 15, tzinfo=ZONE), "thursday"),
        (datetime(2027, 3, 2, 10, tzinfo=ZONE), "tuesday"),
        (datetime(2027, 3, 5, 10, tzinfo=ZONE), "friday"),
    ],
)
def test_a_series_that_a_person_moved_goes_on_at_its_new_time(
    google: GoogleCalendarServer, programme: GoogleProgramme, to: datetime, on: str, restarted: bool
) -> None:
    before = by_time(programme.settle().memory)
    moves_all_events(google, to, on[:2].upper())
    if restarted:
        programme.client.restart()
    programme.settle()
    outcome = programme.run()
    assert outcome.plan.changes == ()
    (finding,) = outcome.plan.findings
    assert f'cadence: {{every: week, on: {on}, at: "{to:%H:%M}"}}' in finding.text
    for _ in range(2):
        programme.later(days=1)
        assert [one.key for one in programme.settle().plan.findings] == [finding.key]
    goes_on_as(programme, before, to)
    told = heard_of(programme, "Moved:")
    assert all(to.strftime("%H:%M") in text.partition(" is now on ")[2] for text in told)
    assert told
    programme.edit(with_cadence(every="week", on=on, at=f"{to:%H:%M}"))
    outcome = programme.run()
    assert (outcome.plan.of({Kind.SERIES, Kind.SESSION}), outcome.plan.findings) == ((), ())
    programme.later(days=1)
    programme.settle()
    goes_on_as(programme, before, to)
    assert heard_of(programme, "Moved:") == told


def test_a_series_that_a_person_moved_and_moved_back_is_as_before(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    before = by_time(programme.settle().memory)
    first = datetime(2027, 3, 4, 12, 15, tzinfo=ZONE)
    moves_all_events(google, datetime(2027, 3, 2, 10, tzinfo=ZONE), "TU")
    programme.settle()
    moves_all_events(google, first, "TH")
    assert programme.settle().plan.findings == ()
    goes_on_as(programme, before, first)


def test_the_lead_may_write_another_time_than_the_person_chose(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    before = by_time(programme.settle().memory)
    moves_all_events(google, datetime(2027, 3, 2, 10, tzinfo=ZONE), "TU")
    programme.settle()
    programme.edit(with_cadence(every="week", on="friday", at="09:00"))
    assert programme.settle().plan.findings == ()
    goes_on_as(programme, before, datetime(2027, 3, 5, 9, tzinfo=ZONE))


def by_time(memory: Memory) -> list[Session]:
    """Return the sessions that take place, in order."""
    return [one for one in memory.by_start() if one.takes_place]


def goes_on_as(programme: GoogleProgramme, before: list[Session], first: datetime) -> None:
    """Expect the same sessions, weekly from a first one on, in the calendar too, and that nobody hears otherwise."""
    after = by_time(programme.memory())
    assert [one.slot.starts_at for one in after[:12]] == [first + timedelta(weeks=week) for week in range(12)]
    said = [(one.roles, one.topic, one.page) for one in after]
    assert said[:12] == [(one.roles, one.topic, one.page) for one in before]
    shown = [one for one in programme.events.values() if "originalStartTime" in one and one["status"] == "confirmed"]
    starts = sorted(datetime.fromisoformat(one["start"]["dateTime"]) for one in shown)
    assert starts[:12] == [one.slot.starts_at for one in after[:12]]
    assert all(one["summary"].startswith("Lunch & Learn: ") for one in shown)
    assert heard_of(programme, "Called off", "Takes place after all") == []


@pytest.mark.parametrize("seen_between", [True, False])
def test_a_session_that_comes_back_from_the_bin_takes_place_again(
    google: GoogleCalendarServer, programme: GoogleProgramme, seen_between: bool
) -> None:
    before = programme.settle().memory.sessions
    google.delete(CALENDAR, SERIES, THURSDAY)
    if seen_between:
        programme.settle()
    google.bring_back(CALENDAR, SERIES, THURSDAY)
    assert programme.settle().memory.sessions == before
    programme.later(days=1)
    programme.settle()
    says_nothing_of_a_deletion(programme)
    assert (len(heard_of(programme, "Called off")), len(heard_of(programme, "Takes place"))) == (0, 0)


def test_a_session_that_comes_back_after_everybody_heard_that_it_is_called_off(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    before = programme.settle().memory.sessions
    google.delete(CALENDAR, SERIES, THURSDAY)
    programme.settle()
    programme.later(days=1)
    programme.settle()
    assert len(heard_of(programme, "Called off")) == 3
    google.bring_back(CALENDAR, SERIES, THURSDAY)
    assert programme.settle().memory.sessions == before
    programme.later(days=1)
    programme.settle()
    says_nothing_of_a_deletion(programme)
    assert len(heard_of(programme, "Takes place after all")) == 3


@pytest.mark.parametrize("seen_between", [True, False])
def test_a_series_that_comes_back_from_the_bin_takes_place_again(
    google: GoogleCalendarServer, programme: GoogleProgramme, seen_between: bool
) -> None:
    before = programme.settle().memory.sessions
    shown = google.event(CALENDAR, f"{SERIES}_20270318T111500Z")
    google.delete(CALENDAR, SERIES)
    if seen_between:
        outcome = programme.settle()
        assert [finding.key for finding in outcome.plan.findings] == ["platform/lunch-learn/1/gone"]
        assert not any(one.takes_place for one in outcome.memory.sessions.values())
    google.bring_back(CALENDAR, SERIES)
    outcome = programme.settle()
    assert outcome.plan.findings == ()
    assert outcome.memory.sessions == before
    again = google.event(CALENDAR, f"{SERIES}_20270318T111500Z")
    assert {name: again[name] for name in ("summary", "description", "status")} == {
        name: shown[name] for name in ("summary", "description", "status")
    }
    programme.later(days=1)
    programme.settle()
    says_nothing_of_a_deletion(programme)
    assert heard_of(programme, "Called off", "Takes place after all") == []


def says_nothing_of_a_deletion(programme: GoogleProgramme) -> None:
    """Expect that nothing which people see says that something was deleted."""
    shown = [*programme.pages().values(), *(str(one.get("description")) for one in programme.events.values())]
    assert not [text for text in shown if "deleted" in text]
    assert not [one.note for one in programme.memory().sessions.values() if one.note]


# a calendar without Meet


def test_a_calendar_that_allows_no_meet_has_its_series_all_the_same(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    google.behaviour.allows_meet = False
    programme.edit({**TEAM, "calendar": {**TEAM["calendar"], "meet": True}})
    outcome = programme.settle()
    assert len(by_time(outcome.memory)) == 12
    assert len(programme.masters) == 1
    (finding,) = outcome.plan.findings
    assert "has no Meet link" in finding.text and "meet: true" in finding.text
    programme.later(days=1)
    programme.edit({**programme.team, "members": [*TEAM["members"], {"name": "Dan", "email": DAN}]})
    assert programme.settle().plan.findings == (finding,)
    assert programme.mailed[(ADA, "invite")] == 1
    programme.edit(TEAM)
    assert programme.settle().plan.findings == ()


# a guest whom a person took off


def test_a_guest_whom_a_person_took_off_stays_off_until_the_file_says_otherwise(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    staying = [guest for guest in google.event(CALENDAR, SERIES)["attendees"] if guest["email"] != BOB]
    google.edit(CALENDAR, SERIES, attendees=staying)
    programme.settle()
    programme.edit({**TEAM, "members": [*TEAM["members"], {"name": "Dan Brown", "email": DAN}]})
    programme.settle()
    assert invited(google) == {ADA, CLEO, DAN}
    programme.edit({**TEAM, "members": [one for one in TEAM["members"] if one["email"] != BOB]})
    programme.settle()
    assert invited(google) == {ADA, CLEO}
    assert programme.mailed[(BOB, "invite")] == 1
    programme.edit(TEAM)
    programme.settle()
    assert invited(google) == {ADA, BOB, CLEO}
    assert programme.mailed[(BOB, "invite")] == 2


def test_a_guest_whom_a_person_took_off_stays_off_when_the_cadence_changes(
    google: GoogleCalendarServer, programme: GoogleProgramme
) -> None:
    programme.settle()
    staying = [guest for guest in google.event(CALENDAR, SERIES)["attendees"] if guest["email"] != BOB]
    google.edit(CALENDAR, SERIES, attendees=staying)
    programme.settle()
    for day in ("friday", "monday"):
        programme.edit(with_cadence(every="week", on=day, at="09:00"))
        programme.settle()
        (master,) = programme.masters
        assert {guest["email"] for guest in master["attendees"]} == {ADA, CLEO}
    assert programme.mailed[(BOB, "invite")] == 1


def invited(google: GoogleCalendarServer) -> set[str]:
    return {guest["email"] for guest in google.event(CALENDAR, SERIES)["attendees"]}


# the newest answer


def test_the_newest_answer_of_a_guest_counts(google: GoogleCalendarServer, programme: GoogleProgramme) -> None:
    before = by_time(programme.settle().memory)
    mine = [one for one in before if ADA in one.roles.values()]
    thursday = mine[-1].slot.starts_at
    google.respond(CALENDAR, SERIES, ADA, "accepted", thursday)
    programme.later(hours=1)
    programme.settle()
    google.respond(CALENDAR, SERIES, ADA, "declined")
    programme.later(hours=1)
    assert turns_of(ADA, programme.settle().memory) == []
    google.respond(CALENDAR, SERIES, ADA, "tentative", thursday)
    programme.later(hours=1)
    programme.settle()
    assert may_come(ADA, programme.memory()) == [thursday]
    google.respond(CALENDAR, SERIES, ADA, "accepted")
    programme.later(hours=1)
    programme.settle()
    assert len(may_come(ADA, programme.memory())) == 12
    google.respond(CALENDAR, SERIES, ADA, "declined", thursday)
    programme.later(hours=1)
    programme.settle()
    assert thursday not in may_come(ADA, programme.memory())


def turns_of(email: str, memory: Memory) -> list[Session]:
    return [one for one in by_time(memory) if email in one.roles.values()]


def may_come(email: str, memory: Memory) -> list[datetime]:
    """Return when the sessions take place for which somebody counts as one who may come."""
    return [one.slot.starts_at for one in by_time(memory) if email not in who_declined(one.slot, memory)]
