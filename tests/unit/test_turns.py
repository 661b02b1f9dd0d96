"""Of all that is done side by side little computes at a moment; what somebody waits for is done at once."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from daemon.ports import left_by, waiting
from daemon.serve.lanes import Lanes
from daemon.serve.turns import Turns

SOON = 30
"""Seconds within which anything is done, however busy the machine."""
NEVER = 3600.0


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def no() -> bool:
    return False


class Worker:
    """Somebody who takes a turn, and keeps it until told otherwise."""

    def __init__(self, turns: Turns, pool: ThreadPoolExecutor, is_urgent: Callable[[], bool] = no) -> None:
        self.has_turn, self.may_end, self.waits = threading.Event(), threading.Event(), threading.Event()
        self._turns, self._is_urgent = turns, is_urgent
        self.done: Future[None] = pool.submit(self._work)

    def _work(self) -> None:
        with self._turns.one(self._is_urgent):
            self.has_turn.set()
            with waiting():
                self.waits.wait(SOON)
            assert self.may_end.wait(SOON)

    def ends(self) -> None:
        self.waits.set()
        self.may_end.set()
        self.done.result(SOON)


@pytest.fixture
def turns() -> Turns:
    return Turns(most=1, long=NEVER)


def test_who_waits_for_a_server_lets_another_one_compute(turns: Turns) -> None:
    with ThreadPoolExecutor(3) as pool:
        first = Worker(turns, pool)
        assert first.has_turn.wait(SOON)
        second = Worker(turns, pool)
        assert second.has_turn.wait(SOON), "the first one waits for a server"
        second.waits.set()
        until(lambda: len(turns._taken) == 1)
        first.waits.set()
        third = Worker(turns, pool)
        assert not third.has_turn.wait(0.1) and not first.done.done()
        second.ends()
        first.ends()
        third.ends()
    assert turns._taken == {}


def test_who_has_waited_for_a_server_is_done_with_that_before_they_take_a_turn() -> None:
    order = list[str]()

    @contextmanager
    def told(name: str) -> Iterator[None]:
        order.append(f"{name} before")
        yield
        order.append(f"{name} after")

    with left_by(lambda: told("turn")), left_by(lambda: told("server")), waiting():
        pass
    assert order == ["turn before", "server before", "server after", "turn after"]


def test_what_is_urgent_or_becomes_so_waits_for_no_turn(turns: Turns) -> None:
    urgent = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        first = Worker(turns, pool)
        first.waits.set()
        assert first.has_turn.wait(SOON)
        until(lambda: bool(turns._taken))
        waiting_one = Worker(turns, pool, urgent.is_set)
        assert not waiting_one.has_turn.wait(0.1)
        urgent.set()
        turns.hurry()
        assert waiting_one.has_turn.wait(SOON)
        waiting_one.ends()
        first.ends()


def test_a_turn_that_is_kept_for_long_keeps_nobody_waiting() -> None:
    turns = Turns(most=1, long=0.05)
    with ThreadPoolExecutor(2) as pool:
        first = Worker(turns, pool)
        first.waits.set()
        assert first.has_turn.wait(SOON)
        second = Worker(turns, pool)
        assert second.has_turn.wait(SOON)
        second.ends()
        first.ends()


def test_an_edit_hurries_the_pass_that_it_waits_for(turns: Turns) -> None:
    lanes, said, goes_on = Lanes(turns=turns), list[str](), threading.Event()
    lanes.submit("long", ["one"], lambda: said.append(str(goes_on.wait(SOON))))
    until(lambda: bool(turns._taken))
    lanes.submit("team", ["two"], lambda: said.append("as it was"))
    lanes.submit("team", ["two"], lambda: said.append("as it is"), urgent=True)
    assert lanes.settle(SOON, ["team"])
    goes_on.set()
    lanes.close()
    assert said == ["as it was", "as it is", "True"]
