"""What does not depend on each other is asked at once: as much as one after another would tell, and no more than a
connection's server is to bear.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Literal

import pytest

from daemon.model import Mark, Write, fingerprint
from daemon.ports import permitted_by
from integrations import side_by_side as module
from integrations.atlassian.site import Site
from integrations.confluence.connection import ConfluenceDataCenter
from integrations.confluence.faults import CONFLUENCE
from integrations.counter import Counter
from integrations.deadline import MOST, Deadline
from integrations.side_by_side import both, side_by_side
from tests.fakes.confluence.exchange import Request
from tests.fakes.confluence_connection import HOME, PAGE, SPACE, Connection, connected
from tests.fakes.rounds import Rounds
from tests.fakes.stubborn import StubbornServer

PATIENCE = 30
FLAVOURS = ("cloud", "data-center")
_of_the_pass = ContextVar("of the pass", default="none")


@pytest.fixture(params=FLAVOURS)
def confluence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connected(request.param, monkeypatch) as connection:
        yield connection


def together(confluence: Connection, many: int, on: str) -> Rounds:
    """Answer requests of a name only when so many of them are there; count all of them."""
    barrier, rounds = threading.Barrier(many, timeout=PATIENCE), Rounds()

    def wait(when: Literal["before", "after"], request: Request) -> None:
        if when == "before" and request.name.startswith(on):
            barrier.wait()

    confluence.server.watchers += [rounds, wait]
    return rounds


# the helper


def test_what_is_told_comes_in_the_order_of_the_questions() -> None:
    barrier = threading.Barrier(MOST, timeout=PATIENCE)

    def ask(number: int) -> tuple[int, str]:
        barrier.wait()  # so they are asked at once
        return number, _of_the_pass.get()

    _of_the_pass.set("morning")
    assert side_by_side(ask, range(2 * MOST)) == [(number, "morning") for number in range(2 * MOST)]
    assert side_by_side(ask, []) == []
    assert both(lambda: 1, lambda: "two") == (1, "two")


def test_the_first_error_in_order_ends_it_when_nothing_is_under_way_any_more() -> None:
    asked, second_has_failed = list[int](), threading.Event()

    def ask(number: int) -> None:
        asked.append(number)
        if number == 1:
            second_has_failed.set()
            raise ValueError("the second")
        if number == 0:
            assert second_has_failed.wait(PATIENCE)
            raise ValueError("the first")

    before = threading.active_count()
    with pytest.raises(ValueError, match="the first"):
        side_by_side(ask, range(1000))
    assert len(asked) < 1000
    assert threading.active_count() == before


def test_where_the_system_has_no_more_threads_it_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    assert side_by_side(lambda number: 2 * number, range(3)) == [0, 2, 4]


# a connection's limit


def test_who_comes_while_so_many_are_under_way_waits_for_one_of_them() -> None:
    deadline, told, go_on = Deadline(Counter(), seconds=PATIENCE, most=2), list[str](), threading.Event()
    busy = threading.Barrier(3, timeout=PATIENCE)

    def slow() -> str:
        busy.wait()
        assert go_on.wait(PATIENCE)
        return "slow"

    def ask(exchange: Callable[[], str]) -> None:
        told.append(deadline.within(exchange, lambda: told.append("begins")))

    threads = [threading.Thread(target=ask, args=(exchange,)) for exchange in (slow, slow, lambda: "late")]
    for thread in threads[:2]:
        thread.start()
    busy.wait()
    threads[2].start()
    assert told == ["begins", "begins"]  # whether it may still write is asked when its turn has come
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(told) == ["begins"] * 3 + ["late", "slow", "slow"]


def test_a_server_that_answers_none_of_so_many_is_asked_nothing_more() -> None:
    deadline, let_go = Deadline(Counter(), seconds=0.05, most=2), threading.Event()
    for _ in range(2):
        with pytest.raises(TimeoutError, match="no whole answer"):
            deadline.within(lambda: let_go.wait(PATIENCE))
    with pytest.raises(TimeoutError, match="earlier questions"):
        deadline.within(lambda: "answer")
    let_go.set()
    assert_asked_again(deadline)


def test_what_never_comes_to_an_end_is_forgotten() -> None:
    deadline, let_go = Deadline(Counter(), seconds=0.05, most=2, forgotten_after=0.2), threading.Event()
    begun, until = list[int](), time.monotonic() + PATIENCE
    while len(begun) < 4 and time.monotonic() < until:  # which is twice as many as there are places
        with pytest.raises(TimeoutError):
            deadline.within(lambda: let_go.wait(PATIENCE), lambda: begun.append(1))
    assert len(begun) == 4
    let_go.set()
    assert_asked_again(deadline)


def assert_asked_again(deadline: Deadline) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            assert deadline.within(lambda: "answer") == "answer"
            return
        except TimeoutError:
            continue  # it has not let go yet
    raise AssertionError("it was never asked again")


def test_who_may_not_begin_takes_nobodys_place() -> None:
    deadline = Deadline(Counter(), seconds=0.05, most=1)

    def superseded() -> None:
        raise RuntimeError("superseded")

    for _ in range(3):
        with pytest.raises(RuntimeError, match="superseded"):
            deadline.within(lambda: "answer", superseded)
    assert deadline.within(lambda: "answer") == "answer"


# Confluence


def labelled(confluence: Connection, many: int) -> None:
    """Let people have pages of their own, with the label of the team's: whether they are ours has to be asked."""
    for number in range(many):
        page = confluence.server.person_adds_page(SPACE, f"Notes {number}")
        confluence.server.person_labels(page, "platform")
    confluence.server.index.catch_up()


