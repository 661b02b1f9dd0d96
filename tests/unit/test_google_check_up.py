"""What `peerloop doctor` finds of a connection to Google Calendar: each step, and each way in which it fails."""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import integrations.google_calendar.ports
from config.secret import Secret
from config.team import Team
from daemon.ports import Refused, Unavailable
from integrations.google_calendar.connection import GoogleCalendar
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_calendar.exchange import Answer
from tests.fakes.google_calendar.faults import Fault
from tests.fakes.google_connection import ADA, BOB, CALENDAR, CLEO, MONDAY, Client
from tests.fakes.proxy import Proxy
from tests.fakes.test_google_sign_in import EVENTS, FREE_BUSY, ROBOT, private_key

ORGANISER = "organiser@example.com"
STEPS = ["it signs in", "it finds the calendar", "it may write", "it may invite", "it may see when people are busy"]


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "Europe/Berlin")
        for email in (ADA, BOB, CLEO):
            google.set_busy(email, [(MONDAY, MONDAY + timedelta(hours=1))])
        yield google
        assert google.complaints == []
        assert google.invitations == []
        left = google.snapshot().get(CALENDAR, {}).values()
        assert [event["status"] for event in left if event["status"] != "cancelled"] == []


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return tmp_path / "google.json"


def client(google: GoogleCalendarServer, secret: Path | None = None, **more: Any) -> Client:
    credentials = {"credentials": Secret(file=secret)} if secret else {}
    return Client(google, more={**credentials, **more})


def person(google: GoogleCalendarServer, secret: Path, *scopes: str) -> str:
    """Let somebody have signed in, and return their token."""
    token = google.refresh_token(ORGANISER, *scopes)
    told = {"refresh_token": token, "token_uri": google.token_uri, "client_id": "client", "client_secret": "secret"}
    secret.write_text(json.dumps(told))
    return token


def robot(google: GoogleCalendarServer, secret: Path, *, delegation: bool) -> None:
    """Let there be a service account, and its key."""
    google.add_service_account(ROBOT, delegation=delegation)
    told = {"type": "service_account", "client_email": ROBOT, "token_uri": google.token_uri}
    secret.write_text(json.dumps({**told, "private_key": private_key()}))


def looked(client: Client, id: str = CALENDAR) -> tuple[list[bool | None], str]:
    """Return how each step went, and what was told of all of them."""
    checks = list(client.calendar(id=id).check_up())
    assert [check.what for check in checks] == STEPS
    assert all(check.text for check in checks if check.well is False)
    return [check.well for check in checks], "\n".join(check.text for check in checks)


def test_all_is_well(google: GoogleCalendarServer, secret: Path) -> None:
    person(google, secret, EVENTS, FREE_BUSY)
    mine = client(google, secret)
    cursor = mine.calendar().observe(None).cursor
    assert looked(mine) == ([True] * 5, f"\n{CALENDAR}, Europe/Berlin\n\n\n")
    assert mine.calendar().observe(cursor).seen == ()
    assert {left.guest for left in google.left_behind} == {"peerloop-doctor@example.invalid"}


def test_no_sign_in(google: GoogleCalendarServer, secret: Path) -> None:
    wells, told = looked(client(google, secret))
    assert wells == [False, None, None, None, None]
    assert f"the secret file:{secret} cannot be read" in told
    assert google.requests == []


def test_what_is_no_sign_in(google: GoogleCalendarServer, secret: Path) -> None:
    secret.write_text(json.dumps(google.client))
    wells, told = looked(client(google, secret))
    assert wells == [False, None, None, None, None]
    assert "neither the key of a service account nor the token of `peerloop auth google`" in told


def test_a_dead_token(google: GoogleCalendarServer, secret: Path) -> None:
    google.kill_token(person(google, secret))
    wells, told = looked(client(google, secret))
    assert wells == [False, None, None, None, None]
    assert "does not hold any more" in told
    assert "peerloop auth google" in told


def test_google_is_not_reached(google: GoogleCalendarServer, secret: Path) -> None:
    person(google, secret)
    google.faults.fail(times=99, on="token", done=False)
    wells, told = looked(client(google, secret))
    assert wells == [False, None, None, None, None]
    assert "is out of order for the connection “google”, or a proxy answers for it: Backend Error. The next" in told


