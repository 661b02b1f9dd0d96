"""What stands between peerloop and a server: proxies of HTTP and of SOCKS, and a .netrc of whoever runs it."""

from collections.abc import Callable, Iterable
from itertools import chain, repeat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from daemon.ports import PortError, Unavailable
from integrations.atlassian.faults import Product
from integrations.confluence.faults import CONFLUENCE
from integrations.jira.faults import JIRA
from tests.fakes.flood import FloodServer, whole
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import CALENDAR
from tests.fakes.mail_server import make_certificates
from tests.fakes.proxy import Proxy
from tests.unit.test_endless_answers import little_kept, site, token
from tests.unit.test_google_transport import INSERT, LIST, account

__all__ = ["token"]
BEGUN = b"HTTP/1.1 200 Connection established\r\n"
PRODUCTS = pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
UNREACHED = "https://wiki.example.test was not reached"
NO_HTTP = f"{UNREACHED} (what was answered is no proper HTTP)"
FLOODS = pytest.mark.parametrize(
    ("flood", "why"),
    [
        (lambda: repeat(b"H" * 60_000), NO_HTTP),
        (lambda: chain([BEGUN], repeat(b"X: " + b"y" * 70_000)), NO_HTTP),
        (lambda: chain([BEGUN], repeat(b"X: y\r\n" * 10_000)), "is more than is read of one"),
        (lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000), UNREACHED),
    ],
    ids=["status", "header", "headers", "interim"],
)
Flood = Callable[[], Iterable[bytes]]


@pytest.fixture(autouse=True)
def led(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What lets all requests go by a proxy; until then by none."""
    names = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    for name in names:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def lead(url: str) -> None:
        for name in names[:2]:
            monkeypatch.setenv(name, url)

    return lead


@PRODUCTS
@FLOODS
def test_of_a_proxy_no_more_is_read_either(
    product: Product, flood: Flood, why: str, led: Callable[[str], None]
) -> None:
    with FloodServer(flood) as proxy:
        led(proxy.url)
        with little_kept(proxy):
            try:
                told = site(product, "https://wiki.example.test").read("rest/api/anything").message
            except PortError as error:
                told = str(error)
    assert why in told


@pytest.mark.parametrize("made", [Proxy, Proxy.of_socks], ids=["HTTP", "SOCKS"])
def test_what_goes_through_a_proxy_is_encrypted_to_the_server(
    made: Callable[[], Proxy], led: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_certificates(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files.authority))
    token = b'{"access_token": "a-token-for-tests", "token_type": "Bearer", "expires_in": 3600, "items": []}'
    with FloodServer(lambda: whole(token), certificate=files.server) as server, made() as proxy:
        led(proxy.url)
        answers = [site(product, server.url).read("rest/api/anything") for product in (JIRA, CONFLUENCE)]
        (listed,) = account(tmp_path, f"{server.url}/token", server.url).run([LIST])
        assert {*proxy.asked} == {f"127.0.0.1:{server.port}"} and len(proxy.asked) == 4
    assert listed.done and all(answer.status == 200 for answer in answers)


@PRODUCTS
def test_what_may_go_unencrypted_to_this_machine_goes_nowhere_else(
    product: Product, led: Callable[[str], None], tmp_path: Path
) -> None:
    with FloodServer(lambda: whole(b'{"a": 1}')) as server, Proxy() as proxy:
        led(proxy.url)
        answer = site(product, server.url).read("rest/api/anything")
        assert proxy.asked == []
    assert answer.body == {"a": 1}


@PRODUCTS
def test_a_socks_proxy_leads_to_a_name_that_only_it_knows(product: Product, led: Callable[[str], None]) -> None:
    with FloodServer(lambda: whole(b'{"a": 1}')) as server, Proxy.of_socks() as proxy:
        led(proxy.url)
        answer = site(product, f"http://wiki.example.test:{server.port}").read("rest/api/anything")
        assert proxy.asked == [f"wiki.example.test:{server.port}"]
    assert answer.body == {"a": 1}


@FLOODS
def test_nor_where_it_is_before_google(
    flood: Flood, why: str, led: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GoogleCalendarServer() as google, FloodServer(flood) as proxy:
        google.refresh_token()
        led(proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        mine = account(tmp_path, google.token_uri, "https://calendar.example.test")
        with little_kept(proxy):
            (answer,) = mine.run([INSERT])
    assert answer.unknown
    assert why.removeprefix(f"{UNREACHED} (").rstrip(")") in answer.message or why == UNREACHED


def test_nor_where_it_is_before_google_s_sign_in(led: Callable[[str], None], tmp_path: Path) -> None:
    with FloodServer(lambda: repeat(b"H" * 60_000)) as proxy:
        led(proxy.url)
        mine = account(tmp_path, "https://sign-in.example.test/token", "https://calendar.example.test")
        with little_kept(proxy), pytest.raises(Unavailable) as raised:
            mine.run([INSERT])
    assert str(raised.value) == (
        "Google's sign-in was not reached for the connection “google” (what was answered is no proper HTTP); the next "
        "pass tries again."
    )


def test_a_socks_proxy_leads_to_google_too(led: Callable[[str], None], tmp_path: Path) -> None:
    with GoogleCalendarServer() as google, Proxy.of_socks() as proxy:
        google.add_calendar(CALENDAR, "Europe/Berlin")
        google.refresh_token()
        led(proxy.url)
        port = urlsplit(google.url).port
        sign_in, api = (f"{name}.example.test:{port}" for name in ("sign-in", "calendar"))
        (answer,) = account(tmp_path, f"http://{sign_in}/token", f"http://{api}").run([LIST])
        assert proxy.asked == [sign_in, api]
    assert answer.done
