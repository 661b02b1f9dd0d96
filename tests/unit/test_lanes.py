"""Jobs side by side: which run at once, which wait, and who waits for whom."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.ports import rest
from daemon.serve import pace
from daemon.serve.lanes import Lanes
from daemon.serve.limits import take_short_turns
from daemon.serve.pace import HEAVY
from daemon.serve.turns import Turns
from daemon.serve.watch import Watcher
from integrations.counter import Counter
from integrations.deadline import Deadline

LONG = 30
"""Seconds after which a test hangs."""


class Gate:
    """A job that says when it has begun, and ends when it may."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Semaphore(0), threading.Event()
        self.times = 0

    def __call__(self) -> None:
        self.times += 1
        self.begun.release()
        assert self.may_end.wait(LONG)

    def has_begun(self, within: float = LONG) -> bool:
        return self.begun.acquire(timeout=within)


def computes() -> None:
    """Take so much of the processor that it is a job that goes on for long."""
    began = time.thread_time()
    while time.thread_time() - began <= HEAVY:
        sum(range(1000))


@pytest.fixture
def gates() -> Iterator[list[Gate]]:
    gates = [Gate() for _ in range(6)]
    yield gates
    for gate in gates:
        gate.may_end.set()


def test_who_needs_another_connection_does_not_wait(gates: list[Gate]) -> None:
    lanes, done = Lanes(most=2, after=LONG), threading.Event()
    for number in range(3):
        lanes.submit(f"team {number}", ["local", "confluence"], gates[number])
    assert gates[0].has_begun()
    assert gates[1].has_begun()
    assert not gates[2].has_begun(within=0.05)

    for needs in (["local"], ["google"], ["local", "google"]):
        done.clear()
        lanes.submit("another", needs, done.set)
        assert done.wait(LONG)

    gates[0].may_end.set()
    assert gates[2].has_begun()


def test_of_one_name_one_runs_and_the_newest_waits(gates: list[Gate]) -> None:
    lanes, asked_for = Lanes(), list[str]()
    lanes.submit("team", ["local"], gates[0])
    assert gates[0].has_begun()
    for number in range(3):
        lanes.submit("team", ["local"], lambda number=number: asked_for.append(f"edit {number}"))  # type: ignore[misc]
    assert asked_for == []
    gates[0].may_end.set()
    assert lanes.settle(LONG)
    assert asked_for == ["edit 2"]


def test_it_is_known_what_is_held_up(gates: list[Gate]) -> None:
    lanes = Lanes(most=1, after=LONG)
    lanes.submit("slow", ["confluence"], gates[0])
    lanes.submit("behind it", ["confluence"], gates[1])
    assert not lanes.settle(within=0.05)
    for name in ("slow", "behind it"):
        assert lanes.busy(name)
        assert lanes.held_up(name, longer_than=0.05)
        assert not lanes.held_up(name, longer_than=LONG)
    gates[0].may_end.set()
    gates[1].may_end.set()
    assert lanes.settle(LONG)
    assert not lanes.busy("slow")
    assert not lanes.held_up("slow", longer_than=0)


def test_when_all_is_done_that_is_told_before_anybody_goes_on() -> None:
    told: list[str] = []
    lanes = Lanes(when_idle=lambda: told.append("idle"))
    for number in range(20):
        lanes.submit(f"team {number}", ["local"], lambda: told.append("done"))
    assert lanes.settle(LONG)
    assert told.count("done") == 20
    assert told[-1] == "idle"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_breaks_keeps_nobody_waiting() -> None:
    lanes, done = Lanes(most=1, after=LONG), threading.Event()

    def breaks() -> None:
        raise SystemExit

    lanes.submit("breaks", ["local"], breaks)
    lanes.submit("next", ["local"], done.set)
    assert done.wait(LONG)
    assert lanes.settle(LONG)
    for thread in threading.enumerate():
        if thread.name == "breaks":
            thread.join(LONG)  # so that it is not another test that is told of its end


def test_once_closed_nothing_begins(gates: list[Gate]) -> None:
    lanes = Lanes(most=1, after=LONG)
    lanes.submit("runs", ["local"], gates[0])
    lanes.submit("waits", ["local"], gates[1])
    assert gates[0].has_begun()
    gates[0].may_end.set()
    lanes.close()
    lanes.submit("comes late", ["local"], gates[2])
    assert [gate.times for gate in gates[1:3]] == [0, 0]


def test_a_job_for_which_the_system_has_no_thread_is_done_later(monkeypatch: pytest.MonkeyPatch) -> None:
    lanes, done = Lanes(), threading.Event()

    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Thread, "start", no_more)
        lanes.submit("team", ["local"], done.set)
        assert lanes.busy("team")
        with pytest.raises(TimeoutError, match="this machine has no thread left for it"):
            Deadline(Counter()).within(lambda: "answer")
        watcher = Watcher()
        assert not watcher.follow([Path("team.yaml")])
    assert watcher.follow([Path("team.yaml")])  # it is tried again
    watcher.close()
    lanes.submit("another", ["local"], lambda: None)
    assert done.wait(LONG)
    assert lanes.settle(LONG)


