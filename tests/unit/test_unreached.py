"""Why a server is not reached, as people are told it, by each library that asks servers for something."""

import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import requests

from integrations.mail.faults import of_reaching
from integrations.unreached import why_unreached

Ask = Callable[[str, int], object]
SECONDS = 0.3
NAMELESS = ".".join(["x" * 60] * 5)
"""Longer than any name is, so no name service is asked for it."""


def by_requests(host: str, port: int) -> object:
    return requests.get(f"http://{host}:{port}/", timeout=SECONDS)


def by_smtplib(host: str, port: int) -> object:
    return smtplib.SMTP(host, port, timeout=SECONDS)


ASKING = pytest.mark.parametrize("ask", [by_requests, by_smtplib])


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port at which somebody listens, and never says anything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening.getsockname()[1]


def why(ask: Ask, host: str, port: int) -> str:
    with pytest.raises(OSError) as raised:
        ask(host, port)
    return why_unreached(raised.value)


@ASKING
def test_nobody_listens(ask: Ask, silent: int) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as once:
        port = once.getsockname()[1]
    assert why(ask, "127.0.0.1", port) == "the connection was refused"


@ASKING
def test_a_name_that_nobody_has(ask: Ask) -> None:
    assert why(ask, NAMELESS, 80) == "its name could not be looked up"


@ASKING
def test_somebody_who_says_nothing(ask: Ask, silent: int) -> None:
    assert why(ask, "127.0.0.1", silent) == "no whole answer came in time"


def test_what_is_not_known_is_left_to_others() -> None:
    assert why_unreached(ValueError("no JSON")) == ""
    assert why_unreached(requests.exceptions.InvalidURL("no host")) == ""


def test_what_a_mail_server_itself_says_is_told() -> None:
    said = smtplib.SMTPConnectError(421, b"Come back later")
    said.__cause__ = ConnectionResetError()
    assert str(of_reaching(said, "mail.example.com")) == (
        "mail.example.com was reached, and does not serve this machine now: Come back later (421). It is tried again."
    )
