"""A stand-in with one calendar in Berlin, one with one space of pages, and the real clients on them."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest

from tests.fakes.client import BERLIN, TEAM, connected
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence_client import SPACE, Site, signed_in
from tests.fakes.google_calendar import GoogleCalendarServer


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer() as server:
        server.add_calendar(TEAM, BERLIN)
        yield server


@pytest.fixture
def service(google: GoogleCalendarServer) -> Iterator[Any]:
    with connected(google) as client:
        yield client


def _wiki(flavour: Literal["cloud", "data-center"]) -> Iterator[Site]:
    """Give a client on a site with one space; nothing may be wrong with what was sent and answered."""
    with ConfluenceServer(flavour) as server, signed_in(server) as client:
        server.add_space(SPACE, "Platform")
        yield client
        assert server.complaints == []


@pytest.fixture
def cloud() -> Iterator[Site]:
    yield from _wiki("cloud")


@pytest.fixture
def data_center() -> Iterator[Site]:
    yield from _wiki("data-center")


@pytest.fixture(params=["cloud", "data-center"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    yield from _wiki(request.param)
