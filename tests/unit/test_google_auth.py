"""`peerloop auth`: a person signs in with their browser, which is played here, at a stand-in for Google."""

import json
import os
import re
import signal
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from config.secret import Secret
from integrations.bounded import LARGEST
from tests.fakes.flood import FloodServer, endless
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import CALENDAR, MONDAY, Client
from tests.fakes.test_google_sign_in import EVENTS, FREE_BUSY
from tests.scenarios.command_line import Result, begun, peerloop
from tests.scenarios.forks import Begun

EARLIER = '{"refresh_token": "earlier"}'
ARGUMENTS = ("auth", "google", "--client", "client.json", "--timeout", "60")
PLAIN = {"OAUTHLIB_INSECURE_TRANSPORT": "1"}  # the stand-in speaks no TLS


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "Europe/Berlin")
        yield google
        assert google.complaints == []


@pytest.fixture
def folder(tmp_path: Path, google: GoogleCalendarServer) -> Path:
    """Return a folder with the operator's file, and the client's."""
    operator(tmp_path, "credentials: file:secrets/google.json")
    (tmp_path / "client.json").write_text(json.dumps(google.client))
    return tmp_path


def operator(folder: Path, more: str) -> None:
    (folder / "peerloop.yaml").write_text(f"connections:\n  google:\n    kind: google-calendar\n    {more}\n")


def earlier(folder: Path) -> Path:
    """Let somebody have signed in before, and return their token's file."""
    token = folder / "secrets" / "google.json"
    token.parent.mkdir()
    token.write_text(EARLIER)
    return token


@contextmanager
def asked(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, umask: int | None = None
) -> Iterator[tuple["Asking", str]]:
    """Begin to sign in, up to the address that is to be visited."""
    says = folder / "out.txt", folder / "err.txt"
    command = arguments or (*ARGUMENTS, "--no-browser")
    process = begun(folder, *command, says=says, env={**PLAIN, **(env or {})}, umask=umask)
    try:
        asking = Asking(process, *says)
        yield asking, asking.address()
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Asking:
    """A sign-in that goes on, and where it says what."""

    process: Begun
    out: Path
    err: Path

    def address(self) -> str:
        """Wait for the address that is to be visited; nothing where it ends before it names one."""
        while True:
            over = self.process.poll() is not None
            if found := re.search(r"^(http.*)\n", self.err.read_text(), re.MULTILINE):
                return found[1]
            if over:
                return ""
            time.sleep(0.02)


def ended(asking: Asking) -> Result:
    """Return how it ended, and what it said after the address."""
    code = asking.process.wait()
    out, err = asking.out.read_text(), re.sub(r"\A(.*\n)*?http.*\n", "", asking.err.read_text())
    assert "Traceback" not in out + err, err
    return Result(code, out, err)


def signed_in(folder: Path) -> Result:
    with asked(folder) as (asking, address):
        urlopen(address).close()
        return ended(asking)


def test_a_person_signs_in_and_the_backend_does_with_their_token(google: GoogleCalendarServer, folder: Path) -> None:
    with asked(folder, umask=0) as (asking, address):
        with urlopen(address) as page:
            assert b"peerloop has its answer" in page.read()
        assert ended(asking) == Result(
            0, "signed in; the token is in secrets/google.json. Now see whether all is well: peerloop doctor\n", ""
        )
    query = parse_qs(urlsplit(address).query)
    assert query["scope"] == [f"{EVENTS} {FREE_BUSY}"]
    assert (query["access_type"], query["prompt"]) == (["offline"], ["consent"])
    assert query["redirect_uri"][0].startswith("http://127.0.0.1:")

    token = folder / "secrets" / "google.json"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert not json.loads(token.read_text()).keys() & {"token", "expiry"}
    assert list(token.parent.iterdir()) == [token]
    google.tokens.anonymous = None
    client = Client(google, more={"credentials": Secret(file=token)})
    for _ in range(2):
        assert client.calendar().observe(None).seen == ()
        google.tokens.access.clear()  # it has run out: the next time it is refreshed
    assert google.requests.names[2:] == ["token", "events.list", "events.list", "token", "events.list"]


