"""The web page under attack: what is forged, too much, half-sent or from elsewhere is answered calmly."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from daemon.web import connections
from daemon.web.calm import LARGEST, MOST_SAID
from daemon.web.who import Signatures
from tests.scenarios.forks import LONGEST
from tests.scenarios.programme import TEAM, Programme
from tests.scenarios.site import TOKEN, Served, Visitor, asked, served
from tests.soak import either, soaked

MANY = either(2_000, 10_000)
HALF_OPEN = 300
"""More than there may be connections."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Served]:
    programme = Programme(tmp_path)
    programme.settle()
    with served(programme) as site:
        yield site


def fields_of(visitor: Visitor, path: str) -> dict[str, str]:
    """Return what the last form on a page sends."""
    form = visitor.get(path).page.find_all("form")[-1]
    return {str(one["name"]): str(one.get("value", "")) for one in form.find_all("input")}


def test_a_form_of_another_site_says_nothing(web: Served) -> None:
    ada, bob = web.visitor("ada@example.com"), web.visitor("bob@example.com")
    fields = {**fields_of(ada, "/t/platform/topics"), "value": "Backups"}
    assert bob.post("/t/platform/say", fields).status == 403
    assert ada.post("/t/platform/say", {**fields, "form": ""}).status == 403
    ada.headers["Sec-Fetch-Site"] = "cross-site"
    assert ada.post("/t/platform/say", fields).status == 403
    assert web.programme.memory().statements == ()


def test_nobody_speaks_for_somebody_else(web: Served) -> None:
    dan = web.visitor("dan@example.com")
    one = next(one for one in web.programme.memory().by_start() if "presenter" in one.roles)
    holder = next(email for email in one.roles.values() if email != "dan@example.com")
    role = next(role for role, email in one.roles.items() if email == holder)
    fields = {**fields_of(dan, "/t/platform/topics"), "kind": "cannot", "about": one.key, "role": role}
    for more in ({"other": holder}, {"who": holder}, {}):
        told = dan.post("/t/platform/say", {**fields, **more})
        assert "That was not possible" in told.text
    assert web.programme.memory().statements == ()


@pytest.mark.parametrize(
    "cookie", ["", "x", "a.b.c", "WyJhIiwiYWRhQGV4YW1wbGUuY29tIl0.aaaa.bbbb", "é" * 50, "0" * 5000]
)
def test_a_forged_cookie_lets_nobody_in(web: Served, cookie: str) -> None:
    headers = {"Cookie": f"peerloop={cookie}".encode().decode("latin-1")}
    assert asked(web.base, "GET", "/t/platform/", headers=headers).status in (400, 401)


def test_what_another_program_keeps_in_the_browser_lets_nobody_wait(web: Served) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in web.visitor("ada@example.com").cookies.items())
    other = '"' + "\\" * 50_000 + '"'  # to read it as Python does takes the square of its length
    for _ in range(20):
        answer = asked(web.base, "GET", "/t/platform/", headers={"Cookie": f"other={other}; {cookie}"})
        assert answer.status == 200


def test_what_was_signed_by_another_key_or_for_something_else_counts_nothing(web: Served) -> None:
    forged = Signatures(lambda: "another key").signed("browser", ["name", "ada@example.com"])
    other = web.site.signatures.signed("note", ["name", "ada@example.com"])
    for cookie in (forged, other):
        assert asked(web.base, "GET", "/t/platform/", headers={"Cookie": f"peerloop={cookie}"}).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2f..%2fpyproject.toml",
        "//etc/passwd",
        "/t/platform/page/../../../../etc/passwd",
        "/t/platform/page/%2e%2e%2f%2e%2e%2fteam.yaml",
        "/t/../../etc/passwd/",
        "/calendar/platform.ics?for=%00",
        "/a/%00%0a",
        "/t/platform/session/%F0%28%8C%BC",
        f"/{'a' * 8000}",
    ],
)
def test_no_path_leads_out(web: Served, path: str) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in web.visitor("ada@example.com").cookies.items())
    answer = asked(web.base, "GET", path, headers={"Cookie": cookie})
    assert answer.status in (307, 400, 403, 404), answer.status
    assert b"root:" not in answer.body and b"[project]" not in answer.body and b"members:" not in answer.body


def test_another_name_for_this_machine_shows_nothing(web: Served) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in web.visitor("ada@example.com").cookies.items())
    answer = asked(web.base, "GET", "/t/platform/", headers={"Host": "evil.example", "Cookie": cookie})
    assert answer.status == 400 and b"Ada" not in answer.body