def test_google_is_there_while_one_calendar_fails(google: GoogleCalendarServer, secret: Path) -> None:
    person(google, secret)
    calendar = client(google, secret).calendar()
    google.faults.fail(times=99, on="events.list", done=False)
    with pytest.raises(Unavailable):
        calendar.observe(None)
    calendar.ping()
    google.faults.fail(times=99, on="freebusy.query", done=False)
    with pytest.raises(Unavailable):
        calendar.ping()


def test_what_leads_to_a_proxy_is_heeded(
    google: GoogleCalendarServer, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    google.url = google.url.replace("127.0.0.1", "google.example.test")
    person(google, secret)
    with Proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert all(looked(client(google, secret))[0])
        assert {*proxy.asked} == {urlsplit(google.url).netloc}
        asked = len(proxy.asked)
        monkeypatch.setenv("no_proxy", "example.test")
        assert not any(looked(client(google, secret))[0])  # nobody but the proxy knows that name
        assert len(proxy.asked) == asked


def test_a_token_that_is_none_is_no_dead_sign_in(google: GoogleCalendarServer, secret: Path) -> None:
    person(google, secret)
    google.faults.plan(Fault(False, lambda _: Answer.of(200, {"access_token": 5, "expires_in": 3600})), 1, 99, "token")
    wells, told = looked(client(google, secret))
    assert wells == [False, None, None, None, None]
    assert "is out of order for the connection “google”, or a proxy answers for it" in told
    assert "Sign in again" not in told


@pytest.mark.parametrize("status", [502, 504, 403, 404])
@pytest.mark.parametrize("of", ["person", "robot"])
def test_a_web_page_for_a_sign_in_is_no_dead_sign_in(
    google: GoogleCalendarServer, secret: Path, of: str, status: int
) -> None:
    if of == "person":
        person(google, secret)
    else:
        robot(google, secret, delegation=True)
    google.faults.html(times=99, on="token", status=status)
    wells, told = looked(client(google, secret, **({"subject": ORGANISER} if of == "robot" else {})))
    assert wells == [False, None, None, None, None]
    assert "is out of order for the connection “google”, or a proxy answers for it" in told
    assert "a web page was answered, “Sign in”. The next pass tries again." in told
    google.faults.clear()
    assert looked(client(google, secret, **({"subject": ORGANISER} if of == "robot" else {})))[0][0]


REFUSALS = {
    "admin_policy_enforced": ("Access to your account data is restricted by policies.", 400, "App access control"),
    "deleted_client": ("The OAuth client was deleted.", 401, "within 30 days"),
    "invalid_client": ("Unauthorized", 401, "Download its file anew"),
    "unauthorized_client": ("Unauthorized", 401, "Sign in again"),
    "access_denied": ("Account restricted", 400, "an administrator of the domain"),
    "invalid_scope": ("Bad\nRequest", 400, "Sign in again"),
    "invalid_grant": ("Token has been expired or revoked.", 400, "does not hold any more"),
    "unheard_of": ("", 400, "no reason was given"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refused_sign_in_is_told_in_googles_words(google: GoogleCalendarServer, secret: Path, code: str) -> None:
    person(google, secret)
    description, status, mend = REFUSALS[code]
    google.tokens.refused = (code, description, status)
    wells, told = looked(client(google, secret))
    assert wells == [False, None, None, None, None]
    assert f"{' '.join(description.split()).rstrip('.')} ({code})" in told
    assert mend in told
    assert told.count("\n") == len(STEPS) - 1


def test_a_service_account_that_may_not_is_told_in_googles_words(google: GoogleCalendarServer, secret: Path) -> None:
    robot(google, secret, delegation=True)
    google.tokens.refused = ("access_denied", "Requested client not authorized.", 403)
    _, told = looked(client(google, secret, subject=ORGANISER))
    assert f"may not act for {ORGANISER}: Requested client not authorized (access_denied)" in told
    assert "domain-wide delegation" in told


def test_a_token_for_something_else(google: GoogleCalendarServer, secret: Path) -> None:
    person(google, secret, FREE_BUSY)
    wells, told = looked(client(google, secret))
    assert wells == [True, True, False, None, True]
    assert "does not cover what is needed" in told


def test_a_missing_delegation(google: GoogleCalendarServer, secret: Path) -> None:
    robot(google, secret, delegation=False)
    wells, told = looked(client(google, secret, subject=ORGANISER))
    assert wells == [False, None, None, None, None]
    assert "domain-wide delegation" in told
    assert EVENTS in told
    assert FREE_BUSY in told


def test_a_clock_that_is_wrong(google: GoogleCalendarServer, secret: Path) -> None:
    robot(google, secret, delegation=True)
    google.tokens.clocks_differ = True
    wells, told = looked(client(google, secret, subject=ORGANISER))
    assert wells == [False, None, None, None, None]
    assert "the clock of this machine seems to be wrong" in told
    assert "short-lived token" in told


def test_a_service_account_that_acts_for_nobody_may_write_but_not_invite(
    google: GoogleCalendarServer, secret: Path
) -> None:
    robot(google, secret, delegation=True)
    wells, told = looked(client(google, secret))
    assert wells == [True, True, True, False, True]
    assert "name the organiser as subject" in told
    assert looked(client(google, secret, subject=ORGANISER))[0] == [True] * 5


def test_no_such_calendar(google: GoogleCalendarServer) -> None:
    wells, told = looked(client(google), "other@group.calendar.google.com")
    assert wells == [True, False, None, None, True]
    assert "Google knows no calendar “other@group.calendar.google.com”" in told
    assert google.requests.writes == []


def test_a_calendar_that_may_only_be_looked_at(google: GoogleCalendarServer) -> None:
    google.add_calendar(CALENDAR, writable=False)
    wells, told = looked(client(google))
    assert wells == [True, True, False, None, True]
    assert "with the right to make changes to events" in told


def test_people_whose_calendars_are_not_shown(google: GoogleCalendarServer) -> None:
    google.set_busy(BOB, unreadable=True)
    google.set_busy(CLEO, unreadable=True)
    wells, told = looked(client(google))
    assert wells == [True] * 5
    assert f"but not {BOB}, {CLEO}: they count as not away" in told


def test_free_and_busy_times_may_not_be_asked_for(google: GoogleCalendarServer, secret: Path) -> None:
    person(google, secret, EVENTS)
    wells, told = looked(client(google, secret))
    assert wells == [True, True, True, True, False]
    assert "with both scopes" in told


def test_nothing_is_left_where_the_answer_is_lost(google: GoogleCalendarServer) -> None:
    google.faults.lose_answer(on="events.insert")
    wells, told = looked(client(google))
    assert wells == [True, True, False, None, True]
    assert "may not have been written" in told


def test_what_cannot_be_deleted_is_named(google: GoogleCalendarServer) -> None:
    google.faults.fail(on="events.delete", done=False)
    wells, told = looked(client(google))
    assert wells == [True, True, False, True, True]
    assert "Delete that event, of 1 January 2000" in told
    (event,) = google.snapshot()[CALENDAR].values()
    assert event["summary"] in told
    google.delete(CALENDAR, event["id"])


def test_without_google_s_libraries(google: GoogleCalendarServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "googleapiclient", None)  # as where it was never installed
    series = {"name": "Lunch", "format": "lunch-and-learn", "cadence": {"every": "week", "on": "friday", "at": "12:15"}}
    people = {"lead": ADA, "members": [{"name": "Ada Lovelace", "email": ADA}]}
    team = Team.model_validate({"team": "Platform", "timezone": "UTC", **people, "series": [series]})
    connection = GoogleCalendar(kind="google-calendar", api_endpoint=google.api_endpoint)
    with pytest.raises(Refused, match=r"pip install '\.\[google\]'"):
        integrations.google_calendar.ports.calendar(connection, Path(), lambda: MONDAY, team, "platform")


@pytest.mark.parametrize("allowed", [True, False])
def test_where_meet_links_are_wanted_it_tries_one(google: GoogleCalendarServer, allowed: bool) -> None:
    google.behaviour.allows_meet = allowed
    checks = {check.what: check for check in client(google).calendar(meet=True).check_up()}
    assert [*checks] == [*STEPS[:4], "it may add Meet links", STEPS[4]]
    assert {what: check.well for what, check in checks.items()} == {
        **dict.fromkeys(STEPS, True),
        "it may add Meet links": allowed,
    }
    assert allowed or "meet: true" in checks["it may add Meet links"].text