def test_who_waits_for_an_answer_goes_before_the_rest(gates: list[Gate]) -> None:
    lanes, order = Lanes(most=1, after=LONG), list[str]()
    lanes.submit("first", ["local"], gates[0])
    lanes.submit("urgent", ["local"], gates[1], urgent=True)
    assert gates[0].has_begun() and gates[1].has_begun(), "it has a place of its own"
    for name, urgent in (("new", False), ("newer", False), ("edited", True), ("newer", True), ("edited", False)):
        lanes.submit(name, ["local"], lambda name=name: order.append(name), urgent)  # type: ignore[misc]
    gates[1].may_end.set()
    gates[0].may_end.set()
    assert lanes.settle(LONG)
    assert order == ["newer", "edited", "new"]


@pytest.mark.parametrize(
    ("lets_pass", "in_turn"),
    [
        pytest.param(60.0, ["known", "new", "newer"], id="for a while"),
        pytest.param(0.0, ["new", "newer", "known"], id="no longer"),
    ],
)
def test_a_first_job_lets_others_pass(gates: list[Gate], lets_pass: float, in_turn: list[str]) -> None:
    lanes, order = Lanes(most=1, lets_pass=lets_pass, after=LONG), list[str]()
    lanes.submit("known", ["local"], lambda: None)
    assert lanes.settle(LONG)
    lanes.submit("first", ["local"], gates[0])
    assert gates[0].has_begun()
    for name in ("new", "newer", "known"):
        lanes.submit(name, ["local"], lambda name=name: order.append(name))  # type: ignore[misc]
    gates[0].may_end.set()
    assert lanes.settle(LONG)
    assert order == in_turn


def test_it_may_be_waited_for_some_alone(gates: list[Gate]) -> None:
    lanes = Lanes(most=1, after=LONG)
    lanes.submit("edited", ["files"], gates[0])
    lanes.submit("new", ["files"], gates[1])
    assert not lanes.settle(0.05, ["edited"])
    gates[0].may_end.set()
    assert lanes.settle(LONG, ["edited"])
    assert not lanes.settle(0)


def test_of_urgent_ones_that_goes_first_which_was_asked_for_first(gates: list[Gate]) -> None:
    lanes, order = Lanes(most=1, after=LONG), list[str]()
    for number, urgent in ((0, False), (1, True)):
        lanes.submit(f"runs {number}", ["local"], gates[number], urgent)
        assert gates[number].has_begun()
    names = ["quiet", *(f"one of many {number}" for number in range(50))]
    for name in (*names, *reversed(names)):
        lanes.submit(name, ["local"], lambda name=name: order.append(name), urgent=True)  # type: ignore[misc]
    gates[0].may_end.set()
    gates[1].may_end.set()
    assert lanes.settle(LONG)
    assert sorted(order) == sorted(names)
    assert order.index("quiet") < 2  # two run at once, so that the second may be quicker


def test_first_jobs_leave_the_processor_to_an_urgent_one(gates: list[Gate]) -> None:
    lanes = Lanes(most=3, after=LONG)
    lanes.submit("known", ["local"], lambda: None)
    assert lanes.settle(LONG)
    lanes.submit("edited", ["local"], gates[0], urgent=True)
    for number in (1, 2):
        lanes.submit(f"new {number}", ["local"], gates[number])
    assert gates[0].has_begun() and gates[1].has_begun()
    assert not gates[2].has_begun(within=0.05)
    lanes.submit("known", ["local"], gates[3])
    assert gates[3].has_begun(), "it had its first pass, and waits for no first pass of another"
    gates[0].may_end.set()
    assert gates[2].has_begun()


@pytest.mark.parametrize("urgent", [True, False])
def test_who_is_asked_for_alone_is_not_the_last_behind_many_that_were_together(gates: list[Gate], urgent: bool) -> None:
    lanes, order = Lanes(most=1, after=LONG), list[str]()
    names = ["quiet", *(f"one of many {number}" for number in range(100))]
    for name in names:
        lanes.submit(name, ["local"], lambda: None)
    assert lanes.settle(LONG)
    for number in range(1 + urgent):
        lanes.submit(f"runs {number}", ["local"], gates[number], urgent=number > 0)
        assert gates[number].has_begun()
    for ahead, name in enumerate(names[1:]):
        lanes.submit(name, ["local"], lambda name=name: order.append(name), urgent, ahead)  # type: ignore[misc]
    lanes.submit("quiet", ["local"], lambda: order.append("quiet"), urgent)
    for name in names[1:]:
        lanes.submit(name, ["local"], lambda name=name: order.append(name), urgent)  # type: ignore[misc]
    gates[0].may_end.set()
    gates[1].may_end.set()
    assert lanes.settle(LONG)
    assert sorted(order) == sorted(names)
    assert order.index("quiet") < 50


