"""A ``peerloop apply`` that is killed at any request to Google Calendar, or at any commit of the ledger beside it, and
run again, leaves the calendar, the pages and the mails of one that was not killed; nobody is invited a second time.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from integrations.google_calendar.marks import series_id
from tests import soak
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_connection import CALENDAR
from tests.scenarios.google_programme import BUSY_TEAM, GoogleProgramme
from tests.scenarios.killer import LEDGER, REQUESTS, Kills
from tests.scenarios.programme import MONDAY, contents
from tests.scenarios.test_kill import changed, cold, other_cadence


@pytest.fixture
def google() -> Iterator[GoogleCalendarServer]:
    with GoogleCalendarServer(lambda: MONDAY) as google:
        google.add_calendar(CALENDAR, "America/New_York")
        yield google
        assert google.complaints == []


def changed_and_declined(programme: GoogleProgramme) -> None:
    """All of what has changed, and guests who will not come: one with a role to a session, one to a whole series."""
    changed(programme)
    last = max(programme.memory().sessions.values(), key=lambda session: session.slot.starts_at)
    series = series_id(last.event, CALENDAR)
    programme.google.respond(CALENDAR, series, "ada@example.com", "declined")
    facilitator = last.roles["facilitator"]
    programme.google.respond(CALENDAR, series, facilitator, "declined", original_start=last.slot.original_start)


FEW = [changed_and_declined, other_cadence]
"""In which series are made, too."""


@soak.soaked
@pytest.mark.parametrize("prepare", soak.either(FEW, [cold, *FEW]))
def test_a_killed_apply_leaves_the_same_calendar(
    prepare: Callable[[GoogleProgramme], None], google: GoogleCalendarServer, tmp_path: Path
) -> None:
    programme = GoogleProgramme(google, tmp_path, BUSY_TEAM, MONDAY)
    programme.data.mkdir()
    prepare(programme)
    told = [programme.path, "--config", programme.config, "--now", programme.now.isoformat()]
    reset = partial(google.restore, google.saved())
    kills = Kills((*REQUESTS, *LEDGER), told, programme.data, tmp_path / "work", reset)
    ends = {name: _end(google, data) for name, data in kills}
    assert {*REQUESTS, *LEDGER} <= {name.rpartition(" ")[2] for name in ends}
    reference = ends["undisturbed"]
    for name, found in ends.items():
        differing = [key for key in {*reference, *found} if reference.get(key) != found.get(key)]
        assert not differing, f"{name}: {sorted(differing)} differ"


def _end(google: GoogleCalendarServer, data: Path) -> dict[str, object]:
    """Return each event, how often each mail of Google's went out, and what is in the local folders."""
    mails = Counter(google.invitations)
    assert {times for mail, times in mails.items() if mail.kind == "invite"} == {1}
    assert google.left_behind == []
    return {**google.snapshot()[CALENDAR], "mails": mails, **contents(data)}
