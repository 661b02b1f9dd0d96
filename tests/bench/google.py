"""What a pass asks of Google Calendar: round trips, and units of its quota, as the stand-in counts them.

All is counted, signing in left out; who is busy is asked where roles are given out, once a day.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.fakes.google_calendar import GoogleCalendarServer, Requests
from tests.fakes.google_connection import CALENDAR, MONDAY
from tests.scenarios.google_programme import TEAM, GoogleProgramme


class Asked(NamedTuple):
    """What one pass asked; ``limit`` is the most that it may ask, of the former at least."""

    name: str
    round_trips: int
    quota_units: int
    limit: tuple[int, ...]


def asked_of_google() -> Iterator[Asked]:
    """Tell what the passes of a team with one weekly series, planned twelve weeks ahead, ask."""
    with TemporaryDirectory() as folder, GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "Europe/Berlin")
        programme = GoogleProgramme(google, Path(folder, "platform"))
        programme.run()
        yield _asked("cold start, a weekly series of 12 sessions", programme.asked, 4, 16)
        programme.settle()
        yield _asked("nothing to do", programme.asked, 1, 1)
        decision = {"series": "Lunch & Learn", "on": "2027-03-18", "topic": "Ingress"}
        programme.edit({**TEAM, "topics": [{"title": "Ingress"}], "sessions": [decision]})
        programme.run()
        yield _asked("one changed topic", programme.asked, 2, 2)
        programme.settle()
        yield from _shared(programme, GoogleProgramme(google, Path(folder, "data"), {**TEAM, "team": "Data"}))
        programme.later(days=10)
        programme.settle()
        programme.edit(_with_cadence(every="week", on="tuesday", at="10:00"))
        programme.run()
        yield _asked("another cadence, after one session", programme.asked, 6)


def _asked(name: str, requests: Requests, *most: int) -> Asked:
    return Asked(name, requests.round_trips, requests.quota_units, most)


def _shared(first: GoogleProgramme, second: GoogleProgramme) -> Iterator[Asked]:
    second.client = first.client
    for programme in (second, first):
        programme.settle()
    before = len(first.google.requests)
    for programme in (second, first):
        programme.run()
    requests = Requests(first.google.requests[before:])
    yield _asked("nothing to do, two teams in one calendar", requests, 1, 1)


def _with_cadence(**cadence: str) -> dict[str, object]:
    return {**TEAM, "series": [{**TEAM["series"][0], "cadence": cadence}]}