def test_a_first_look_asks_as_much_at_once_as_a_server_is_to_bear(confluence: Connection) -> None:
    labelled(confluence, 3 * MOST)
    rounds = together(confluence, MOST, on="property.")
    assert confluence.look().complete
    assert len([one for one in confluence.server.requests.names if one.startswith("property.")]) == 3 * MOST
    assert rounds.most_at_once == MOST


def test_two_teams_at_once_share_that(confluence: Connection) -> None:
    labelled(confluence, 2 * MOST)
    rounds = together(confluence, MOST, on="property.")
    wikis = [confluence.wiki(), confluence.restarted().wiki()]
    threads = [threading.Thread(target=one.observe, args=(None,)) for one in wikis]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len([one for one in confluence.server.requests.names if one.startswith("property.")]) == 4 * MOST
    assert rounds.most_at_once == MOST


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_it_shows_and_writes_what_one_question_after_another_does(
    flavour: Literal["cloud", "data-center"], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = list[Any]()
    for most in (MOST, 1):
        monkeypatch.setattr(module, "MOST", most)
        with connected(flavour, monkeypatch) as confluence:
            labelled(confluence, 3)
            pages = [
                replace(PAGE, key=f"platform/lunch/2026-12-{day}T12:15/page", title=f"2026-12-{day}")
                for day in range(10, 16)
            ]
            writes = [Write(page, Mark(page.key, fingerprint(page.content))) for page in (*pages, HOME)]
            told = confluence.wiki().write(writes)
            seen = confluence.restarted().look()
            found = {one.title: (one.id, one.labels, one.storage) for one in confluence.server.pages()}
            named = [key for key in confluence.server.requests.names if key == "page.create"]
            shown = [(one.key, one.error, one.observed and one.observed.title) for one in told]
            ends.append((shown, found, [(one.key, one.shown, one.version) for one in seen.seen], named))
    assert ends[0] == ends[1]


def test_what_belongs_to_new_pages_is_put_onto_several_at_once_and_onto_each_in_turn(confluence: Connection) -> None:
    pages = [
        replace(PAGE, key=f"platform/lunch/2026-12-{day}T12:15/page", title=f"2026-12-{day}") for day in range(10, 18)
    ]
    rounds, busy, crowded = together(confluence, MOST, on="label."), set[str](), list[str]()

    def watch(when: Literal["before", "after"], request: Request) -> None:
        page = next((one for one in request.path.split("/") if one.isdecimal()), "")
        if request.is_write and page and when == "before":
            crowded.extend([page] if page in busy else [])
            busy.add(page)
        elif request.is_write:
            busy.discard(page)

    confluence.server.watchers.append(watch)
    told = confluence.wiki().write([Write(page, Mark(page.key, fingerprint(page.content))) for page in pages])
    assert [one.error for one in told] == [""] * MOST
    assert rounds.most_at_once == MOST
    assert crowded == []


def test_a_site_that_wants_to_be_asked_less_is_asked_one_thing_after_another(confluence: Connection) -> None:
    labelled(confluence, MOST)
    barrier = threading.Barrier(MOST, timeout=PATIENCE)
    throttled, at_once, most = list[str](), 0, 0
    lock = threading.Lock()

    def watch(when: Literal["before", "after"], request: Request) -> None:
        nonlocal at_once, most
        if not request.name.startswith("property."):
            return
        if when == "before" and len(throttled) < MOST:
            throttled.append(request.path)
            barrier.wait()
            return
        with lock:
            at_once += 1 if when == "before" else -1
            most = max(most, at_once)

    confluence.server.watchers.append(watch)
    confluence.server.faults.throttle(times=MOST, on="property.", retry_after=3)
    assert confluence.look().complete
    asked = [one for one in confluence.server.requests.names if one.startswith("property.")]
    assert len(asked) == 2 * MOST
    assert len(confluence.waited) == MOST
    assert max(confluence.waited) == 3


def test_a_server_that_is_silent_costs_its_deadline_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "a-token-for-tests")
    with StubbornServer() as server:
        told = {"kind": "confluence-data-center", "url": f"http://127.0.0.1:{server.port}"}
        account = ConfluenceDataCenter.model_validate({**told, "token": "env:TOKEN"})
        site = Site(CONFLUENCE, "pages", account, lambda _: None, whole=2.0)
        before = time.monotonic()
        answers = side_by_side(lambda page: site.write("put", f"rest/api/content/{page}"), range(MOST))
        assert [one.unknown for one in answers] == [True] * MOST
        assert time.monotonic() - before < MOST * 2.0


def test_who_may_not_write_any_more_is_told_in_each_thread(confluence: Connection) -> None:
    asked = list[int]()

    def permission() -> None:
        asked.append(threading.get_ident())

    with permitted_by(permission):
        confluence.made(replace(HOME, labels=("platform",)))
    assert len(asked) == len(confluence.server.requests.writes)
