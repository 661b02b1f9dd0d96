"""A stand-in with one calendar in Berlin, and the real client on it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.client import BERLIN, TEAM, connected
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
