"""Answers without an end, small ones that unpack to a flood, brackets within brackets: refused in words, soon."""

import gc
import gzip
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, count, repeat
from typing import Any

import atlassian.rest_client  # noqa: F401, to be loaded before memory is measured
import googleapiclient.discovery  # type: ignore[import-untyped]  # noqa: F401
import pytest

from config.secret import Secret
from daemon.ports import PortError, Refused, Unavailable
from integrations.atlassian.faults import Product, TooLongAnswer
from integrations.atlassian.site import Site
from integrations.bounded import LARGEST, LARGEST_LISTING, LARGEST_OF_WIDE
from integrations.confluence.cloud import Cloud
from integrations.confluence.connection import ConfluenceCloud
from integrations.confluence.faults import CONFLUENCE
from integrations.google_calendar.client import Account, Call
from integrations.google_calendar.connection import GoogleCalendar
from integrations.google_calendar.faults import of_calendar
from integrations.google_calendar.marks import series_id
from integrations.jira.api import Cloud as Jira
from integrations.jira.connection import JiraCloud
from integrations.jira.faults import JIRA
from integrations.mail.account import Account as MailAccount
from integrations.mail.connection import Smtp
from integrations.mail.faults import AccountFault
from integrations.side_by_side import side_by_side
from tests.fakes.flood import (
    FloodServer,
    about_to_answer,
    endless,
    in_tiny_pieces,
    of_nothing,
    packed,
    shorter_than_nothing,
    whole,
)

NESTED = b"[" * 200_000
MANY = b"{" + b'"a":[[],{}],' * 80_000 + b"}"
WIDE = [
    b'{"a":"' + b"a" * LARGEST_OF_WIDE + letter + b'"}' for letter in ("\N{GRINNING FACE}".encode(), b"\\ud83d\\ude00")
]
FLOODS = [
    endless,
    partial(packed, 100),
    lambda: whole(MANY),
    *(partial(whole, wide) for wide in WIDE),
    in_tiny_pieces,
    of_nothing,
]
TOKEN = Secret(variable="TOKEN")


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "a-token-for-tests")


def site(product: Product, url: str) -> Site:
    told: Any = {"url": url, "user": "bot@example.com", "token": TOKEN}
    if product is JIRA:
        return Site(JIRA, "tracker", JiraCloud(kind="jira-cloud", **told), lambda _: None)
    return Site(CONFLUENCE, "pages", ConfluenceCloud(kind="confluence-cloud", **told), lambda _: None)


@contextmanager
def little_kept(server: FloodServer, most: int = LARGEST) -> Iterator[None]:
    """Expect that not much more than the limit is taken from the server, and kept."""
    tracemalloc.start()
    try:
        yield
        kept = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept < 4 * most
    assert server.sent < 4 * most  # some of it waits between the two


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
@pytest.mark.parametrize("flood", FLOODS)
def test_no_more_than_some_of_a_flood_is_read(product: Product, flood: Callable[[], Iterable[bytes]]) -> None:
    with FloodServer(flood) as server:
        connection = site(product, server.url)
        with little_kept(server), pytest.raises(Unavailable) as raised:
            connection.read("rest/api/anything")
    assert str(raised.value).startswith(
        f"What {product.name} answers at {server.url} is more than is read of one answer, 16 MB or 300,000 values, and "
        "was not read to its end: "
    )
    assert f"correct the url of the connection “{connection.name}”" in str(raised.value)


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_who_goes_on_saying_that_an_answer_will_come_is_not_listened_to(product: Product) -> None:
    with FloodServer(about_to_answer) as server, little_kept(server, 1_000_000):
        answer = site(product, server.url).read("rest/api/anything")
    assert answer.unknown
    assert answer.message == (
        f"{server.url} was reached, and its answer was broken (it goes on saying that it will answer, and never does)"
    )


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_a_part_of_a_length_below_nothing_is_no_answer(product: Product) -> None:
    with FloodServer(shorter_than_nothing) as server:
        answer = site(product, server.url).read("rest/api/anything")
    assert answer.unknown and answer.message.startswith(f"{server.url} was reached, and its answer was broken (")


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_an_address_longer_than_any_is_led_to_by_nobody(product: Product) -> None:
    marks = "\u0300" * 15_000 + "\u0327" * 15_000  # to put them in order takes seconds, each time
    head = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: http://a{marks}/\r\n\r\n"
    with FloodServer(lambda: [head.encode()]) as server:
        answer = site(product, server.url).read("rest/api/anything")
    assert (answer.status, answer.done) == (302, False)


def test_nor_of_the_answer_to_a_write() -> None:
    with (
        FloodServer(endless) as server,
        little_kept(server),
        pytest.raises(PortError, match="is more than is read of one"),
    ):
        site(CONFLUENCE, server.url).write("post", "rest/api/content", {})


