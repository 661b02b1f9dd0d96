"""The same attack where the pages are in Confluence, whose API loses, refuses and garbles answers beside all else."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis.stateful import initialize, invariant, rule

from tests import soak
from tests.fakes.confluence.faults import Faults
from tests.scenarios.confluence_programme import ConfluenceProgramme, Flavour, confluence
from tests.scenarios.lead import chosen
from tests.scenarios.programme import Programme
from tests.scenarios.test_machine import PICK, Attack, Next

Fault = Callable[[Faults, int], None]
OF_ALL: tuple[Fault, ...] = (
    lambda faults, nth: faults.lose_answer(nth, times=2),
    lambda faults, nth: faults.lose_answer(nth, times=2, done=False),
    lambda faults, nth: faults.throttle(nth, times=3, retry_after=7),
    lambda faults, nth: faults.throttle(nth, times=9, retry_after=None),
    lambda faults, nth: faults.refuse("unauthorized", nth),
    lambda faults, nth: faults.refuse("forbidden", nth, times=2),
    lambda faults, nth: faults.refuse("not-found", nth, times=2),
    lambda faults, nth: faults.fail(500, nth, times=2, done=True),
    lambda faults, nth: faults.fail(503, nth, times=99, done=False),
    lambda faults, nth: faults.html(nth, times=2, done=True),
    lambda faults, nth: faults.truncate(nth, times=2),
)
OF_WRITING: tuple[Fault, ...] = (
    lambda faults, nth: faults.refuse("conflict", nth, times=2, on="page.update"),
    lambda faults, nth: faults.refuse("not-found", nth, on="page.get"),
    lambda faults, nth: faults.refuse("too-large", nth, on="page."),
    lambda faults, nth: faults.lose_answer(nth, on="page.create"),
    lambda faults, nth: faults.fail(500, nth, on="page.update", done=True),
    lambda faults, nth: faults.html(nth, on="page.create", done=True),
    lambda faults, nth: faults.truncate(nth, on="page.create"),
    lambda faults, nth: faults.lose_answer(nth, times=2, on="property.", done=False),
    lambda faults, nth: faults.refuse("forbidden", nth, on="label."),
    lambda faults, nth: faults.fail(503, nth, on="attachment.", done=True),
)


class ConfluenceAttack(Attack):
    """A programme on Confluence, and what is about to go wrong there."""

    programme: ConfluenceProgramme
    flavour: Flavour = "cloud"

    def programme_in(self, folder: Path) -> Programme:
        self.open = ExitStack()
        self.server = self.open.enter_context(confluence(self.flavour))
        self.turn = 0
        self.programme = ConfluenceProgramme(self.server, folder)
        return self.programme

    def teardown(self) -> None:
        super().teardown()
        self.open.close()

    @initialize(turn=PICK)
    def faults_begin(self, turn: int) -> None:
        self.turn = turn

    @rule()
    def index_catches_up(self) -> None:
        self.server.index.catch_up()

    @rule()
    def process_restarts(self) -> None:
        self.programme.client.restart()

    @rule(pick=PICK)
    def page_is_put_in_order(self, pick: int) -> None:
        """Somebody labels a page, or deletes the property that says that it is ours."""
        page = self.server.page(chosen(sorted(self.programme.shown().pages_of.values()), pick))
        if pick % 2 and page.properties:
            self.server.person_deletes_property(page.id, "peerloop")
        else:
            self.server.person_labels(page.id, "mine", *page.labels)

    def goes_wrong(self, then: Next) -> None:
        """Let a pass meet with faults of the API, one after the other of them, early or late in it."""
        super().goes_wrong(then)
        self.turn += 1
        chosen(OF_ALL, self.turn)(self.server.faults, 1 + self.turn % 7)
        chosen(OF_WRITING, self.turn // 2)(self.server.faults, 1 + self.turn % 3)
        self.applies()
        self.server.faults.clear()

    @invariant()
    def every_request_was_understood(self) -> None:
        assert self.server.complaints == []


class DataCenterAttack(ConfluenceAttack):
    """The other flavour."""

    flavour = "data-center"


@soak.soaked
@pytest.mark.parametrize("part", soak.parts(1))
@pytest.mark.parametrize("attack", [ConfluenceAttack, DataCenterAttack])
def test_a_programme_on_confluence_under_attack(attack: type[ConfluenceAttack], part: int) -> None:
    soak.attack(attack, part, soak.either(3, 10))
