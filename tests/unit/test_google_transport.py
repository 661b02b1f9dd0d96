"""What carries the requests to Google, and to where one signs in: once each, to no other address, and within bounds."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest

from config.secret import Secret
from daemon.ports import Unavailable
from integrations.bounded import LARGEST
from integrations.google_calendar.client import Account, Call
from integrations.google_calendar.connection import GoogleCalendar
from tests.fakes.flood import FloodServer, endless, packed
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import CALENDAR, MONDAY
from tests.unit.test_endless_answers import UNASKED, little_kept

EVENT = {"start": {"dateTime": "2027-03-04T12:15:00+01:00"}, "end": {"dateTime": "2027-03-04T13:15:00+01:00"}}
INSERT = Call("insert", {"calendarId": CALENDAR, "sendUpdates": "none", "body": EVENT})
LIST = Call("list", {"calendarId": CALENDAR})


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "America/New_York")
        google.tokens.anonymous = None
        google.refresh_token()
        yield google
        assert google.complaints == []


def account(folder: Path, token_uri: str, endpoint: str) -> Account:
    """Return an account that has a person's token, which is good at an address."""
    told = {"refresh_token": "refresh-1", "client_id": "client", "client_secret": "secret", "token_uri": token_uri}
    (folder / "google.json").write_text(json.dumps(told))
    credentials = Secret(file=folder / "google.json")
    connection = GoogleCalendar(kind="google-calendar", api_endpoint=endpoint, credentials=credentials)
    return Account("google", connection, lambda: 0.0, lambda _: None)


def test_a_write_is_sent_once_whatever_becomes_of_its_answer(google: GoogleCalendarServer, tmp_path: Path) -> None:
    google.faults.lose_answer(on="events.insert")
    (answer,) = account(tmp_path, google.token_uri, google.url).run([INSERT])
    assert (answer.unknown, answer.message) == (True, "the connection was cut off")
    assert google.requests.names == ["token", "events.insert"]


@pytest.mark.parametrize("calls", [1, 2], ids=["single", "batch"])
def test_a_sign_in_that_is_over_is_refreshed_once(google: GoogleCalendarServer, tmp_path: Path, calls: int) -> None:
    mine = account(tmp_path, google.token_uri, google.url)
    mine.run([LIST])
    google.tokens.access.clear()
    assert all(answer.done for answer in mine.run([LIST] * calls))
    assert google.requests.names.count("token") == 2


def test_somebody_s_netrc_is_for_others(
    google: GoogleCalendarServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (answer,) = account(tmp_path, google.token_uri, google.url).run([LIST])
    assert answer.done
    told = [value for one in google.requests for name, value in one.headers.items() if name.lower() == "authorization"]
    assert told and all(value.startswith("Bearer ") for value in told), "nor does it go to where one signs in"


def led_on(to: str) -> list[bytes]:
    """Return an answer that leads on to another address, with all of the request."""
    return [f"HTTP/1.1 307 Over there\r\nLocation: {to}/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()]


def test_an_answer_leads_nowhere(google: GoogleCalendarServer, tmp_path: Path) -> None:
    elsewhere = list[bytes]()
    with (
        FloodServer(lambda: led_on("http://127.0.0.1:1"), heard=elsewhere.append) as other,
        FloodServer(lambda: led_on(other.url)) as server,
    ):
        (answer,) = account(tmp_path, google.token_uri, server.url).run([LIST])
        with pytest.raises(Unavailable) as raised:
            account(tmp_path, f"{server.url}/token", google.url).run([LIST])
    assert elsewhere == []
    assert answer.message == "not Google answered, but a proxy or an outage: Over there (HTTP 307)"
    assert "is out of order for the connection “google”, or a proxy answers for it" in str(raised.value)


@pytest.mark.parametrize("flood", [endless, partial(packed, 100)])
def test_of_a_sign_in_no_more_is_read_either(
    google: GoogleCalendarServer, tmp_path: Path, flood: Callable[[], Iterable[bytes]]
) -> None:
    with FloodServer(flood) as server:
        mine = account(tmp_path, f"{server.url}/token", google.url)
        for calls in ([LIST], [LIST] * 2):
            with little_kept(server, 2 * LARGEST):
                answers = mine.run(calls)
    assert {answer.message for answer in answers} == {
        "the answer is more than is read of one, 16 MB or 300,000 values, and was not read to its end"
    }


@UNASKED
def test_what_is_packed_in_another_way_than_asked_for_is_not_unpacked(
    google: GoogleCalendarServer, tmp_path: Path, encoding: str
) -> None:
    heard = list[bytes]()
    with FloodServer(lambda: packed(100, encoding), heard=heard.append) as server:
        mine = account(tmp_path, google.token_uri, server.url)
        with little_kept(server, 4_000_000):
            (answer,) = mine.run([INSERT])
    assert answer.message == "what was answered could not be unpacked"
    assert b"accept-encoding: gzip\r\n" in heard[0]