@pytest.mark.parametrize("flood", FLOODS)
def test_nor_of_a_file(flood: Callable[[], Iterable[bytes]]) -> None:
    with FloodServer(flood) as server, little_kept(server), pytest.raises(Refused) as raised:
        site(CONFLUENCE, server.url).download("download/attachments/1/talk.vtt", "talk.vtt")
    assert str(raised.value) == (
        "What Confluence sends as talk.vtt is more than is read of one file, 16 MB or 300,000 values, and is not read."
    )


def test_what_is_as_long_as_may_be_is_read() -> None:
    content = b"[" + b" " * (LARGEST - 2) + b"]"
    with FloodServer(lambda: whole(content)) as server:
        assert site(CONFLUENCE, server.url).download("download/attachments/1/talk.vtt", "talk.vtt") == content


def test_a_listing_that_leads_from_page_to_page_for_ever_is_left() -> None:
    page = b'{"results": [{"id": "1"}], "_links": {"next": "/wiki/rest/api?cursor=again"}}'
    with FloodServer(lambda: whole(page)) as server, pytest.raises(Unavailable) as raised:
        Cloud(site(CONFLUENCE, server.url)).labelled("PLAT", ["platform"])
    assert str(raised.value) == "Confluence lists the pages without an end. The next pass tries again."


LONG = b"word " * 180_000
"""Nearly as long as a text may be; there are nine of them in an answer."""


def listed(one: bytes, following: bytes) -> bytes:
    """Return an answer in which there are several of these, and which says what follows."""
    return b"{%s: [%s], %s}" % (one.split(b":")[0], b", ".join([one.partition(b":")[2]] * 9), following)


PAGES = listed(b'"results":{"id": "1", "title": "%s"}' % LONG, b'"_links": {"next": "/wiki/rest/api?cursor=again"}')
ISSUES = listed(b'"issues":{"key": "A-1", "fields": {"summary": "%s"}}' % LONG, b'"nextPageToken": "%d"')
EVENTS = listed(
    b'"items":{"id": "%s", "status": "confirmed", "description": "' + LONG + b'"}', b'"nextPageToken": "%d"'
)


def test_a_listing_of_long_answers_does_not_fill_the_memory() -> None:
    with (
        FloodServer(lambda: whole(PAGES)) as server,
        little_kept(server, 2 * LARGEST_LISTING),
        pytest.raises(TooLongAnswer) as raised,
    ):
        Cloud(site(CONFLUENCE, server.url)).children("1")
    assert str(raised.value).startswith(
        f"What Confluence lists at {server.url} is more than is read of one listing, 60 MB, and was "
    )


def test_what_was_read_of_them_goes_with_the_refusal() -> None:
    with FloodServer(lambda: whole(PAGES)) as server:
        pages = Cloud(site(CONFLUENCE, server.url))
        tracemalloc.start()
        gc.disable()
        try:
            for _ in range(2):
                with pytest.raises(TooLongAnswer):
                    side_by_side(pages.children, ["1", "2"])
            assert tracemalloc.get_traced_memory()[0] < LARGEST / 4, "without having to be looked for"
        finally:
            gc.enable()
            tracemalloc.stop()


def test_nor_do_issues_with_long_titles() -> None:
    numbers = count()
    with FloodServer(lambda: whole(ISSUES % next(numbers))) as server:
        jira = Jira(site(JIRA, server.url))
        tracemalloc.start()
        try:
            found = [jira.issues("project = A", "", 500) for _ in range(3)]
            kept, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert all(issues[0].summary for issues, _ in found)
    assert kept < LARGEST / 4
    assert most < 6 * LARGEST


def test_nor_does_a_calendar_fill_it() -> None:
    numbers, ours = count(), series_id("platform/lunch", "team").encode()
    with FloodServer(lambda: whole(EVENTS % (*[ours] * 9, next(numbers)))) as server:
        google = GoogleCalendar(kind="google-calendar", api_endpoint=server.url)
        account = Account("google", google, lambda: 0.0, lambda _: None)
        with little_kept(server, 2 * LARGEST_LISTING):
            ((_, last),) = account.pages([Call("list", {"calendarId": "team", "maxResults": 2500})])
    assert last.unknown and not last.done
    assert last.message == "the listing is more than is read of one, 60 MB, and was not read to its end"


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_of_a_long_error_the_beginning_is_told(product: Product) -> None:
    error = b'{"message": "%s"}' % (b"so " * (LARGEST // 4))
    with FloodServer(lambda: whole(error)) as server:
        answer = site(product, server.url).read("rest/api/anything")
    assert answer.message == "so " * 100


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_brackets_within_brackets_are_no_answer(product: Product) -> None:
    with FloodServer(lambda: whole(NESTED)) as server:
        answer = site(product, server.url).read("rest/api/anything")
    assert answer.unknown
    assert answer.message == f"what was answered is none of {product.name}'s answers, or half of one"


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        *(
            (flood, "the answer is more than is read of one, 16 MB or 300,000 values, and was not read to its end")
            for flood in FLOODS
        ),
        (lambda: whole(NESTED), "the answer is not one of Google Calendar's"),
        (about_to_answer, "it goes on saying that it will answer, and never does"),
        (shorter_than_nothing, "no whole answer came"),
        (lambda: [*whole(b"{}")[:1], b"{"], "no whole answer came"),
    ],
)
def test_google_is_read_no_further_either(answered: Callable[[], Iterable[bytes]], message: str) -> None:
    with FloodServer(answered) as server:
        google = GoogleCalendar(kind="google-calendar", api_endpoint=server.url)
        account = Account("google", google, lambda: 0.0, lambda _: None)
        with little_kept(server):
            (answer,) = account.run([Call("insert", {"calendarId": "team", "body": {}})])
    assert answer.unknown
    assert answer.message == message