def test_too_much_is_not_read(web: Served) -> None:
    ada = web.visitor("ada@example.com")
    fields = {**fields_of(ada, "/t/platform/topics"), "value": "x" * (2 * LARGEST)}
    assert ada.post("/t/platform/say", fields).status in (400, 413)
    many = urlencode([(f"field{n}", "x") for n in range(2000)])
    cookie = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
    assert asked(web.base, "POST", "/t/platform/say", many, {**FORM, "Cookie": cookie}).status in (400, 403, 413)
    assert web.programme.memory().statements == ()


def test_guessing_and_saying_are_slowed_down(web: Served) -> None:
    answers = [asked(web.base, "GET", f"/?token=guess{n}").status for n in range(MOST_SAID + 5)]
    assert answers[0] == 403 and answers[-1] == 429
    assert asked(web.base, "GET", "/healthz").status == 200


@soaked
def test_a_form_that_is_cut_short_is_no_fault_of_ours(web: Served, capsys: pytest.CaptureFixture[str]) -> None:
    ada, address = web.visitor("ada@example.com"), urlsplit(web.base)
    ada.get("/t/platform")
    head = f"POST /t/platform/say HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 9000\r\n"
    cookies = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
    for _ in range(3):
        with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as phone:
            phone.sendall(f"{head}Content-Type: {FORM['Content-Type']}\r\nCookie: {cookies}\r\n\r\nkind=vote".encode())
            time.sleep(0.3)  # until it is read
    assert ada.get("/t/platform").status == 200
    assert "a page failed" not in capsys.readouterr().out


def test_thousands_of_requests_and_hundreds_of_half_open_ones_stop_nobody_for_long(web: Served) -> None:
    address = urlsplit(web.base)
    half = [socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) for _ in range(150)]
    for one in half:
        one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: _status(web.base), range(MANY)))
        assert set(answers) <= {200, 503} and answers.count(200) > MANY * 0.9
    finally:
        for one in half:
            one.close()
    end = time.monotonic() + 300
    while _status(web.base) != 200:
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(
    "half", ["", "GET / HTTP/1.1\r\nX-Slow: ", "POST /who HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\na"]
)
def test_half_open_connections_silence_nothing(web: Served, half: str) -> None:
    address = urlsplit(web.base)
    there = (str(address.hostname), int(address.port or 0))
    with ExitStack() as stack:
        for _ in range(HALF_OPEN):
            one = stack.enter_context(socket.create_connection(there, timeout=10))
            with suppress(OSError):  # dropped already
                one.sendall(half.encode())
        assert {_status(web.base) for _ in range(10)} == {200}


def test_a_request_that_never_ends_is_dropped(web: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SECONDS", 0.05)
    address = urlsplit(web.base)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=LONGEST) as one:
        one.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        with suppress(ConnectionError):
            assert one.recv(10) == b""


def _status(base: str) -> int:
    try:
        return asked(base, "GET", "/healthz").status
    except (OSError, HTTPException):
        return 503


def test_a_lost_ledger_is_said_and_not_a_crash(web: Served, caplog: pytest.LogCaptureFixture) -> None:
    ada = web.visitor("ada@example.com")
    web.site.world.ledger.close()
    (web.programme.data / "ledger.db").rename(web.programme.data / "elsewhere.db")
    answer = ada.get("/t/platform/")
    assert answer.status in (404, 503) and "Traceback" not in answer.text
    (web.programme.data / "elsewhere.db").rename(web.programme.data / "ledger.db")
    assert threading.active_count() < 60


def test_the_token_and_the_key_stand_nowhere_in_what_is_shown(web: Served) -> None:
    ada, key = web.visitor("ada@example.com"), web.site.world.ledger.keys.of("web")
    for path in ("/t/platform/", "/t/platform/trouble", "/t/platform/activity", "/who"):
        text = ada.get(path).body.decode()
        assert TOKEN not in text and key not in text


def test_a_page_of_thousands_shows_the_first_of_them(tmp_path: Path) -> None:
    programme = Programme(tmp_path, {**TEAM, "topics": [{"title": f"Topic {n:04}", "votes": n} for n in range(600)]})
    programme.settle()
    with served(programme) as site:
        told = site.visitor("ada@example.com").get("/t/platform/topics")
    assert told.status == 200
    assert "Topic 0300" not in told.text
    assert "more with fewer votes" in told.text


def test_nonsense_after_an_answer_ends_the_connection_without_a_word(
    web: Served, caplog: pytest.LogCaptureFixture
) -> None:
    head = b"POST /t/platform/say HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _ in range(6):
        with socket.create_connection(("127.0.0.1", urlsplit(web.base).port), timeout=LONGEST) as guest:
            guest.sendall(head + b"1\r\na\r\nZZ\r\n")
            assert guest.recv(9999).startswith(b"HTTP/1.1 4")
            with suppress(OSError):
                guest.sendall(b"\x00\x01rubbish\r\n\r\n")
                guest.recv(9999)
    assert asked(web.base, "GET", "/healthz").status == 200
    assert caplog.records == []
