"""The same attack where the calendar is at Google's, whose API loses, refuses and garbles answers beside all else."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests import soak
from tests.fakes.google_calendar import GoogleCalendarServer
from tests.fakes.google_calendar.faults import Faults
from tests.fakes.google_connection import CALENDAR
from tests.scenarios import lead, people
from tests.scenarios.google_programme import BUSY_TEAM, GoogleProgramme
from tests.scenarios.lead import chosen
from tests.scenarios.programme import MONDAY, Place, Programme
from tests.scenarios.test_machine import NEXT, PICK, Attack, Next

Fault = Callable[[Faults, int], None]
OF_REQUESTS: tuple[Fault, ...] = (
    lambda faults, nth: faults.lose_answer(nth),
    lambda faults, nth: faults.lose_answer(nth, done=False),
    lambda faults, nth: faults.throttle(nth, times=3),
    lambda faults, nth: faults.refuse("authError", nth, times=2),
    lambda faults, nth: faults.fail(500, nth, times=2, done=True),
    lambda faults, nth: faults.fail(503, nth, times=99, done=False),
    lambda faults, nth: faults.html(nth, times=2, done=True),
    lambda faults, nth: faults.truncate(nth, times=2),
)
OF_CALLS: tuple[Fault, ...] = (
    lambda faults, nth: faults.refuse("userRateLimitExceeded", nth, times=4, in_batch=True),
    lambda faults, nth: faults.refuse("backendError", nth, times=2, in_batch=True),
    lambda faults, nth: faults.refuse("conditionNotMet", nth, on="events.update", in_batch=True),
    lambda faults, nth: faults.fail(500, nth, times=2, done=True, in_batch=True),
    lambda faults, nth: faults.fail(500, nth, times=99, on="events.update", done=False, in_batch=True),
    lambda faults, nth: faults.fail(503, nth, times=99, on="events.insert", done=True, in_batch=True),
)
"""Those inside batches."""
LAGGING: tuple[Callable[[dict[str, Any]], bool], ...] = (
    lambda item: "recurringEventId" in item,
    lambda item: "recurringEventId" not in item,
    lambda item: True,
)
"""What a listing may leave out that was written right before it."""
SPLITS_ARE_FOLLOWED = True
"""Whether the machine lets people choose "this and following"."""


class GoogleAttack(Attack):
    """A programme at Google's, and what is about to go wrong there."""

    programme: GoogleProgramme

    def programme_in(self, folder: Path) -> Programme:
        self.open = ExitStack()
        self.google = self.open.enter_context(GoogleCalendarServer(lambda: MONDAY))
        self.google.add_calendar(CALENDAR, "America/New_York")
        self.turn = 0
        self.programme = GoogleProgramme(self.google, folder, BUSY_TEAM, MONDAY)
        return self.programme

    def teardown(self) -> None:
        super().teardown()
        self.open.close()

    @initialize(turn=PICK)
    def faults_begin(self, turn: int) -> None:
        self.turn = turn

    @rule()
    def sync_tokens_expire(self) -> None:
        self.google.expire_sync_tokens()

    @rule()
    def process_restarts(self) -> None:
        self.programme.client.restart()

    @rule(edit=st.sampled_from(lead.EDITS), pick=PICK, nth=st.integers(1, 2))
    def listing_lags(self, edit: lead.Edit, pick: int, nth: int) -> None:
        """A listing does not show yet what was written right before it."""
        self.passes(Next())
        edit(self.programme, pick)
        self.applies()
        self.google.faults.lagging_listing(chosen(LAGGING, pick), nth)
        self.applies()
        self.programme.later(hours=1)
        self.passes(Next())

    @rule(pick=PICK, then=NEXT)
    def this_and_following(self, pick: int, then: Next) -> None:
        """Somebody gives a session and all that follow it another time, or only another room."""
        if SPLITS_ARE_FOLLOWED:
            uid = self.programme.splits(pick)
            there = self.programme.shown().events  # what goes before that session stays as it is
            described = {place: text for place, text in self.theirs.descriptions.items() if place in there}
            self.theirs.forget_series(uid)
            self.theirs.descriptions |= described
            self.passes(then)

    def _note_event(self, edit: people.Edit, place: Place) -> None:
        super()._note_event(edit, place)
        if edit is people.deletes_series:  # what comes out of the bin is as its rule says
            self.theirs.forget_series(place[0])
            off = self.programme.taken_off.items()
            self.programme.taken_off = {one: entry for one, entry in off if one[0][0] != place[0] or one[0] == place}

    def goes_wrong(self, then: Next) -> None:
        """Let a pass meet with faults of the API, one after the other of them, early or late in it."""
        super().goes_wrong(then)
        self.turn += 1
        chosen(OF_REQUESTS, self.turn)(self.google.faults, 1 + self.turn % 3)
        chosen(OF_CALLS, self.turn)(self.google.faults, 1 + self.turn % 5)
        self.applies()
        self.google.faults.clear()

    @invariant()
    def nobody_is_invited_twice(self) -> None:
        """Nor left with an event that is not there any more; and every request was one that Google understands."""
        guests: dict[tuple[str, str], bool] = {}
        for to, kind, event in self.google.invitations:
            assert not (kind == "invite" and guests.get((to, event))), f"invited twice: {to} to {event}"
            guests[to, event] = guests.get((to, event), False) if kind == "update" else kind == "invite"
        assert self.google.left_behind == []
        assert self.google.complaints == []


@soak.soaked
@pytest.mark.parametrize("part", soak.parts(2))
def test_a_programme_at_google_s_under_attack(part: int) -> None:
    soak.attack(GoogleAttack, part, soak.either(4, 10))