@pytest.mark.parametrize(
    "part",
    [
        b"content-type: multipart/mixed" + b';a="' * 5_000,
        b"content-type: application/http\r\nx: " + b"y" * 10_000,
        b"content-type: message/rfc822",
        b"content-type: application/http\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: multipart/mixed; boundary=c",
        b"content-type: application/http\rcontent-type: text/plain",
    ],
)
def test_parts_of_a_batch_that_would_take_long_are_no_answers(part: bytes) -> None:
    content = b"--b\r\n%b\r\n\r\n{}\r\n--b--\r\n" % part
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Length: %d\r\n\r\n" % len(content)
    with FloodServer(lambda: [head, content]) as server:
        google = GoogleCalendar(kind="google-calendar", api_endpoint=server.url)
        account = Account("google", google, lambda: 0.0, lambda _: None)
        answers = account.run([Call("insert", {"calendarId": "team", "body": {}})] * 2)
    assert {answer.message for answer in answers} == {"its parts are no answers of Google Calendar's"}


UNASKED = pytest.mark.parametrize("encoding", ["deflate", "gzip, deflate", "gzip, gzip", "br", "Deflate"])


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
@UNASKED
def test_what_is_packed_in_another_way_than_asked_for_is_not_unpacked(product: Product, encoding: str) -> None:
    with FloodServer(lambda: packed(100, encoding)) as server, little_kept(server, 2_000_000):
        connection = site(product, server.url)
        answer = connection.read("rest/api/anything")
        with pytest.raises(Unavailable):
            connection.download("download/attachments/1/talk.vtt", "talk.vtt")
    why = "what was answered could not be unpacked"
    assert answer.message == f"{server.url} was reached, and its answer was broken ({why})"


@pytest.mark.parametrize("encoding", [b"identity", b"GZIP", b"x-gzip"])
def test_what_is_packed_as_asked_for_is(encoding: bytes) -> None:
    content = b'{"a": 1}' if encoding == b"identity" else gzip.compress(b'{"a": 1}')
    with FloodServer(lambda: whole(content, b"Content-Encoding: %b\r\n" % encoding)) as server:
        assert site(JIRA, server.url).read("rest/api/anything").body == {"a": 1}


ON_AND_ON = chain([b"220-mail.example.com\r\n"], repeat(b"220-and on\r\n" * 1_000))


@pytest.mark.parametrize("answer", [lambda: ON_AND_ON, lambda: repeat(b"2" * 60_000)], ids=["lines", "one line"])
def test_a_mail_server_that_greets_for_ever_is_heard_no_further(answer: Callable[[], Iterable[bytes]]) -> None:
    with FloodServer(answer, greets=True) as server:
        told = {"kind": "smtp", "host": "127.0.0.1", "port": server.port, "security": "none", "from": "a@example.com"}
        account = MailAccount("mail", Smtp.model_validate(told))
        with little_kept(server, 1_000_000), pytest.raises(AccountFault) as raised, account.reached():
            pass
    assert "was not reached: its reply is too long, and was not read to its end. " in str(raised.value)


