"""Servers that are silent, drip or are down: how long one costs, how often it is asked, and what is said of it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from daemon.model import Message
from daemon.ports import Refused, Unavailable
from integrations.breaker import FAILURES, LONGEST_PAUSE, PAUSE, Breaker
from integrations.counter import Counter
from integrations.deadline import Deadline
from integrations.mail.account import Account
from integrations.mail.connection import Smtp
from integrations.mail.faults import AccountFault
from integrations.mail.messenger import SmtpMessenger
from tests.fakes.stubborn import StubbornServer

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


class Server:
    """What is asked; it fails as long as it is to, and counts."""

    def __init__(self) -> None:
        self.error: Exception | None = Unavailable("The server is down.")
        self.error_of_ping: Exception | None = Unavailable("Nor does it tell who we are.")
        self.times = 0

    def ask(self) -> str:
        self.times += 1
        if self.error:
            raise self.error
        return "answer"

    def ping(self) -> None:
        if self.error_of_ping:
            raise self.error_of_ping


def failures(breaker: Breaker, server: Server, times: int, now: datetime = NOW) -> list[str]:
    said = []
    for _ in range(times):
        with pytest.raises(Unavailable) as error:
            breaker.call(lambda: now, server.ping, server.ask)
        said.append(str(error.value))
    return said


def test_a_server_that_is_down_is_left_alone_for_a_while_and_then_tried_once() -> None:
    breaker, server = Breaker(), Server()
    said = failures(breaker, server, 10)
    assert server.times == FAILURES
    assert said[:FAILURES] == ["The server is down."] * FAILURES
    assert set(said[FAILURES:]) == {"The server is down. It is asked again in a while."}

    assert {*failures(breaker, server, 10, NOW + PAUSE)} == {*said[FAILURES:]}, "who tries for all has no news"
    assert server.times == FAILURES + 1
    failures(breaker, server, 10, NOW + PAUSE + 1.5 * PAUSE)  # the pause has doubled
    assert server.times == FAILURES + 1

    server.error = None
    assert breaker.call(lambda: NOW + 3 * PAUSE, server.ping, server.ask) == "answer"
    server.error = Unavailable("Down again.")
    assert failures(breaker, server, 1, NOW + 3 * PAUSE) == ["Down again."]


def test_of_many_that_fail_together_the_first_pause_is_no_longer() -> None:
    breaker, server, under_way = Breaker(), Server(), threading.Barrier(8)

    def cut_off() -> None:
        under_way.wait(30)
        raise Unavailable("The connection was cut off.")

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(breaker.call, lambda: NOW, server.ping, cut_off) for _ in range(8)]
    assert all(isinstance(one.exception(), Unavailable) for one in asked) and breaker.is_down()
    server.error = None
    assert breaker.call(lambda: NOW + PAUSE, server.ping, server.ask) == "answer"


def test_who_shares_a_connection_hears_nothing_of_another_ones_words() -> None:
    breaker, server = Breaker(), Server()
    server.error = Unavailable("The issues of “project = SECRET” were not shown: busy.", to_all="The server is busy.")
    assert failures(breaker, server, FAILURES) == ["The issues of “project = SECRET” were not shown: busy."] * FAILURES
    assert failures(breaker, server, 1) == ["The server is busy. It is asked again in a while."]


def test_however_long_it_is_down_it_is_asked_again() -> None:
    breaker, server, now = Breaker(), Server(), NOW
    for _ in range(50):
        failures(breaker, server, 1, now)
        now += LONGEST_PAUSE
    assert server.times == 50


def test_a_clock_that_was_set_back_prolongs_no_pause() -> None:
    breaker, server = Breaker(), Server()
    failures(breaker, server, FAILURES)
    failures(breaker, server, 1, NOW - timedelta(days=1))
    assert server.times == FAILURES + 1


def test_who_says_no_is_there() -> None:
    breaker, server = Breaker(), Server()
    failures(breaker, server, FAILURES - 1)
    server.error = Refused("No.")
    with pytest.raises(Refused):
        breaker.call(lambda: NOW, server.ping, server.ask)
    server.error = Unavailable("The server is down.")
    failures(breaker, server, FAILURES - 1)
    server.error = None
    assert breaker.call(lambda: NOW, server.ping, server.ask) == "answer"


def test_who_answers_another_question_is_there_for_others() -> None:
    breaker, server = Breaker(), Server()
    server.error, server.error_of_ping = Unavailable("This query takes too long."), None
    assert failures(breaker, server, 2 * FAILURES) == ["This query takes too long."] * 2 * FAILURES
    assert server.times == breaker.failed == 2 * FAILURES and not breaker.is_down()


def test_a_server_that_is_back_is_not_left_alone_for_what_one_asks() -> None:
    breaker, server = Breaker(), Server()
    failures(breaker, server, FAILURES)
    server.error_of_ping = None
    failures(breaker, server, 1, NOW + PAUSE)
    assert not breaker.is_down()


def test_what_an_exchange_comes_to_is_handed_on() -> None:
    deadline = Deadline(Counter(), seconds=30)
    assert deadline.within(lambda: "answer") == "answer"
    with pytest.raises(Refused, match="No"):
        deadline.within(lambda: (_ for _ in ()).throw(Refused("No.")).__next__())


def test_a_mail_server_that_drips_costs_the_deadline_and_no_more() -> None:
    told = {"kind": "smtp", "host": "127.0.0.1", "security": "none", "from": "peers@example.com"}
    with StubbornServer(drips=b"220-still ") as server:
        connection = Smtp.model_validate({**told, "port": server.port})
        account = Account("mail", connection, seconds=lambda: 0.0, whole=0.3)
        sending = SmtpMessenger(account, "peers@example.com", "lead@example.com")
        message = Message("<one@example.com>", "ada@example.com", "Ada", "Hello", "Text", NOW)
        for _ in range(20):  # a pass with many mails asks once
            with pytest.raises(AccountFault, match="is too slow"):
                sending.send(message)
        until = time.monotonic() + 30
        while not server.asked and time.monotonic() < until:
            time.sleep(0.01)  # who has come is counted a moment later
        assert server.asked == 1