def test_a_browser_is_opened_where_there_is_one(google: GoogleCalendarServer, folder: Path) -> None:
    visit = folder / "browser"
    visit.write_text("import sys, urllib.request\nurllib.request.urlopen(sys.argv[1]).read()\n")
    result = peerloop(folder, *ARGUMENTS, env={**PLAIN, "BROWSER": f"{sys.executable} {visit} %s &"})
    assert result.code == 0, result.err


def test_where_there_is_no_browser_the_address_is_printed(google: GoogleCalendarServer, folder: Path) -> None:
    bare = {"PATH": "/nowhere", "BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    with asked(folder, *ARGUMENTS, env=bare) as (asking, address):
        urlopen(address).close()
        assert ended(asking).code == 0


def test_an_earlier_token_is_replaced_when_the_new_one_is_there(google: GoogleCalendarServer, folder: Path) -> None:
    token = earlier(folder)
    with asked(folder) as (asking, address):
        assert token.read_text() == EARLIER
        urlopen(address).close()
        assert ended(asking).code == 0
    assert json.loads(token.read_text())["refresh_token"] in google.tokens.refresh
    assert stat.S_IMODE(token.stat().st_mode) == 0o600


FAILURES: dict[str, tuple[Mapping[str, object], str]] = {
    "denied": ({"allows": frozenset()}, "The permission was denied in the browser"),
    "one of two": ({"allows": frozenset([EVENTS])}, "tick both boxes"),
    "not lasting": ({"lasting": False}, "gave no token that lasts"),
    "another state": ({"state": "another"}, "is no answer to this sign-in"),
}


@pytest.mark.parametrize(("consent", "told"), FAILURES.values(), ids=FAILURES)
def test_a_sign_in_that_fails_leaves_the_earlier_token(
    google: GoogleCalendarServer, folder: Path, consent: Mapping[str, object], told: str
) -> None:
    token = earlier(folder)
    for name, value in consent.items():
        setattr(google.tokens.consent, name, value)
    result = signed_in(folder)
    assert (result.code, result.out) == (1, "")
    assert told in result.err
    assert token.read_text() == EARLIER
    assert list(token.parent.iterdir()) == [token]


def test_a_code_that_google_refuses(google: GoogleCalendarServer, folder: Path) -> None:
    told = google.client
    told["installed"]["client_secret"] = "withdrawn"
    (folder / "client.json").write_text(json.dumps(told))
    result = signed_in(folder)
    assert result.code == 1
    assert (
        "Google refuses the sign-in: Unauthorized (invalid_client). The client's secret is another one now"
        in result.err
    )
    assert "withdrawn" not in result.err


def test_google_is_not_reached(google: GoogleCalendarServer, folder: Path) -> None:
    google.faults.lose_answer(times=9, on="token")
    result = signed_in(folder)
    assert result.code == 1
    assert "Google's sign-in was not reached (the connection was cut off). Look" in result.err


def test_an_outage_of_google_is_no_fault_of_the_client(google: GoogleCalendarServer, folder: Path) -> None:
    google.faults.html(times=9, on="token", status=502)
    result = signed_in(folder)
    assert result.code == 1
    assert "or a proxy answers for it: a web page was answered, “Sign in”. Try again in a while." in result.err
    assert "client" not in result.err


def test_an_answer_without_an_end_is_none(google: GoogleCalendarServer, folder: Path) -> None:
    with FloodServer(endless) as server:
        told = {**google.client["installed"], "token_uri": f"{server.url}/token"}
        (folder / "client.json").write_text(json.dumps({"installed": told}))
        result = signed_in(folder)
        assert server.sent < 4 * LARGEST
    assert result.code == 1
    assert "or a proxy answers for it: the answer is more than is read of one, 16 MB or 300,000 values" in result.err


def test_a_client_that_was_deleted_is_said_so(google: GoogleCalendarServer, folder: Path) -> None:
    google.tokens.refused = ("deleted_client", "The OAuth client was deleted.", 401)
    result = signed_in(folder)
    assert "The OAuth client was deleted (deleted_client)" in result.err
    assert "Restore it in the Google project" in result.err


def test_nobody_signs_in(google: GoogleCalendarServer, folder: Path) -> None:
    token = earlier(folder)
    result = peerloop(folder, *ARGUMENTS[:-1], "1", "--no-browser", env=PLAIN)
    assert result.code == 1
    assert "Nobody signed in within 1 seconds" in result.err
    assert token.read_text() == EARLIER


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_is_stopped_while_it_waits(google: GoogleCalendarServer, folder: Path, number: signal.Signals) -> None:
    token = earlier(folder)
    with asked(folder) as (asking, _):
        asking.process.send_signal(number)
        assert ended(asking).code == (1 if number == signal.SIGINT else -number)
    assert token.read_text() == EARLIER
    assert number == signal.SIGKILL or os.listdir(token.parent) == ["google.json"]  # noqa: PTH208


CLIENTS = {
    "a web application's": ('{"web": {"client_id": "client"}}', "is the client of a web application"),
    "a service account's key": ('{"type": "service_account"}', "is the key of a service account"),
    "only a part": ('{"installed": {"client_id": "client"}}', "is not the file of an OAuth client"),
    "a list": ("[]", "is not the file of an OAuth client"),
    "no JSON": ("GOCSPX-secret", "is not the file of an OAuth client"),
    "nothing": (None, "client.json cannot be read: No such file or directory"),
}


@pytest.mark.parametrize(("text", "told"), CLIENTS.values(), ids=CLIENTS)
def test_a_wrong_client(folder: Path, text: str | None, told: str) -> None:
    (folder / "client.json").unlink()
    if text is not None:
        (folder / "client.json").write_text(text)
    result = peerloop(folder, *ARGUMENTS)
    assert result.code == 2
    assert told in result.err
    assert "GOCSPX" not in result.err
    assert not (folder / "secrets").exists()


CONNECTIONS = {
    "none": ("subject: a@example.com", "has no credentials in peerloop.yaml, and the token needs a file"),
    "a variable": ("credentials: env:GOOGLE", "has credentials: env:GOOGLE in peerloop.yaml, and the token needs"),
    "a subject": ("credentials: file:new.json\n    subject: a@example.com", "has a subject, which needs the key of"),
    "the client": ("credentials: file:client.json", "client.json holds something else than a token"),
}


@pytest.mark.parametrize(("more", "told"), CONNECTIONS.values(), ids=CONNECTIONS)
def test_a_connection_that_no_token_fits(folder: Path, more: str, told: str) -> None:
    operator(folder, more)
    before = (folder / "client.json").read_bytes()
    result = peerloop(folder, *ARGUMENTS)
    assert result.code == 2
    assert told in result.err
    assert (folder / "client.json").read_bytes() == before


@pytest.mark.parametrize("held", ['{"type": "service_account", "private_key": "…"}', "no JSON", "[1]", "1"])
def test_what_is_no_token_is_never_overwritten(folder: Path, held: str) -> None:
    key = earlier(folder)
    key.write_text(held)
    result = peerloop(folder, *ARGUMENTS)
    assert result.code == 2
    assert "secrets/google.json holds something else than a token, such as a key, and is left alone" in result.err
    assert key.read_text() == held


def test_a_connection_that_nobody_signs_in_to(folder: Path) -> None:
    result = peerloop(folder, "auth", "local", "--client", "client.json")
    assert result.code == 2
    assert "nobody signs in to a connection of the kind local" in result.err
    result = peerloop(folder, "auth", "gogle", "--client", "client.json")
    assert result.code == 2
    assert "there is no connection 'gogle' in peerloop.yaml; did you mean google?" in result.err
