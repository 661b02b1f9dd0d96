"""What stands between peerloop and a server: proxies of HTTP and of SOCKS, and a .netrc of whoever runs it."""

from collections.abc import Callable, Iterable
from itertools import chain, repeat

import pytest

from daemon.ports import PortError
from integrations.atlassian.faults import Product
from integrations.confluence.faults import CONFLUENCE
from integrations.jira.faults import JIRA
from tests.fakes.flood import FloodServer, whole
from tests.fakes.proxy import Proxy
from tests.unit.test_endless_answers import little_kept, site, token

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


@PRODUCTS
def test_a_socks_proxy_leads_to_a_name_that_only_it_knows(product: Product, led: Callable[[str], None]) -> None:
    with FloodServer(lambda: whole(b'{"a": 1}')) as server, Proxy.of_socks() as proxy:
        led(proxy.url)
        answer = site(product, f"http://wiki.example.test:{server.port}").read("rest/api/anything")
        assert proxy.asked == [f"wiki.example.test:{server.port}"]
    assert answer.body == {"a": 1}