def test_quick_ones_wait_for_none_that_goes_on_for_long(gates: list[Gate]) -> None:
    lanes, done = Lanes(most=2, after=LONG), threading.Event()
    for _ in range(2):
        for number in range(4):
            lanes.submit(f"long {number}", ["jira"], computes)
        assert lanes.settle(LONG)
    for number in range(4):  # what it does now and then is quick, such as a pass that finds nothing to do
        lanes.submit(f"long {number}", ["jira"], lambda: None)
    assert lanes.settle(LONG)

    for number in range(4):
        lanes.submit(f"long {number}", ["jira"], gates[number])
    assert gates[0].has_begun() and gates[1].has_begun()
    for number in range(10):
        done.clear()
        lanes.submit(f"quick {number}", ["jira"], done.set)
        assert done.wait(LONG)
    assert not gates[2].has_begun(within=0.05), "they have no more places than the others"
    gates[0].may_end.set()
    assert gates[2].has_begun()


def test_those_that_never_end_keep_no_other_long_one_waiting_for_ever(gates: list[Gate]) -> None:
    lanes = Lanes(most=2, after=0.05, endless=0.5)
    for _ in range(2):
        for number in range(3):
            lanes.submit(f"long {number}", ["local"], computes)
        assert lanes.settle(LONG)
    for number in range(3):
        lanes.submit(f"long {number}", ["local"], gates[number])
    assert all(gates[number].has_begun() for number in range(3)), "though none of them has ended"


def test_long_ones_that_wait_leave_the_places_of_quick_ones_free(gates: list[Gate]) -> None:
    lanes = Lanes(most=2, after=LONG)
    lanes.submit("quick", ["local"], computes)  # as a first one does
    for _ in range(2):
        for number in range(4):
            lanes.submit(f"long {number}", ["local"], computes)
        assert lanes.settle(LONG)
    for number in range(4):
        lanes.submit(f"long {number}", ["local"], gates[number], urgent=True)
    assert all(gates[number].has_begun() for number in range(3))
    lanes.submit("quick", ["local"], gates[4])
    lanes.submit("edited", ["local"], gates[5], urgent=True)
    assert gates[4].has_begun() and gates[5].has_begun()
    assert not gates[3].has_begun(within=0.05)


def test_who_was_only_slowed_by_others_does_not_go_on_for_long(
    gates: list[Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "LONG", 0.1)
    lanes = Lanes(most=1, after=LONG, turns=Turns(most=1, long=LONG))
    slow = {"slowed": lambda: time.sleep(0.3), "waits": lambda: rest(0.3), "computes": computes}
    for name, job in slow.items():
        for _ in range(2):  # the first one does not count
            lanes.submit(name, ["local"], job)
            assert lanes.settle(LONG)

    lanes.submit("computes", ["local"], gates[0])
    assert gates[0].has_begun()
    for number, name in enumerate(("waits", "slowed"), start=1):
        lanes.submit(name, ["local"], gates[number], urgent=True)
    assert gates[2].has_begun(), "it is urgent, and waits for no turn"
    assert not gates[1].has_begun(within=0.05)


def test_who_is_known_to_go_on_for_long_does_not_wait_for_those_that_turn_out_to(gates: list[Gate]) -> None:
    lanes = Lanes(most=1, after=0.05)
    for _ in range(2):
        lanes.submit("long", ["local"], computes)
        assert lanes.settle(LONG)
    for number in range(3):
        lanes.submit(f"slow {number}", ["local"], gates[number])
        assert gates[number].has_begun()
    lanes.submit("long", ["local"], gates[3])
    assert gates[3].has_begun()


def test_who_turns_out_to_go_on_for_long_gives_way(gates: list[Gate]) -> None:
    lanes, done = Lanes(most=1, aside=1, after=0.05), threading.Event()
    lanes.submit("slow", ["jira"], gates[0])
    assert gates[0].has_begun()
    lanes.submit("quick", ["jira"], done.set)
    assert done.wait(LONG)

    lanes.submit("slow too", ["jira"], gates[1])
    assert gates[1].has_begun()
    lanes.submit("another", ["jira"], gates[2])
    assert not gates[2].has_begun(within=0.5), "no more of them stand aside than there are places"
    gates[0].may_end.set()
    assert gates[2].has_begun()


def test_threads_that_compute_let_others_have_their_turn_sooner_than_by_default() -> None:
    usual = sys.getswitchinterval()
    try:
        take_short_turns()
        assert sys.getswitchinterval() <= usual / 4
    finally:
        sys.setswitchinterval(usual)