NO_ADDRESSES = [b"Location: http://[::1\r\n", b"Location: http://\xff\xfe.example:99999/\r\n"]


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
@pytest.mark.parametrize("where", NO_ADDRESSES)
def test_an_answer_that_leads_to_no_address_is_none(product: Product, where: bytes) -> None:
    with FloodServer(
        lambda: [b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\n" + where + b"\r\n"]
    ) as server:
        answer = site(product, server.url).read("rest/api/anything")
        with pytest.raises(PortError):
            site(product, server.url).download("download/attachments/1/talk.vtt", "talk.vtt")
    assert answer.unknown and answer.message.startswith(f"{server.url} was reached, and its answer was broken (")


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_of_an_address_that_leads_on_for_ever_nothing_is_kept(product: Product) -> None:
    head = b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /again\r\nContent-Length: %d\r\n\r\n"
    with FloodServer(lambda: [head % (LARGEST - 1), b" " * (LARGEST - 1)]) as server, little_kept(server):
        answer = site(product, server.url).read("rest/api/anything")
    assert answer.unknown
    assert (
        answer.message
        == f"{server.url} was reached, and its answer was broken (it leads on to more and more addresses)"
    )


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_what_a_server_sets_is_sent_to_it_until_it_refuses_something(product: Product) -> None:
    asked, statuses = list[bytes](), iter((b"200 OK", b"200 OK", b"400 Bad", b"200 OK"))

    def answer() -> list[bytes]:
        head = (
            b"Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\nSet-Cookie: node=one\r\n\r\n"
        )
        return [b"HTTP/1.1 " + next(statuses) + b"\r\n" + head + b"{}"]

    with FloodServer(answer, heard=asked.append) as server:
        connection = site(product, server.url)
        for _ in range(4):
            connection.read("rest/api/anything")
    assert [b"node=one" in one for one in asked] == [False, True, True, False]


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_what_a_server_says_is_no_riddle_to_terminals_and_databases(product: Product) -> None:
    said = b'{"message": "\\ud800 bad \\u0000 \\u001b[2J words"}'
    head = b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(said)
    with FloodServer(lambda: [head, said]) as server:
        answer = site(product, server.url).read("rest/api/anything")
    assert answer.message == "\ufffd bad \ufffd \ufffd[2J words"
    assert str(Unavailable("\udc80 bad\x1b[2J,\nmore")) == "\ufffd bad\ufffd[2J,\nmore"


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
def test_halves_of_letters_in_a_page_are_none(product: Product) -> None:
    with FloodServer(lambda: whole(b'{"title": "a\\n\\u0000\\ud800b", "\\udc00": 1}')) as server:
        answer = site(product, server.url).read("rest/api/anything")
    assert answer.body == {"title": "a\n\ufffd\ufffdb", "\ufffd": 1}


def test_halves_of_letters_in_an_event_are_none() -> None:
    event = (
        b'{"id": "1", "summary": "a\\n\\u0000\\ud800b", "attendees": [{"email": "a@b.c", "displayName": "\\udc00"}]}'
    )
    with FloodServer(lambda: whole(b'{"items": [%b]}' % event)) as server:
        google = GoogleCalendar(kind="google-calendar", api_endpoint=server.url)
        (answer,) = Account("google", google, lambda: 0.0, lambda _: None).run([Call("list", {"calendarId": "team"})])
    (shown,) = answer.body["items"]
    assert shown["summary"] == "a\n\ufffd\ufffdb"
    assert shown["attendees"][0]["displayName"] == "\ufffd"


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
GARBAGE = [
    (b"SSH-2.0-OpenSSH_9.2p1\r\n", "what was answered is no proper HTTP"),
    (b"HTTP/1.1 many OK\r\n\r\n", "what was answered is no proper HTTP"),
    (HEAD + b"X: y\r\n" * 150 + b"\r\n", "what was answered is no proper HTTP"),
    (HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n", "what was answered is no proper HTTP"),
    (HEAD + b"Content-Length: 9\r\n\r\n{}", "no whole answer came"),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\nfF\r\n{}", "no whole answer came"),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n?!\r\n{}", "no whole answer came"),
    (b"", "the connection was cut off"),
]
NOT_PACKED = HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"


@pytest.mark.parametrize(("garbage", "why"), [*GARBAGE, (NOT_PACKED, "what was answered could not be unpacked")])
def test_what_is_no_answer_is_told_in_words_by_google(garbage: bytes, why: str) -> None:
    with FloodServer(lambda: [garbage]) as server:
        google = GoogleCalendar(kind="google-calendar", api_endpoint=server.url)
        account = Account("google", google, lambda: 0.0, lambda _: None)
        (answer,) = account.run([Call("insert", {"calendarId": "team", "body": {}})])
    assert answer.unknown and answer.message == why
    assert str(of_calendar(answer, "team", "google")) == (
        f"The calendar “team” was not reached: {why}. The next pass tries again."
    )


@pytest.mark.parametrize("product", [JIRA, CONFLUENCE])
@pytest.mark.parametrize(("garbage", "why"), [*GARBAGE, (NOT_PACKED, "what was answered could not be unpacked")])
def test_and_by_atlassian(product: Product, garbage: bytes, why: str) -> None:
    with FloodServer(lambda: [garbage]) as server:
        answer = site(product, server.url).read("rest/api/anything")
    what = "was not reached" if "cut off" in why else "was reached, and its answer was broken"
    assert answer.unknown and answer.message == f"{server.url} {what} ({why})"
